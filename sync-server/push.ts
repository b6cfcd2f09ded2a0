import { AppError } from '../shared/base/app-error.ts';
import { rowKey, type Mutation } from '../shared/core/change.ts';
import type { Hash64 } from '../shared/core/digest.ts';
import type { ContextId, DeviceId, LogId, UserId } from '../shared/core/ids.ts';
import { decidePush, type PushDecision, type PushRequest } from '../shared/core/server/decide-push.ts';
import { roleOf } from './access/role-of.ts';
import { wireChange } from './feed/change-text.ts';
import type { Services } from './services.ts';
import type { LogStore, PushTransaction, Touched } from './store/log-store.ts';

export interface Sender {
  readonly deviceId: DeviceId;
  readonly userId: UserId;
}

/** What is decided while the context's row is locked. */
export interface Decided {
  /** As they were decided on: a back office's have their base from under the lock. */
  readonly mutations: readonly Mutation[];
  readonly decision: PushDecision;
}

export interface Committed extends Decided {
  readonly logId: LogId;
  /** Which device had last written each row, by `rowKey`. */
  readonly writers: ReadonlyMap<string, DeviceId>;
}

/**
 * SV1, IS4: one push of a member, in one transaction of the store: lock, read, let the core decide, write. Fails with `UNKNOWN_CONTEXT`
 * or `FORBIDDEN`; an AppError with `retryable` in its details may be tried again unchanged (its outcomes are then found recorded).
 */
export async function pushToStore(store: LogStore, env: { now: number; hash: Hash64 }, sender: Sender, request: PushRequest): Promise<Committed> {
  return await commitTo(store, sender.userId, sender.deviceId, request.contextId, request.mutations, env.now, (tx) => decideForMember(tx, env, sender, request));
}

function decideForMember(tx: PushTransaction, env: { now: number; hash: Hash64 }, sender: Sender, request: PushRequest): Decided {
  const role = roleOf(tx.member, tx.revocation, env.now);
  if (role === null) throw new AppError('FORBIDDEN', 'You are no member of this context');
  return { mutations: request.mutations, decision: decidePush(tx.log, { deviceId: sender.deviceId, role }, request, tx.facts, env.now, env.hash) };
}

export async function commitTo(
  store: LogStore,
  userId: UserId | null,
  deviceId: DeviceId,
  contextId: ContextId,
  touched: readonly Touched[],
  at: number,
  decide: (tx: PushTransaction) => Decided,
): Promise<Committed> {
  return await store.push(contextId, userId, touched, async (tx) => {
    const decided = decide(tx);
    await tx.commit(decided.decision, deviceId, at);
    return { ...decided, logId: tx.log.logId, writers: tx.facts.writers };
  });
}

/** A push that came over a socket, with the news of it and the counts. */
export async function push(services: Services, sender: Sender, request: PushRequest): Promise<PushDecision> {
  const env = { now: services.clock.now(), hash: services.hash };
  return await pushWith(services, sender.userId, sender.deviceId, request.contextId, request.mutations, (tx) => decideForMember(tx, env, sender, request));
}

/** Locks, lets `decide` decide, writes, and spreads the news after the commit (SV2). */
export async function pushWith(
  services: Services,
  userId: UserId | null,
  deviceId: DeviceId,
  contextId: ContextId,
  touched: readonly Touched[],
  decide: (tx: PushTransaction) => Decided,
): Promise<PushDecision> {
  const { clock, store, feeds, metrics } = services;
  const started = clock.monotonic();
  const at = clock.now();
  const decided = await services.writers.run(contextId, () => commitTo(store, userId, deviceId, contextId, touched, at, decide));
  const { decision, logId } = decided;
  metrics.pushTime.observe((clock.monotonic() - started) / 1000);
  if (decision.applied.length > 0) {
    const feed = feeds.find(contextId);
    if (feed !== undefined) {
      const changes = decision.applied.map(({ change, text, hash, digest }) =>
        wireChange({ ...change, version: change.contextVersion, text, stamps: withFields(change.stamps), resolves: change.resolves ?? null, digest, hash, at }),
      );
      feed.committed(changes, logId);
    }
    store.publish({ type: 'head', contextId, head: decision.head });
  }
  count(services, deviceId, contextId, decided);
  return decision;
}

const withFields = <T extends object>(stamps: T | undefined): T | null => (stamps === undefined || Object.keys(stamps).length === 0 ? null : stamps);

function count({ metrics, hotspots }: Services, deviceId: DeviceId, contextId: ContextId, { decision, writers, mutations }: Committed): void {
  const context = metrics.label(contextId);
  for (const one of decision.record) {
    metrics.pushes.inc({ context, outcome: one.outcome });
    hotspots.count(contextId, deviceId, one.outcome === 'applied' ? 'applied' : one.outcome === 'conflict' ? 'refused' : 'rejected');
  }
  for (const { change } of decision.applied) {
    if (change.resolves === undefined) continue;
    metrics.conflictsSettled.inc({ context, how: change.resolves.strategy });
    hotspots.count(contextId, deviceId, 'resolved');
  }
  const refused = new Set(decision.record.filter((one) => one.outcome === 'conflict').map((one) => one.mutationId));
  if (refused.size === 0) return;
  for (const mutation of mutations) {
    const writer = writers.get(rowKey(mutation.entity, mutation.entityId));
    if (refused.has(mutation.mutationId) && writer !== undefined && writer !== deviceId) hotspots.count(contextId, writer, 'caused');
  }
}
