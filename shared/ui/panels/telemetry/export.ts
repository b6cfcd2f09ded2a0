import { csvOf } from '../../../views/csv.ts';
import type { ContextLine } from './model.ts';

/** A line of the table as it leaves the page. */
export const plain = ({ context, opensMs, latencyMs, writes, conflicts, sent, received, applied, unsyncedMs, bytes }: ContextLine) => ({ contextId: context.contextId, state: context.state, opensMs, latencyMs, writes, conflicts, sent, received, applied, unsyncedMs, bytes });

/** All of them as CSV. */
export function csvOfLines(lines: readonly ContextLine[]): string {
  const rows = lines.map(plain);
  const [first] = rows;
  return first === undefined ? '' : csvOf(Object.keys(first), rows.map((row) => Object.values(row)));
}
