import { AppError } from '../../shared/base/app-error.ts';
import { Emitter } from '../../shared/base/emitter.ts';
import { SerialQueue } from '../../shared/base/serial-queue.ts';
import { compareCodePoints, rowKey, type MutationOutcome } from '../../shared/core/change.ts';
import { EMPTY_DIGEST, type Digest } from '../../shared/core/digest.ts';
import { VERSION_0, serverId, version, type ContextId, type DeviceId, type LogId, type MutationId, type UserId, type Version } from '../../shared/core/ids.ts';
import type { PushDecision, ServerRow } from '../../shared/core/server/decide-push.ts';
import { ACTIVITY_LIFE, REVOCATION_LIFE, type Activity, type AuditEntry, type ContextRecord, type LogStore, type Member, type PushTransaction } from './log-store.ts';
import type { Revocation, SnapshotRecord, StoreNews, StoredChange, StoredServerRow, Touched, WrittenFacts } from './log-store.ts';

// The log store in memory: the same rules with maps. For simulations and tests of what stands above it; it passes the same contract suite.

interface MemoryContext {
  record: ContextRecord;
  horizonDigest: Digest;
  readonly rows: Map<string, StoredServerRow>;
  changes: StoredChange[];
  readonly outcomes: Map<MutationId, MutationOutcome & { at: number; logVersion: Version }>;
  readonly snapshots: Map<string, SnapshotRecord>;
  /** Stands for the lock of the context's row. */
  readonly lock: SerialQueue;
}

const HOUR = 3_600_000;
const newLogId = (): LogId => crypto.randomUUID() as string as LogId;
const pair = (a: string, b: string): string => rowKey(a, b);

