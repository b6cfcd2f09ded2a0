import type { ClientInfo, RegistryEntry } from '../../protocol/debug/index.ts';
import { inTransaction, countOf, createRecording, RecordingReader, rowsAt, type RecordingWriter, type RowThen, type SqliteHandle, type SqlValue as AnySqlValue } from '../../recording/index.ts';
import type { SqlRow, SqlValue } from '../../views/reader.ts';
import type { OpenedRecording, TableResult } from './recording-db.ts';

// What the inspector does with a recording, on whatever SQLite: sql.js in the worker, Node's own in a test.

export function emptyRecording(db: SqliteHandle): void {
  createRecording(db, { producer: 'inspector', createdAt: String(Date.now()) });
}

/** What a recording says of itself; its schema is checked. */
export function aboutRecording(db: SqliteHandle, events: number): OpenedRecording {
  const reader = RecordingReader.open(db);
  return { events, clients: reader.clients(), entries: reader.entries(), meta: Object.fromEntries(reader.meta()), gaps: reader.gaps() };
}

/** Whether the places of so many events count them: from 1, without holes. Where some were erased they do not. */
export const isCounted = (db: SqliteHandle, events: number): boolean => events === 0 || (countOf(db, 'SELECT min(place) FROM events') === 1 && countOf(db, 'SELECT max(place) FROM events') === events);

export function countAnew(db: SqliteHandle): void {
  inTransaction(db, () => {
    db.exec('UPDATE events SET place = -t.n FROM (SELECT place AS p, row_number() OVER (ORDER BY place) AS n FROM events) t WHERE place = t.p');
    db.exec('UPDATE events SET place = -place');
  });
}

export function keepEntries(writer: RecordingWriter, info: ClientInfo, entries: readonly RegistryEntry[], removed: readonly string[]): void {
  writer.putClient(info);
  writer.putContexts(info.clientId, entries, removed);
}

export function bytesOf(db: SqliteHandle): number {
  return countOf(db, 'SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()');
}

const plain = (value: AnySqlValue | undefined): SqlValue => {
  if (value instanceof Uint8Array) return `x'${Array.from(value.subarray(0, 64), (byte) => byte.toString(16).padStart(2, '0')).join('')}${value.length > 64 ? '…' : ''}'`;
  return typeof value === 'bigint' ? Number(value) : (value ?? null);
};

export function rowsOf(db: SqliteHandle, sql: string, params: readonly SqlValue[]): SqlRow[] {
  return db.prepare(sql).all(...params) as SqlRow[];
}

/** Runs one statement that a person wrote. `query_only` makes every change an error, whatever it hides in. */
export function tableOf(db: SqliteHandle, sql: string, limit: number): TableResult {
  const start = performance.now();
  const rows: SqlValue[][] = [];
  let columns: string[] = [];
  let truncated = false;
  db.exec('PRAGMA query_only = ON');
  try {
    for (const row of db.prepare(sql).iterate()) {
      columns = Object.keys(row);
      if (rows.length >= limit) {
        truncated = true;
        break;
      }
      rows.push(columns.map((column) => plain(row[column])));
    }
  } finally {
    db.exec('PRAGMA query_only = OFF');
  }
  return { columns, rows, truncated, durationMs: performance.now() - start };
}

/** RP4: rows of a context behind an event, from the steps that the recording holds. */
export function rowsBehind(db: SqliteHandle, contextId: string, place: number): readonly RowThen[] {
  const event = db.prepare('SELECT runId, seq FROM events WHERE place <= ? ORDER BY place DESC LIMIT 1').get(place);
  return event === undefined ? [] : rowsAt(db, { runId: String(event['runId']), contextId, seq: Number(event['seq']) });
}
