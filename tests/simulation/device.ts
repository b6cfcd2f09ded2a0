import { AppError } from '../../shared/base/app-error.ts';
import type { Json } from '../../shared/base/json.ts';
import { canonicalText } from '../../shared/base/json.ts';
import type { ContextId, DeviceId, UserId } from '../../shared/core/ids.ts';
import type { RuntimeEvent } from '../../shared/core/events.ts';
import { lifecycleOf } from '../../shared/core/context/state.ts';
import { Engine } from '../../shared/engine/engine.ts';
import { MemoryDisk } from '../../shared/engine/memory-disk.ts';
import { MemoryStorage, type FetchSnapshot } from '../../shared/engine/memory-storage.ts';
import type { StepRecord } from '../../shared/engine/step-record.ts';
import { reExecute } from '../../shared/recording/re-execute.ts';
import { fetchSnapshot } from './sim-server.ts';
import { checkClient, checkRegistry, watchFence } from './device-checks.ts';
import { openContext } from './device-user.ts';
import { functions, schemaInfo } from './schema.ts';
import type { World } from './world.ts';

const SYNC = { digest: 'replay', maxHeldBytes: 20_000 } as const;
/** More events than any one instant needs. */
const MANY_AT_ONCE = 2_000;

/** A coarse clock's tick in ms: devices that write at one time give equal stamps then. */
export const COARSE = 1_000;

/** One device: a disk that outlives its processes, an engine while one runs, and a user who does this and that. */
export class Device {
  readonly world: World;
  readonly index: number;
  readonly deviceId: string;
  disk: MemoryDisk;
  engine: Engine | null = null;
  #storage: MemoryStorage | null = null;
  #skew = 0;
  schema = 1;
  #diskFull = false;
  events = 0;
  /** Numbered through all processes of the device. */
  readonly kept: RuntimeEvent[] = [];
  #atOnce = 0;
  #lastAt = -1;
  #records: StepRecord[] = [];
  /** Handles that the app holds: contextId -> {activationId, holder}. */
  readonly held = new Map<ContextId, { activationId: string; holder: string }>();
  /** Handles that the app let go of, or that were ended: nothing must come of them (IS3). */
  readonly stale: { readonly id: ContextId; readonly activationId: string }[] = [];
  /** Snapshots that are being fetched. */
  readonly downloads = new Set<{ readonly id: ContextId }>();
  readonly maxActive: number;

  constructor(world: World, index: number) {
    this.world = world;
    this.index = index;
    this.deviceId = `device-${'cab'[index] ?? index}`;
    this.disk = new MemoryDisk(world.options.hash);
    this.maxActive = 1 + world.random.int(2);
    if (world.features.skew) this.#skew = world.random.pick([0, 0, 200_000, -200_000, 7_200_000]);
  }

