import { AppError } from '../../shared/base/app-error.ts';
import { AssertionError } from '../../shared/base/assert.ts';
import type { Json } from '../../shared/base/json.ts';
import { canonicalText } from '../../shared/base/json.ts';
import type { ContextId, DeviceId, UserId } from '../../shared/core/ids.ts';
import type { RuntimeEvent } from '../../shared/core/events.ts';
import { lifecycleOf } from '../../shared/core/context/state.ts';
import { Engine } from '../../shared/engine/engine.ts';
import { MemoryDisk, MemoryStorage } from '../../shared/engine/memory-storage.ts';
import type { StepRecord } from '../../shared/engine/step-record.ts';
import { reExecute } from '../../shared/recording/re-execute.ts';
import { fetchSnapshot } from './sim-server.ts';
import { functions, schemaInfo, type EntityName } from './schema.ts';
import type { World } from './world.ts';

const SYNC = { digest: 'replay', maxHeldBytes: 20_000 } as const;
const ENTITY_NAMES: readonly EntityName[] = ['list', 'list', 'doc', 'reg', 'note', 'form'];

/** One device: a disk that outlives its processes, an engine while one runs, and a user who does this and that. */
export class Device {
  readonly world: World;
  readonly index: number;
  readonly deviceId: string;
  readonly disk: MemoryDisk;
  engine: Engine | null = null;
  #storage: MemoryStorage | null = null;
  #skew = 0;
  #schema = 1;
  #diskFull = false;
  events = 0;
  #records: StepRecord[] = [];
  /** Handles that the app holds: contextId -> {activationId, holder}. */
  readonly held = new Map<ContextId, { activationId: string; holder: string }>();
  readonly #maxActive: number;

  constructor(world: World, index: number) {
    this.world = world;
    this.index = index;
    this.deviceId = `device-${'cab'[index] ?? index}`;
    this.disk = new MemoryDisk(world.options.hash);
    this.#maxActive = 1 + world.random.int(2);
    if (world.features.skew) this.#skew = world.random.pick([0, 0, 200_000, -200_000, 7_200_000]);
  }

