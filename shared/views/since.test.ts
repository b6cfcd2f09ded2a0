import { expect, test } from 'vitest';
import { sinceThen } from './since.ts';

test('rows of then are the same, changed or deleted now, and new ones are counted, by entity', () => {
  const of = (entity: string, rows: { readonly [id: string]: number }) => Object.entries(rows).map(([id, version]) => ({ entity, id, version }));
  const found = sinceThen([...of('patient', { a: 1, b: 2, c: 3 }), ...of('note', { a: 1 })], [...of('patient', { a: 1, b: 9, d: 8, e: 7 }), ...of('visit', { a: 4 })]);
  expect([...(found.get('patient')?.of ?? [])]).toEqual([['a', 'same'], ['b', 'changed'], ['c', 'deleted'], ['d', 'added'], ['e', 'added']]);
  expect(found.get('patient')).toMatchObject({ added: 2, changed: 1, deleted: 1, same: 1 });
  expect(found.get('note')).toMatchObject({ added: 0, changed: 0, deleted: 1, same: 0 });
  expect(found.get('visit')).toMatchObject({ added: 1, changed: 0, deleted: 0, same: 0 });
});
