import { expect, test } from 'vitest';
import { matches, parseFilter } from './filter.ts';

const fields = (key: string): string | number | undefined => ({ state: 'active', behind: 44 })[key];
const holds = (text: string): boolean => matches(parseFilter(text), fields, 'clinic-b Riverside Pediatrics');

test('words must occur, terms must fit', () => {
  expect(holds('')).toBe(true);
  expect(holds('riverside')).toBe(true);
  expect(holds('"river pedia"')).toBe(false);
  expect(holds('state:act behind:>40')).toBe(true);
  expect([holds('state:"active"'), holds('state:"act"'), holds('state:""')], 'what is quoted is all of it').toEqual([true, false, false]);
  expect(holds('behind:>44')).toBe(false);
  expect(holds('behind:44')).toBe(true);
  expect(holds('nothing:here')).toBe(false);
  expect(holds('behind:>many')).toBe(false);
});
