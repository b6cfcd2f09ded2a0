import type { Json } from '../../base/json.ts';
import type { ContextFrame, ContextInput, ContextNotice } from '../context/messages.ts';
import type { ContextStart } from '../context/step.ts';
import type { StageError } from '../context/state.ts';
import type { CoreEvent } from '../events.ts';
import type { ContextId, LogId, ServerId, UserId, Version } from '../ids.ts';
import type { ContextKind, RegistryRow, Role } from '../registry-row.ts';

/** PR2: what becomes of unsynced writes of a context that is pruned. */
export type PendingChoice = 'refuse' | 'quarantine' | 'discard';

export interface MembershipInfo {
  readonly contextId: ContextId;
  readonly kind: ContextKind;
  readonly role: Role;
  readonly headVersion: Version;
  readonly logId: LogId;
  readonly schemaVersion: number;
  readonly readableFrom: number;
  readonly title?: string | undefined;
}

export interface Revocation {
  readonly contextId: ContextId;
  readonly acceptUntil?: number | undefined;
}

/** The frames of the sync wire that belong to the connection itself. */
export type ConnectionFrame =
  | { readonly type: 'WELCOME'; readonly serverId: ServerId; readonly serverTime: number; readonly userId: UserId; readonly contexts: readonly MembershipInfo[]; readonly revoked: readonly Revocation[] }
  | { readonly type: 'MEMBERSHIP'; readonly granted: readonly MembershipInfo[]; readonly revoked: readonly Revocation[] }
  | { readonly type: 'PONG'; readonly nonce: string }
  | { readonly type: 'ERROR'; readonly code: string; readonly message: string; readonly retryable: boolean };

export type ClientInput =
  | { readonly type: 'start' }
  | { readonly type: 'socket-open'; readonly url: string; readonly conn: number }
  | { readonly type: 'socket-closed'; readonly url: string; readonly conn: number; readonly reason: string }
  | { readonly type: 'frame'; readonly url: string; readonly conn: number; readonly frame: ConnectionFrame }
  /** A frame of a context that has no machine: it was deactivated. */
  | { readonly type: 'stray'; readonly url: string; readonly conn: number; readonly contextId: ContextId; readonly frame: ContextFrame['type']; readonly activationId: string | null }
  | { readonly type: 'activate'; readonly callId: string; readonly contextId: ContextId; readonly switching: boolean }
  | { readonly type: 'abort'; readonly callId: string }
  | { readonly type: 'release'; readonly contextId: ContextId; readonly holder: string; readonly callId: string | null }
  | { readonly type: 'deactivate'; readonly callId: string; readonly contextId: ContextId; readonly force: boolean }
  | { readonly type: 'notice'; readonly contextId: ContextId; readonly activationId: string; readonly notice: ContextNotice }
  | { readonly type: 'prune'; readonly callId: string; readonly contexts: readonly ContextId[] | null; readonly choice: PendingChoice; readonly dryRun: boolean }
  | { readonly type: 'forget'; readonly callId: string; readonly contextId: ContextId; readonly dryRun: boolean }
  | { readonly type: 'prepared'; readonly contextId: ContextId; readonly result: PreparedRemoval }
  | { readonly type: 'file-size'; readonly contextId: ContextId; readonly bytes: number }
  | { readonly type: 'reconnect'; readonly url: string }
  | { readonly type: 'close'; readonly callId: string }
  | { readonly type: 'tick' };

/** What the disk says of a partition that is to go, before the pointer flips (PR2, PR3). */
export interface PreparedRemoval {
  readonly bytes: number;
  readonly mutationIds: readonly string[];
  readonly conflicts: number;
  /** The file that holds the unsynced writes now, when they were set aside. */
  readonly quarantine: string | null;
  readonly error: StageError | null;
}

/** The registry's part of a step, in one transaction before the effects. `durable`: synced to disk. */
export interface RegistryCommit {
  readonly put: readonly RegistryRow[];
  readonly remove: readonly ContextId[];
  readonly durable: boolean;
}

export type ClientEffect =
  | { readonly type: 'dial'; readonly url: string; readonly conn: number }
  | { readonly type: 'hang-up'; readonly url: string; readonly conn: number; readonly reason: string }
  /** HELLO, or AUTH on an open socket, with a token that the core never sees. */
  | { readonly type: 'greet'; readonly url: string; readonly conn: number; readonly renew: boolean }
  | { readonly type: 'send'; readonly url: string; readonly conn: number; readonly frame: Json }
  | { readonly type: 'start-context'; readonly url: string; readonly start: ContextStart }
  | { readonly type: 'to-context'; readonly contextId: ContextId; readonly input: ContextInput }
  /** Asks the disk what would go; with `quarantine` it also sets the unsynced writes aside. Answer: `prepared`. */
  | { readonly type: 'prepare-removal'; readonly contextId: ContextId; readonly generation: number; readonly quarantine: boolean }
  /** Deletes the files of a context that no row points to any more; `everything`: quarantine, downloads and recordings too (PR5). */
  | { readonly type: 'delete-files'; readonly contextId: ContextId; readonly everything: boolean }
  | { readonly type: 'answer'; readonly callId: string; readonly result: Json }
  | { readonly type: 'refuse'; readonly callId: string; readonly error: StageError }
  | { readonly type: 'event'; readonly event: CoreEvent };

/** What a client's decision reads beside its state and input. `chance`: one number in [0, 1) drawn for this step. */
export interface ClientEnv {
  readonly now: number;
  readonly monotonic: number;
  readonly chance: number;
  readonly schemaVersion: number;
}

export interface ClientOutput<S> {
  readonly state: S;
  readonly commit: RegistryCommit | null;
  readonly effects: readonly ClientEffect[];
}
