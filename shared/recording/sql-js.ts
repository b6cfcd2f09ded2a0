import type { SqliteHandle, SqlRow, SqlValue } from './handle.ts';

/** What is used of sql.js, so that this zone needs no package. */
interface SqlJsStatement {
  bind(params: SqlJsValue[]): boolean;
  step(): boolean;
  getAsObject(): Record<string, SqlJsValue>;
  reset(): void;
}
type SqlJsValue = number | string | Uint8Array | null;
export interface SqlJsDatabase {
  exec(sql: string): unknown;
  prepare(sql: string): SqlJsStatement;
  close(): void;
}

const bindable = (value: SqlValue): SqlJsValue => (typeof value === 'bigint' ? Number(value) : value);

/** A handle on a database of sql.js. A statement is prepared once per text and lives as long as the database. */
export function sqlJsHandle(db: SqlJsDatabase): SqliteHandle {
  const prepared = new Map<string, SqlJsStatement>();
  return {
    exec: (sql) => db.exec(sql),
    prepare(sql) {
      const statement = prepared.get(sql) ?? db.prepare(sql);
      prepared.set(sql, statement);
      function* rows(params: SqlValue[]): Generator<SqlRow> {
        try {
          statement.bind(params.map(bindable));
          while (statement.step()) yield statement.getAsObject();
        } finally {
          statement.reset();
        }
      }
      return {
        run: (...params) => void [...rows(params)],
        all: (...params) => [...rows(params)],
        get(...params) {
          for (const row of rows(params)) return row;
          return undefined;
        },
        iterate: (...params) => rows(params),
      };
    },
    close: () => db.close(),
  };
}
