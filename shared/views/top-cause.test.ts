import { expect, test } from 'vitest';
import { conflictsOf } from './conflicts.ts';
import { recorded, Script } from './testing/recorded.ts';
import { topCause } from './top-cause.ts';

test('who causes them is one device in one context, with what else that context has and the others by how many', async () => {
  const met = (contextId: string, theirDevice: string) => ['conflict', { contextId, entity: 'visit', entityId: 'v', data: { conflictId: 'c', winner: 'mine', theirDevice } }] as const;
  const script = new Script().event(...met('b', 'lab')).event(...met('a', 'ward')).event(...met('a', 'lab')).event(...met('a', 'lab')).event(...met('c', 'lab')).event(...met('c', 'ward'));
  const conflicts = await conflictsOf(recorded(script.events).read, 100, 10);
  expect(topCause(conflicts)).toEqual({ contextId: 'a', device: 'lab', count: 2, inContext: 3, all: 6, others: [{ contextId: 'c', count: 2 }, { contextId: 'b', count: 1 }] });
  expect(topCause([])).toBeNull();
});
