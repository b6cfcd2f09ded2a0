import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalText, type Json } from './json.ts';
import { PersistentMap } from './persistent-map.ts';

test('canonicalText is a fixed point, the same for every order of keys, and __proto__ in it is data', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = canonicalText(value as Json);
      expect(JSON.stringify(JSON.parse(text))).toBe(text);
      expect(canonicalText(JSON.parse(text) as Json)).toBe(text);
    }),
  );
  fc.assert(
    fc.property(fc.uniqueArray(fc.tuple(fc.oneof(fc.string(), fc.constantFrom('1', '10', '2', '__proto__')), fc.integer()), { selector: ([key]) => key }), (entries) => {
      const make = (pairs: readonly (readonly [string, number])[]): Json => {
        const object = Object.create(null) as { [key: string]: number };
        for (const [key, value] of pairs) object[key] = value;
        return object;
      };
      expect(canonicalText(make(entries))).toBe(canonicalText(make(entries.toReversed())));
    }),
  );
  expect(canonicalText(JSON.parse('{"b":1,"__proto__":{"x":1},"a":2}') as Json)).toBe('{"__proto__":{"x":1},"a":2,"b":1}');
});

test('PersistentMap does what Map does, and leaves the map that it came from as it was', () => {
  const key = fc.constantFrom('', 'a', 'b', '__proto__', 'constructor', '診', ...Array.from({ length: 20 }, (_, i) => `k-${i}`));
  fc.assert(
    fc.property(fc.array(fc.tuple(key, fc.option(fc.integer(), { nil: undefined }))), (steps) => {
      const model = new Map<string, number>();
      let map = PersistentMap.empty<number>();
      for (const [name, value] of steps) {
        const [before, sizeBefore] = [map, map.size];
        map = value === undefined ? map.delete(name) : map.set(name, value);
        if (value === undefined) model.delete(name);
        else model.set(name, value);
        expect(before.size).toBe(sizeBefore);
        expect([map.size, map.get(name), map.has(name)]).toEqual([model.size, model.get(name), model.has(name)]);
      }
      expect(new Map(map.entries())).toEqual(model);
      expect(new Map(PersistentMap.from(map.toJSON()).entries())).toEqual(model);
    }),
  );
});
