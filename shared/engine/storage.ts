import type { Undo } from '../base/clock.ts';
import type { RegistryCommit } from '../core/client/messages.ts';
import type { LoadedPartition, Opened } from '../core/context/messages.ts';
import type { Digest } from '../core/digest.ts';
import type { ContextId, LogId, ServerId, Version } from '../core/ids.ts';
import type { PartitionCommit } from '../core/outbox/commit.ts';
import type { RegistryRow } from '../core/registry-row.ts';
import type { ConfirmedRow } from '../core/row.ts';
import type { StageError } from '../core/context/state.ts';
import type { PreparedRemoval } from '../core/client/messages.ts';

// The disk as the engine sees it. It decides nothing: it reads keys, writes what it is told against an expected version, and answers facts.
// Calls are synchronous, so that nothing comes between a decision and its commit; where a platform's disk is not, one worker owns both.
// Failures are thrown `AppError`s: the decision has then not happened.

/** What an activation of a context needs of the disk. One at a time per context. */
export interface ContextStore {
  /** Finds the generation that the registry points to, or a quarantined outbox, and opens it. */
  open(): Opened;
  /** Makes an empty first generation and points the registry to it, durably. */
  create(about: NewPartition): LoadedPartition;
  commit(commit: PartitionCommit): Digest;
  /** The confirmed row of a key that has no pending write; `ABSENT_ROW` where there is none. */
  confirmed(entity: string, entityId: string): ConfirmedRow;
  /** Canonical text of what the app sees, or null. */
  visible(entity: string, entityId: string): string | null;
  /** MG1: one transaction over rows, base and conflicts, then `commit` for the outbox. */
  migrate(fromSchema: number, toSchema: number, commit: PartitionCommit | null): { readonly partition: LoadedPartition; readonly rows: number };
  /** Views, indexes and `warm` queries of the app's schema. */
  hydrate(): void;
  /** Fetches a snapshot into a new generation beside the current one and checks it; returns how to give it up. */
  stage(request: StageRequest, done: (staged: Staged) => void, failed: (error: StageError) => void): Undo;
  topUp(generation: number, commit: PartitionCommit): Digest;
  readStaged(generation: number, keys: readonly { readonly entity: string; readonly entityId: string }[]): { readonly [key: string]: ConfirmedRow };
  /** SY4: completes the generation with `commit` and the conflicts of the old one, syncs it, flips the pointer, deletes the old one. */
  adopt(generation: number, commit: PartitionCommit, schemaVersion: number): { readonly bytes: number; readonly digest: Digest };
  bytes(): number;
  close(): void;
}

export interface NewPartition {
  readonly logId: LogId;
  readonly schemaVersion: number;
  readonly readableFrom: number;
  /** Milliseconds that the device's clock is behind the server's. */
  readonly clockOffset: number;
}

export interface StageRequest {
  readonly url: string;
  readonly bytes: number;
  /** 64 hex digits. */
  readonly sha256: string;
  readonly version: Version;
  readonly logId: LogId;
}

export interface Staged {
  readonly generation: number;
  readonly version: Version;
  readonly logId: LogId;
  readonly digest: Digest;
}

export interface Storage {
  /** The user's registry rows. Finishes what a crash left: generations that no row points to go, rows say what their files say (IS2). */
  loadRegistry(): readonly RegistryRow[];
  commitRegistry(commit: RegistryCommit): void;
  context(contextId: ContextId, serverId: ServerId, endpoint: string): ContextStore;
  /** Facts about a dormant context that is to go; with `quarantine` its unsynced writes are set aside first, durably (PR2). */
  prepareRemoval(contextId: ContextId, serverId: ServerId, quarantine: boolean): PreparedRemoval;
  deleteFiles(contextId: ContextId, serverId: ServerId, everything: boolean): void;
  close(): void;
}
