import type { ClientInfo, DebugEvent, RegistryEntry } from '../../protocol/debug/index.ts';
import { checkHead, HEAD_BYTES, inTransaction, countOf, createRecording, RecordingReader, type EventBatch, type RecordingWriter, type SqliteHandle, type SqlValue as AnySqlValue } from '../../recording/index.ts';
import type { SqlRow, SqlValue } from '../../views/reader.ts';
import type { OpenedRecording, TableResult } from './recording-db.ts';

// What the inspector does with a recording, on whatever SQLite: sql.js in the worker, Node's own in a test.

/** The most that is opened in a page: sql.js holds a file in memory, and needs a multiple of it. */
export const MAX_OPEN_BYTES = 1_073_741_824;

export function emptyRecording(db: SqliteHandle): void {
  createRecording(db, { producer: 'inspector', createdAt: String(Date.now()) });
}

/** Checks the first bytes of a file, before SQLite sees any of it. */
export const checkFile = (file: Uint8Array): void => checkHead(file.subarray(0, HEAD_BYTES), file.length, MAX_OPEN_BYTES);

/** Opens what `checkFile` passed, and counts its events anew where some were erased: places are then the order, from 1 without holes. */
export function openRecording(db: SqliteHandle): OpenedRecording {
  const reader = RecordingReader.open(db);
  const { events } = reader.summary();
  if (events > 0 && (reader.lastPlace() !== events || countOf(db, 'SELECT min(place) FROM events') !== 1)) {
    inTransaction(db, () => {
      db.exec('UPDATE events SET place = -t.n FROM (SELECT place AS p, row_number() OVER (ORDER BY place) AS n FROM events) t WHERE place = t.p');
      db.exec('UPDATE events SET place = -place');
    });
  }
  return { events, clients: reader.clients(), entries: reader.entries(), meta: Object.fromEntries(reader.meta()) };
}

/** What the index needs of an event, as a row: a million of them must cross to the page, so nothing comes that is not used. */
export const PAGE_SQL = `SELECT runId, seq, at, kind, contextId, activationId, fromVersion, toVersion, bytes, durationMs,
  CASE WHEN kind IN ('write', 'delta', 'conflict') THEN mutationIds END AS ids,
  CASE WHEN kind = 'delta' THEN data ->> 'serverVersion' WHEN kind IN ('lifecycle', 'connection', 'write', 'conflict', 'snapshot', 'gap') THEN data END AS data
  FROM events WHERE place > ? ORDER BY place LIMIT ?`;
export const GAPS_SQL = 'SELECT runId, fromSeq, toSeq, reason FROM gaps ORDER BY runId, fromSeq';
export type Row = readonly SqlValue[];

/** Rows of `PAGE_SQL` as batches of events, with the gaps that lie among them. */
export function batchesOf(rows: readonly Row[], gaps: readonly Row[]): readonly EventBatch[] {
  const batches: { clientId: string; runId: string; events: DebugEvent[] }[] = [];
  for (const [runId, seq, at, kind, contextId, activationId, fromVersion, toVersion, bytes, durationMs, mutationIds, data] of rows) {
    const event = { seq, at, kind, data: typeof data === 'string' ? (JSON.parse(data) as DebugEvent['data']) : typeof data === 'number' ? { serverVersion: data } : NO_DATA } as { -readonly [K in keyof DebugEvent]: DebugEvent[K] };
    if (typeof contextId === 'string') event.contextId = contextId;
    if (typeof activationId === 'string') event.activationId = activationId;
    if (typeof fromVersion === 'number') event.fromVersion = fromVersion;
    if (typeof toVersion === 'number') event.toVersion = toVersion;
    if (typeof bytes === 'number') event.bytes = bytes;
    if (typeof durationMs === 'number') event.durationMs = durationMs;
    if (typeof mutationIds === 'string') event.mutationIds = JSON.parse(mutationIds) as string[];
    const last = batches.at(-1);
    if (last !== undefined && last.runId === runId) last.events.push(event);
    else batches.push({ clientId: '', runId: String(runId), events: [event] });
  }
  return batches.map((batch) => ({
    ...batch,
    dropped: gaps.filter(([runId, fromSeq]) => runId === batch.runId && Number(fromSeq) <= (batch.events.at(-1)?.seq ?? 0)).map(([, fromSeq, toSeq, reason]) => ({ fromSeq: Number(fromSeq), toSeq: Number(toSeq), reason: String(reason) })),
  }));
}

const NO_DATA: DebugEvent['data'] = {};

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
