import { existsSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { AppError, messageOf } from '../../../shared/base/app-error.ts';
import type { SqlValue } from '../../../shared/partition/row-codec.ts';
import type { SqliteHandle, SqlRow, SqliteStatement } from '../../../shared/partition/sqlite.ts';

const TIMEOUT = 2_000;

/** Opens a database file in WAL mode, made if it is not there. Throws `STORAGE` with what the disk says. */
export function openNodeSqlite(path: string): SqliteHandle {
  return guarded(() => {
    const db = new DatabaseSync(path, { allowExtension: false, timeout: TIMEOUT });
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 1000');
    return new NodeHandle(db);
  });
}

/** Opens a database file for reading, and leaves it as it is. Throws `STORAGE` with what the disk says. */
export const readNodeSqlite = (path: string): SqliteHandle => new NodeHandle(guarded(() => openToRead(path)));

/**
 * A connection that reads alone. One that may not write cannot take the -wal and -shm that it has to make along when it closes, and the file would
 * look like that of a process that was killed: where nobody has the database open, it may write, and is told not to.
 */
export function openToRead(path: string): DatabaseSync {
  const readOnly = existsSync(`${path}-wal`) || !existsSync(path);
  const db = new DatabaseSync(path, { readOnly, allowExtension: false, timeout: TIMEOUT });
  if (!readOnly) db.exec('PRAGMA query_only = ON');
  return db;
}

class NodeHandle implements SqliteHandle {
  readonly #db: DatabaseSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  exec(sql: string): void {
    guarded(() => this.#db.exec(sql));
  }

  prepare(sql: string): SqliteStatement {
    return new NodeStatement(guarded(() => this.#db.prepare(sql)));
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }
}

class NodeStatement implements SqliteStatement {
  readonly #statement: StatementSync;

  constructor(statement: StatementSync) {
    this.#statement = statement;
  }

  run(...params: readonly SqlValue[]): void {
    guarded(() => this.#statement.run(...(params as SQLInputValue[])));
  }

  get(...params: readonly SqlValue[]): SqlRow | undefined {
    return guarded(() => this.#statement.get(...(params as SQLInputValue[]))) as SqlRow | undefined;
  }

  all(...params: readonly SqlValue[]): readonly SqlRow[] {
    return guarded(() => this.#statement.all(...(params as SQLInputValue[])));
  }
}

function guarded<T>(work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    throw storageError(thrown);
  }
}

const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_NOTADB = 26;

/** A SQLite error as an `AppError`: DISK_FULL, PARTITION_DAMAGED or STORAGE. */
export function storageError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  const errcode = typeof thrown === 'object' && thrown !== null && 'errcode' in thrown ? Number(thrown.errcode) & 0xff : 0;
  const code = errcode === SQLITE_FULL ? 'DISK_FULL' : errcode === SQLITE_CORRUPT || errcode === SQLITE_NOTADB ? 'PARTITION_DAMAGED' : 'STORAGE';
  return new AppError(code, messageOf(thrown), { cause: thrown });
}
