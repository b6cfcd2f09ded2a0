import { expect, test } from 'vitest';
import { sinceThen } from './since.ts';

test('rows of then are the same, changed or deleted now, and new ones are counted', () => {
  const then = [{ id: 'a', version: 1 }, { id: 'b', version: 2 }, { id: 'c', version: 3 }];
  const now = [{ id: 'a', version: 1 }, { id: 'b', version: 9 }, { id: 'd', version: 8 }, { id: 'e', version: 7 }];
  const { of, ...counts } = sinceThen(then, now);
  expect([...of]).toEqual([['a', 'same'], ['b', 'changed'], ['c', 'deleted']]);
  expect(counts).toEqual({ added: 2, changed: 1, deleted: 1 });
});
