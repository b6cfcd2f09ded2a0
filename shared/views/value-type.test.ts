import { expect, test } from 'vitest';
import { typeOfValue, typeOfValues } from './value-type.ts';

test('a value has a type in one word: of a reference it is the entity that it names, of a list that of what is in it', () => {
  const values = ['Ada', '1984-02-11', '2026-01-01T09:00:00Z', 23.4, true, null, { $ref: 'user', id: 'u-1' }, { plan: 'HF-2' }, ['latex'], [{ $ref: 'icd10', id: 'J06' }], [], ['a', 1]];
  expect(values.map((value) => typeOfValue(value))).toEqual(['text', 'date', 'time', 'number', 'bool', 'null', 'user', 'object', 'text[]', 'icd10[]', 'list[]', 'list[]']);
});

test('a column has a type where all its values agree, and what is not set or empty does not count', () => {
  expect([typeOfValues([1, null, 2, undefined]), typeOfValues([1, 'one']), typeOfValues([null]), typeOfValues([]), typeOfValues([[], ['latex']])]).toEqual(['number', '', '', '', 'text[]']);
});
