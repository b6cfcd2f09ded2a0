import type { Undo } from '../../shared/base/clock.ts';
import { rowKey, type Change, type MutationOutcome, type Stamps } from '../../shared/core/change.ts';
import { EMPTY_DIGEST, type Digest, type Hash64 } from '../../shared/core/digest.ts';
import { logId as parseLogId, type ContextId, type DeviceId, type LogId, type MutationId, type Version } from '../../shared/core/ids.ts';
import type { Role } from '../../shared/core/registry-row.ts';
import type { StageError } from '../../shared/core/context/state.ts';
import { decideActivation, isSchemaAhead, wasRestored } from '../../shared/core/server/decide-activation.ts';
import { decidePush, type PushSender } from '../../shared/core/server/decide-push.ts';
import { afterApplied, afterFeed, feedFrom, isCompacted, mayFeed, type FeedCursor } from '../../shared/core/server/feed-cursor.ts';
import type { LogHead } from '../../shared/core/server/log-head.ts';
import type { MemorySnapshot } from '../../shared/engine/memory-partition.ts';
import type { StageRequest } from '../../shared/engine/storage.ts';
import { parseClientFrame, frameText, type ClientFrame, type FrameOf, type ServerFrame } from '../../shared/protocol/sync/index.ts';
import type { seededRandom } from '../../shared/base/random.ts';
import type { StoreOperation, StoreState } from './store-trace.ts';
import { EPOCH, type VirtualTime } from './virtual-time.ts';

export interface StoredRow {
  readonly entity: string;
  readonly entityId: string;
  readonly version: Version;
  readonly text: string | null;
  readonly timestamp: number;
  readonly deviceId: DeviceId;
  readonly stamps: Stamps;
  readonly schemaVersion: number;
  readonly hash: bigint;
}

export interface SimLog {
  log: LogHead;
  rows: Map<string, StoredRow>;
  changes: { change: Change; digest: Digest }[];
  known: Map<MutationId, MutationOutcome>;
}

/** Faults of the server that a test plants to see them found; none in a real run. */
export interface ServerBugs {
  /** Versions from a sequence: a refused push takes one. */
  readonly sequence?: boolean;
  /** The baseVersion is compared before the lock: another write may slip in between. */
  readonly checkBeforeLock?: boolean;
}

/** The database behind the server processes: logs per context, and who is a member. */
export class SimStore {
  readonly contexts = new Map<ContextId, SimLog>();
  readonly roles = new Map<string, Role>();
  readonly revoked = new Map<string, { contextId: ContextId; acceptUntil?: number }>();
  readonly owners = new Map<string, number>();
  readonly snapshots = new Map<string, MemorySnapshot>();
  readonly latest = new Map<ContextId, MemorySnapshot>();
  /** Told of every operation in order, to replay it on another store. */
  observer: ((operation: StoreOperation) => void) | null = null;
  #logs = 0;

  newLogId(): LogId {
    return parseLogId(`log-${++this.#logs}`);
  }

  addContext(contextId: ContextId, kind: 'tenant' | 'ambient'): void {
    const log: LogHead = { kind, logId: this.newLogId(), head: 0 as Version, horizon: 0 as Version, digest: EMPTY_DIGEST, schemaVersion: 1, readableFrom: 1 };
    this.contexts.set(contextId, { log, rows: new Map(), changes: [], known: new Map() });
    this.#tell(contextId, (after) => ({ type: 'create', contextId, after }));
  }