  start(): void {
    const { world } = this;
    const { time, random } = world;
    this.#records = [];
    const schema = functions(this.#schema);
    const storage = new MemoryStorage(this.disk, schema, fetchSnapshot(world.store, time, random, () => !world.quiet && random.next() < 0.15));
    const guarded = this.#diskThatFills(storage);
    this.#storage = storage;
    const record = world.options.record === true;
    this.engine = new Engine({
      host: {
        clock: time.clock(() => this.#skew),
        random,
        dial: (_url, handlers) => world.network.dial(this.index, handlers),
        token: () => 'token',
        defer: (task) => void time.after(0, task),
        deviceId: this.deviceId,
        app: 'simulation',
      },
      storage: guarded,
      schema,
      userId: 'user-1' as unknown as UserId,
      endpoints: ['sim://server'],
      policy: { maxActive: this.#maxActive, graceMs: 2_000, drain: random.next() < 0.7 || world.quiet, pruneAfterDays: null, quotaBytes: null },
      sync: SYNC,
      ...(record ? { recorder: { record: (step: StepRecord) => void this.#records.push(structuredClone(step)) } } : {}),
    });
    this.engine.events.listen((event) => this.#heard(event));
    this.#guard(() => this.engine?.start());
  }

  #heard(event: RuntimeEvent): void {
    const { world } = this;
    this.events++;
    const { kind, data } = event;
    world.options.trace?.(`${world.time.now} ${this.deviceId} ${lineOf(event)}`);
    const [code, state, message] = [textIn(data['code']), textIn(data['state']), textIn(data['message'])];
    world.count(kind === 'error' ? `error ${code}` : kind === 'conflict' ? `conflict ${state}` : kind);
    if (kind === 'conflict' && state === 'rejected') world.oracle.rejected(this, event.contextId as ContextId, textIn(data['conflictId']));
    if (kind !== 'error') return;
    if (code === 'DIGEST_MISMATCH' && !world.features.silentRestore) world.fail(`digest mismatch on ${this.deviceId}: ${message}`);
    if (code === 'INTERNAL') world.fail(`internal error on ${this.deviceId}: ${message}`);
  }

  /** A disk that is full refuses commits; what was acknowledged stays. */
  #diskThatFills(storage: MemoryStorage): MemoryStorage {
    const context = storage.context.bind(storage);
    storage.context = (contextId, serverId) => {
      const store = context(contextId, serverId);
      const commit = store.commit.bind(store);
      store.commit = (what) => {
        if (this.#diskFull) throw new AppError('DISK_FULL', 'The disk is full');
        return commit(what);
      };
      return store;
    };
    return storage;
  }

  #guard(work: () => void): void {
    try {
      work();
    } catch (thrown) {
      this.world.fail(`${this.deviceId}: ${thrown instanceof Error ? (thrown.stack ?? thrown.message).slice(0, 600) : String(thrown)}`);
    }
  }

  act(): void {
    const { engine, world } = this;
    if (engine === null) return this.start();
    const { random } = world;
    const pick = random.next();
    const id = random.pick(world.tenants);
    if (pick < 0.55 && this.held.size > 0) return this.#write();
    if (pick < 0.8) return this.open(id, random.next() < 0.6);
    if (pick < 0.88) return this.#close(id, random.next() < 0.4);
    if (pick < 0.93) return this.#settleAgain();
    if (pick < 0.96) return this.#rebuild();
    if (world.features.prune) return this.#prune(id);
  }

  open(id: ContextId, switching: boolean): void {
    const { engine } = this;
    if (engine === null) return;
    this.#guard(() => {
      const callId = engine.call((call) => ({ type: 'activate', callId: call, contextId: id, switching }), {
        resolve: (result) => {
          const { activationId, holder } = result as { activationId: string; holder: string };
          this.held.set(id, { activationId, holder });
        },
        reject: () => undefined,
      });
      if (!this.world.quiet && this.world.random.next() < 0.05) this.world.time.after(this.world.random.int(300), () => this.#guard(() => this.engine === engine && engine.feed({ type: 'abort', callId })));
    });
  }

  #close(id: ContextId, force: boolean): void {
    const { engine } = this;
    const held = this.held.get(id);
    if (engine === null || held === undefined) return;
    this.#guard(() => {
      if (force) engine.call((callId) => ({ type: 'deactivate', callId, contextId: id, force: this.world.random.next() < 0.5 }), quietly);
      else engine.feed({ type: 'release', contextId: id, holder: held.holder, callId: null });
    });
    this.held.delete(id);
  }

  #heldOne(): [ContextId, { activationId: string }] | null {
    const all = [...this.held];
    return all.length === 0 ? null : this.world.random.pick(all);
  }