export function openMemoryStore(options: { now?: () => number; serverId?: string } = {}): LogStore {
  const now = options.now ?? Date.now;
  const contexts = new Map<ContextId, MemoryContext>();
  const members = new Map<string, Member>();
  const revocations = new Map<string, Revocation>();
  const devices = new Map<DeviceId, UserId>();
  const activity = new Map<string, Activity & { hour: number }>();
  const audit: AuditEntry[] = [];
  const news = new Emitter<StoreNews>();
  const changedAccess: UserId[] = [];

  const must = (contextId: ContextId): MemoryContext => {
    const found = contexts.get(contextId);
    if (found === undefined) throw new AppError('UNKNOWN_CONTEXT', 'There is no such context', { details: { contextId } });
    return found;
  };
  const update = (context: MemoryContext, change: Partial<ContextRecord>): ContextRecord => (context.record = { ...context.record, ...change });

  return {
    kind: 'memory',
    serverId: serverId(options.serverId ?? crypto.randomUUID()),

    async createContext(spec) {
      if (contexts.has(spec.contextId)) throw new AppError('CONTEXT_EXISTS', 'There is a context of this id already', { details: { contextId: spec.contextId } });
      const record: ContextRecord = {
        contextId: spec.contextId,
        kind: spec.kind,
        logId: newLogId(),
        head: VERSION_0,
        horizon: VERSION_0,
        digest: EMPTY_DIGEST,
        schemaVersion: spec.schemaVersion,
        readableFrom: spec.readableFrom ?? spec.schemaVersion,
        importing: false,
        title: spec.title ?? null,
      };
      contexts.set(spec.contextId, { record, horizonDigest: EMPTY_DIGEST, rows: new Map(), changes: [], outcomes: new Map(), snapshots: new Map(), lock: new SerialQueue() });
      return record;
    },
    async context(contextId) {
      return contexts.get(contextId)?.record ?? null;
    },
    async updateContext(contextId, change) {
      const context = must(contextId);
      return update(context, {
        ...(change.schemaVersion === undefined ? {} : { schemaVersion: change.schemaVersion }),
        ...(change.readableFrom === undefined ? {} : { readableFrom: change.readableFrom }),
        ...(change.title === undefined ? {} : { title: change.title }),
      });
    },
    async importRows(contextId, batches, finish) {
      const context = must(contextId);
      if (context.record.head !== VERSION_0) throw new AppError('NOT_EMPTY', 'Only an empty context takes an import', { details: { contextId } });
      update(context, { importing: true });
      context.rows.clear();
      for await (const batch of batches) {
        for (const row of batch) {
          const key = rowKey(row.entity, row.entityId);
          if (context.rows.has(key)) throw new AppError('BAD_VALUE', 'The import names a row twice', { details: { contextId } });
          context.rows.set(key, row);
        }
      }
      context.horizonDigest = finish();
      return update(context, { importing: false, head: version(1), horizon: version(1), digest: context.horizonDigest });
    },
    async renameLog(contextId, from, to) {
      const context = must(contextId);
      return context.record.logId === from ? update(context, { logId: to }) : context.record;
    },
    async renameAllLogs() {
      for (const context of contexts.values()) update(context, { logId: newLogId() });
      return contexts.size;
    },
    async heads(ids) {
      if (ids === undefined) return [...contexts.values()].map((context) => context.record);
      return ids.flatMap((contextId) => contexts.get(contextId)?.record ?? []);
    },

    async access(userId, since) {
      const mine = [...members.values()].filter((member) => member.userId === userId).sort((a, b) => compareCodePoints(a.contextId, b.contextId));
      return {
        members: mine,
        contexts: mine.flatMap((member) => contexts.get(member.contextId)?.record ?? []),
        revocations: [...revocations.values()].filter((one) => one.userId === userId && one.at > since),
      };
    },
    async members(contextId) {
      return [...members.values()].filter((member) => member.contextId === contextId).sort((a, b) => compareCodePoints(a.userId, b.userId));
    },
    async setMember(member) {
      must(member.contextId);
      members.set(pair(member.userId, member.contextId), member);
      revocations.delete(pair(member.userId, member.contextId));
      changedAccess.push(member.userId);
    },
    async revoke(userId, contextId, at, acceptUntil) {
      const key = pair(userId, contextId);
      const role = members.get(key)?.role ?? revocations.get(key)?.role;
      if (role === undefined) throw new AppError('NOT_A_MEMBER', 'This user is no member of the context', { details: { contextId } });
      members.delete(key);
      revocations.set(key, { userId, contextId, role, acceptUntil, at });
      changedAccess.push(userId);
    },
    async claimDevice(deviceId, userId) {
      const owner = devices.get(deviceId);
      if (owner === undefined) devices.set(deviceId, userId);
      return owner === undefined || owner === userId;
    },

    async activation(userId, contextId, since) {
      const context = contexts.get(contextId);
      if (context === undefined) return null;
      const { record } = context;
      const at = context.changes.find((change) => change.version === since)?.digest;
      const digest = at ?? (since === record.horizon ? context.horizonDigest : since === record.head ? record.digest : null);
      return { record, member: members.get(pair(userId, contextId)) ?? null, revocation: revocations.get(pair(userId, contextId)) ?? null, digest };
    },
    async push(contextId, userId, touched, work) {
      const context = must(contextId);
      return await context.lock.run(async () => {
        if (context.record.importing) throw new AppError('INTERNAL', 'An import into this context is under way', { details: { retryable: true } });
        return await work(transaction(context, touched, members.get(pair(userId ?? '', contextId)) ?? null, revocations.get(pair(userId ?? '', contextId)) ?? null));
      });
    },
    async changes(contextId, range) {
      const found: StoredChange[] = [];
      let bytes = 0;
      const to = range.to ?? version(Number.MAX_SAFE_INTEGER);
      for (const change of contexts.get(contextId)?.changes ?? []) {
        if (change.version <= range.after || change.version > to) continue;
        if (range.entity !== undefined && change.entity !== range.entity) continue;
        if (range.entityId !== undefined && change.entityId !== range.entityId) continue;
        if (found.length >= range.limit || bytes >= range.maxBytes) break;
        found.push(change);
        bytes += (change.text?.length ?? 0) + 400;
      }
      return found;
    },
    async rows(contextId, after, limit, maxBytes) {
      const sorted = [...(contexts.get(contextId)?.rows.values() ?? [])].sort(byKey);
      const start = after === null ? 0 : sorted.findIndex((row) => byKey(row, after) > 0);
      const found: StoredServerRow[] = [];
      let bytes = 0;
      for (const row of start < 0 ? [] : sorted.slice(start, start + limit)) {
        if (bytes >= maxBytes) break;
        found.push(row);
        bytes += (row.text?.length ?? 0) + 200;
      }
      return found;
    },
    async compact(contextId, bounds, decide) {
      const context = must(contextId);
      return await context.lock.run(() => {
        const candidates = candidatesOf(context, bounds.before, bounds.keepBytes);
        const horizon = decide(context.record, bounds.upTo === undefined ? candidates : [...candidates, bounds.upTo]);
        context.horizonDigest = context.changes.find((change) => change.version === horizon)?.digest ?? (horizon === context.record.head ? context.record.digest : context.horizonDigest);
        const before = context.changes.length;
        context.changes = context.changes.filter((change) => change.version > horizon);
        let tombstones = 0;
        for (const [key, row] of context.rows) {
          if (row.text !== null || row.version > horizon) continue;
          context.rows.delete(key);
          tombstones++;
        }
        let outcomes = 0;
        for (const [id, outcome] of context.outcomes) {
          if (outcome.at >= bounds.outcomesBefore || outcome.logVersion > horizon) continue;
          context.outcomes.delete(id);
          outcomes++;
        }
        return { record: update(context, { horizon }), changes: before - context.changes.length, tombstones, outcomes };
      });
    },

    async snapshots(contextId, home) {
      return [...(contexts.get(contextId)?.snapshots ?? [])].filter(([key]) => key.startsWith(`${home}:`)).map(([, one]) => one).sort((a, b) => b.version - a.version);
    },
    async keepSnapshot(home, snapshot) {
      must(snapshot.contextId).snapshots.set(`${home}:${snapshot.logId}:${snapshot.version}`, snapshot);
    },
    async dropSnapshot(home, snapshot) {
      contexts.get(snapshot.contextId)?.snapshots.delete(`${home}:${snapshot.logId}:${snapshot.version}`);
    },

    listen: (listener) => news.listen(listener),
    publish: (one) => news.emit(one),
    accessReader() {
      let read = changedAccess.length;
      return async () => {
        const changed = new Set(changedAccess.slice(read));
        read = changedAccess.length;
        return [...changed];
      };
    },

    async audit(entry) {
      audit.push(entry);
    },
    async auditLog(limit) {
      return audit.slice(-limit).reverse();
    },
    async addActivity(at, added) {
      const hour = Math.floor(at / HOUR);
      for (const one of added) {
        const key = `${hour}:${pair(one.contextId, one.deviceId)}`;
        const before = activity.get(key);
        activity.set(key, { ...sum(before, one), hour });
      }
    },
    async activity(since) {
      const found = new Map<string, Activity>();
      for (const one of activity.values()) {
        if (one.hour < Math.floor(since / HOUR)) continue;
        const key = pair(one.contextId, one.deviceId);
        found.set(key, sum(found.get(key), one));
      }
      return [...found.values()];
    },
    async maintain(at) {
      for (const [key, one] of revocations) if (one.at < at - REVOCATION_LIFE) revocations.delete(key);
      for (const [key, one] of activity) if (one.hour < Math.floor((at - ACTIVITY_LIFE) / HOUR)) activity.delete(key);
    },
    async ping() {
      now();
    },
    async close() {
      news.clear();
    },
  };
}

