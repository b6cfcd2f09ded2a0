import type { SqlValue } from './reader.ts';

// A result as series for a drawing: one column along, one of numbers, and perhaps one that splits it.

export interface ChartChoice {
  readonly x: number;
  readonly y: number;
  /** The column whose values are the series; null: one series. */
  readonly split: number | null;
}

export interface Series {
  readonly name: string;
  readonly total: number;
  /** One value per point; null where the result has none. */
  readonly values: readonly (number | null)[];
}

export interface ChartData {
  readonly xs: readonly string[];
  /** Largest first; what is behind `most` is one series, `others`. */
  readonly series: readonly Series[];
  /** How many series were put together in the last one; 0: none. */
  readonly others: number;
  readonly totals: readonly number[];
  /** Points of the result that are not drawn, because there are too many. */
  readonly left: number;
}

interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly SqlValue[])[];
}

/** Columns that hold nothing but numbers, at least one of them. */
export function numericColumns({ columns, rows }: Table): readonly number[] {
  return columns.map((_, at) => at).filter((at) => rows.some((row) => typeof row[at] === 'number') && rows.every((row) => row[at] === null || typeof row[at] === 'number'));
}

/** What a person would most likely draw: the last column of numbers along the first other column, split by a second one that repeats. Null: nothing can be drawn. */
export function likelyChoice(table: Table): ChartChoice | null {
  const numeric = numericColumns(table);
  const y = numeric.findLast((at) => at > 0) ?? (table.columns.length === 1 ? numeric[0] : undefined);
  if (y === undefined) return null;
  const words = table.columns.map((_, at) => at).filter((at) => !numeric.includes(at));
  const x = words[0] ?? numeric.find((at) => at !== y) ?? y;
  const distinct = (at: number): number => new Set(table.rows.map((row) => row[at])).size;
  const split = words.find((at) => at !== x && distinct(at) > 1 && distinct(at) <= 50 && distinct(x) < table.rows.length) ?? null;
  return { x, y, split };
}

const nameOf = (value: SqlValue | undefined): string => (value === null || value === undefined ? 'null' : String(value));

export function chartData({ rows }: Table, { x, y, split }: ChartChoice, most: { readonly points: number; readonly series: number }): ChartData {
  const places = new Map<string, number>();
  const sums = new Map<string, Map<number, number>>();
  let left = 0;
  for (const row of rows) {
    const at = nameOf(row[x]);
    let place = places.get(at);
    if (place === undefined) {
      if (places.size >= most.points) {
        left += 1;
        continue;
      }
      places.set(at, (place = places.size));
    }
    const series = split === null ? '' : nameOf(row[split]);
    const values = sums.get(series) ?? new Map<number, number>();
    sums.set(series, values);
    const value = row[y];
    if (typeof value === 'number') values.set(place, (values.get(place) ?? 0) + value);
  }
  const xs = [...places.keys()];
  const all = [...sums].map(([name, values]): Series => ({ name, total: [...values.values()].reduce((sum, value) => sum + value, 0), values: xs.map((_, place) => values.get(place) ?? null) })).toSorted((a, b) => Math.abs(b.total) - Math.abs(a.total));
  const others = all.length > most.series ? all.slice(most.series - 1) : [];
  const series = others.length === 0 ? all : [...all.slice(0, most.series - 1), together(others, xs.length)];
  return { xs, series, others: others.length, totals: xs.map((_, place) => series.reduce((sum, { values }) => sum + (values[place] ?? 0), 0)), left };
}

function together(series: readonly Series[], length: number): Series {
  const values = Array.from({ length }, (_, place) => {
    const there = series.flatMap(({ values: own }) => own[place] ?? []);
    return there.length === 0 ? null : there.reduce((sum, value) => sum + value, 0);
  });
  return { name: 'others', total: series.reduce((sum, { total }) => sum + total, 0), values };
}