  start(): void {
    const { world } = this;
    const { time, random, features } = world;
    this.#records = [];
    this.downloads.clear();
    const schema = functions(this.schema);
    const storage = new MemoryStorage(this.disk, schema, this.#fetch);
    this.#refuseWhenFull(storage);
    this.#storage = storage;
    const record = world.options.record === true;
    const engine: Engine = new Engine({
      host: {
        clock: time.clock(() => this.#skew, features.coarse ? COARSE : 1),
        random,
        dial: (_url, handlers) => world.network.dial(this.index, { ...handlers, message: (text) => watchFence(this, engine, text, () => handlers.message(text)) }),
        token: () => 'token',
        defer: (task) => void time.after(0, task),
        deviceId: this.deviceId,
        app: 'simulation',
      },
      storage,
      schema,
      userId: 'user-1' as unknown as UserId,
      endpoints: ['sim://server'],
      policy: { maxActive: this.maxActive, graceMs: 2_000, drain: random.next() < 0.7 || world.quiet, pruneAfterDays: null, quotaBytes: null },
      sync: SYNC,
      ...(record ? { recorder: { record: (step: StepRecord) => void this.#records.push(structuredClone(step)) } } : {}),
    });
    this.engine = engine;
    checkRegistry(this);
    engine.events.listen((event) => {
      if (this.engine === engine) this.#heard(event);
    });
    this.guard(() => engine.start());
  }

  /** Snapshots come late or not at all, and for an activation that has ended not any more. */
  readonly #fetch: FetchSnapshot = (request, done, failed) => {
    const { store, time, random } = this.world;
    const fetch = fetchSnapshot(store, time, random, () => !this.world.quiet && random.next() < 0.15);
    const id = decodeURIComponent(/^\/contexts\/([^/]*)/.exec(request.url)?.[1] ?? '') as unknown as ContextId;
    const job = { id };
    this.downloads.add(job);
    const end = <A>(how: (outcome: A) => void) => (outcome: A): void => {
      this.downloads.delete(job);
      how(outcome);
    };
    const undo = fetch(request, end(done), end(failed));
    return () => {
      this.downloads.delete(job);
      undo();
    };
  };

  #heard(event: RuntimeEvent): void {
    const { world } = this;
    this.events++;
    this.#atOnce = world.time.now === this.#lastAt ? this.#atOnce + 1 : 0;
    this.#lastAt = world.time.now;
    if (this.#atOnce > MANY_AT_ONCE) throw new Error('it never comes to rest: everything that happens leads to something else at once');
    if (world.options.keepEvents === true) this.kept.push({ ...event, seq: this.events });
    const { kind, data } = event;
    world.options.trace?.(`${world.time.now} ${this.deviceId} ${lineOf(event)}`);
    const [code, state, message] = [textIn(data['code']), textIn(data['state']), textIn(data['message'])];
    world.count(kind === 'error' ? `error ${code}` : kind === 'conflict' ? `conflict ${state}` : kind);
    if (kind === 'conflict' && state === 'rejected') world.oracle.rejected(this, event.contextId as ContextId, textIn(data['conflictId']));
    if (kind === 'snapshot' && textIn(data['step']) === 'downloaded') this.#armed();
    if (kind !== 'error') return;
    if (code === 'DIGEST_MISMATCH' && !world.features.silentRestore) world.fail(`digest mismatch on ${this.deviceId}: ${message}`);
    if (code === 'INTERNAL') world.fail(`internal error on ${this.deviceId}: ${message}`);
  }

  /** A disk that is full refuses commits; what was acknowledged stays. */
  #refuseWhenFull(storage: MemoryStorage): void {
    const context = storage.context.bind(storage);
    storage.context = (contextId, serverId) => {
      const store = context(contextId, serverId);
      for (const name of ['commit', 'create', 'migrate', 'topUp', 'adopt'] as const) {
        const work = store[name].bind(store) as (...args: unknown[]) => never;
        store[name] = (...args: unknown[]) => {
          if (this.#diskFull) throw new AppError('DISK_FULL', 'The disk is full');
          return work(...args);
        };
      }
      return store;
    };
  }

  guard(work: () => void): void {
    try {
      work();
    } catch (thrown) {
      this.world.fail(`${this.deviceId}: ${thrown instanceof Error ? (thrown.stack ?? thrown.message).slice(0, 600) : String(thrown)}`);
    }
  }

  partition(id: ContextId) {
    const row = this.disk.registry.rows.get(id);
    if (row?.partition.present !== true) return undefined;
    return this.disk.files.get(`${row.serverId.length}:${row.serverId}${id}#${row.partition.generation}`)?.current;
  }

  /** The power goes: what was not synced is lost. */
  crash(): void {
    if (this.engine === null) return;
    this.#die();
    this.disk = this.disk.afterCrash(this.world.random.next);
    this.world.count('crash');
  }

  /** The process is killed; what it wrote is with the system and stays. */
  kill(): void {
    if (this.engine === null) return;
    this.#die();
    this.world.count('kill');
  }

  /** The power goes in the middle of a change of the disk, some changes from now; soonest at the next swap, where most depends on the order. */
  crashAtTouch(touches: number, atSwap: boolean): void {
    let left = touches;
    let armed = !atSwap;
    const { disk } = this;
    this.#armed = () => {
      armed = true;
    };
    disk.touched = () => {
      if (!armed || this.engine === null || left-- > 0) return;
      disk.touched = () => undefined;
      const after = disk.afterCrash(this.world.random.next);
      this.#die();
      this.disk = after;
      this.world.count(atSwap ? 'crash in a swap' : 'crash in a write');
    };
  }

  #armed: () => void = () => undefined;

  #die(): void {
    const { engine, world } = this;
    this.#verify();
    this.engine = null;
    engine?.halt();
    this.#storage = null;
    this.held.clear();
    this.downloads.clear();
    world.network.cut({ device: this.index });
    world.oracle.crashed(this);
  }

  jump(by: number): void {
    this.#skew = by;
    this.world.count('clock-jump');
  }

  /** The app is updated: the process starts again with the next schema. */
  updateApp(): void {
    if (this.schema >= 3) return;
    this.world.count('app-update');
    const ran = this.engine !== null;
    if (ran) this.#die();
    this.schema++;
    if (ran) this.start();
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
    const settings = { deviceId: this.deviceId as unknown as DeviceId, schema: schemaInfo(this.schema), sync: SYNC };
    const verdict = reExecute(this.#records, settings);
    if (verdict.verdict === 'diverged') this.world.fail(`RP8: ${this.deviceId} diverged at step ${verdict.step} (${verdict.target}): expected ${verdict.expected.slice(0, 200)} got ${verdict.got.slice(0, 200)}`);
  }

  checkInvariants(): void {
    const { engine, world } = this;
    if (engine === null) return;
    checkClient(this, engine, this.#storage?.open ?? new Set());
    for (const [id, { activationId }] of [...this.held]) {
      if (engine.state.activations[id]?.activationId === activationId) continue;
      this.held.delete(id);
      this.stale.push({ id, activationId });
    }
    for (const id of world.tenants) {
      const state = engine.contextState(id);
      if (state !== undefined && lifecycleOf(state.stage) === 'active') world.oracle.checkVisible(this, id);
      for (const row of this.partition(id)?.rows.values() ?? []) if (!row.entityId.startsWith(`${id}:`)) world.fail(`IS3: ${row.entityId} is in ${id} on ${this.deviceId}`);
    }
  }

  makePeace(): void {
    this.#diskFull = false;
    this.#skew = 0;
    this.disk.touched = () => undefined;
    if (this.engine === null) this.start();
  }

  visit(id: ContextId): void {
    if (this.#isRevoked(id)) return;
    openContext(this, id, true);
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
    if (!settled && engine.state.activations[id] === undefined && !engine.state.queue.some((queued) => queued.contextId === id)) openContext(this, id, true);
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

const textIn = (value: Json | undefined): string => (typeof value === 'string' ? value : '');

function lineOf(event: RuntimeEvent): string {
  const { contextId, kind, entityId, fromVersion, toVersion, mutationIds, data } = event;
  const versions = `${fromVersion ?? ''}${toVersion === undefined ? '' : `→${toVersion}`}`;
  return `${contextId ?? ''} ${kind} ${entityId ?? ''} ${versions} ${mutationIds?.map((id) => id.slice(-6)).join(',') ?? ''} ${canonicalText(data)}`;
}
