import { number, text, type Reader } from './reader.ts';

// Who met whom: all conflicts of a recording by context and the device on the other side, as a table that fits.

/** How often writes of a context met those of a device, in all of the recording and in a range of it. */
export interface Meetings {
  readonly contextId: string;
  readonly device: string;
  readonly all: number;
  readonly inRange: number;
}

/** RP4: every meeting up to a place of the recording; a conflict that is settled by hand is no meeting. */
export async function meetingsOf(read: Reader, place: number, from: number, to: number): Promise<readonly Meetings[]> {
  const rows = await read(
    `SELECT contextId, coalesce(json_extract(data, '$.theirDevice'), '') AS device, count(*) AS met, sum(at >= ? AND at < ?) AS inRange
     FROM events WHERE kind = 'conflict' AND place <= ? AND contextId IS NOT NULL AND coalesce(json_extract(data, '$.state'), '') <> 'by-hand' GROUP BY contextId, device`,
    [from, to, place + 1],
  );
  return rows.map((row) => ({ contextId: text(row['contextId']), device: text(row['device']), all: number(row['met']), inRange: number(row['inRange']) }));
}

/** A row or a column of the table: one name, or what does not fit as one. */
export interface HeatLine {
  /** Null: several together, `folded` of them. */
  readonly name: string | null;
  readonly folded: number;
  readonly sum: number;
}

export interface Heat {
  readonly columns: readonly HeatLine[];
  readonly rows: readonly (HeatLine & { readonly cells: readonly number[] })[];
  readonly total: number;
  /** The largest cell of one device and one context. */
  readonly most: number;
}

/** Contexts across, devices down, both with the most first; those that do not fit are one column and one row, so that sums are those of all. */
export function heatOf(meetings: readonly Meetings[], what: 'all' | 'inRange', fits: { readonly rows: number; readonly columns: number }): Heat {
  const met = meetings.filter((one) => one[what] > 0);
  const columns = linesOf(met, what, ({ contextId }) => contextId, fits.columns);
  const rows = linesOf(met, what, ({ device }) => device, fits.rows);
  const placeIn = (lines: readonly HeatLine[]): ((name: string) => number) => {
    const places = new Map(lines.map(({ name }, at) => [name, at]));
    return (name) => places.get(name) ?? lines.length - 1;
  };
  const columnOf = placeIn(columns);
  const rowOf = placeIn(rows);
  const cells = rows.map(() => columns.map(() => 0));
  for (const one of met) {
    const row = cells[rowOf(one.device)];
    const column = columnOf(one.contextId);
    if (row !== undefined) row[column] = (row[column] ?? 0) + one[what];
  }
  return { columns, rows: rows.map((row, at) => ({ ...row, cells: cells[at] ?? [] })), total: met.reduce((sum, one) => sum + one[what], 0), most: Math.max(0, ...met.map((one) => one[what])) };
}

function linesOf(meetings: readonly Meetings[], what: 'all' | 'inRange', nameOf: (one: Meetings) => string, fits: number): readonly HeatLine[] {
  const sums = new Map<string, number>();
  for (const one of meetings) sums.set(nameOf(one), (sums.get(nameOf(one)) ?? 0) + one[what]);
  const names = [...sums].map(([name, sum]): HeatLine => ({ name, folded: 0, sum })).toSorted((a, b) => b.sum - a.sum);
  if (names.length <= fits) return names;
  const rest = names.slice(fits - 1);
  return [...names.slice(0, fits - 1), { name: null, folded: rest.length, sum: rest.reduce((sum, line) => sum + line.sum, 0) }];
}
