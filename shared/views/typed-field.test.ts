import { expect, test } from 'vitest';
import { kindOf, parseField, textOfField } from './typed-field.ts';

test('what a field holds says how it is typed in, and its text gives the value again', () => {
  for (const value of ['text', '', 1.5, -3, true, false, null, ['a', 1], { $ref: 'user', id: 'u-1' }]) expect(parseField(kindOf(value), textOfField(value))).toEqual({ ok: true, value });
  expect(kindOf(undefined)).toBe('text');
});

test('what does not fit its kind is said, and never guessed at', () => {
  expect(['number', 'boolean', 'json'].map((kind) => parseField(kind as 'number', 'x').ok)).toEqual([false, false, false]);
  expect(parseField('number', ' ').ok).toBe(false);
  expect(parseField('number', '1e999').ok).toBe(false);
  expect(parseField('text', '\ud800').ok).toBe(false);
});
