/** One line of `bench/results.json`. */
export interface ServerFigure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The floor or rival of the same run. */
  readonly floor: number;
  readonly ratio: number;
  readonly target: string;
  readonly ok: boolean;
  readonly detail: string;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
}

/** A patient-like record of about 500 bytes. */
export const rowValue = (n: number): { [field: string]: string | number } => ({ name: `Patient ${n}`, birth: '1970-01-01', room: n % 40, notes: 'stable, to be seen again in a week; '.repeat(12) });
