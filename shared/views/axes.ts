// Where the lines of a small chart stand: few, on round values, so that a person reads them at a glance.

export interface Axis {
  readonly from: number;
  readonly to: number;
  readonly ticks: readonly number[];
}

const ROUND = [1, 2, 5, 10];
/** A minute is no power of ten. */
const SECONDS = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200, 14_400, 43_200, 86_400];
const MOST_STEPS = 3;

/** Whole steps from the least to the most, zero among them. */
export function linearAxis(least: number, most: number, unit: 'number' | 'seconds' = 'number'): Axis {
  const span = Math.max(most - least, Number.MIN_VALUE);
  const power = 10 ** Math.floor(Math.log10(span / MOST_STEPS));
  const decimal = power * (ROUND.find((part) => span / (power * part) <= MOST_STEPS) ?? 10);
  const step = unit === 'seconds' ? (SECONDS.find((one) => span / one <= MOST_STEPS) ?? Math.ceil(decimal / 86_400) * 86_400) : decimal;
  const first = Math.ceil(least / step);
  return { from: least, to: most, ticks: Array.from({ length: Math.floor(most / step) - first + 1 }, (_, n) => (first + n) * step || 0) };
}

/** Powers of ten, from the one below the least; there is no zero on it. */
export function logAxis(least: number, most: number): Axis {
  const from = 10 ** Math.floor(Math.log10(Math.max(1, least)));
  const to = Math.max(most, from * 10);
  return { from, to, ticks: Array.from({ length: Math.floor(Math.log10(to / from) + 1e-9) + 1 }, (_, n) => from * 10 ** n) };
}

const TIMES = [5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 900_000, 1_800_000, 3_600_000, 7_200_000, 14_400_000, 28_800_000, 86_400_000];
const MOST_TIMES = 5;

/** Moments that a clock shows as round, none so near to the end that its label would touch the one that stands there. */
export function timeTicks(from: number, to: number): readonly number[] {
  const step = TIMES.find((one) => (to - from) / one <= MOST_TIMES) ?? Math.ceil((to - from) / MOST_TIMES / 86_400_000) * 86_400_000;
  const offset = new Date(from).getTimezoneOffset() * 60_000;
  const first = Math.ceil((from - offset) / step) * step + offset;
  return Array.from({ length: MOST_TIMES + 1 }, (_, n) => first + n * step).filter((at) => at <= to - (to - from) * 0.1);
}
