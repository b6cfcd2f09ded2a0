import { expect, test } from 'vitest';
import { causesOf, conflictsOf } from './conflicts.ts';
import { recorded, Script } from './testing/recorded.ts';

test('CF4 an update that won over a delete is told from other conflicts, and settling by hand causes none', async () => {
  const script = new Script()
    .event('conflict', { entity: 'visit', entityId: 'v-1', data: { conflictId: 'c-1', strategy: 'fields', winner: 'theirs', state: 'automatic', theirDevice: 'lab', decided: [{ field: '*', rule: 'update-over-delete', winner: 'theirs' }] } })
    .event('conflict', { entity: 'visit', entityId: 'v-2', data: { conflictId: 'c-2', strategy: 'lww', winner: 'mine', state: 'automatic', theirDevice: 'lab', decided: [{ field: '*', rule: 'later-stamp', winner: 'mine' }] } })
    .event('conflict', { entity: 'visit', entityId: 'v-1', data: { conflictId: 'c-1', strategy: 'fields', winner: 'mine', state: 'by-hand' } });
  const conflicts = await conflictsOf(recorded(script.events).read, 100, 10);
  expect(conflicts.map(({ entityId, state, isOverDelete }) => [entityId, state, isOverDelete])).toEqual([['v-1', 'by-hand', false], ['v-2', 'automatic', false], ['v-1', 'automatic', true]]);
  expect(causesOf(conflicts)).toEqual([{ contextId: 'a', device: 'lab', count: 2 }]);
});
