import { expect, test } from 'vitest';
import { isWithinClocks, offsetAt } from './clock-note.ts';
import { recorded, Script } from './testing/recorded.ts';

test('CF5 the offset that mine carries is the last one that its context told before', async () => {
  const { read } = recorded(new Script().event('clock', { data: { offsetMs: 180 } }).event('clock', { contextId: 'b', data: { offsetMs: 9 } }).event('conflict').event('clock', { data: { offsetMs: -40_000 } }).events);
  expect(await offsetAt(read, 'a', 2)).toBe(180);
  expect(await offsetAt(read, 'a', 3)).toBe(-40_000);
  expect(await offsetAt(read, 'c', 3)).toBeNull();
});

test('CF5 an offset matters from half the distance of the two stamps on, in either direction', () => {
  expect([isWithinClocks(50, 100, 200), isWithinClocks(-50, 200, 100), isWithinClocks(49, 100, 200), isWithinClocks(0, 7, 7)]).toEqual([true, true, false, true]);
});
