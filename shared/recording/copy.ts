import { readSafely } from './check.ts';
import { countOf, inTransaction, type SqliteHandle, type SqliteStatement, type SqlValue } from './handle.ts';
import { CLIENT_COLUMNS, EVENT_COLUMNS } from './row-codec.ts';

/** What a copy of a recording holds: all of it, or some contexts. */
export interface CopyOptions {
  readonly contexts?: readonly string[] | null;
  /** Rows that are copied before the caller gets a turn. */
  readonly rowsAtATime?: number;
}

const STEP_COLUMNS = 'runId, step, seq, at, contextId, kind, input, outputHash, bulk';

/** Tables besides events, with what is copied of them; `context`: whether some contexts can be chosen; `key`: of a table that may be long, and is copied in parts. */
const TABLES: readonly { readonly table: string; readonly columns: string; readonly context: boolean; readonly key?: string }[] = [
  { table: 'clients', columns: CLIENT_COLUMNS, context: false },
  { table: 'schemas', columns: 'schemaVersion, data', context: false },
  { table: 'steps', columns: STEP_COLUMNS, context: true, key: 'runId, step' },
  { table: 'contexts', columns: 'clientId, contextId, row', context: true },
  { table: 'preimages', columns: 'runId, step, contextId, entity, entityId, row', context: true, key: 'runId, step, contextId, entity, entityId' },
  { table: 'checkpoints', columns: 'runId, step, contextId, state', context: true, key: 'runId, step, contextId' },
  { table: 'gaps', columns: 'runId, fromSeq, toSeq, reason', context: false },
  { table: 'snapshots', columns: 'contextId, version, chunk, bytes', context: true },
  { table: 'redactions', columns: 'path, rule, count', context: false },
];

/**
 * Copies a checked recording into an empty one (export), or adds it to one that holds others (import). Events get new places without
 * a hole, in the order they came. A generator, so that whoever has other things to do can do them between two parts.
 */
export function* copyRecording(from: SqliteHandle, to: SqliteHandle, { contexts = null, rowsAtATime = 5_000 }: CopyOptions = {}): Generator<{ readonly events: number; readonly total: number }> {
  const chosen = contexts === null ? null : JSON.stringify(contexts);
  const where = (byContext: boolean): string => (chosen === null || !byContext ? '' : ' AND contextId IN (SELECT value FROM json_each(?2))');
  const total = readSafely(() => countOf(from, 'SELECT count(*) FROM events'));
  // Its own bookkeeping (names with a dot) stays behind.
  copyAll(from, to, "SELECT key, value FROM meta WHERE key NOT LIKE '%.%'", 'INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)');
  for (const { table, columns, context, key } of TABLES) {
    const sql = `SELECT ${columns} FROM ${table} WHERE 1${where(context).replace('?2', '?1')}`;
    const put = `INSERT OR REPLACE INTO ${table} (${columns}) VALUES (${columns.replaceAll(/\w+/g, '?')})`;
    const params = chosen !== null && context ? [chosen] : [];
    if (key === undefined) copyAll(from, to, sql, put, ...params);
    else for (const _ of copyInParts(from, to, { sql, key, put, rows: Math.ceil(rowsAtATime / 10) }, params)) yield { events: 0, total };
  }
  const insert = to.prepare(`INSERT OR IGNORE INTO events (place, ${EVENT_COLUMNS}) VALUES (?, ${EVENT_COLUMNS.replaceAll(/\w+/g, '?')})`);
  const read = readSafely(() => from.prepare(`SELECT place, ${EVENT_COLUMNS} FROM events WHERE place > ?1${where(true)} ORDER BY place LIMIT ${rowsAtATime}`));
  let place = countOf(to, 'SELECT max(place) FROM events');
  let events = 0;
  for (let after = 0; ; ) {
    const rows = readSafely(() => read.all(after, ...(chosen === null ? [] : [chosen])));
    if (rows.length === 0) break;
    inTransaction(to, () => {
      for (const row of rows) {
        const { place: was, ...event } = row;
        after = Number(was);
        insert.run(++place, ...Object.values(event));
      }
    });
    events += rows.length;
    yield { events, total };
  }
}

function copyAll(from: SqliteHandle, to: SqliteHandle, select: string, insert: string, ...params: string[]): void {
  const put: SqliteStatement = to.prepare(insert);
  inTransaction(to, () => {
    for (const row of readSafely(() => from.prepare(select).all(...params))) put.run(...Object.values(row));
  });
}

/** Rows of a table that holds long texts, some at a time. */
function* copyInParts(from: SqliteHandle, to: SqliteHandle, { sql, key, put, rows }: { readonly sql: string; readonly key: string; readonly put: string; readonly rows: number }, params: readonly string[]): Generator<void> {
  const columns = key.split(', ');
  const insert = to.prepare(put);
  for (let after: SqlValue[] = []; ; ) {
    const behind = after.length === 0 ? '' : ` AND (${key}) > (${columns.map((_, at) => `?${params.length + at + 1}`).join(', ')})`;
    const part = readSafely(() => from.prepare(`${sql}${behind} ORDER BY ${key} LIMIT ${rows}`).all(...params, ...after));
    inTransaction(to, () => {
      for (const row of part) insert.run(...Object.values(row));
    });
    const last = part.at(-1);
    if (last === undefined || part.length < rows) return;
    after = columns.map((column) => last[column] ?? null);
    yield;
  }
}
