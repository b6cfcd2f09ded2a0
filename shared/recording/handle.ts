/** A value as SQLite gives it. */
export type SqlValue = null | number | bigint | string | Uint8Array;
export type SqlRow = Record<string, SqlValue>;

export interface SqliteStatement {
  run(...params: SqlValue[]): unknown;
  all(...params: SqlValue[]): SqlRow[];
  get(...params: SqlValue[]): SqlRow | undefined;
  iterate(...params: SqlValue[]): Iterable<SqlRow>;
}

/** The little that a recording needs of SQLite. node:sqlite's `DatabaseSync` is one as it is, `sqlJsHandle` makes one of sql.js. */
export interface SqliteHandle {
  exec(sql: string): unknown;
  prepare(sql: string): SqliteStatement;
  close(): void;
}

/** Runs `work` in one transaction; what it throws undoes all of it. */
export function inTransaction<T>(db: SqliteHandle, work: () => T): T {
  db.exec('BEGIN IMMEDIATE');
  let result: T;
  try {
    result = work();
  } catch (thrown) {
    try {
      db.exec('ROLLBACK');
    } catch {
      // A full disk has ended the transaction by itself.
    }
    throw thrown;
  }
  db.exec('COMMIT');
  return result;
}

/** The first column of the first row as a number; 0 without one. */
export function countOf(db: SqliteHandle, sql: string, ...params: SqlValue[]): number {
  const row = db.prepare(sql).get(...params);
  return row === undefined ? 0 : Number(Object.values(row)[0] ?? 0);
}
