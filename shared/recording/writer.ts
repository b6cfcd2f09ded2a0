import type { ClientInfo, DebugEvent, RegistryEntry } from '../protocol/debug/index.ts';
import { countOf, inTransaction, type SqliteHandle, type SqliteStatement, type SqlValue } from './handle.ts';
import { CLIENT_COLUMNS, EVENT_COLUMNS, clientRow, eventRow } from './row-codec.ts';

export interface DroppedRange {
  readonly fromSeq: number;
  readonly toSeq: number;
  readonly reason: string;
}

export interface EventBatch {
  readonly clientId: string;
  readonly runId: string;
  readonly events: readonly DebugEvent[];
  readonly dropped?: readonly DroppedRange[] | undefined;
}

/** Rows per statement: a third faster than one by one. */
const AT_ONCE = 10;

const marks = (columns: string): string => columns.replaceAll(/\w+/g, '?');

/** Appends to a recording that `createRecording` made or `checkRecording` passed. Its statements are prepared once. */
export class RecordingWriter {
  readonly #db: SqliteHandle;
  readonly #event: SqliteStatement;
  readonly #events: SqliteStatement;
  readonly #gap: SqliteStatement;
  readonly #client: SqliteStatement;
  readonly #context: SqliteStatement;
  readonly #noContext: SqliteStatement;
  readonly #meta: SqliteStatement;
  #lastPlace: number;

  constructor(db: SqliteHandle) {
    this.#db = db;
    const row = `(?, ${marks(EVENT_COLUMNS)})`;
    this.#event = db.prepare(`INSERT OR IGNORE INTO events (place, ${EVENT_COLUMNS}) VALUES ${row}`);
    this.#events = db.prepare(`INSERT OR IGNORE INTO events (place, ${EVENT_COLUMNS}) VALUES ${new Array<string>(AT_ONCE).fill(row).join(', ')}`);
    this.#gap = db.prepare('INSERT INTO gaps (runId, fromSeq, toSeq, reason) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET toSeq = max(toSeq, excluded.toSeq)');
    this.#client = db.prepare(`INSERT OR REPLACE INTO clients (${CLIENT_COLUMNS}) VALUES (${marks(CLIENT_COLUMNS)})`);
    this.#context = db.prepare('INSERT OR REPLACE INTO contexts (clientId, contextId, row) VALUES (?, ?, ?)');
    this.#noContext = db.prepare('DELETE FROM contexts WHERE clientId = ? AND contextId = ?');
    this.#meta = db.prepare('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)');
    this.#lastPlace = countOf(db, 'SELECT max(place) FROM events');
  }

  /** The place of the last event that was appended. Places only grow, also when the events before them were erased. */
  get lastPlace(): number {
    return this.#lastPlace;
  }

  /** Appends batches in one transaction. An event that is there already stays as it is. */
  append(batches: Iterable<EventBatch>): void {
    let place = this.#lastPlace;
    inTransaction(this.#db, () => {
      for (const { clientId, runId, events, dropped } of batches) {
        const single = events.length % AT_ONCE;
        for (let i = 0; i < single; i++) this.#event.run(++place, ...eventRow(clientId, runId, events[i] as DebugEvent));
        for (let i = single; i < events.length; i += AT_ONCE) {
          const values: SqlValue[] = [];
          for (let j = i; j < i + AT_ONCE; j++) values.push(++place, ...eventRow(clientId, runId, events[j] as DebugEvent));
          this.#events.run(...values);
        }
        for (const { fromSeq, toSeq, reason } of dropped ?? []) this.#gap.run(runId, fromSeq, toSeq, reason);
      }
    });
    this.#lastPlace = place;
  }

  putClient(info: ClientInfo): void {
    this.#client.run(...clientRow(info));
  }

  /** The last known registry rows, so that a recording can be looked at without its client. */
  putContexts(clientId: string, entries: readonly RegistryEntry[], removed: readonly string[] = []): void {
    inTransaction(this.#db, () => {
      for (const entry of entries) this.#context.run(clientId, entry.row.contextId, JSON.stringify({ row: entry.row, status: entry.status }));
      for (const contextId of removed) this.#noContext.run(clientId, contextId);
    });
  }

  putMeta(key: string, value: string): void {
    this.#meta.run(key, value);
  }
}
