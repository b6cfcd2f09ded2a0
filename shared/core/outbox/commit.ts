import type { StrategyName } from '../change.ts';
import type { LogId, MutationId, Version } from '../ids.ts';
import type { ConfirmedRow, RowState } from '../row.ts';
import type { DecidedField } from '../strategies/resolution.ts';
import type { OutboxEntry } from './entry.ts';

/**
 * The final state of one row in a commit. Storage keeps the digest as the sum of the row hashes: `logText` is the canonical text as it
 * stands in the log, to be hashed anew; without it the hash of the confirmed state stays what it is.
 */
export interface RowWrite {
  readonly entity: string;
  readonly entityId: string;
  readonly confirmed: ConfirmedRow;
  readonly logText?: string | null;
  /** What the app sees where a write is pending, else null: then it sees the confirmed row. */
  readonly visible: RowState | null;
  /** Whether `base` holds the row now. */
  readonly hadBase: boolean;
}

export interface OutboxPut extends OutboxEntry {
  readonly entity: string;
  readonly entityId: string;
}

/** CF4. Row states are those that the decision saw, in the app's schema. */
export interface ConflictRecord {
  readonly conflictId: string;
  readonly at: number;
  readonly entity: string;
  readonly entityId: string;
  readonly state: 'automatic' | 'by-hand' | 'open' | 'rejected';
  readonly strategy: StrategyName;
  readonly winner: 'mine' | 'theirs' | 'merged';
  readonly base: RowState;
  readonly mine: RowState;
  readonly theirs: ConfirmedRow;
  readonly result: RowState;
  readonly decided: readonly DecidedField[];
  /** The writes that lost their place. */
  readonly mutationIds: readonly MutationId[];
  /** The new write that settles it, if there is one. */
  readonly resultId: MutationId | null;
  readonly code: string | null;
  readonly message: string | null;
}

/** CF4: a conflict was settled again by hand; `resultId` is the new write, null where theirs was kept as it is. */
export interface ConflictSettled {
  readonly conflictId: string;
  readonly resultId: MutationId | null;
  readonly at: number;
}

/** One atomic commit of a partition. `durable`: on the disk before the answer comes (OB8). */
export interface PartitionCommit {
  readonly expectVersion: Version;
  readonly rows: readonly RowWrite[];
  readonly outboxPut: readonly OutboxPut[];
  readonly outboxRemove: readonly MutationId[];
  readonly conflicts: readonly ConflictRecord[];
  readonly conflictsSettled: readonly ConflictSettled[];
  readonly meta: {
    readonly localVersion?: Version;
    readonly seenVersion?: Version;
    readonly logId?: LogId;
    readonly schemaVersion?: number;
    readonly clockOffset?: number;
  };
  readonly durable: boolean;
}
