import { isJsonObject, type Json } from '../../shared/base/json.ts';
import type { ExportedRow } from '../control.ts';

/** How a row becomes lines: ndjson holds all of it; CSV of one entity its fields, CSV of all entities its value as JSON. */
export interface RowFormat {
  /** Before the first row. */
  readonly head: string;
  line(row: ExportedRow): string;
}

/** RFC 4180: rows end in CRLF. */
const ROW_END = '\r\n';

/** `fields`: of the one entity that is exported, as the schema declares them; null: rows of all entities. */
export function rowFormat(format: 'ndjson' | 'csv', fields: readonly string[] | null): RowFormat {
  if (format === 'ndjson') return { head: '', line: ({ entity, id, version, mark, value }) => `${JSON.stringify({ entity, id, version, mark, value })}\n` };
  if (fields === null) return table(['entity', 'id', 'version', 'value'], ({ entity, id, version, value }) => [entity, id, version, JSON.stringify(value)]);
  if (fields.length === 0) return table(['id', 'version', 'value'], ({ id, version, value }) => [id, version, JSON.stringify(value)]);
  return table(['id', 'version', ...fields], ({ id, version, value }) => [id, version, ...fields.map((field) => cellOf(value, field))]);
}

type Cell = string | number | boolean | null;

function table(names: readonly string[], cells: (row: ExportedRow) => readonly Cell[]): RowFormat {
  const line = (values: readonly Cell[]): string => values.map(csvCell).join(',') + ROW_END;
  return { head: line(names), line: (row) => line(cells(row)) };
}

function cellOf(value: Json, field: string): Cell {
  const found = isJsonObject(value) && Object.hasOwn(value, field) ? value[field] : null;
  return typeof found === 'object' && found !== null ? JSON.stringify(found) : (found ?? null);
}

/** A text that a spreadsheet would run as a formula gets a quote in front; a number is one, whatever its sign. */
export function csvCell(value: Cell): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
