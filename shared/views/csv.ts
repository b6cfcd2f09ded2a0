import type { SqlValue } from './reader.ts';

/** A field that starts like a formula gets a quote in front: a spreadsheet must not run what a row holds. */
function cell(value: SqlValue): string {
  const text = value === null ? '' : typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export const csvLine = (row: readonly SqlValue[]): string => `${row.map(cell).join(',')}\r\n`;

export const csvOf = (columns: readonly string[], rows: Iterable<readonly SqlValue[]>): string => csvLine(columns) + Array.from(rows, csvLine).join('');
