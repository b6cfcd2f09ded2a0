import type { Version } from '../ids.ts';
import type { LogHead } from './log-head.ts';

/**
 * SV3: the new horizon of a log, of which everything up to each of `candidates` may go (too old, too large, asked for by hand).
 * A horizon never goes back and never passes the head; the same as before: nothing to do.
 */
export function decideHorizon(log: LogHead, candidates: readonly Version[]): Version {
  let horizon = log.horizon;
  for (const candidate of candidates) {
    if (candidate > horizon) horizon = candidate;
  }
  return horizon > log.head ? log.head : horizon;
}
