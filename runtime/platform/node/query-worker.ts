import { constants, type SQLInputValue } from 'node:sqlite';
import { parentPort } from 'node:worker_threads';
import type { SqlRequest } from '../../storage/store-files.ts';
import { openToRead } from './node-sqlite.ts';

// Runs SQL that somebody else wrote (DB9), on a read-only connection of its own, in a thread that can be ended.

const { SQLITE_OK, SQLITE_DENY, SQLITE_SELECT, SQLITE_READ, SQLITE_FUNCTION, SQLITE_RECURSIVE, SQLITE_PRAGMA } = constants;
const PRAGMAS = new Set(['table_info', 'table_xinfo', 'index_list', 'index_info', 'table_list']);
const FORBIDDEN_FUNCTIONS = new Set(['load_extension', 'readfile', 'writefile', 'edit', 'fts3_tokenizer', 'randomblob', 'zeroblob']);

function authorize(action: number, first: string | null, second: string | null): number {
  switch (action) {
    case SQLITE_SELECT:
    case SQLITE_READ:
    case SQLITE_RECURSIVE:
      return SQLITE_OK;
    case SQLITE_FUNCTION:
      return FORBIDDEN_FUNCTIONS.has((second ?? '').toLowerCase()) ? SQLITE_DENY : SQLITE_OK;
    case SQLITE_PRAGMA:
      return PRAGMAS.has((first ?? '').toLowerCase()) ? SQLITE_OK : SQLITE_DENY;
    default:
      return SQLITE_DENY;
  }
}

/** Space, comments and ends of statements. */
const NOTHING = /^(?:\s|;|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)*$/;

function run(path: string, request: SqlRequest): unknown {
  const started = performance.now();
  const db = openToRead(path);
  try {
    db.setAuthorizer(authorize);
    const statement = db.prepare(request.sql);
    // SQLite would leave a second one out without a word.
    if (!NOTHING.test(request.sql.slice(statement.sourceSQL.length))) throw new Error('One statement at a time: something stands behind the first');
    statement.setReturnArrays(true);
    const columns = statement.columns().map((column) => column.name);
    if (columns.length === 0) throw new Error('Only statements that give rows are run: SELECT, WITH, VALUES, EXPLAIN');
    const rows: unknown[] = [];
    let bytes = 0;
    let truncated = false;
    for (const row of statement.iterate(...(request.params as SQLInputValue[])) as unknown as Iterable<unknown[]>) {
      if (rows.length >= request.maxRows || bytes > request.maxBytes) {
        truncated = true;
        break;
      }
      const plain = row.map((value) => (value instanceof Uint8Array ? `x'${Buffer.from(value).toString('hex')}'` : typeof value === 'bigint' ? String(value) : value));
      for (const value of plain) bytes += typeof value === 'string' ? value.length : 8;
      rows.push(plain);
    }
    return { columns, rows, truncated, durationMs: performance.now() - started };
  } finally {
    db.close();
  }
}

parentPort?.on('message', ({ id, path, request }: { id: number; path: string; request: SqlRequest }) => {
  try {
    parentPort?.postMessage({ id, result: run(path, request) });
  } catch (thrown) {
    parentPort?.postMessage({ id, error: thrown instanceof Error ? thrown.message : String(thrown) });
  }
});
