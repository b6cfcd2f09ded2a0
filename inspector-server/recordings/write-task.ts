import type { ClientInfo, DebugEvent, RegistryEntry } from '../../shared/protocol/debug/index.ts';
import type { DroppedRange } from '../../shared/recording/index.ts';

// What passes between the hub's main thread, which asks, and the one that writes recordings. All of it can be cloned.

/** When the hub last heard from the client stands in the recording under this name. */
export const SEEN_AT = 'hub.seenAt';
/** And under this one the place in the client's flight recorder up to which its steps are here. */
export const RECORDER_PLACE = 'hub.recorder';
export const NOT_WRITTEN = 'the hub could not write it';
/** Names of contexts that are remembered per client, for sessions that may not learn them. */
export const MAX_NAMES = 20_000;

export interface RecorderPlace {
  readonly segment: string | null;
  readonly offset: number;
}

/** A message of events as it came: so many bytes of the task's texts. */
export interface SentBatch {
  readonly bytes: number;
  /** The run that its client is in; events of another are not its own to tell. */
  readonly runId: string;
  /** DB4: sent far beyond its credit. What it holds is a gap. */
  readonly beyondCredit: boolean;
}

export interface LostRange extends DroppedRange {
  readonly runId: string;
}

/** One thing to write. */
export type WriteTask =
  | { readonly do: 'events'; readonly clientId: string; readonly batches: readonly SentBatch[]; readonly texts: Uint8Array<SharedArrayBuffer> }
  | { readonly do: 'gaps'; readonly clientId: string; readonly gaps: readonly LostRange[] }
  | { readonly do: 'client'; readonly info: ClientInfo }
  | { readonly do: 'contexts'; readonly clientId: string; readonly entries: readonly RegistryEntry[]; readonly removed: readonly string[] }
  | { readonly do: 'seen'; readonly at: number }
  | { readonly do: 'steps'; readonly head: string; readonly lines: string; readonly core: { readonly version: string; readonly behaviour: string }; readonly place: RecorderPlace | null }
  | { readonly do: 'retain'; readonly ageMs: number; readonly maxBytes: number }
  | { readonly do: 'index' }
  | { readonly do: 'close' };

/** A task with what it takes to open its file, when that is not open. */
export interface WriteRequest {
  readonly file: string;
  /** When it was asked, by the hub's clock. */
  readonly at: number;
  /** When the file was last written to. */
  readonly writtenAt: number;
  /** What the file may hold; looked after while it grows. */
  readonly maxBytes: number;
  readonly task: WriteTask;
}

export const LEFT_OUT: BatchOutcome = { is: 'left out' };

/** What became of a batch: it is on disk; lost, and a gap; left out, because it was of another run or beyond its credit; or no message of events at all. */
export type BatchOutcome =
  | { readonly is: 'written'; readonly firstPlace: number; readonly events: number; readonly lastSeq: number; /** As credit. */ readonly cost: number; /** Nothing in it was here already, and it says of no gap. */ readonly whole: boolean; readonly frames: boolean }
  | { readonly is: 'lost' }
  | { readonly is: 'left out' }
  | { readonly is: 'bad'; readonly message: string };

/** What the main thread has to know of a task that was done. */
export interface Written {
  readonly lastPlace: number;
  /** Of a task of events, one for each batch. */
  readonly outcomes: readonly BatchOutcome[];
  /** Contexts that events named for the first time since the file was opened; of the task `index`, all that events ever named. */
  readonly names: string[];
  /** There are gaps that were not there before. */
  readonly gaps: boolean;
  readonly erased: boolean;
  /** How many events were erased. */
  readonly gone: number;
  /** What a person should hear: once, until writing works again. */
  readonly trouble: string | null;
}

/** `error`: the task made no sense. */
export type WriteAnswer = { readonly written: Written } | { readonly error: { readonly code: string; readonly message: string } };

/** The range of seqs that events span. */
export function seqsOf(events: readonly DebugEvent[]): { readonly fromSeq: number; readonly toSeq: number } | null {
  const [first, last] = [events[0], events.at(-1)];
  return first === undefined || last === undefined ? null : { fromSeq: first.seq, toSeq: last.seq };
}
