// A recording as the views read it: the inspector's sql.js in its worker, the hub's file, a report.

export type SqlValue = string | number | null;
export type SqlRow = { readonly [column: string]: SqlValue };

/** Runs one reading statement on a recording. */
export type Reader = (sql: string, params?: readonly SqlValue[]) => Promise<readonly SqlRow[]>;

export const text = (value: SqlValue | undefined): string => (value === null || value === undefined ? '' : String(value));
export const number = (value: SqlValue | undefined): number => (typeof value === 'number' ? value : Number(value ?? 0));