function transaction(context: MemoryContext, touched: readonly Touched[], member: Member | null, revocation: Revocation | null): PushTransaction {
  return {
    log: context.record,
    member,
    revocation,
    facts: factsOf(context, touched),
    async commit(decision: PushDecision, _deviceId: DeviceId, at: number) {
      for (const { change, text, hash, digest } of decision.applied) {
        const { entity, entityId, timestamp, deviceId, schemaVersion, mutationId } = change;
        const stamps = change.stamps ?? null;
        const row = { entity, entityId, version: change.contextVersion, text, timestamp, deviceId, stamps, schemaVersion, hash };
        context.rows.set(rowKey(entity, entityId), row);
        context.changes.push({ ...row, contextId: change.contextId, op: change.op, mutationId, resolves: change.resolves ?? null, digest, at });
      }
      for (const one of decision.record) context.outcomes.set(one.mutationId, { ...one, at, logVersion: decision.head });
      context.record = { ...context.record, head: decision.head, digest: decision.digest };
    },
  };
}

function factsOf(context: MemoryContext, touched: readonly Touched[]): WrittenFacts {
  const rows = new Map<string, ServerRow>();
  const writers = new Map<string, DeviceId>();
  const known = new Map<MutationId, MutationOutcome>();
  for (const one of touched) {
    const key = rowKey(one.entity, one.entityId);
    const row = context.rows.get(key);
    if (row !== undefined) {
      rows.set(key, { version: row.version, deleted: row.text === null, timestamp: row.timestamp, hash: row.hash });
      writers.set(key, row.deviceId);
    }
    const outcome = context.outcomes.get(one.mutationId);
    if (outcome === undefined) continue;
    const { at: _at, logVersion: _logVersion, ...recorded } = outcome;
    known.set(one.mutationId, recorded);
  }
  return { rows, known, writers };
}

function candidatesOf(context: MemoryContext, before: number, keepBytes: number): Version[] {
  const found: Version[] = [];
  const old = context.changes.filter((change) => change.at < before).at(-1);
  if (old !== undefined) found.push(old.version);
  let bytes = 0;
  for (const change of context.changes.toReversed()) {
    bytes += Buffer.byteLength(change.text ?? '') + 200;
    if (bytes <= keepBytes) continue;
    found.push(change.version);
    break;
  }
  return found;
}

const byKey = (a: { entity: string; entityId: string }, b: { entity: string; entityId: string }): number => compareCodePoints(a.entity, b.entity) || compareCodePoints(a.entityId, b.entityId);

const sum = (a: Activity | undefined, b: Activity): Activity => ({
  contextId: b.contextId,
  deviceId: b.deviceId,
  applied: (a?.applied ?? 0) + b.applied,
  refused: (a?.refused ?? 0) + b.refused,
  resolved: (a?.resolved ?? 0) + b.resolved,
  caused: (a?.caused ?? 0) + b.caused,
  rejected: (a?.rejected ?? 0) + b.rejected,
});
