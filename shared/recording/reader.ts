import type { ClientInfo, DebugEvent, RegistryEntry } from '../protocol/debug/index.ts';
import { isJsonObject } from '../base/json.ts';
import { AppError } from '../base/app-error.ts';
import { checkRecording, readSafely } from './check.ts';
import type { SqliteHandle, SqlRow, SqlValue } from './handle.ts';
import { CLIENT_COLUMNS, EVENT_COLUMNS, jsonOf, numberOf, readClientRow, readEventRow, textOf } from './row-codec.ts';
import type { DroppedRange } from './writer.ts';

export interface RecordedEvent {
  readonly place: number;
  readonly clientId: string;
  readonly runId: string;
  readonly event: DebugEvent;
}

export interface RecordedGap extends DroppedRange {
  readonly runId: string;
}

/** Which events to read, in the order of arrival. */
export interface EventFilter {
  /** Events behind this place. */
  readonly after?: number;
  readonly limit: number;
  /** Only of these contexts; events without a context are then left out. */
  readonly contexts?: readonly string[] | null;
  /** Without the kind `frame`. */
  readonly noFrames?: boolean;
}

/** Reads a recording. Everything it throws is an `AppError`; a damaged file is `DAMAGED_RECORDING`. */
export class RecordingReader {
  readonly #db: SqliteHandle;

  private constructor(db: SqliteHandle) {
    this.#db = db;
  }

  /** RP6: nothing is read before the schema was checked. The caller has checked the head of the file (`checkHead`). */
  static open(db: SqliteHandle): RecordingReader {
    checkRecording(db);
    return new RecordingReader(db);
  }

  meta(): ReadonlyMap<string, string> {
    return new Map(this.#all('SELECT key, value FROM meta').map((row) => [textOf(row, 'key'), textOf(row, 'value')]));
  }

  /** Every run of every client, in the order in which they came. */
  clients(): readonly ClientInfo[] {
    return this.#all(`SELECT ${CLIENT_COLUMNS} FROM clients ORDER BY rowid`, [], readClientRow);
  }

  /** Last known registry rows. */
  entries(): readonly RegistryEntry[] {
    return this.#all('SELECT row FROM contexts ORDER BY contextId', [], (row) => {
      const entry = jsonOf(row, 'row');
      if (!isJsonObject(entry) || !isJsonObject(entry['row']) || !isJsonObject(entry['status'])) throw new AppError('DAMAGED_RECORDING', 'The recording is damaged: a context is none');
      return entry as unknown as RegistryEntry;
    });
  }

  events({ after = 0, limit, contexts = null, noFrames = false }: EventFilter): readonly RecordedEvent[] {
    const where = ['place > ?', ...(contexts === null ? [] : ['contextId IN (SELECT value FROM json_each(?))']), ...(noFrames ? [`kind <> 'frame'`] : [])];
    const params: SqlValue[] = [after, ...(contexts === null ? [] : [JSON.stringify(contexts)]), limit];
    return this.#all(`SELECT place, ${EVENT_COLUMNS} FROM events WHERE ${where.join(' AND ')} ORDER BY place LIMIT ?`, params, (row) => ({
      place: numberOf(row, 'place'),
      clientId: textOf(row, 'clientId'),
      runId: textOf(row, 'runId'),
      event: readEventRow(row),
    }));
  }

  /** The place behind which events of a run from a seq on are; the newest place when there are none. */
  placeBefore(runId: string, seq: number): number {
    const [row] = this.#all('SELECT min(place) AS place FROM events WHERE runId = ? AND seq >= ?', [runId, seq]);
    return row !== undefined && row['place'] !== null ? numberOf(row, 'place') - 1 : this.lastPlace();
  }

  lastPlace(): number {
    const [row] = this.#all('SELECT coalesce(max(place), 0) AS place FROM events');
    return row === undefined ? 0 : numberOf(row, 'place');
  }

  /** The last seq of a run that is in the recording or in a gap of it; -1 when there is none. */
  lastSeq(runId: string): number {
    const [row] = this.#all('SELECT max(coalesce((SELECT max(seq) FROM events WHERE runId = ?1), -1), coalesce((SELECT max(toSeq) FROM gaps WHERE runId = ?1), -1)) AS seq', [runId]);
    return row === undefined ? -1 : numberOf(row, 'seq');
  }

  gaps(runId?: string, fromSeq = 0): readonly RecordedGap[] {
    const rows = runId === undefined ? this.#all('SELECT * FROM gaps ORDER BY runId, fromSeq') : this.#all('SELECT * FROM gaps WHERE runId = ? AND fromSeq >= ? ORDER BY fromSeq', [runId, fromSeq]);
    return rows.map((row) => ({ runId: textOf(row, 'runId'), fromSeq: numberOf(row, 'fromSeq'), toSeq: numberOf(row, 'toSeq'), reason: textOf(row, 'reason') }));
  }

  summary(): { readonly events: number; readonly firstAt: number | null; readonly lastAt: number | null } {
    const first = this.#all('SELECT at FROM events ORDER BY place LIMIT 1')[0];
    const last = this.#all('SELECT at FROM events ORDER BY place DESC LIMIT 1')[0];
    const [count] = this.#all('SELECT count(*) AS events FROM events');
    return {
      events: count === undefined ? 0 : numberOf(count, 'events'),
      firstAt: first === undefined ? null : numberOf(first, 'at'),
      lastAt: last === undefined ? null : numberOf(last, 'at'),
    };
  }

  /** How many recorded steps could run again. */
  steps(): number {
    const [count] = this.#all('SELECT count(*) AS steps FROM steps');
    return count === undefined ? 0 : numberOf(count, 'steps');
  }

  #all(sql: string, params?: readonly SqlValue[]): SqlRow[];
  #all<T>(sql: string, params: readonly SqlValue[], read: (row: SqlRow) => T): T[];
  #all<T>(sql: string, params: readonly SqlValue[] = [], read?: (row: SqlRow) => T): (SqlRow | T)[] {
    return readSafely(() => {
      const rows = this.#db.prepare(sql).all(...params);
      return read === undefined ? rows : rows.map(read);
    });
  }
}
