import type { Mutation, Op, Resolves } from '../change.ts';
import type { MutationId, Version } from '../ids.ts';
import { valueOf, type ConfirmedRow, type RowState } from '../row.ts';

/** OB2. `parked`: answered with `conflict`, and kept until localVersion has reached the version that it met (CF1). */
export type EntryState =
  | { readonly name: 'pending' }
  | { readonly name: 'sent' }
  | { readonly name: 'parked'; readonly currentVersion: Version }
  | { readonly name: 'accepted'; readonly contextVersion: Version };

/** One write in the outbox. Once it was sent it never changes again but for its state (OB1, OB2). */
export interface OutboxEntry {
  /** Order of writing within the context. */
  readonly seq: number;
  readonly mutationId: MutationId;
  readonly row: RowState;
  /** What the write was made upon: the merge's base. */
  readonly base: RowState;
  /** Version of the row that it stands on; null while the answer to the entry before it is out. */
  readonly baseVersion: Version | null;
  readonly state: EntryState;
  readonly resolves: Resolves | null;
  /** Milliseconds since 1970. */
  readonly writtenAt: number;
}

/** A row with writes that are not settled: its confirmed state and the writes upon it, in order; never empty. */
export interface PendingRow {
  readonly entity: string;
  readonly entityId: string;
  readonly confirmed: ConfirmedRow;
  readonly chain: readonly OutboxEntry[];
}

export const PENDING: EntryState = { name: 'pending' };
export const SENT: EntryState = { name: 'sent' };

/** What the app sees of a row. */
export const visibleRow = (pending: PendingRow): RowState => pending.chain.at(-1)?.row ?? pending.confirmed;

/** The frame's form of an entry; its baseVersion must be known. */
export function toMutation(pending: PendingRow, entry: OutboxEntry): Mutation {
  const op: Op = entry.row.text === null ? 'delete' : 'put';
  const stamps = entry.row.stamps;
  return {
    mutationId: entry.mutationId,
    entity: pending.entity,
    entityId: pending.entityId,
    op,
    ...(op === 'put' ? { value: valueOf(entry.row) } : {}),
    baseVersion: entry.baseVersion as Version,
    timestamp: entry.row.stamp?.[0] ?? 0,
    ...(Object.keys(stamps).length > 0 ? { stamps } : {}),
    schemaVersion: entry.row.schemaVersion,
    ...(entry.resolves === null ? {} : { resolves: entry.resolves }),
  };
}
