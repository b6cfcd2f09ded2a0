import type { ActivationId, ContextId, LogId, MutationId, Version } from '../ids.ts';
import type { ConnectionName, ContextKind, LifecycleName } from '../registry-row.ts';
import type { Change } from '../change.ts';
import type { Digest } from '../digest.ts';
import type { PartitionState } from '../outbox/partition-state.ts';

// The state of one activation. A dormant context has none (LC6). It survives JSON but for the outbox's PersistentMap, which gives entries.

/** LC1. `failed` and `closed` are the two ends; the engine drops the machine then. */
export type Stage =
  | { readonly name: 'opening'; readonly since: number }
  | { readonly name: 'migrating'; readonly since: number }
  | { readonly name: 'hydrating'; readonly since: number }
  /** No partition yet: it comes from the server. */
  | { readonly name: 'fetching'; readonly since: number }
  | { readonly name: 'active'; readonly since: number; readonly readOnly: boolean }
  | { readonly name: 'flushing'; readonly since: number; readonly deadline: number; readonly reason: string }
  | { readonly name: 'closing'; readonly since: number; readonly reason: string; readonly error: StageError | null }
  | { readonly name: 'closed'; readonly error: StageError | null };

export interface StageError {
  readonly code: string;
  readonly message: string;
}

/** The context's side of the endpoint's connection (LC4). `conn` numbers the socket. */
export type Link =
  | { readonly name: 'offline' }
  /** ACTIVATE_CONTEXT is out. */
  | { readonly name: 'asking'; readonly conn: number; readonly startedAt: number; readonly sentAt: number; readonly sinceVersion: Version; readonly snapshot: boolean }
  | { readonly name: 'catching-up'; readonly conn: number; readonly startedAt: number; readonly fromVersion: Version }
  | { readonly name: 'live'; readonly conn: number }
  /** Asked again at `retryAt`: the server was busy, or said to. */
  | { readonly name: 'waiting'; readonly conn: number; readonly retryAt: number }
  /** The server will not have it until something changes: not a member, schema ahead. */
  | { readonly name: 'refused'; readonly conn: number; readonly code: string; readonly message: string };

export interface PushInFlight {
  readonly pushId: string;
  readonly mutationIds: readonly MutationId[];
  readonly sentAt: number;
  /** Milliseconds on the monotonic clock when it first left. */
  readonly startedAt: number;
}

/** A DELTA that came before its predecessor (SY1). */
export interface HeldDelta {
  readonly fromVersion: Version;
  readonly toVersion: Version;
  readonly changes: readonly Change[];
  readonly digest: Digest;
  readonly bytes: number;
}

export interface Fill {
  readonly requestId: string;
  readonly sentAt: number;
  readonly failures: number;
}

/** A new generation on its way (SY4): asked writes first, file beside, then the swap. */
export interface Swap {
  readonly reset: boolean;
  readonly jobId: string;
  readonly snapshot: { readonly url: string; readonly version: Version; readonly bytes: number; readonly sha256: string };
  readonly logId: LogId;
  readonly headVersion: Version;
  readonly schemaVersion: number;
  readonly startedAt: number;
  readonly step:
    | { readonly name: 'downloading' }
    /** The file is there; `version` moves up while it is brought to localVersion. */
    | { readonly name: 'ready'; readonly generation: number; readonly version: Version; readonly digest: Digest }
    | { readonly name: 'topping-up'; readonly generation: number; readonly version: Version; readonly requestId: string; readonly sentAt: number }
    /** Its commit is written and the pointer is about to flip: `partition` is what becomes true then. */
    | { readonly name: 'adopting'; readonly generation: number; readonly partition: PartitionState };
}

export interface ContextState {
  readonly contextId: ContextId;
  readonly activationId: ActivationId;
  readonly kind: ContextKind;
  readonly generation: number;
  /** Ids made here: a prefix that nobody else has, and a counter. */
  readonly ids: { readonly prefix: string; readonly next: number };
  readonly startedAt: number;
  readonly stage: Stage;
  readonly link: Link;
  /** The offset that the last WELCOME gave, in ms. */
  readonly clockOffset: number;
  readonly partition: PartitionState | null;
  readonly headVersion: Version;
  readonly horizon: Version;
  readonly push: PushInFlight | null;
  readonly held: readonly HeldDelta[];
  readonly fill: Fill | null;
  readonly swap: Swap | null;
  /** Why a snapshot is to be asked for, whatever the version is; null: deltas will do. */
  readonly wants: 'rebuild' | 'repair' | 'gap' | 'compacted' | 'quarantine' | null;
  /** Calls that wait for the rebuild. */
  readonly rebuilds: readonly string[];
  /** How the activation came about decides nothing here; it is told with the lifecycle's events. */
  readonly reason: string;
  /** When a mismatch of digests was last healed by itself (SY5); null: never in this activation. */
  readonly healedAt: number | null;
  /** Answers to FETCH_LOG that a caller waits for: requestId -> callId. */
  readonly fetches: { readonly [requestId: string]: string };
  /** How often a snapshot could not be fetched in a row. */
  readonly failedDownloads: number;
}

export function lifecycleOf(stage: Stage): LifecycleName {
  switch (stage.name) {
    case 'opening':
    case 'migrating':
    case 'hydrating':
    case 'fetching':
      return 'activating';
    case 'active':
      return 'active';
    case 'flushing':
    case 'closing':
      return 'deactivating';
    case 'closed':
      return 'dormant';
  }
}

export function connectionOf(link: Link): ConnectionName {
  switch (link.name) {
    case 'offline':
    case 'refused':
      return 'offline';
    case 'asking':
    case 'waiting':
      return 'connecting';
    case 'catching-up':
      return 'catching-up';
    case 'live':
      return 'live';
  }
}