  #tell(contextId: ContextId, operation: (after: StoreState) => StoreOperation): void {
    if (this.observer === null) return;
    const { log, rows, changes } = this.of(contextId);
    this.observer(operation({ log, rows: [...rows.values()], changes: [...changes] }));
  }

  role(contextId: ContextId, deviceId: string): Role | null {
    if (this.revoked.has(`${contextId}/${deviceId}`)) return null;
    return this.roles.get(`${contextId}/${deviceId}`) ?? 'writer';
  }

  of(contextId: ContextId): SimLog {
    return this.contexts.get(contextId) as SimLog;
  }

  backup(contextId: ContextId): SimLog {
    const { log, rows, changes, known } = this.of(contextId);
    const backup = { log, rows: new Map(rows), changes: [...changes], known: new Map(known) };
    this.observer?.({ type: 'backup', contextId, backup });
    return backup;
  }

  /** The operator's part of it: what was there is gone. `silent`: under the old log's name, as if nothing had been. */
  restore(contextId: ContextId, backup: SimLog, silent: boolean): void {
    this.contexts.set(contextId, { ...backup, log: silent ? backup.log : { ...backup.log, logId: this.newLogId() } });
    this.latest.delete(contextId);
    this.#tell(contextId, (after) => ({ type: 'restore', contextId, backup, known: new Map(backup.known), after }));
  }

  /** SY7: a version above the head was seen. */
  rename(contextId: ContextId): void {
    const stored = this.of(contextId);
    const from = stored.log.logId;
    stored.log = { ...stored.log, logId: this.newLogId() };
    this.#tell(contextId, (after) => ({ type: 'rename', contextId, from, after }));
  }

  /** Records an outcome that something before the core decided. */
  remember(contextId: ContextId, outcome: MutationOutcome, now: number): void {
    this.of(contextId).known.set(outcome.mutationId, outcome);
    this.#tell(contextId, (after) => ({ type: 'remember', contextId, outcome, now, after }));
  }

  push(contextId: ContextId, sender: PushSender, push: { logId: LogId; localVersion: Version; mutations: FrameOf<ClientFrame, 'PUSH'>['mutations'] }, now: number, hash: Hash64, bugs: ServerBugs, chance: () => number): readonly MutationOutcome[] {
    const stored = this.of(contextId);
    const rows = new Map([...stored.rows].map(([key, row]) => [key, { version: row.version, deleted: row.text === null, timestamp: row.timestamp, hash: row.hash }]));
    if (bugs.checkBeforeLock === true && chance() < 0.3) {
      for (const mutation of push.mutations) {
        const row = rows.get(rowKey(mutation.entity, mutation.entityId));
        if (row !== undefined) rows.set(rowKey(mutation.entity, mutation.entityId), { ...row, version: mutation.baseVersion });
      }
    }
    const decision = decidePush(stored.log, sender, { contextId, ...push }, { rows, known: stored.known }, now, hash);
    for (const { change, text, hash: part, digest } of decision.applied) {
      stored.changes.push({ change, digest });
      stored.rows.set(rowKey(change.entity, change.entityId), {
        entity: change.entity,
        entityId: change.entityId,
        version: change.contextVersion,
        text,
        timestamp: change.timestamp,
        deviceId: change.deviceId,
        stamps: change.stamps ?? {},
        schemaVersion: change.schemaVersion,
        hash: part,
      });
    }
    for (const outcome of decision.record) stored.known.set(outcome.mutationId, outcome);
    let { head } = decision;
    if (bugs.sequence === true && decision.record.some((outcome) => outcome.outcome !== 'applied')) head = ((head as number) + 1) as unknown as Version;
    stored.log = { ...stored.log, head, digest: decision.digest };
    this.#tell(contextId, (after) => ({ type: 'push', contextId, sender, push, now, results: decision.results, after }));
    return decision.results;
  }

  digestAt(contextId: ContextId, version: Version): Digest | undefined {
    const digest = this.#digestAt(contextId, version);
    this.observer?.({ type: 'digest', contextId, version, digest });
    return digest;
  }

  #digestAt(contextId: ContextId, version: Version): Digest | undefined {
    const stored = this.of(contextId);
    if (version === stored.log.head) return stored.log.digest;
    if (version === 0) return EMPTY_DIGEST;
    return stored.changes.find(({ change }) => change.contextVersion === version)?.digest;
  }

  /** A ready snapshot, sometimes an older one than the head. */
  snapshot(contextId: ContextId, allowOld: boolean): { url: string; snapshot: MemorySnapshot } {
    const { log, rows } = this.of(contextId);
    const kept = this.latest.get(contextId);
    if (allowOld && kept !== undefined && kept.logId === log.logId && kept.version >= log.horizon) return { url: urlOf(contextId, kept), snapshot: kept };
    const snapshot: MemorySnapshot = {
      logId: log.logId,
      version: log.head,
      schemaVersion: log.schemaVersion,
      readableFrom: log.readableFrom,
      rows: [...rows.values()].map(({ entity, entityId, version, text, timestamp, deviceId, stamps, schemaVersion }) => ({ entity, entityId, row: { version, text, stamp: [timestamp, deviceId], stamps, schemaVersion } })),
    };
    this.latest.set(contextId, snapshot);
    this.snapshots.set(urlOf(contextId, snapshot), snapshot);
    return { url: urlOf(contextId, snapshot), snapshot };
  }

  compact(contextId: ContextId, horizon: Version): void {
    const stored = this.of(contextId);
    if (horizon <= stored.log.horizon) return;
    stored.log = { ...stored.log, horizon };
    stored.changes = stored.changes.filter(({ change }) => change.contextVersion > horizon);
    for (const [key, row] of stored.rows) if (row.text === null && row.version <= horizon) stored.rows.delete(key);
    this.#tell(contextId, (after) => ({ type: 'compact', contextId, horizon, after }));
  }
}

