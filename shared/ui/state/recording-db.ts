import type { DebugEvent, RegistryEntry } from '../../protocol/debug/index.ts';
import type { Reader } from '../../views/reader.ts';

export interface EventBatch {
  readonly clientId: string;
  readonly runId: string;
  readonly events: readonly DebugEvent[];
}

export interface OpenedRecording {
  readonly events: number;
  readonly clients: readonly { readonly clientId: string; readonly deviceId: string; readonly app: string; readonly platform: string }[];
  readonly entries: readonly RegistryEntry[];
}

/** The recording that the panels query: in a worker in the browser, in the process in a test. */
export interface RecordingDb {
  readonly all: Reader;
  /** Adds events in the order of arrival; resolves with the bytes that the recording has now. */
  append(batch: EventBatch): Promise<number>;
  /** The last known registry rows, so that a recording that is saved can be opened without its client. */
  keep(clientId: string, entries: readonly RegistryEntry[]): Promise<void>;
  /** Starts anew, empty. */
  reset(): Promise<void>;
  /** RP6: checks a file first; rejects with an `AppError` that says what is wrong with it. */
  open(file: ArrayBuffer): Promise<OpenedRecording>;
  /** Events from a place on, for the index that the drawings use. */
  page(from: number, limit: number): Promise<readonly EventBatch[]>;
  save(): Promise<Uint8Array<ArrayBuffer>>;
  close(): void;
}
