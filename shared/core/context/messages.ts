import type { Json } from '../../base/json.ts';
import type { Change, MutationOutcome } from '../change.ts';
import type { CoreEvent } from '../events.ts';
import type { ActivationId, LogId, Version } from '../ids.ts';
import type { Digest } from '../digest.ts';
import type { PartitionCommit } from '../outbox/commit.ts';
import type { PendingRow } from '../outbox/entry.ts';
import type { LocalWrite } from '../outbox/write-local.ts';
import type { ConfirmedRow } from '../row.ts';
import type { StageError } from './state.ts';

// What goes into the machine of a context and what comes out of it. All of it is plain data.

/** A partition as it was found on disk. */
export interface LoadedPartition {
  readonly generation: number;
  readonly logId: LogId | null;
  readonly localVersion: Version;
  readonly seenVersion: Version;
  readonly digest: Digest;
  readonly schemaVersion: number;
  readonly readableFrom: number;
  readonly clockOffset: number;
  readonly nextSeq: number;
  readonly pending: readonly PendingRow[];
  readonly bytes: number;
}

export type Opened =
  | { readonly kind: 'absent' }
  /** The partition was pruned with its unsynced writes set aside (PR2). */
  | { readonly kind: 'quarantined'; readonly partition: LoadedPartition }
  | { readonly kind: 'ready'; readonly partition: LoadedPartition }
  /** It could not be read and was moved aside; `saved` is what could be saved of its outbox. */
  | { readonly kind: 'damaged'; readonly message: string; readonly saved: LoadedPartition | null };

/** The frames of the sync wire that belong to one context, without the routing. Source: the wire, version 1. */
export type ContextFrame =
  | {
      readonly type: 'CONTEXT_ACTIVATED';
      readonly activationId: ActivationId;
      readonly logId: LogId;
      readonly headVersion: Version;
      readonly horizon: Version;
      readonly mode: 'delta' | 'snapshot' | 'reset';
      readonly sinceVersion?: Version | undefined;
      readonly digest?: Digest | undefined;
      readonly snapshot?: { readonly url: string; readonly version: Version; readonly bytes: number; readonly sha256: string } | undefined;
      readonly schemaVersion: number;
      readonly readableFrom: number;
    }
  | { readonly type: 'DELTA'; readonly activationId: ActivationId; readonly fromVersion: Version; readonly toVersion: Version; readonly changes: readonly Change[]; readonly digest: Digest }
  | { readonly type: 'PUSH_RESULT'; readonly activationId: ActivationId; readonly pushId: string; readonly results: readonly MutationOutcome[] }
  | { readonly type: 'CONTEXT_DEACTIVATED'; readonly activationId: ActivationId }
  | { readonly type: 'LOG'; readonly requestId: string; readonly changes: readonly Change[]; readonly more: boolean; readonly horizon: Version }
  | {
      readonly type: 'ERROR';
      readonly code: string;
      readonly message: string;
      readonly retryable: boolean;
      readonly activationId?: ActivationId | undefined;
      readonly requestId?: string | undefined;
      readonly horizon?: Version | undefined;
    };

export interface WriteCall extends LocalWrite {
  readonly callId: string;
  readonly activationId: ActivationId;
  /** The confirmed row on disk; `ABSENT_ROW` where there is none. Not read where a write of the row waits already. */
  readonly confirmed: ConfirmedRow;
}

