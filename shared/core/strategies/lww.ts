import { compareStamps } from '../change.ts';
import type { RowState } from '../row.ts';
import type { Resolution } from './resolution.ts';

/** CF2 `lww`: the later stamp wins, deletes included. */
export function resolveLww(mine: RowState, theirs: RowState): Resolution {
  const order = compareStamps(mine.stamp, theirs.stamp);
  if (order > 0) return { kind: mine.text === null ? 'delete' : 'put', row: mine, decided: [{ field: '*', rule: 'later-stamp', winner: 'mine' }] };
  return { kind: 'take-theirs', decided: [{ field: '*', rule: 'later-stamp', winner: 'theirs' }] };
}
