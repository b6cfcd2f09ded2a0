import { expect, test } from 'vitest';
import type { DebugEvent } from '../protocol/debug/index.ts';
import { heatOf, meetingsOf, type Meetings } from './hotspots.ts';
import { recorded } from './testing/recorded.ts';

const conflict = (seq: number, contextId: string, theirDevice: string, state = 'automatic'): DebugEvent => ({ seq, at: seq * 1_000, kind: 'conflict', contextId, data: { conflictId: `k${seq}`, theirDevice, state } });

test('TE2 meetings are counted by context and device, in all and in the range; what was settled by hand is none', async () => {
  const { read } = recorded([conflict(1, 'a', 'tablet'), conflict(2, 'a', 'tablet'), conflict(3, 'b', 'desk'), conflict(4, 'a', 'tablet', 'by-hand'), conflict(5, 'a', 'tablet')]);
  expect(await meetingsOf(read, 9, 2_000, 5_000)).toEqual([
    { contextId: 'a', device: 'tablet', all: 3, inRange: 1 },
    { contextId: 'b', device: 'desk', all: 1, inRange: 1 },
  ]);
  expect(await meetingsOf(read, 1, 0, 9_000)).toEqual([{ contextId: 'a', device: 'tablet', all: 2, inRange: 2 }]);
});

const met = (contextId: string, device: string, all: number, inRange = 0): Meetings => ({ contextId, device, all, inRange });

test('what does not fit is one row and one column, and every sum is that of all', () => {
  const meetings = [met('a', 'x', 10), met('a', 'y', 5), met('b', 'y', 4), met('c', 'z', 3), met('d', 'w', 1), met('d', 'x', 2, 1)];
  const heat = heatOf(meetings, 'all', { rows: 3, columns: 3 });
  expect(heat.columns).toEqual([
    { name: 'a', folded: 0, sum: 15 },
    { name: 'b', folded: 0, sum: 4 },
    { name: null, folded: 2, sum: 6 },
  ]);
  expect(heat.rows).toEqual([
    { name: 'x', folded: 0, sum: 12, cells: [10, 0, 2] },
    { name: 'y', folded: 0, sum: 9, cells: [5, 4, 0] },
    { name: null, folded: 2, sum: 4, cells: [0, 0, 4] },
  ]);
  expect(heat).toMatchObject({ total: 25, most: 10 });
  expect(heatOf(meetings, 'all', { rows: 4, columns: 4 }).rows.map(({ name }) => name)).toEqual(['x', 'y', 'z', 'w']);
  expect(heatOf(meetings, 'inRange', { rows: 3, columns: 3 })).toEqual({ columns: [{ name: 'd', folded: 0, sum: 1 }], rows: [{ name: 'x', folded: 0, sum: 1, cells: [1] }], total: 1, most: 1 });
});
