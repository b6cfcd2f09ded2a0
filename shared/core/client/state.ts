import type { PersistentMap } from '../../base/persistent-map.ts';
import type { ActivationId, ContextId, ServerId, UserId } from '../ids.ts';
import type { ConnectionName, LifecycleName, RegistryRow } from '../registry-row.ts';
import type { PendingChoice } from './messages.ts';

// The state of a client: its registry, its sockets and what is active. What an active context holds itself is in its own machine.

export interface ClientPolicy {
  /** Tenant contexts that may be active at once; ambient ones and drains do not count (LC3). */
  readonly maxActive: number;
  /** How long a deactivation may flush the outbox, in ms (LC5). */
  readonly graceMs: number;
  /** Whether dormant contexts with pending writes are drained (LC7). */
  readonly drain: boolean;
  /** PR1: days without access after which a context is a candidate; null: age does not prune. */
  readonly pruneAfterDays: number | null;
  /** PR1: bytes that partitions may take in all; null: no limit. */
  readonly quotaBytes: number | null;
}

export type EndpointPhase =
  | { readonly name: 'closed' }
  | { readonly name: 'dialling'; readonly attempt: number; readonly since: number }
  | { readonly name: 'greeting'; readonly attempt: number; readonly since: number }
  | { readonly name: 'ready'; readonly since: number; readonly serverId: ServerId; readonly clockOffset: number; readonly pingAt: number; readonly unansweredPing: number | null; readonly rttMs: number | null }
  | { readonly name: 'backoff'; readonly attempt: number; readonly until: number; readonly since: number }
  | { readonly name: 'refused'; readonly code: string; readonly message: string; readonly until: number; readonly since: number };

export interface EndpointState {
  readonly url: string;
  /** Numbers its sockets, so that nothing of an old one is taken for the new one's. */
  readonly conn: number;
  readonly phase: EndpointPhase;
  readonly reconnects: number;
  /** The offset that the last WELCOME gave, kept while there is no socket. */
  readonly clockOffset: number;
  /** When a server last told its time, by the device's clock; null: not in this run (PR1). */
  readonly confirmedAt: number | null;
}

export type Purpose = 'app' | 'drain' | 'ambient';

/** Whether a row belongs among `wanting`. */
export const wantsIdleWork = (row: RegistryRow): boolean => row.kind === 'ambient' || row.pendingWrites > 0;

export interface Waiter {
  readonly callId: string;
  readonly switching: boolean;
}

/** One activation as the client sees it (LC8). */
export interface Activation {
  readonly activationId: ActivationId;
  readonly purpose: Purpose;
  readonly lifecycle: LifecycleName;
  readonly since: number;
  readonly connection: ConnectionName;
  readonly holders: readonly string[];
  /** Calls that wait for it to become active. */
  readonly waiters: readonly Waiter[];
  /** Calls that wait for its end. */
  readonly closers: readonly string[];
  /** Order of last use; the smallest is evicted first. */
  readonly usedAt: number;
  readonly reason: string;
}

/** A call that waits for another context to end before its own may open. */
export interface QueuedOpen extends Waiter {
  readonly contextId: ContextId;
}

/** A prune or forget that is being prepared on disk. */
export interface Removal {
  readonly callId: string;
  readonly kind: 'prune' | 'forget';
  readonly choice: PendingChoice;
  readonly reason: string;
}

export interface ClientState {
  readonly userId: UserId;
  readonly policy: ClientPolicy;
  readonly idPrefix: string;
  readonly nextId: number;
  readonly rows: PersistentMap<RegistryRow>;
  /** Contexts that want something done while nobody waits: ambient ones, and those with pending writes. Few, where the registry may be long. */
  readonly wanting: { readonly [contextId: string]: true };
  readonly endpoints: { readonly [url: string]: EndpointState };
  readonly activations: { readonly [contextId: string]: Activation };
  readonly queue: readonly QueuedOpen[];
  /** Calls for contexts that no row knows yet, while a first WELCOME may still name them. */
  readonly unknown: readonly QueuedOpen[];
  readonly removals: { readonly [contextId: string]: Removal };
  readonly prunes: { readonly [callId: string]: PruneCall };
  readonly uses: number;
  /** When a context may be opened for its own sake again after a try that came to nothing, by monotonic ms. */
  readonly idleAfter: { readonly [contextId: string]: number };
  readonly closing: { readonly callId: string } | null;
}

export interface PruneCall {
  readonly waiting: readonly ContextId[];
  readonly items: readonly PruneOutcome[];
  readonly dryRun: boolean;
}

export interface PruneOutcome {
  readonly contextId: ContextId;
  readonly outcome: 'pruned' | 'would-prune' | 'refused';
  readonly frees: number;
  readonly pending: number;
  readonly choice?: PendingChoice;
  readonly reason?: string;
}
