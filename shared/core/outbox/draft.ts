import { assert } from '../../base/assert.ts';
import { type StrategyName, rowKey } from '../change.ts';
import type { CoreEvent } from '../events.ts';
import type { DeviceId, LogId, MutationId, Version } from '../ids.ts';
import type { SchemaInfo } from '../app-schema.ts';
import { entityOf } from '../app-schema.ts';
import type { ConfirmedRow } from '../row.ts';
import type { Json } from '../../base/json.ts';
import type { ConflictRecord, ConflictSettled, OutboxPut, PartitionCommit, RowWrite } from './commit.ts';
import type { OutboxEntry, PendingRow } from './entry.ts';
import { visibleRow } from './entry.ts';
import type { PartitionState } from './partition-state.ts';

/** What a decision may read beside the state and its input. The app's functions are recorded with the step that called them (RP3). */
export interface Env {
  /** Milliseconds since 1970 as the device believes. */
  readonly now: number;
  /** Monotonic milliseconds, for durations. */
  readonly monotonic: number;
  readonly deviceId: DeviceId;
  readonly schema: SchemaInfo;
  readonly policy: SyncPolicy;
  /** Custom merge of an entity. */
  custom(entity: string, base: Json | null, mine: Json | null, theirs: Json | null): Json | null;
  /** Brings a value from `fromVersion` to the app's schema version (MG2). */
  upgrade(entity: string, value: Json, fromVersion: number): Json;
}

export interface SyncPolicy {
  /** What a digest that differs from the server's leads to (SY5). */
  readonly digest: 'report' | 'replay';
  /** Bytes of deltas that may wait for one that is missing (SY1). */
  readonly maxHeldBytes: number;
}

export const strategyOf = (env: Env, entity: string): StrategyName => entityOf(env.schema, entity).strategy;

/**
 * The working copy of one step: changes rows, chains and meta of a partition, and at the end gives the new state together with the one
 * commit that makes it true on disk. Lives for one step only.
 */
export class Draft {
  readonly env: Env;
  readonly #before: PartitionState;
  #now: PartitionState;
  readonly #touched = new Map<string, { entity: string; entityId: string; confirmed: ConfirmedRow; logText?: string | null }>();
  readonly #conflicts: ConflictRecord[] = [];
  readonly #settled: ConflictSettled[] = [];
  readonly #newId: () => MutationId;
  readonly #tell: (event: CoreEvent) => void;

  constructor(state: PartitionState, env: Env, newId: () => MutationId, tell: (event: CoreEvent) => void) {
    this.#before = state;
    this.#now = state;
    this.env = env;
    this.#newId = newId;
    this.#tell = tell;
  }

  get state(): PartitionState {
    return this.#now;
  }

  newId(): MutationId {
    return this.#newId();
  }

  nextSeq(): number {
    const seq = this.#now.nextSeq;
    this.#now = { ...this.#now, nextSeq: seq + 1 };
    return seq;
  }

  pendingOf(entity: string, entityId: string): PendingRow | undefined {
    return this.#now.pending.get(rowKey(entity, entityId));
  }

  /** Moves the confirmed row. `logText`: its text in the log, hashed into the digest; left out, the digest keeps the row's part. */
  confirm(entity: string, entityId: string, confirmed: ConfirmedRow, logText?: string | null): void {
    const key = rowKey(entity, entityId);
    const touched = { entity, entityId, confirmed };
    const before = this.#touched.get(key)?.logText;
    const text = logText === undefined ? before : logText;
    this.#touched.set(key, text === undefined ? touched : { ...touched, logText: text });
    const pending = this.#now.pending.get(key);
    if (pending !== undefined) this.#now = { ...this.#now, pending: this.#now.pending.set(key, { ...pending, confirmed }) };
  }

