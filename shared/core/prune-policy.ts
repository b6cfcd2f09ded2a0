import type { ContextId } from './ids.ts';
import type { RegistryRow } from './registry-row.ts';

export interface PrunePolicy {
  readonly pruneAfterDays: number | null;
  readonly quotaBytes: number | null;
}

const DAY = 86_400_000;

/**
 * PR1: contexts that may go, least recently used first: those without access for too long, and under a quota as many more as it takes.
 * `confirmedAt`: when a server last told its time; age counts only within a day of that, because the device's clock alone may be years off.
 */
export function pruneCandidates(rows: readonly RegistryRow[], policy: PrunePolicy, now: number, confirmedAt: number): readonly ContextId[] {
  const clockIsGood = now - confirmedAt <= DAY && confirmedAt <= now;
  const dormant = rows
    .filter((row) => row.kind === 'tenant' && row.lifecycle === 'dormant' && row.partition.present)
    .sort((a, b) => (a.lastAccessAt ?? 0) - (b.lastAccessAt ?? 0));
  const used = rows.reduce((sum, row) => sum + bytesOf(row), 0);
  let over = policy.quotaBytes === null ? 0 : used - policy.quotaBytes;
  const going: ContextId[] = [];
  for (const row of dormant) {
    const tooOld = clockIsGood && policy.pruneAfterDays !== null && now - (row.lastAccessAt ?? 0) > policy.pruneAfterDays * DAY;
    if (!tooOld && over <= 0) continue;
    going.push(row.contextId);
    // What has unsynced writes is refused by default, and frees nothing.
    if (row.pendingWrites === 0) over -= bytesOf(row);
  }
  return going;
}

const bytesOf = (row: RegistryRow): number => (row.partition.present ? row.partition.bytes : 0);
