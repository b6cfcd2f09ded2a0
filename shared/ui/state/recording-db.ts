import type { ClientInfo, RegistryEntry } from '../../protocol/debug/index.ts';
import type { EventBatch, RecordedGap, RowThen } from '../../recording/index.ts';
import type { EventColumns } from '../../views/event-columns.ts';
import type { Reader, SqlValue } from '../../views/reader.ts';

export interface OpenedRecording {
  readonly events: number;
  readonly clients: readonly ClientInfo[];
  readonly entries: readonly RegistryEntry[];
  readonly meta: { readonly [key: string]: string };
  readonly gaps: readonly RecordedGap[];
}

export interface TableResult {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly SqlValue[])[];
  readonly truncated: boolean;
  readonly durationMs: number;
}

/** What of a file is there first: everything but the earlier events. */
export interface NewestEvents {
  readonly opened: OpenedRecording;
  readonly columns: EventColumns | undefined;
  /** How many events come before these, and since when. */
  readonly earlier: { readonly events: number; readonly from: number };
}

/** The recording that the panels query: in a worker in the browser, in the process in a test. */
export interface RecordingDb {
  readonly all: Reader;
  /** One statement that a person wrote: it may only read, and ends at so many rows. */
  table(sql: string, limit: number): Promise<TableResult>;
  /** Adds events in the order of arrival; resolves with the bytes that the recording has now. */
  append(batch: EventBatch): Promise<number>;
  /** Whose recording it is, and the last known registry rows, so that a saved one can be looked at without its client. */
  keep(info: ClientInfo, entries: readonly RegistryEntry[], removed: readonly string[]): Promise<void>;
  /** Starts anew, empty. */
  reset(): Promise<void>;
  /** RP6: checks a file first; rejects with an `AppError` that says what is wrong with it. */
  open(file: Blob): Promise<NewestEvents>;
  /** Reads all events of the file that was opened, from the first on; resolves with false when another recording took its place. */
  readOn(take: (stretch: EventColumns) => void): Promise<boolean>;
  /** RP4: rows of a context behind the event at `place`, as far as the recording's steps tell. */
  rowsAt(contextId: string, place: number): Promise<readonly RowThen[]>;
  save(): Promise<Uint8Array<ArrayBuffer>>;
  close(): void;
}