  /** Replaces the writes that wait on a row; none: the app sees the confirmed row again. */
  setChain(entity: string, entityId: string, confirmed: ConfirmedRow, chain: readonly OutboxEntry[]): void {
    const key = rowKey(entity, entityId);
    const touched = this.#touched.get(key);
    this.#touched.set(key, touched === undefined ? { entity, entityId, confirmed } : { ...touched, confirmed });
    const parked = (row: PendingRow | undefined): number => row?.chain.filter((entry) => entry.state.name === 'parked').length ?? 0;
    const before = parked(this.#now.pending.get(key));
    const next: PendingRow = { entity, entityId, confirmed, chain };
    const pending = chain.length === 0 ? this.#now.pending.delete(key) : this.#now.pending.set(key, next);
    this.#now = { ...this.#now, pending, parked: this.#now.parked - before + (chain.length === 0 ? 0 : parked(next)) };
  }

  setMeta(meta: { localVersion?: Version; seenVersion?: Version; logId?: LogId; clockOffset?: number; schemaVersion?: number }): void {
    this.#now = { ...this.#now, ...meta };
  }

  conflict(record: ConflictRecord): void {
    this.#conflicts.push(record);
  }

  /** A conflict was settled again by hand (CF4). */
  settleConflict(settled: ConflictSettled): void {
    this.#settled.push(settled);
  }

  event(event: CoreEvent): void {
    this.#tell(event);
  }

  /** The new state, and the commit that makes it true; null where nothing on disk changes. */
  finish(durable: boolean): { readonly state: PartitionState; readonly commit: PartitionCommit | null } {
    const rows: RowWrite[] = [];
    const outboxPut: OutboxPut[] = [];
    const outboxRemove: MutationId[] = [];
    for (const [key, touched] of this.#touched) {
      const before = this.#before.pending.get(key);
      const after = this.#now.pending.get(key);
      const { entity, entityId } = touched;
      rows.push({ ...touched, confirmed: after?.confirmed ?? touched.confirmed, visible: after === undefined ? null : visibleRow(after), hadBase: before !== undefined });
      diffChains(entity, entityId, before?.chain ?? [], after?.chain ?? [], outboxPut, outboxRemove);
    }
    const [a, b] = [this.#before, this.#now];
    assert(b.localVersion >= a.localVersion || rows.length === 0, 'localVersion went back');
    const meta = {
      ...(a.localVersion === b.localVersion ? {} : { localVersion: b.localVersion }),
      ...(a.seenVersion === b.seenVersion ? {} : { seenVersion: b.seenVersion }),
      ...(a.logId === b.logId || b.logId === null ? {} : { logId: b.logId }),
      ...(a.schemaVersion === b.schemaVersion ? {} : { schemaVersion: b.schemaVersion }),
      ...(a.clockOffset === b.clockOffset ? {} : { clockOffset: b.clockOffset }),
    };
    const nothing = rows.length === 0 && this.#conflicts.length === 0 && this.#settled.length === 0 && Object.keys(meta).length === 0;
    if (nothing) return { state: b, commit: null };
    return { state: b, commit: { expectVersion: a.localVersion, rows, outboxPut, outboxRemove, conflicts: this.#conflicts, conflictsSettled: this.#settled, meta, durable } };
  }
}

function diffChains(
  entity: string,
  entityId: string,
  before: readonly OutboxEntry[],
  after: readonly OutboxEntry[],
  put: OutboxPut[],
  remove: MutationId[],
): void {
  for (const entry of before) if (!after.some((other) => other.mutationId === entry.mutationId)) remove.push(entry.mutationId);
  for (const entry of after) if (!before.includes(entry)) put.push({ ...entry, entity, entityId });
}

/** Everything that waits, in the order in which it was written. */
export function inOrder(state: PartitionState): readonly { readonly pending: PendingRow; readonly entry: OutboxEntry; readonly at: number }[] {
  const all = [];
  for (const pending of state.pending.values()) for (const [at, entry] of pending.chain.entries()) all.push({ pending, entry, at });
  return all.sort((a, b) => a.entry.seq - b.entry.seq);
}
