import { expect } from 'vitest';
import type { AppError } from '../../shared/base/app-error.ts';
import type { Json } from '../../shared/base/json.ts';
import { canonicalText } from '../../shared/base/json.ts';
import { seededRandom } from '../../shared/base/random.ts';
import type { SchemaInfo } from '../../shared/core/app-schema.ts';
import { rowKey, type Change, type StrategyName } from '../../shared/core/change.ts';
import type { ClientPolicy } from '../../shared/core/client/state.ts';
import type { ContextInput } from '../../shared/core/context/messages.ts';
import type { ClientInput } from '../../shared/core/client/messages.ts';
import { EMPTY_DIGEST, moveDigest, rowHash, type Digest, type Hash64 } from '../../shared/core/digest.ts';
import type { RuntimeEvent } from '../../shared/core/events.ts';
import type { ContextId, DeviceId, LogId, UserId, Version } from '../../shared/core/ids.ts';
import { rowState, type ConfirmedRow } from '../../shared/core/row.ts';
import { Engine } from '../../shared/engine/engine.ts';
import type { SchemaFunctions } from '../../shared/engine/functions.ts';
import type { SocketHandlers } from '../../shared/engine/host.ts';
import { MemoryDisk } from '../../shared/engine/memory-disk.ts';
import type { MemorySnapshot } from '../../shared/engine/memory-partition.ts';
import { MemoryStorage } from '../../shared/engine/memory-storage.ts';
import type { StepRecord } from '../../shared/engine/step-record.ts';
import { reExecute } from '../../shared/recording/re-execute.ts';

// A whole client on a disk in memory, with the test as its server and its clock: what a rule says is said to it frame by frame.

export interface Frame {
  readonly type: string;
  readonly contextId?: string;
  readonly activationId?: string;
  readonly [field: string]: Json | undefined;
}

export interface Call {
  result: Json | undefined;
  error: AppError | undefined;
}

const entity = (strategy: StrategyName, textFields: readonly string[] = []): SchemaInfo['entities'][string] => ({ strategy, textFields, enumFields: [], indexes: [], fields: [], references: {} });

export const schemaOf = (version = 1, readableFrom = 1, more: Partial<SchemaFunctions> = {}): SchemaFunctions => ({
  info: { version, readableFrom, entities: { reg: entity('lww'), doc: entity('fields'), note: entity('text', ['t']), form: entity('ask'), list: entity('custom') }, migrations: [] },
  custom: (_entity, base, mine, theirs) => ({ base, mine, theirs }),
  upgrade: (_entity, value) => ({ ...(value as { [key: string]: Json }), schema: version }),
  ...more,
});

const SYNC = { digest: 'replay', maxHeldBytes: 10_000 } as const;
export const URL = 'ws://bench/sync';
export const START = 1_800_000_000_000;

/** A context's log as the test's server has it. */
export class BenchLog {
  readonly changes: { readonly change: Change; readonly digest: Digest }[] = [];
  readonly rows = new Map<string, { readonly entity: string; readonly entityId: string; readonly row: ConfirmedRow; readonly hash: bigint }>();
  readonly contextId: string;
  readonly logId: string;
  readonly #hash: Hash64;
  head = 0;
  horizon = 0;

  constructor(contextId: string, logId: string, hash: Hash64) {
    this.contextId = contextId;
    this.logId = logId;
    this.#hash = hash;
  }

  get digest(): Digest {
    return this.digestAt(this.head);
  }

  digestAt(version: number): Digest {
    return version === 0 ? EMPTY_DIGEST : (this.changes[version - 1]?.digest as Digest);
  }

