import type { Version } from '../ids.ts';
import type { LogHead } from './log-head.ts';

/** A kept snapshot at most this many changes behind the head is served as it is: the deltas bring the rest. */
export const SNAPSHOT_SLACK = 500;

/**
 * SY4: what to do about a snapshot when one is asked for. `kept`: the newest one of this very log (same logId), or null. One below the
 * horizon is of no use, because the changes that lead on from it are gone.
 */
export function decideSnapshot(log: LogHead, kept: Version | null, slack = SNAPSHOT_SLACK): 'serve' | 'forward' | 'build' {
  if (kept === null || kept < log.horizon || kept > log.head) return 'build';
  return (log.head as number) - (kept as number) <= slack ? 'serve' : 'forward';
}
