import type { SqlValue } from './row-codec.ts';

// What a SQLite driver has to do for the partition code: node:sqlite, the browser's WASM build and sql.js all fit behind it.

export type SqlRow = { readonly [column: string]: SqlValue };

export interface SqliteStatement {
  run(...params: readonly SqlValue[]): void;
  get(...params: readonly SqlValue[]): SqlRow | undefined;
  all(...params: readonly SqlValue[]): readonly SqlRow[];
}

export interface SqliteHandle {
  exec(sql: string): void;
  prepare(sql: string): SqliteStatement;
  close(): void;
}

/** Runs `work` in one transaction; anything thrown rolls it back and goes on to the caller. */
export function transaction<T>(db: SqliteHandle, work: () => T): T {
  db.exec('BEGIN IMMEDIATE');
  let result: T;
  try {
    result = work();
  } catch (thrown) {
    rollBack(db);
    throw thrown;
  }
  try {
    db.exec('COMMIT');
  } catch (thrown) {
    rollBack(db);
    throw thrown;
  }
  return result;
}

function rollBack(db: SqliteHandle): void {
  try {
    db.exec('ROLLBACK');
  } catch {
    // SQLite has rolled back by itself already (disk full, for one): what made it do so is on its way to the caller.
    return;
  }
}
