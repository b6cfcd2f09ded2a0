import type { ContextId, LogId, ServerId, UserId, Version } from './ids.ts';

export type ContextKind = 'tenant' | 'ambient';
export type Role = 'reader' | 'writer' | 'admin';
export type LifecycleName = 'dormant' | 'activating' | 'active' | 'deactivating';
/** How a context's sync stands while it is active (LC4). */
export type ConnectionName = 'offline' | 'connecting' | 'catching-up' | 'live';

export type Partition = { readonly present: false; readonly generation: number } | { readonly present: true; readonly generation: number; readonly bytes: number };

/**
 * The pointer to a context's partition never goes back: a row that was read before the pointer flipped must not flip it again when it is
 * written. `put` is what a writer of the whole row says, `stored` what the registry has.
 */
export const mergePartition = (stored: Partition | undefined, put: Partition): Partition => (stored === undefined || put.generation >= stored.generation ? put : stored);

export interface LastError {
  readonly code: string;
  readonly message: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** IS2: what the registry keeps per context, also when its data is pruned. Times are milliseconds since 1970. */
export interface RegistryRow {
  readonly contextId: ContextId;
  readonly serverId: ServerId;
  readonly userId: UserId;
  readonly kind: ContextKind;
  readonly endpoint: string;
  readonly role: Role;
  readonly lifecycle: LifecycleName;
  readonly partition: Partition;
  readonly logId: LogId | null;
  readonly schemaVersion: number;
  readonly localVersion: Version;
  readonly serverVersion: Version;
  readonly pendingWrites: number;
  /** When the oldest write that is not settled was made; null when there is none (LC7). */
  readonly oldestWriteAt: number | null;
  /** A name for people, as the server gave it. */
  readonly title: string | null;
  /** MG4, as the server last said it. */
  readonly serverSchemaVersion: number;
  /** With `listed: revoked`: until when the server still takes writes; null: no longer (PR4). */
  readonly acceptUntil: number | null;
  readonly lastAccessAt: number | null;
  readonly lastSyncedAt: number | null;
  readonly lastError: LastError | null;
  readonly listed: 'yes' | 'unlisted' | 'revoked';
  /** Where unsynced writes of a pruned context wait (PR2), else null. */
  readonly quarantine: string | null;
}
