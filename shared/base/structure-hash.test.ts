import { expect, test } from 'vitest';
import { PersistentMap } from './persistent-map.ts';
import { structureHash } from './structure-hash.ts';

test('what JSON tells apart has another hash, what it does not has the same', () => {
  const different: unknown[] = [null, true, false, 0, 1, -1, 0.5, 1e300, '', '0', 'a', 'b', 'ab', [], [[]], {}, [1], [1, 2], [[1], 2], { a: 1 }, { b: 1 }, { a: '1' }, { a: { b: 1 } }, { a: {}, b: 1 }, ['a', 'bc'], ['ab', 'c'], { ab: 'c' }, { a: 'bc' }, [null], [0], [''], 268_435_457, 268_435_460];
  const hashes = new Set(different.map(structureHash));
  expect(hashes.size).toBe(different.length);
  for (const hash of hashes) expect(hash).toMatch(/^[0-9a-f]{14}$/);
  for (const value of [...different, { x: ['é', { 'ключ': 1.25 }] }]) expect(structureHash(JSON.parse(JSON.stringify(value)))).toBe(structureHash(value));
  expect(structureHash({ a: undefined, b: [undefined] })).toBe(structureHash({ b: [null] }));
  const map = PersistentMap.from([['k', { n: 1 }]]);
  expect(structureHash({ map })).toBe(structureHash(JSON.parse(JSON.stringify({ map }))));
});

test('the order of fields counts, as in the text', () => {
  expect(structureHash({ a: 1, b: 2 })).not.toBe(structureHash({ b: 2, a: 1 }));
});

test('a change of one character anywhere changes it', () => {
  const text = 'x'.repeat(2_000);
  const seen = new Set([structureHash([text])]);
  for (let i = 0; i < 2_000; i++) seen.add(structureHash([`${text.slice(0, i)}y${text.slice(i + 1)}`]));
  expect(seen.size).toBe(2_001);
});
