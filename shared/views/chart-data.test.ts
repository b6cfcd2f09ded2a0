import { expect, test } from 'vitest';
import { chartData, likelyChoice, numericColumns } from './chart-data.ts';

const MOST = { points: 100, series: 6 };
const PER_MINUTE = { columns: ['minute', 'contextId', 'bytes'], rows: [['13:41', 'clinic-a', 10], ['13:41', 'clinic-b', 5], ['13:42', 'clinic-b', 40], ['13:43', null, null]] };

test('numbers along the first word, split by a second that repeats', () => {
  expect(likelyChoice(PER_MINUTE)).toEqual({ x: 0, y: 2, split: 1 });
  expect(likelyChoice({ columns: ['device', 'contextId', 'n'], rows: [['a', 'x', 1], ['b', 'y', 2]] })).toEqual({ x: 0, y: 2, split: null });
  expect(likelyChoice({ columns: ['seq', 'ms'], rows: [[1, 2], [2, 9]] })).toEqual({ x: 0, y: 1, split: null });
  expect(likelyChoice({ columns: ['a', 'b'], rows: [['x', 'y']] })).toBeNull();
  expect(likelyChoice({ columns: [], rows: [] })).toBeNull();
});

test('a column of nothing is no column of numbers', () => {
  expect(numericColumns({ columns: ['a', 'b', 'c'], rows: [[null, 1, 1], [null, null, 'x']] })).toEqual([1]);
});

test('series are added up, the largest first; what is not there is nothing, not zero', () => {
  const { xs, series, totals } = chartData(PER_MINUTE, { x: 0, y: 2, split: 1 }, MOST);
  expect(xs).toEqual(['13:41', '13:42', '13:43']);
  expect(series).toEqual([{ name: 'clinic-b', total: 45, values: [5, 40, null] }, { name: 'clinic-a', total: 10, values: [10, null, null] }, { name: 'null', total: 0, values: [null, null, null] }]);
  expect(totals).toEqual([15, 40, 0]);
});

test('what is behind the sixth is one series, and points behind the most are counted', () => {
  const rows = Array.from({ length: 9 }, (_, i) => ['x', `s${i}`, 9 - i]);
  const { series, others } = chartData({ columns: ['x', 's', 'n'], rows }, { x: 0, y: 2, split: 1 }, MOST);
  expect(series.map(({ name }) => name)).toEqual(['s0', 's1', 's2', 's3', 's4', 'others']);
  expect([others, series.at(-1)?.total]).toEqual([4, 10]);
  expect(chartData({ columns: ['x', 'n'], rows: [['a', 1], ['b', 2], ['c', 3]] }, { x: 0, y: 1, split: null }, { points: 2, series: 6 })).toMatchObject({ xs: ['a', 'b'], left: 1 });
});
