import { expect, test } from 'vitest';
import { formatAge, formatBehind, formatBytes, formatMs, formatStretch, shorten } from './format.ts';

test('bytes are decimal with three digits at most', () => {
  expect([0, 461, 1_900, 12_100_000, 96_000_000, 148_000_000, 1_040_000_000, 5_000_000_000].map(formatBytes)).toEqual(['0 B', '461 B', '1.9 KB', '12.1 MB', '96 MB', '148 MB', '1.04 GB', '5 GB']);
  expect(formatBytes(999_600)).toBe('1 MB');
});

test('times are short and have their unit', () => {
  expect([0.42, 82, 999.6, 4_900, 63_000].map(formatMs)).toEqual(['0.4 ms', '82 ms', '1.0 s', '4.9 s', '63.0 s']);
  expect([200, 41_000, 24 * 60_000, 5 * 3_600_000, 33 * 86_400_000].map(formatAge)).toEqual(['0.2 s', '41 s', '24 m', '5 h', '33 d']);
  expect([1_491_000, 3_849_000].map(formatStretch)).toEqual(['24:51', '1:04:09']);
});

test('a lag wears a minus sign, an id is cut in its middle', () => {
  expect([formatBehind(44), formatBehind(0)]).toEqual(['\u221244', '0']);
  expect([shorten('c41e0000000090a7'), shorten('short')]).toEqual(['c41e…90a7', 'short']);
});
