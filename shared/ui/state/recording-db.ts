import type { ClientInfo, RegistryEntry } from '../../protocol/debug/index.ts';
import type { EventBatch } from '../../recording/index.ts';
import type { Reader, SqlValue } from '../../views/reader.ts';

export interface OpenedRecording {
  readonly events: number;
  readonly clients: readonly ClientInfo[];
  readonly entries: readonly RegistryEntry[];
  readonly meta: { readonly [key: string]: string };
}

export interface TableResult {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly SqlValue[])[];
  readonly truncated: boolean;
  readonly durationMs: number;
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
  open(file: ArrayBuffer): Promise<OpenedRecording>;
  /** Events behind a place (counted from 1) and the gaps of their runs, for the index that the drawings use. */
  page(after: number, limit: number): Promise<readonly EventBatch[]>;
  save(): Promise<Uint8Array<ArrayBuffer>>;
  close(): void;
}
