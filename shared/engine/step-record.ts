import type { Json } from '../base/json.ts';
import type { ClientInput, ClientOutput } from '../core/client/messages.ts';
import type { ClientState } from '../core/client/state.ts';
import type { ClientStart } from '../core/client/step.ts';
import type { ContextInput, StepOutput } from '../core/context/messages.ts';
import type { ContextState } from '../core/context/state.ts';
import type { ContextStart } from '../core/context/step.ts';
import type { RowWrite } from '../core/outbox/commit.ts';
import type { ConfirmedRow } from '../core/row.ts';

// A step: one input to the core with everything it read. Steps are all that re-execution needs (RP3, RP8).

export interface Readings {
  readonly now: number;
  readonly monotonic: number;
  readonly chance: number;
  /** Results of the app's functions, in the order in which they were called. */
  readonly results: readonly Json[];
}

export type StepRecord =
  | { readonly target: 'client'; readonly start: ClientStart; readonly at: number; readonly schemaVersion: number }
  | { readonly target: 'client'; readonly input: ClientInput; readonly readings: Readings; readonly output: string }
  | { readonly target: string; readonly begin: ContextStart; readonly monotonic: number }
  | { readonly target: string; readonly step: ContextInput; readonly readings: Readings; readonly output: string };

/** Takes every step. `output` of a record is the text of what came out: state, commit, operation and effects. */
export interface StepRecorder {
  record(record: StepRecord): void;
}

/** A step as it is taken: everything by reference, so that whoever keeps it may make text of it later; nothing of it changes any more. */
export type TakenStep =
  | { readonly target: 'client'; readonly start: ClientStart; readonly at: number; readonly schemaVersion: number }
  | { readonly target: 'client'; readonly input: ClientInput; readonly readings: Readings; readonly output: ClientOutput<ClientState> }
  | { readonly target: string; readonly begin: ContextStart; readonly monotonic: number }
  /** `text`: of an input that is a frame, as it came. */
  | { readonly target: string; readonly step: ContextInput; readonly readings: Readings; readonly output: StepOutput<ContextState>; readonly text: string | null };

export interface StepSink {
  take(step: TakenStep): void;
  /** The rows that the step just taken is about to write. `read`: how one of them stands, confirmed, before that. */
  touch(contextId: string, writes: readonly RowWrite[], read: (write: RowWrite) => ConfirmedRow): void;
}
