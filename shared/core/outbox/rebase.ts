import { rowKey } from '../change.ts';
import type { CoreEvent } from '../events.ts';
import type { LogId, MutationId, Version } from '../ids.ts';
import { ABSENT_ROW, type ConfirmedRow } from '../row.ts';
import { freeParked, settleRow, type SettledRow } from './apply-changes.ts';
import { Draft, type Env } from './draft.ts';
import type { OutboxEntry, PendingRow } from './entry.ts';
import type { PartitionCommit } from './commit.ts';
import type { PartitionState } from './partition-state.ts';
import type { Digest } from '../digest.ts';
import { upgradeConfirmed } from './upgrade.ts';

/** A new generation that is ready beside the old one, and its rows for the keys that have a pending write. */
export interface StagedPartition {
  readonly generation: number;
  readonly logId: LogId;
  readonly version: Version;
  readonly digest: Digest;
  readonly schemaVersion: number;
  /** By `rowKey`; missing where the new generation has no such row. */
  readonly rows: { readonly [key: string]: ConfirmedRow };
}

export interface Rebased {
  readonly state: PartitionState;
  readonly commit: PartitionCommit;
  readonly settled: readonly SettledRow[];
}

/**
 * SY4, SY7, OB3, OB4: carries every pending write over to the new generation and rebases it, as one commit of that generation. No write is
 * in state `sent` here: its fate was asked for before. `reset`: the generation belongs to another log, so that no version of the old one
 * says anything.
 */
export function rebase(old: PartitionState, staged: StagedPartition, reset: boolean, env: Env, newId: () => MutationId, tell: (event: CoreEvent) => void): Rebased {
  const fresh: PartitionState = {
    present: true,
    generation: staged.generation,
    logId: staged.logId,
    localVersion: staged.version,
    seenVersion: reset || staged.version > old.seenVersion ? staged.version : old.seenVersion,
    digest: staged.digest,
    schemaVersion: staged.schemaVersion,
    clockOffset: old.clockOffset,
    pending: old.pending,
    nextSeq: old.nextSeq,
    parked: old.parked,
  };
  const draft = new Draft(fresh, env, newId, tell);
  const settled: SettledRow[] = [];
  for (const pending of [...old.pending.values()]) {
    const theirs = upgradeConfirmed(env, pending.entity, staged.rows[rowKey(pending.entity, pending.entityId)] ?? ABSENT_ROW);
    draft.confirm(pending.entity, pending.entityId, theirs);
    const chain = pending.chain.filter((entry) => entry.state.name !== 'accepted' || entry.state.contextVersion > staged.version);
    const settledVersion = lastSettled(pending, staged.version);
    const moved = { ...pending, confirmed: theirs, chain };
    const again = reset ? overReset(draft, moved) : overSnapshot(draft, moved, pending.confirmed.version, settledVersion, staged.version);
    if (again !== null) settled.push(again);
  }
  settled.push(...freeParked(draft));
  const { state, commit } = draft.finish(true);
  return { state, commit: wholeOutbox(state, commit, staged.version), settled };
}

/** The version of the last accepted write that the snapshot holds already; null when there is none. */
function lastSettled(pending: PendingRow, version: Version): Version | null {
  let last: Version | null = null;
  for (const { state } of pending.chain) if (state.name === 'accepted' && state.contextVersion <= version) last = state.contextVersion;
  return last;
}

function overReset(draft: Draft, pending: PendingRow): SettledRow | null {
  if (pending.chain.length === 0) {
    draft.setChain(pending.entity, pending.entityId, pending.confirmed, []);
    return null;
  }
  return settleRow(draft, pending);
}

function overSnapshot(draft: Draft, pending: PendingRow, oldVersion: Version, settledVersion: Version | null, version: Version): SettledRow | null {
  const { entity, entityId, confirmed: theirs, chain } = pending;
  const first = chain[0];
  const keep = (entries: readonly OutboxEntry[]): null => {
    draft.setChain(entity, entityId, theirs, entries);
    return null;
  };
  if (first === undefined) return keep([]);
  // Accepted above the snapshot: what it stands on is this very row, or lies between, and its own change will come.
  if (first.state.name === 'accepted') return keep(chain);
  if (theirs.version === (settledVersion ?? oldVersion)) {
    const stands = first.baseVersion === null || settledVersion !== null;
    return keep(stands ? [{ ...first, baseVersion: theirs.version, base: theirs }, ...chain.slice(1)] : chain);
  }
  if (first.baseVersion !== null && version < first.baseVersion) return keep(chain);
  return settleRow(draft, pending);
}

function wholeOutbox(state: PartitionState, commit: PartitionCommit | null, version: Version): PartitionCommit {
  const outboxPut = [...state.pending.values()].flatMap(({ entity, entityId, chain }) => chain.map((entry) => ({ ...entry, entity, entityId })));
  const rows = (commit?.rows ?? []).map((row) => ({ ...row, hadBase: false }));
  return {
    expectVersion: version,
    rows,
    outboxPut,
    outboxRemove: [],
    conflicts: commit?.conflicts ?? [],
    conflictsSettled: [],
    meta: { ...commit?.meta, seenVersion: state.seenVersion, clockOffset: state.clockOffset },
    durable: true,
  };
}
