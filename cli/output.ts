import { printable } from './exit.ts';

/** Prints a value as JSON, for scripts. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

export function print(line = ''): void {
  process.stdout.write(`${line}\n`);
}

/** For a person only: progress and remarks go beside the output. */
export function remark(line: string): void {
  process.stderr.write(`${line}\n`);
}

export type Cell = string | number | null | undefined;

const isNumber = (cell: Cell): boolean => typeof cell === 'number' || /^[−\d.,]+( [kMG]?B| ms| s)?$/.test(String(cell ?? ''));

/** Prints rows under a head, numbers to the right. Says `none` when there is nothing to list. */
export function printTable(head: readonly string[], rows: readonly (readonly Cell[])[], none: string): void {
  if (rows.length === 0) return none === '' ? undefined : remark(none);
  const texts = rows.map((row) => row.map((cell) => printable(cell === null || cell === undefined ? '' : String(cell))));
  const widths = head.map((title, i) => Math.max(title.length, ...texts.map((row) => row[i]?.length ?? 0)));
  const right = head.map((_, i) => rows.every((row) => isNumber(row[i]) || row[i] === null));
  const line = (cells: readonly string[]): string => cells.map((cell, i) => (right[i] === true ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0))).join('  ').trimEnd();
  print(line(head.map((title) => title.toUpperCase())));
  for (const row of texts) print(line(row));
}

export function bytes(n: number): string {
  if (n < 1_000) return `${n} B`;
  if (n < 1_000_000) return `${(n / 1_000).toFixed(1)} kB`;
  return n < 1_000_000_000 ? `${(n / 1_000_000).toFixed(1)} MB` : `${(n / 1_000_000_000).toFixed(2)} GB`;
}

/** A moment in local time, as `2026-11-25 14:05:58`. */
export function time(at: number | null, withMs = false): string {
  if (at === null) return '';
  const date = new Date(at);
  const two = (n: number): string => String(n).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return withMs ? `${clock}.${String(date.getMilliseconds()).padStart(3, '0')}` : `${day} ${clock}`;
}

/** A duration with one decimal, as `8.3 ms`. */
export const ms = (n: number): string => `${Math.round(n * 10) / 10} ms`;
