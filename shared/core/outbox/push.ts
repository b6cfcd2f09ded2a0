import type { Mutation, MutationOutcome } from '../change.ts';
import type { MutationId, Version } from '../ids.ts';
import { utf8Length } from '../value.ts';
import { freeParked, type SettledRow } from './apply-changes.ts';
import { inOrder, type Draft } from './draft.ts';
import { SENT, toMutation, type OutboxEntry, type PendingRow } from './entry.ts';
import type { PartitionState } from './partition-state.ts';
import { reject, restamp } from './reject.ts';

export const MAX_PUSH_MUTATIONS = 500;
/** Below the frame limit, so that a push of several small mutations never exceeds it (SY6). */
export const MAX_PUSH_BYTES = 200_000;

export interface PushSelection {
  readonly mutations: readonly Mutation[];
  /** True when some of them go out for the first time: the step to `sent` has to be on disk before. */
  readonly advances: boolean;
}

/**
 * OB2, OB5: what a push holds now: every unanswered write again, unchanged, and the next write of each row that has none unanswered.
 * `onlyUnanswered`: while a snapshot is about to replace the partition nothing new becomes `sent` (OB4).
 */
export function selectPush(draft: Draft, onlyUnanswered: boolean): PushSelection {
  const mutations: Mutation[] = [];
  let bytes = 0;
  let advances = false;
  for (const { pending, entry, at } of inOrder(draft.state)) {
    const again = entry.state.name === 'sent';
    if (!again && (onlyUnanswered || !isNext(pending, entry, at))) continue;
    const size = utf8Length(entry.row.text ?? '') + 400;
    if (mutations.length > 0 && (mutations.length >= MAX_PUSH_MUTATIONS || bytes + size > MAX_PUSH_BYTES)) break;
    mutations.push(toMutation(pending, entry));
    bytes += size;
    if (again) continue;
    advances = true;
    // The row may have been replaced by an earlier turn of this loop only if it had two entries to send, which it never has.
    replaceEntry(draft, pending, { ...entry, state: SENT });
  }
  return { mutations, advances };
}

/** True when something would be pushed now for the first time. */
export function hasPushable(state: PartitionState): boolean {
  for (const pending of state.pending.values()) {
    if (pending.chain.some((entry, at) => isNext(pending, entry, at))) return true;
  }
  return false;
}

function isNext(pending: PendingRow, entry: OutboxEntry, at: number): boolean {
  if (entry.state.name !== 'pending' || entry.baseVersion === null) return false;
  return pending.chain.every((other, index) => index >= at || other.state.name === 'accepted');
}

export function replaceEntry(draft: Draft, pending: PendingRow, entry: OutboxEntry): void {
  const current = draft.pendingOf(pending.entity, pending.entityId) ?? pending;
  draft.setChain(
    pending.entity,
    pending.entityId,
    current.confirmed,
    current.chain.map((other) => (other.seq === entry.seq && other.mutationId === entry.mutationId ? entry : other)),
  );
}

export interface ResultsOutcome {
  readonly settled: readonly SettledRow[];
  readonly applied: number;
  readonly conflict: number;
  readonly rejected: number;
  /** The server refused a stamp: the offset has to be learnt anew (CF5). */
  readonly clockRefused: boolean;
  /** The server refused a schema: sync of this context stops (MG4). */
  readonly schemaRefused: boolean;
  /** No version of the row stands against the write, and it was refused all the same: the log is another one now. */
  readonly logChanged: boolean;
}

/**
 * OB3, OB7, CF1: takes the answers to a push. Answers to writes that are not `sent` are old and change nothing. `swapping`: parked writes
 * stay parked, because the partition that they stand on is about to be replaced.
 */
export function takeResults(draft: Draft, results: readonly MutationOutcome[], swapping: boolean): ResultsOutcome {
  const settled: SettledRow[] = [];
  const counts = { applied: 0, conflict: 0, rejected: 0 };
  let clockRefused = false;
  let schemaRefused = false;
  let logChanged = false;
  const byId = new Map<MutationId, PendingRow>();
  for (const pending of draft.state.pending.values()) for (const entry of pending.chain) if (entry.state.name === 'sent') byId.set(entry.mutationId, pending);
  for (const result of results) {
    const found = byId.get(result.mutationId);
    const pending = found === undefined ? undefined : draft.pendingOf(found.entity, found.entityId);
    const index = pending?.chain.findIndex((entry) => entry.mutationId === result.mutationId && entry.state.name === 'sent') ?? -1;
    // What the server says is told, also where the change itself came first and has settled the write already.
    counts[result.outcome]++;
    if (pending === undefined || index < 0) continue;
    switch (result.outcome) {
      case 'applied':
        accept(draft, pending, index, result.contextVersion as Version);
        break;
      case 'conflict':
        logChanged ||= !swapping && pending.chain[index]?.baseVersion === 0 && (result.currentVersion ?? 0) === 0;
        park(draft, pending, index, result.currentVersion ?? (0 as Version));
        break;
      case 'rejected':
        if (result.code === 'CLOCK_SKEW') {
          restamp(draft, pending, index);
          clockRefused = true;
        } else if (result.code === 'SCHEMA_AHEAD') {
          restamp(draft, pending, index);
          schemaRefused = true;
        } else {
          const again = reject(draft, pending, index, result.code ?? 'INTERNAL', result.message ?? null);
          if (again !== null) settled.push(again);
        }
        break;
    }
  }
  if (!swapping && !logChanged) settled.push(...freeParked(draft));
  return { settled, ...counts, clockRefused, schemaRefused, logChanged };
}

function accept(draft: Draft, pending: PendingRow, index: number, contextVersion: Version): void {
  const chain = pending.chain.map((entry, at) => {
    if (at === index) return { ...entry, state: { name: 'accepted', contextVersion } as const };
    return at === index + 1 && entry.baseVersion === null ? { ...entry, baseVersion: contextVersion } : entry;
  });
  draft.setChain(pending.entity, pending.entityId, pending.confirmed, chain);
  if (contextVersion > draft.state.seenVersion) draft.setMeta({ seenVersion: contextVersion });
}

function park(draft: Draft, pending: PendingRow, index: number, currentVersion: Version): void {
  const chain = pending.chain.map((entry, at) => (at === index ? { ...entry, state: { name: 'parked', currentVersion } as const } : entry));
  draft.setChain(pending.entity, pending.entityId, pending.confirmed, chain);
  if (currentVersion > draft.state.seenVersion) draft.setMeta({ seenVersion: currentVersion });
}

/** SY7: under another log every accepted write counts as unanswered again, and what stood on one no longer knows its version. */
export function unaccept(draft: Draft): void {
  for (const pending of [...draft.state.pending.values()]) {
    const chain = pending.chain.map((entry, at): OutboxEntry => {
      const asked: OutboxEntry = entry.state.name === 'accepted' || entry.state.name === 'parked' ? { ...entry, state: SENT } : entry;
      return at > 0 && asked.state.name === 'pending' ? { ...asked, baseVersion: null } : asked;
    });
    draft.setChain(pending.entity, pending.entityId, pending.confirmed, chain);
  }
}