const urlOf = (contextId: ContextId, snapshot: MemorySnapshot): string => `/contexts/${encodeURIComponent(contextId)}/snapshot?v=${snapshot.version}&log=${snapshot.logId}`;

interface Session {
  readonly conn: number;
  readonly deviceId: DeviceId;
  readonly activations: Map<ContextId, { activationId: string; logId: LogId; cursor: FeedCursor }>;
  send(text: string): void;
}

export interface SimServerOptions {
  readonly time: VirtualTime;
  readonly store: SimStore;
  readonly hash: Hash64;
  readonly random: ReturnType<typeof seededRandom>;
  readonly bugs: ServerBugs;
  /** Told to the other processes of the same database, late or never. */
  hint(contextId: ContextId): void;
  readonly oldSnapshots: boolean;
  readonly rejectSome: boolean;
  /** Milliseconds that its clock ticks in. */
  readonly clockGrain: number;
}

/** One server process: the pure core of the server between sockets and the shared store. */
export class SimServer {
  readonly #options: SimServerOptions;
  readonly #sessions = new Map<number, Session>();
  #stopSweep: Undo | null = null;

  constructor(options: SimServerOptions) {
    this.#options = options;
    this.#sweep();
  }

  /** SV2: a sweep of the heads each second, whatever the hints did. */
  #sweep(): void {
    this.#stopSweep = this.#options.time.after(1_000, () => {
      for (const contextId of this.#options.store.contexts.keys()) this.feed(contextId);
      this.#sweep();
    });
  }

  stop(): void {
    this.#stopSweep?.();
    this.#sessions.clear();
  }

  disconnect(conn: number): void {
    const { owners } = this.#options.store;
    for (const [key, owner] of owners) if (owner === conn) owners.delete(key);
    this.#sessions.delete(conn);
  }

  message(conn: number, text: string, send: (text: string) => void): void {
    const parsed = parseClientFrame(text);
    const reply = (frame: ServerFrame): void => send(frameText(frame));
    if (!parsed.ok) return reply({ type: 'ERROR', code: 'BAD_FRAME', message: parsed.error, retryable: false });
    const frame = parsed.value;
    if (frame.type === 'HELLO') return this.#hello(conn, frame, send);
    const session = this.#sessions.get(conn);
    if (session === undefined) return reply({ type: 'ERROR', code: 'UNAUTHENTICATED', message: 'HELLO comes first', retryable: false });
    if (frame.type === 'PING') return reply({ type: 'PONG', nonce: frame.nonce });
    if (frame.type === 'AUTH') return;
    if (frame.type === 'ACTIVATE_CONTEXT') return this.#activate(session, frame, reply);
    const { contextId, activationId } = frame;
    const active = session.activations.get(contextId);
    const newLog = active !== undefined && active.logId !== this.#options.store.of(contextId).log.logId;
    if (active?.activationId !== activationId || newLog || this.#options.store.owners.get(`${session.deviceId}/${activationId}`) !== conn) {
      if (frame.type === 'DEACTIVATE_CONTEXT' || frame.type === 'CONFLICT_RESOLVED') return;
      return reply({ type: 'ERROR', code: 'STALE_ACTIVATION', message: 'Not active here', retryable: true, contextId, activationId, ...('requestId' in frame ? { requestId: frame.requestId } : {}) });
    }
    switch (frame.type) {
      case 'PUSH':
        return this.#push(session, frame, reply);
      case 'APPLIED':
        active.cursor = afterApplied(active.cursor, frame.version);
        return this.feed(contextId);
      case 'FETCH_LOG': {
        const { log, changes } = this.#options.store.of(contextId);
        if (frame.fromVersion < log.horizon) return reply({ type: 'ERROR', code: 'COMPACTED', message: 'Below the horizon', retryable: false, contextId, activationId, requestId: frame.requestId, horizon: log.horizon });
        const run = changes.filter(({ change }) => change.contextVersion > frame.fromVersion && change.contextVersion <= Math.max(frame.toVersion, (frame.fromVersion as number) + 1)).slice(0, Math.min(frame.limit, 1 + this.#options.random.int(20)));
        return reply({ type: 'LOG', requestId: frame.requestId, contextId, changes: run.map(({ change }) => change), more: false, horizon: log.horizon });
      }
      case 'DEACTIVATE_CONTEXT':
        session.activations.delete(contextId);
        this.#options.store.owners.delete(`${session.deviceId}/${activationId}`);
        return reply({ type: 'CONTEXT_DEACTIVATED', contextId, activationId });
      case 'CONFLICT_RESOLVED':
        return;
    }
  }

  #hello(conn: number, frame: FrameOf<ClientFrame, 'HELLO'>, send: (text: string) => void): void {
    const { store, time } = this.#options;
    this.#sessions.set(conn, { conn, deviceId: frame.deviceId, activations: new Map(), send });
    const contexts = [...store.contexts]
      .map(([contextId, { log }]) => ({ contextId, kind: log.kind, role: store.role(contextId, frame.deviceId), headVersion: log.head, logId: log.logId, schemaVersion: log.schemaVersion, readableFrom: log.readableFrom }))
      .filter((context): context is typeof context & { role: Role } => context.role !== null);
    const revoked = [...store.revoked].filter(([key]) => key.endsWith(`/${frame.deviceId}`)).map(([, revocation]) => revocation);
    send(frameText({ type: 'WELCOME', protocol: 1, serverId: 'server-1' as never, serverTime: time.wall(0, this.#options.clockGrain), userId: 'user-1' as never, contexts, revoked }));
  }

  #activate(session: Session, frame: FrameOf<ClientFrame, 'ACTIVATE_CONTEXT'>, reply: (frame: ServerFrame) => void): void {
    const { store, random, oldSnapshots } = this.#options;
    const { contextId, activationId } = frame;
    const refuse = (code: 'FORBIDDEN' | 'SCHEMA_AHEAD' | 'UNKNOWN_CONTEXT', message: string): void => reply({ type: 'ERROR', code, message, retryable: false, contextId, activationId });
    const stored = store.contexts.get(contextId);
    if (stored === undefined) return refuse('UNKNOWN_CONTEXT', 'No such context');
    if (store.role(contextId, session.deviceId) === null && store.revoked.get(`${contextId}/${session.deviceId}`)?.acceptUntil === undefined) return refuse('FORBIDDEN', 'Not a member');
    const request = { sinceVersion: frame.sinceVersion, seenVersion: frame.seenVersion, logId: frame.logId, schemaVersion: frame.schemaVersion, snapshot: frame.snapshot };
    if (wasRestored(stored.log, request)) store.rename(contextId);
    const { log } = stored;
    if (isSchemaAhead(log, request)) return refuse('SCHEMA_AHEAD', 'The app is too old');
    const answer = decideActivation(log, request);
    store.owners.set(`${session.deviceId}/${activationId}`, session.conn);
    const base = { type: 'CONTEXT_ACTIVATED', contextId, activationId, logId: log.logId, headVersion: log.head, horizon: log.horizon, schemaVersion: log.schemaVersion, readableFrom: log.readableFrom, sinceVersion: frame.sinceVersion } as const;
    if (answer.mode === 'delta') {
      session.activations.set(contextId, { activationId, logId: log.logId, cursor: feedFrom(frame.sinceVersion) });
      const digest = store.digestAt(contextId, frame.sinceVersion);
      reply({ ...base, mode: 'delta', ...(digest === undefined ? {} : { digest }) });
    } else {
      const { url, snapshot } = store.snapshot(contextId, oldSnapshots && answer.mode === 'snapshot' && random.next() < 0.7);
      session.activations.set(contextId, { activationId, logId: log.logId, cursor: feedFrom(log.head) });
      reply({ ...base, mode: answer.mode, snapshot: { url, version: snapshot.version, bytes: snapshot.rows.length * 500, sha256: '0'.repeat(64) } });
    }
    this.feed(contextId);
  }

  #push(session: Session, frame: FrameOf<ClientFrame, 'PUSH'>, reply: (frame: ServerFrame) => void): void {
    const { store, time, hash, bugs, random, rejectSome } = this.#options;
    const { contextId, activationId, pushId } = frame;
    const revocation = store.revoked.get(`${contextId}/${session.deviceId}`);
    const accepts = revocation?.acceptUntil !== undefined && revocation.acceptUntil > EPOCH + time.now;
    const role = accepts ? 'writer' : store.role(contextId, session.deviceId);
    if (role === null) return reply({ type: 'ERROR', code: 'FORBIDDEN', message: 'Not a member', retryable: false, contextId, activationId });
    // A mutation that is too large is refused for good: here every twelfth id is.
    const refused = (mutationId: string): boolean => rejectSome && hash(mutationId) % 12n === 0n;
    const { known, log } = store.of(contextId);
    for (const { mutationId } of frame.mutations) {
      if (frame.logId === log.logId && refused(mutationId) && !known.has(mutationId)) store.remember(contextId, { mutationId, outcome: 'rejected', code: 'TOO_LARGE', message: 'Too large' }, EPOCH + time.now);
    }
    const results = store.push(contextId, { deviceId: session.deviceId, role }, frame, EPOCH + time.now, hash, bugs, random.next);
    reply({ type: 'PUSH_RESULT', contextId, activationId, pushId, results: results as never });
    this.#options.hint(contextId);
    this.feed(contextId);
  }

  /** Sends what an activation of the context lacks, in small runs. */
  feed(contextId: ContextId): void {
    const { store, random } = this.#options;
    const stored = store.contexts.get(contextId);
    if (stored === undefined) return;
    for (const session of this.#sessions.values()) {
      const active = session.activations.get(contextId);
      if (active === undefined || store.owners.get(`${session.deviceId}/${active.activationId}`) !== session.conn) continue;
      const { activationId } = active;
      const { log, changes } = stored;
      if (active.logId !== log.logId) {
        session.send(frameText({ type: 'ERROR', code: 'STALE_ACTIVATION', message: 'The log is another one now', retryable: true, contextId, activationId: activationId as never }));
        session.activations.delete(contextId);
        continue;
      }
      if (isCompacted(active.cursor, log.horizon)) {
        session.send(frameText({ type: 'ERROR', code: 'COMPACTED', message: 'Below the horizon', retryable: false, contextId, activationId: activationId as never, horizon: log.horizon }));
        session.activations.delete(contextId);
        continue;
      }
      while (mayFeed(active.cursor, log.head)) {
        const from = active.cursor.sent;
        const run = changes.filter(({ change }) => change.contextVersion > from).slice(0, 1 + random.int(4));
        const last = run.at(-1);
        if (last === undefined) break;
        session.send(frameText({ type: 'DELTA', contextId, activationId: activationId as never, fromVersion: from, toVersion: last.change.contextVersion, changes: run.map(({ change }) => change), digest: last.digest }));
        active.cursor = afterFeed(active.cursor, last.change.contextVersion, 500);
      }
    }
  }

  revokeNow(deviceId: string, contextId: ContextId, acceptUntil: number | undefined): void {
    for (const session of this.#sessions.values()) {
      if (session.deviceId !== deviceId) continue;
      session.send(frameText({ type: 'MEMBERSHIP', granted: [], revoked: [acceptUntil === undefined ? { contextId } : { contextId, acceptUntil }] }));
    }
  }
}

export function fetchSnapshot(store: SimStore, time: VirtualTime, random: ReturnType<typeof seededRandom>, fails: () => boolean) {
  return (request: StageRequest, done: (snapshot: MemorySnapshot) => void, failed: (error: StageError) => void): Undo =>
    time.after(20 + random.int(400), () => {
      const snapshot = store.snapshots.get(request.url);
      if (snapshot === undefined || fails()) failed({ code: 'DOWNLOAD_FAILED', message: 'The snapshot could not be fetched' });
      else done(snapshot);
    });
}
