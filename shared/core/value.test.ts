import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Json } from '../base/json.ts';
import { checkValue, MAX_VALUE_BYTES, utf8Length } from './value.ts';

const code = (value: unknown): unknown => {
  try {
    return checkValue(value);
  } catch (thrown) {
    return (thrown as { code: string }).code;
  }
};

test('what is no JSON value is refused: NaN, cycles, undefined inside, functions, lone surrogates, depth, objects that are not plain', () => {
  const cyclic: { self?: unknown } = {};
  cyclic.self = cyclic;
  let deep: unknown = 1;
  for (let i = 0; i < 300; i++) deep = [deep];
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, undefined, { a: undefined }, () => 1, Symbol('x'), 1n, cyclic, deep, 'a\ud800', { '\udc00': 1 }, new Date(0), new Map()]) expect(code(bad)).toBe('BAD_VALUE');
});

test('a value may be 1 MiB and no more, counted in UTF-8 bytes of its canonical text', () => {
  const fits = 'é'.repeat((MAX_VALUE_BYTES - 2) / 2);
  expect(code(fits)).toBe(fits);
  expect(code(`${fits}x`)).toBe('TOO_LARGE');
});

test('a value that is one comes back equal, as plain data, with __proto__ as a key like any other', () => {
  const tricky = JSON.parse('{"__proto__":{"polluted":true},"constructor":1}') as Json;
  const taken = checkValue(tricky) as { [key: string]: unknown };
  expect(Object.keys(taken).toSorted()).toEqual(['__proto__', 'constructor']);
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(JSON.stringify(checkValue(value))).toBe(JSON.stringify(checkValue(JSON.parse(JSON.stringify(value)))));
    }),
  );
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(utf8Length(text)).toBe(new TextEncoder().encode(text).length);
    }),
  );
});
