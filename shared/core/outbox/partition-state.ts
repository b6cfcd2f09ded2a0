import type { PersistentMap } from '../../base/persistent-map.ts';
import type { Digest } from '../digest.ts';
import type { LogId, Version } from '../ids.ts';
import type { PendingRow } from './entry.ts';

/**
 * What the core holds of an open partition: its place in the log and every row with a pending write. All other rows stay on disk.
 * `present: false` is an outbox without a partition: a quarantined one, waiting for a snapshot to come back upon (PR2).
 */
export interface PartitionState {
  readonly present: boolean;
  readonly generation: number;
  readonly logId: LogId | null;
  readonly localVersion: Version;
  /** The highest version of this log that any answer named (SY7). */
  readonly seenVersion: Version;
  readonly digest: Digest;
  readonly schemaVersion: number;
  /** Milliseconds that the pending stamps are shifted against the device's clock (CF5). */
  readonly clockOffset: number;
  readonly pending: PersistentMap<PendingRow>;
  readonly nextSeq: number;
  /** How many entries are parked: looked for only when there are any. */
  readonly parked: number;
}

export function pendingFacts(state: PartitionState): { readonly pendingWrites: number; readonly oldestWriteAt: number | null } {
  let pendingWrites = 0;
  let oldestWriteAt: number | null = null;
  for (const row of state.pending.values()) {
    pendingWrites += row.chain.length;
    const at = row.chain[0]?.writtenAt ?? null;
    if (at !== null && (oldestWriteAt === null || at < oldestWriteAt)) oldestWriteAt = at;
  }
  return { pendingWrites, oldestWriteAt };
}

export const hasUnanswered = (state: PartitionState): boolean => {
  for (const row of state.pending.values()) if (row.chain.some((entry) => entry.state.name === 'sent')) return true;
  return false;
};
