import { AppError } from '../../base/app-error.ts';
import type { DebugEvent, RegistryEntry } from '../../protocol/debug/index.ts';
import { readEvent } from '../../views/event-queries.ts';
import type { SqlRow, SqlValue } from '../../views/reader.ts';
import type { EventBatch, OpenedRecording } from './recording-db.ts';
import { APPLICATION_ID, FORMAT_VERSION, RECORDING_DDL } from './recording-schema.ts';

/** The little that is needed of SQLite, whoever brings it. */
export interface SqliteHandle {
  exec(sql: string): void;
  all(sql: string, params: readonly SqlValue[]): SqlRow[];
  /** Runs one statement once per row of params. */
  each(sql: string, rows: Iterable<readonly SqlValue[]>): void;
}

const INSERT = `INSERT OR IGNORE INTO events
  (runId, seq, clientId, at, contextId, activationId, kind, entity, entityId, fromVersion, toVersion, mutationIds, bytes, durationMs, data)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

const rowOf = (batch: EventBatch, event: DebugEvent): readonly SqlValue[] => [
  batch.runId,
  event.seq,
  batch.clientId,
  event.at,
  event.contextId ?? null,
  event.activationId ?? null,
  event.kind,
  event.entity ?? null,
  event.entityId ?? null,
  event.fromVersion ?? null,
  event.toVersion ?? null,
  event.mutationIds === undefined ? null : JSON.stringify(event.mutationIds),
  event.bytes ?? null,
  event.durationMs ?? null,
  JSON.stringify(event.data),
];

export function createRecording(db: SqliteHandle): void {
  db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${FORMAT_VERSION};`);
  db.exec(RECORDING_DDL);
}

export function appendEvents(db: SqliteHandle, batch: EventBatch): void {
  db.exec('BEGIN');
  db.each(INSERT, batch.events.map((event) => rowOf(batch, event)));
  db.exec('COMMIT');
}

export function keepEntries(db: SqliteHandle, clientId: string, entries: readonly RegistryEntry[]): void {
  db.each('INSERT OR REPLACE INTO contexts (clientId, contextId, row) VALUES (?, ?, ?)', entries.map((entry) => [clientId, entry.row.contextId, JSON.stringify(entry)]));
}

/** RP6: refuses what is no recording before anything of it is read. */
export function checkRecording(db: SqliteHandle): void {
  const pragma = (name: string): number => Number(db.all(`PRAGMA ${name}`, [])[0]?.[name] ?? 0);
  if (pragma('application_id') !== APPLICATION_ID) throw new AppError('NOT_A_RECORDING', 'This file is no Contextscope recording.');
  const version = pragma('user_version');
  if (version > FORMAT_VERSION) {
    throw new AppError('NEWER_FORMAT', `This recording has format ${version}; this inspector reads up to ${FORMAT_VERSION}. Open it with a newer Contextscope.`);
  }
  const strange = db.all("SELECT type, name FROM sqlite_schema WHERE type IN ('trigger', 'view') LIMIT 1", [])[0];
  if (strange !== undefined) throw new AppError('NOT_A_RECORDING', `This file holds a ${String(strange['type'])}, which no recording has.`);
  if (db.all("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'events'", []).length === 0) throw new AppError('NOT_A_RECORDING', 'This file has no table of events.');
}

export function describeRecording(db: SqliteHandle): OpenedRecording {
  const events = Number(db.all('SELECT count(*) AS n FROM events', [])[0]?.['n'] ?? 0);
  const clients = db.all('SELECT DISTINCT clientId, deviceId, app, platform FROM clients', []).map((row) => ({
    clientId: String(row['clientId'] ?? ''),
    deviceId: String(row['deviceId'] ?? ''),
    app: String(row['app'] ?? ''),
    platform: String(row['platform'] ?? ''),
  }));
  const entries = db.all('SELECT row FROM contexts', []).map((row) => JSON.parse(String(row['row'])) as RegistryEntry);
  return { events, clients, entries };
}

export function pageOfEvents(db: SqliteHandle, from: number, limit: number): EventBatch[] {
  const rows = db.all('SELECT rowid AS place, * FROM events WHERE rowid > ? ORDER BY rowid LIMIT ?', [from, limit]);
  const batches: { clientId: string; runId: string; events: DebugEvent[] }[] = [];
  for (const row of rows) {
    const { place: _place, runId, ...event } = readEvent(row);
    const last = batches.at(-1);
    if (last?.runId === runId) last.events.push(event);
    else batches.push({ clientId: String(row['clientId'] ?? ''), runId, events: [event] });
  }
  return batches;
}