  #write(): void {
    const { engine, world } = this;
    const held = this.#heldOne();
    if (engine === null || held === null) return;
    const [id, { activationId }] = held;
    const { random, oracle } = world;
    const entity = random.pick(ENTITY_NAMES);
    const entityId = `${id}:${random.int(entity === 'list' ? 2 : 1)}`;
    const act = oracle.begin(this, id, entity, entityId);
    const removes = world.features.deletes && random.next() < 0.2;
    this.#guard(() =>
      engine.write(
        id,
        activationId,
        entity,
        entityId,
        (current) => oracle.valueFor(act, current === null ? null : (JSON.parse(current) as Json), removes, this.#schema),
        {
          resolve: () => oracle.acknowledged(act, this.stampOf(id, entity, entityId)),
          reject: () => oracle.refused(act),
        },
      ),
    );
  }

  stampOf(id: ContextId, entity: string, entityId: string): readonly [number, string] | null {
    return this.engine?.contextState(id)?.partition?.pending.get(`${entity.length}:${entity}${entityId}`)?.chain.at(-1)?.row.stamp ?? null;
  }

  /** Settles some open conflict by hand, with what mine was. */
  #settleAgain(): void {
    const { engine } = this;
    const held = this.#heldOne();
    if (engine === null || held === null) return;
    const [id] = held;
    const runner = engine.runner(id);
    const partition = this.partition(id);
    const conflict = [...(partition?.conflicts.values() ?? [])].find((other) => other.state === 'open');
    if (runner === undefined || conflict === undefined || engine.contextState(id)?.stage.name !== 'active') return;
    const { entity, entityId, conflictId, mine, theirs } = conflict;
    this.#guard(() =>
      engine.callContext(
        id,
        (callId) => ({
          type: 'settle-conflict',
          callId,
          conflictId,
          write: { entity, entityId, text: mine.text },
          confirmed: runner.store.confirmed(entity, entityId),
          resolves: { mutationId: String(conflict.mutationIds[0]), theirsVersion: theirs.version, strategy: 'ask' },
        }),
        quietly,
      ),
    );
  }

  #rebuild(): void {
    const held = this.#heldOne();
    if (this.engine === null || held === null) return;
    this.world.count('rebuild');
    this.#guard(() => this.engine?.callContext(held[0], (callId) => ({ type: 'rebuild', callId }), quietly));
  }

  #prune(id: ContextId): void {
    const { engine, world } = this;
    if (engine === null) return;
    const choice = world.random.pick(['refuse', 'quarantine', 'quarantine', 'discard'] as const);
    if (choice === 'discard' && engine.state.activations[id] === undefined && engine.state.removals[id] === undefined) world.oracle.discarded(this, id);
    this.#guard(() =>
      engine.call((callId) => ({ type: 'prune', callId, contexts: [id], choice, dryRun: world.random.next() < 0.2 }), { resolve: () => world.count(`prune ${choice}`), reject: () => undefined }),
    );
  }

  partition(id: ContextId) {
    const row = this.disk.registry.rows.get(id);
    if (row?.partition.present !== true) return undefined;
    return this.disk.files.get(`${row.serverId.length}:${row.serverId}${id}#${row.partition.generation}`)?.current;
  }

  crash(): void {
    const { engine, world } = this;
    if (engine === null) return;
    this.#verify();
    engine.halt();
    this.engine = null;
    this.held.clear();
    world.network.cut({ device: this.index });
    world.oracle.crashed(this);
    this.disk.crash(world.random.next);
    world.count('crash');
  }

  jump(by: number): void {
    this.#skew = by;
    this.world.count('clock-jump');
  }

  /** The app is updated: the process starts again with the next schema. */
  updateApp(): void {
    if (this.#schema >= 3) return;
    this.world.count('app-update');
    if (this.engine !== null) this.#verify();
    this.#schema++;
    if (this.engine === null) return;
    this.engine.halt();
    this.engine = null;
    this.held.clear();
    this.world.network.cut({ device: this.index });
    this.world.oracle.crashed(this);
    this.start();
  }

  fillDisk(): void {
    this.#diskFull = true;
    this.world.count('disk-full');
    this.world.time.after(500 + this.world.random.int(4_000), () => {
      this.#diskFull = false;
    });
  }

  /** RP8: what was recorded of this process gives the same outputs again. */
  #verify(): void {
    if (this.world.options.record !== true) return;
    const settings = { deviceId: this.deviceId as unknown as DeviceId, schema: schemaInfo(this.#schema), sync: SYNC };
    const verdict = reExecute(this.#records, settings);
    if (verdict.verdict === 'diverged') this.world.fail(`RP8: ${this.deviceId} diverged at step ${verdict.step} (${verdict.target}): expected ${verdict.expected.slice(0, 200)} got ${verdict.got.slice(0, 200)}`);
  }

  checkInvariants(): void {
    const { engine, world } = this;
    if (engine === null) return;
    const app = Object.entries(engine.state.activations).filter(([, activation]) => activation.purpose === 'app' && activation.lifecycle !== 'deactivating');
    if (app.length > this.#maxActive) world.fail(`LC3: ${this.deviceId} has ${app.length} active contexts, ${this.#maxActive} are allowed`);
    const known = Object.keys(engine.state.activations);
    const { contexts } = engine.open;
    if (contexts !== known.length) world.fail(`LC6: ${this.deviceId} runs ${contexts} machines for ${known.length} activations`);
    for (const id of this.#storage?.open ?? []) if (!known.includes(id)) world.fail(`LC6: ${this.deviceId} holds the partition of dormant ${id} open`);
    for (const [id, { activationId }] of [...this.held]) if (engine.state.activations[id]?.activationId !== activationId) this.held.delete(id);
    for (const id of world.tenants) {
      const state = engine.contextState(id);
      if (state !== undefined && lifecycleOf(state.stage) === 'active') world.oracle.checkVisible(this, id);
      for (const row of this.partition(id)?.rows.values() ?? []) if (!row.entityId.startsWith(`${id}:`)) world.fail(`IS3: ${row.entityId} is in ${id} on ${this.deviceId}`);
    }
  }

  makePeace(): void {
    this.#diskFull = false;
    this.#skew = 0;
    if (this.engine === null) this.start();
  }

  visit(id: ContextId): void {
    if (this.#isRevoked(id)) return;
    this.open(id, true);
  }

  #isRevoked(id: ContextId): boolean {
    return this.world.store.revoked.has(`${id}/${this.deviceId}`);
  }

  isSettled(id: ContextId): boolean {
    const { engine } = this;
    if (engine === null) return false;
    if (this.#isRevoked(id)) return engine.state.rows.get(id) === undefined || engine.state.rows.get(id)?.listed === 'revoked';
    const state = engine.contextState(id);
    const { log } = this.world.store.of(id);
    const settled = state?.link.name === 'live' && state.partition?.pending.size === 0 && state.partition.localVersion === log.head && state.partition.logId === log.logId;
    if (!settled && engine.state.activations[id] === undefined && !engine.state.queue.some((queued) => queued.contextId === id)) this.open(id, true);
    return settled;
  }

  describe(id: ContextId): string {
    const state = this.engine?.contextState(id);
    const row = this.engine?.state.rows.get(id);
    const endpoint = this.engine?.state.endpoints['sim://server'];
    const chain = [...(state?.partition?.pending.values() ?? [])].map((pending) => pending.chain.map((entry) => `${pending.entityId} ${entry.state.name} base ${entry.baseVersion} ${canonicalText(entry.state as never)}`).join('; '));
    return `${this.deviceId} ${id}: stage ${state?.stage.name} link ${canonicalText((state?.link ?? null))} local ${state?.partition?.localVersion} ${state?.partition?.logId} head ${state?.headVersion} swap ${canonicalText((state?.swap === null || state?.swap === undefined ? null : { step: state.swap.step.name, reset: state.swap.reset }))} wants ${state?.wants} push ${state?.push?.pushId} row ${row?.lifecycle} ${row?.listed} pending ${row?.pendingWrites} endpoint ${endpoint?.phase.name} outbox ${state?.partition?.pending.size} [${chain.join(' | ')}] activation ${canonicalText((this.engine?.state.activations[id] ?? null) as never)}`;
  }

  finish(): void {
    if (this.engine !== null) this.#verify();
    this.engine?.halt();
    this.engine = null;
  }
}

const quietly = { resolve: () => undefined, reject: (error: AppError) => {
  if (error instanceof AssertionError) throw error;
} };

const textIn = (value: Json | undefined): string => (typeof value === 'string' ? value : '');

function lineOf(event: RuntimeEvent): string {
  const { contextId, kind, entityId, fromVersion, toVersion, mutationIds, data } = event;
  const versions = `${fromVersion ?? ''}${toVersion === undefined ? '' : `→${toVersion}`}`;
  return `${contextId ?? ''} ${kind} ${entityId ?? ''} ${versions} ${mutationIds?.map((id) => id.slice(-6)).join(',') ?? ''} ${canonicalText(data)}`;
}
