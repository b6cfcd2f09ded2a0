import type { DebugEvent } from '../protocol/debug/index.ts';

/**
 * A stretch of a recording's events as columns: a million events cross from a worker to the page as a few arrays that are handed over, not
 * copied.
 */
export interface EventColumns {
  readonly length: number;
  /** Where a run of the client begins; the first stands at 0. */
  readonly runs: readonly { readonly at: number; readonly runId: string }[];
  readonly at: Float64Array<ArrayBuffer>;
  readonly seq: Float64Array<ArrayBuffer>;
  /** Number of the kind in `EVENT_KINDS`. */
  readonly kind: Uint8Array<ArrayBuffer>;
  /** Number of the context among `contexts`, -1: none. */
  readonly context: Int32Array<ArrayBuffer>;
  /** Names that no stretch before has told: they go on where those ended. */
  readonly contexts: readonly string[];
  readonly bytes: Float32Array<ArrayBuffer>;
  /** -1: it took no time that was told. */
  readonly ms: Float32Array<ArrayBuffer>;
  /** NaN: none; so below. */
  readonly fromVersion: Float64Array<ArrayBuffer>;
  readonly toVersion: Float64Array<ArrayBuffer>;
  /** The server's version that the event tells. */
  readonly head: Float64Array<ArrayBuffer>;
  /** Keys that stand for the mutationIds of writes, deltas and conflicts: those of event i are [idsEnd[i - 1], idsEnd[i]). */
  readonly ids: Float64Array<ArrayBuffer>;
  readonly idsEnd: Uint32Array<ArrayBuffer>;
  /** What is drawn of few events only, by their number. */
  readonly words: ReadonlyMap<number, EventWords>;
}

export interface EventWords {
  readonly activationId?: string | undefined;
  readonly data: DebugEvent['data'];
  /** Of a write: keys of the mutationIds that it took the place of. */
  readonly replaced?: readonly number[];
}
