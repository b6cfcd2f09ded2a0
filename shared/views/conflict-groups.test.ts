import { expect, test } from 'vitest';
import { groupConflicts } from './conflict-groups.ts';
import type { ConflictEvent } from './conflicts.ts';

const conflict = (place: number, part: Partial<ConflictEvent>): ConflictEvent => ({ place, seq: place, at: place * 10, contextId: 'a', conflictId: `c-${place}`, entity: 'visit', entityId: 'v', strategy: 'lww', winner: 'theirs', state: 'automatic', theirDevice: 'lab', theirVersion: 2, baseVersion: 1, fields: [], isOverDelete: false, code: '', mutationIds: [], ...part });
const conflicts = [conflict(1, { contextId: 'b', state: 'open' }), conflict(4, { theirDevice: 'desk' }), conflict(3, {}), conflict(2, { state: 'by-hand', theirDevice: 'lab' }), conflict(5, { contextId: 'c', theirDevice: '', strategy: '', state: 'rejected' })];

test('the group with the most comes first, with whom most were, when the last was, and what became of them', () => {
  const [first, ...others] = groupConflicts(conflicts, 'context');
  expect(first).toMatchObject({ name: 'a', device: { name: 'lab', count: 2 }, lastAt: 40 });
  expect(first?.conflicts.map(({ place }) => place)).toEqual([4, 3, 2]);
  expect([...(first?.states ?? [])]).toEqual([['automatic', 2], ['by-hand', 1]]);
  expect(others.map(({ name, device }) => [name, device])).toEqual([['b', { name: 'lab', count: 1 }], ['c', null]]);
});

test('what has no device or strategy has a group that says so', () => {
  expect(groupConflicts(conflicts, 'device').map(({ name, conflicts: { length } }) => [name, length])).toEqual([['lab', 3], ['desk', 1], ['unknown device', 1]]);
  expect(groupConflicts(conflicts, 'strategy').map(({ name }) => name)).toEqual(['lww', 'no strategy']);
});