export type ContextInput =
  | { readonly type: 'start' }
  | { readonly type: 'opened'; readonly result: Opened; readonly durationMs: number }
  | { readonly type: 'created'; readonly partition: LoadedPartition }
  | { readonly type: 'migrated'; readonly partition: LoadedPartition; readonly rows: number; readonly durationMs: number }
  | { readonly type: 'hydrated'; readonly durationMs: number }
  | { readonly type: 'link-up'; readonly conn: number; readonly clockOffset: number }
  /** `trying`: another socket is being dialled right now. */
  | { readonly type: 'link-down'; readonly trying: boolean }
  | { readonly type: 'frame'; readonly conn: number; readonly frame: ContextFrame; readonly bytes: number; readonly durationMs?: number }
  | { readonly type: 'writes'; readonly calls: readonly WriteCall[] }
  | { readonly type: 'committed'; readonly report: CommitReport; readonly digest: Digest; readonly durationMs: number }
  | { readonly type: 'downloaded'; readonly jobId: string; readonly generation: number; readonly version: Version; readonly logId: LogId; readonly digest: Digest; readonly durationMs: number }
  | { readonly type: 'download-failed'; readonly jobId: string; readonly error: StageError }
  | { readonly type: 'topped-up'; readonly version: Version; readonly digest: Digest }
  | { readonly type: 'staged-rows'; readonly rows: { readonly [key: string]: ConfirmedRow } }
  | { readonly type: 'adopted'; readonly partition: { readonly generation: number; readonly bytes: number; readonly digest: Digest } }
  /** `link`: the step that did not happen was the news of a socket. */
  | { readonly type: 'failed'; readonly during: OpName | 'commit'; readonly error: StageError; readonly link?: { readonly conn: number; readonly clockOffset: number } }
  | { readonly type: 'closed' }
  | { readonly type: 'deactivate'; readonly force: boolean; readonly graceMs: number; readonly reason: string }
  | { readonly type: 'rebuild'; readonly callId: string }
  /** Nobody waits for that rebuild any more. */
  | { readonly type: 'abort-rebuild'; readonly callId: string }
  | { readonly type: 'fetch-log'; readonly callId: string; readonly fromVersion: Version; readonly toVersion: Version; readonly entity?: string; readonly entityId?: string; readonly limit: number }
  | { readonly type: 'settle-conflict'; readonly callId: string; readonly conflictId: string; readonly write: LocalWrite | null; readonly confirmed: ConfirmedRow; readonly resolves: { readonly mutationId: string; readonly theirsVersion: number; readonly strategy: string } | null }
  | { readonly type: 'ping' }
  | { readonly type: 'tick' };

/** Comes back with `committed`, when the decision needs to know that the commit is done and what the digest is now. */
export interface CommitReport {
  /** The digest that the server named for `version`; null: not to be compared. */
  readonly expect: Digest | null;
  readonly version: Version;
  readonly changes: number;
}

/** Work on disk that ends before the context takes its next input; its answer is that input. */
export type Op =
  | { readonly name: 'open' }
  | { readonly name: 'create'; readonly logId: LogId; readonly schemaVersion: number; readonly readableFrom: number; readonly clockOffset: number }
  | { readonly name: 'migrate'; readonly fromSchema: number; readonly toSchema: number; readonly commit: PartitionCommit | null }
  | { readonly name: 'hydrate' }
  | { readonly name: 'top-up'; readonly generation: number; readonly expectVersion: Version; readonly commit: PartitionCommit }
  | { readonly name: 'read-staged'; readonly generation: number; readonly keys: readonly { readonly entity: string; readonly entityId: string }[] }
  | { readonly name: 'adopt'; readonly generation: number; readonly commit: PartitionCommit; readonly schemaVersion: number }
  | { readonly name: 'close' };
export type OpName = Op['name'];

/** What leaves once the step's commit is done, in order. */
export type ContextEffect =
  | { readonly type: 'send'; readonly conn: number; readonly frame: Json }
  | { readonly type: 'event'; readonly event: CoreEvent }
  | { readonly type: 'answer'; readonly callId: string; readonly result: Json }
  | { readonly type: 'refuse'; readonly callId: string; readonly error: StageError }
  | { readonly type: 'download'; readonly jobId: string; readonly url: string; readonly bytes: number; readonly sha256: string; readonly version: Version; readonly logId: LogId }
  | { readonly type: 'cancel-download'; readonly jobId: string }
  | { readonly type: 'notice'; readonly notice: ContextNotice };

/** What a context tells the client's machine. */
export type ContextNotice =
  | { readonly name: 'stage'; readonly lifecycle: 'activating' | 'active' | 'deactivating' }
  | { readonly name: 'connection'; readonly connection: 'offline' | 'connecting' | 'catching-up' | 'live' }
  | { readonly name: 'ended'; readonly error: StageError | null }
  /** What the registry row says of it now. */
  | { readonly name: 'facts'; readonly facts: RowFacts }
  /** What a WELCOME says has to be heard anew: the server's time, or whether the user is a member. */
  | { readonly name: 'doubt'; readonly about: 'clock' | 'membership' };

export interface RowFacts {
  readonly generation: number;
  readonly present: boolean;
  readonly logId: LogId | null;
  readonly schemaVersion: number;
  readonly localVersion: Version;
  readonly serverVersion: Version;
  readonly pendingWrites: number;
  readonly oldestWriteAt: number | null;
  readonly syncedAt: number | null;
  /** Of the partition's file, where this step was told; else null. */
  readonly bytes: number | null;
}

export interface StepOutput<S> {
  readonly state: S;
  /** At most one, done before anything below; when it fails, the step has not happened and `failed` is the next input. */
  readonly commit: { readonly commit: PartitionCommit; readonly report: CommitReport | null } | null;
  readonly op: Op | null;
  readonly effects: readonly ContextEffect[];
}