  /** Appends a change; `value` null deletes. */
  append(name: string, id: string, value: Json | null, more: { at?: number; deviceId?: string; mutationId?: string; stamps?: Change['stamps']; schemaVersion?: number } = {}): Change {
    const version = ++this.head as Version;
    const { at = START + version, deviceId = 'device-b', mutationId = `other-${this.logId}-${version}`, stamps, schemaVersion = 1 } = more;
    const change = {
      contextId: this.contextId as unknown as ContextId,
      contextVersion: version,
      entity: name,
      entityId: id,
      op: value === null ? ('delete' as const) : ('put' as const),
      ...(value === null ? {} : { value: JSON.parse(canonicalText(value)) as Json }),
      timestamp: at,
      ...(stamps === undefined ? {} : { stamps }),
      deviceId: deviceId as unknown as DeviceId,
      mutationId: mutationId as never,
      schemaVersion,
    };
    const text = value === null ? null : canonicalText(value);
    const hash = text === null ? 0n : rowHash(this.#hash, name, id, version, text);
    const key = rowKey(name, id);
    this.changes.push({ change, digest: moveDigest(this.digestAt(version - 1), hash, this.rows.get(key)?.hash ?? 0n) });
    this.rows.set(key, { entity: name, entityId: id, row: { ...rowState(text, [at, deviceId], stamps, schemaVersion), version }, hash });
    return change;
  }

  delta(activationId: string, from: number, to = this.head): Frame {
    const changes = this.changes.slice(from, to).map(({ change }) => change) as unknown as Json;
    return { type: 'DELTA', contextId: this.contextId, activationId, fromVersion: from, toVersion: to, changes, digest: this.digestAt(to) };
  }

  snapshot(version = this.head): MemorySnapshot {
    return { logId: this.logId as unknown as LogId, version: version as Version, schemaVersion: 1, readableFrom: 1, rows: [...this.rows.values()].map(({ hash: _, ...row }) => row) };
  }
}

export interface BenchOptions {
  readonly policy?: Partial<ClientPolicy>;
  readonly schema?: SchemaFunctions;
  readonly disk?: MemoryDisk;
}

export class EngineBench implements Disposable {
  readonly hash: Hash64;
  disk: MemoryDisk;
  engine: Engine;
  storage: MemoryStorage;
  readonly events: RuntimeEvent[] = [];
  readonly snapshots = new Map<string, MemorySnapshot>();
  readonly logs = new Map<string, BenchLog>();
  readonly sockets: { readonly handlers: SocketHandlers; readonly sent: Frame[]; closed: boolean }[] = [];
  now = START;
  #schema: SchemaFunctions;
  #policy: ClientPolicy;
  readonly #random = seededRandom(7);
  #tasks: { readonly at: number; readonly run: () => void }[] = [];
  #steps: StepRecord[] = [];

  constructor(hash: Hash64, options: BenchOptions = {}) {
    this.hash = hash;
    this.disk = options.disk ?? new MemoryDisk(hash);
    this.#schema = options.schema ?? schemaOf();
    this.#policy = { maxActive: 1, graceMs: 2_000, drain: false, pruneAfterDays: 30, quotaBytes: null, ...options.policy };
    [this.engine, this.storage] = this.#start();
  }

