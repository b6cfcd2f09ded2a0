import { expect, test } from 'vitest';
import { linearAxis, logAxis, timeTicks } from './axes.ts';

test('lines stand on round values, zero among them', () => {
  expect(linearAxis(0, 27).ticks).toEqual([0, 10, 20]);
  expect(linearAxis(0, 44).ticks).toEqual([0, 20, 40]);
  expect(linearAxis(0, 4.6).ticks).toEqual([0, 2, 4]);
  expect(linearAxis(0, 0.7).ticks.map((tick) => tick.toFixed(1))).toEqual(['0.0', '0.5']);
  expect(linearAxis(-1.6, 2.6).ticks).toEqual([0, 2]);
  expect(linearAxis(-2.4, 5.4).ticks).toEqual([0, 5]);
  expect(linearAxis(0, 0).ticks.every(Number.isFinite)).toBe(true);
});

test('seconds become minutes and hours where they are many', () => {
  expect(linearAxis(0, 66, 'seconds').ticks).toEqual([0, 30, 60]);
  expect(linearAxis(0, 1_500, 'seconds').ticks).toEqual([0, 600, 1_200]);
  expect(linearAxis(0, 3_542_400, 'seconds').ticks).toEqual([0, 2_073_600]);
});

test('a logarithmic axis begins below the least', () => {
  expect(logAxis(41, 1_500)).toEqual({ from: 10, to: 1_500, ticks: [10, 100, 1_000] });
  expect(logAxis(0.4, 3)).toEqual({ from: 1, to: 10, ticks: [1, 10] });
});

test('moments are round, and leave room for the end', () => {
  const at = (clock: string): number => new Date(`2026-11-23T${clock}`).getTime();
  const shown = (from: string, to: string): readonly string[] => timeTicks(at(from), at(to)).map((tick) => new Date(tick).toTimeString().slice(0, 8));
  expect(shown('13:57:50', '14:06:00')).toEqual(['13:58:00', '14:00:00', '14:02:00', '14:04:00']);
  expect(shown('14:05:00', '14:06:00')).toEqual(['14:05:00', '14:05:15', '14:05:30', '14:05:45']);
  expect(shown('13:41:00', '14:06:00')).toEqual(['13:45:00', '13:50:00', '13:55:00', '14:00:00']);
});