  #start(): [Engine, MemoryStorage] {
    this.#steps = [];
    const storage = new MemoryStorage(this.disk, this.#schema, (request, done, failed) =>
      this.#after(10, () => {
        const snapshot = this.snapshots.get(request.url);
        if (snapshot === undefined) failed({ code: 'DOWNLOAD_FAILED', message: 'not there' });
        else done(snapshot);
      }),
    );
    const clock = { now: () => this.now, monotonic: () => this.now, after: (delay: number, run: () => void) => this.#after(delay, run) };
    const engine = new Engine({
      host: { clock, random: this.#random, dial: (_url, handlers) => this.#dial(handlers), token: () => 'token', defer: (task) => void this.#after(0, task), deviceId: 'device-a', app: 'bench' },
      storage,
      schema: this.#schema,
      userId: 'amelie' as unknown as UserId,
      endpoints: [URL],
      policy: this.#policy,
      sync: SYNC,
      recorder: { record: (step) => void this.#steps.push(structuredClone(step)) },
    });
    engine.events.listen((event) => void this.events.push(event));
    engine.start();
    return [engine, storage];
  }

  #dial(handlers: SocketHandlers) {
    const socket = { handlers, sent: [] as Frame[], closed: false };
    this.sockets.push(socket);
    return { send: (text: string) => void socket.sent.push(JSON.parse(text) as Frame), close: () => void (socket.closed = true) };
  }

  #after(delay: number, run: () => void): () => void {
    const task = { at: this.now + Math.max(0, delay), run };
    this.#tasks.push(task);
    return () => {
      this.#tasks = this.#tasks.filter((other) => other !== task);
    };
  }

  /** Timers that wait. */
  get timers(): number {
    return this.#tasks.length;
  }

  advance(ms: number): void {
    const until = this.now + ms;
    for (;;) {
      const [next] = this.#tasks.filter((task) => task.at <= until).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#tasks = this.#tasks.filter((task) => task !== next);
      this.now = Math.max(this.now, next.at);
      next.run();
    }
    this.now = until;
  }

  get socket() {
    return this.sockets.at(-1) as (typeof this.sockets)[number];
  }

  /** The process ends and another starts: by a kill, or by a power cut that leaves none of what was not synced. */
  restart(options: { power?: boolean; schema?: SchemaFunctions; policy?: Partial<ClientPolicy> } = {}): void {
    this.#verify();
    this.engine.halt();
    this.#tasks = [];
    if (options.power === true) this.disk = this.disk.afterCrash(() => 0);
    if (options.schema !== undefined) this.#schema = options.schema;
    this.#policy = { ...this.#policy, ...options.policy };
    [this.engine, this.storage] = this.#start();
  }

  log(contextId: string): BenchLog {
    const log = this.logs.get(contextId) ?? new BenchLog(contextId, `log-${contextId}`, this.hash);
    this.logs.set(contextId, log);
    return log;
  }

  say(frame: Frame): void {
    this.socket.handlers.message(JSON.stringify(frame));
  }

  /** Opens the socket and greets; `contexts` are the tenants that the user may have. */
  connect(contexts: readonly string[], more: { serverTime?: number; revoked?: readonly Json[]; ambient?: readonly string[]; role?: string } = {}): void {
    this.socket.handlers.opened();
    const all = [...contexts, ...(more.ambient ?? [])].map((contextId) => {
      const log = this.log(contextId);
      const kind = more.ambient?.includes(contextId) === true ? 'ambient' : 'tenant';
      return { contextId, kind, role: more.role ?? 'writer', headVersion: log.head, logId: log.logId, schemaVersion: 1, readableFrom: 1 };
    });
    this.say({ type: 'WELCOME', protocol: 1, serverId: 'server-1', serverTime: more.serverTime ?? this.now, userId: 'amelie', contexts: all, revoked: (more.revoked ?? []) });
  }

  disconnect(): void {
    this.socket.handlers.closed('cut');
  }

  /** All frames of a type that were sent over the present socket. */
  sent(type: string, contextId?: string): readonly Frame[] {
    return this.socket.sent.filter((frame) => frame.type === type && (contextId === undefined || frame.contextId === contextId));
  }

  lastSent(type: string, contextId?: string): Frame {
    const found = this.sent(type, contextId).at(-1);
    if (found === undefined) throw new Error(`no ${type} was sent; there were ${this.socket.sent.map((frame) => frame.type).join(', ')}`);
    return found;
  }

  call(make: (callId: string) => ClientInput): Call {
    const call: Call = { result: undefined, error: undefined };
    this.engine.call(make, { resolve: (result) => void (call.result = result), reject: (error) => void (call.error = error) });
    return call;
  }

  callContext(contextId: string, make: (callId: string) => ContextInput): Call {
    const call: Call = { result: undefined, error: undefined };
    this.engine.callContext(contextId as unknown as ContextId, make, { resolve: (result) => void (call.result = result), reject: (error) => void (call.error = error) });
    return call;
  }

  activate(contextId: string, switching = false): Call {
    return this.call((callId) => ({ type: 'activate', callId, contextId: contextId as unknown as ContextId, switching }));
  }

  /** Answers the last ACTIVATE_CONTEXT with deltas up to the head. */
  answer(contextId: string, more: Partial<Frame> = {}): string {
    const log = this.log(contextId);
    const { activationId, sinceVersion } = this.lastSent('ACTIVATE_CONTEXT', contextId) as Frame & { activationId: string; sinceVersion: number };
    const since = { sinceVersion, ...(sinceVersion <= log.head ? { digest: log.digestAt(sinceVersion) } : {}) };
    this.say({ type: 'CONTEXT_ACTIVATED', contextId, activationId, logId: log.logId, headVersion: log.head, horizon: log.horizon, mode: 'delta', schemaVersion: 1, readableFrom: 1, ...since, ...more });
    if ((more['mode'] ?? 'delta') === 'delta' && log.head > sinceVersion) this.say(log.delta(activationId, sinceVersion));
    return activationId;
  }

  /** Answers the last ACTIVATE_CONTEXT with a snapshot, which can be fetched 10 ms later. */
  answerWithSnapshot(contextId: string, mode: 'snapshot' | 'reset' = 'snapshot', snapshot = this.log(contextId).snapshot()): string {
    const url = `/contexts/${contextId}/snapshot?${this.snapshots.size}`;
    this.snapshots.set(url, snapshot);
    return this.answer(contextId, { mode, snapshot: { url, version: snapshot.version, bytes: 100, sha256: '0'.repeat(64) } });
  }

  /** Activates, answers, and returns the activationId of the live context. */
  live(contextId: string, switching = false): string {
    const call = this.activate(contextId, switching);
    const activationId = this.answer(contextId);
    this.advance(0);
    expect(call.error).toBeUndefined();
    expect(this.state(contextId)?.link.name).toBe('live');
    return activationId;
  }

  state(contextId: string) {
    return this.engine.contextState(contextId as unknown as ContextId);
  }

  row(contextId: string) {
    return this.engine.state.rows.get(contextId);
  }

  /** Writes under the present activation; the deferred batch is run. */
  write(contextId: string, name: string, id: string, value: Json | null, activationId = this.state(contextId)?.activationId ?? 'none'): Call {
    const call: Call = { result: undefined, error: undefined };
    this.engine.write(contextId as unknown as ContextId, activationId, name, id, () => (value === null ? null : canonicalText(value)), {
      resolve: (result) => void (call.result = result),
      reject: (error) => void (call.error = error),
    });
    this.advance(0);
    return call;
  }

  /** What the app sees. */
  see(contextId: string, name: string, id: string): Json | undefined {
    const text = this.engine.runner(contextId as unknown as ContextId)?.store.visible(name, id) ?? null;
    return text === null ? undefined : (JSON.parse(text) as Json);
  }

  chain(contextId: string, name: string, id: string) {
    return this.state(contextId)?.partition?.pending.get(rowKey(name, id))?.chain ?? [];
  }

  pushed(contextId: string): readonly { readonly mutationId: string; readonly baseVersion: number; readonly value?: Json; readonly op: string; readonly entityId: string; readonly timestamp: number }[] {
    return this.lastSent('PUSH', contextId)['mutations'] as never;
  }

  result(contextId: string, results: readonly Json[]): void {
    const { activationId, pushId } = this.lastSent('PUSH', contextId) as Frame & { activationId: string; pushId: string };
    this.say({ type: 'PUSH_RESULT', contextId, activationId, pushId, results });
  }

  /** Takes the last PUSH as the server does: each mutation becomes a change. The changes are not sent. */
  accept(contextId: string): readonly Change[] {
    const log = this.log(contextId);
    const { pushId } = this.lastSent('PUSH', contextId);
    const mutations = this.pushed(contextId) as unknown as readonly (Change & { op: string })[];
    const changes = mutations.map(({ entity: name, entityId, value, op, mutationId, timestamp, stamps, schemaVersion }) =>
      log.append(name, entityId, op === 'delete' ? null : (value as Json), { at: timestamp, deviceId: 'device-a', mutationId, schemaVersion, ...(stamps === undefined ? {} : { stamps }) }),
    );
    const activationId = this.state(contextId)?.activationId ?? '';
    const results = changes.map((change) => ({ mutationId: change.mutationId as string, outcome: 'applied', contextVersion: change.contextVersion as number }));
    this.say({ type: 'PUSH_RESULT', contextId, activationId, pushId: pushId, results });
    return changes;
  }

  told(kind: RuntimeEvent['kind'], contextId?: string): readonly RuntimeEvent[] {
    return this.events.filter((event) => event.kind === kind && (contextId === undefined || event.contextId === contextId));
  }

  /** RP8: what this process did gives the same outputs again. */
  #verify(): void {
    const verdict = reExecute(this.#steps, { deviceId: 'device-a' as unknown as DeviceId, schema: this.#schema.info, sync: SYNC });
    expect(verdict).toEqual({ verdict: 'identical', steps: this.#steps.length });
  }

  [Symbol.dispose](): void {
    this.engine.halt();
    this.#verify();
  }
}
