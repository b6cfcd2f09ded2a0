import { compareStamps, type Stamp, type Stamps } from '../change.ts';
import type { MutationId } from '../ids.ts';
import type { ConfirmedRow, RowState } from '../row.ts';
import type { SettledRow } from './apply-changes.ts';
import { inOrder, strategyOf, type Draft } from './draft.ts';
import { PENDING, type OutboxEntry, type PendingRow } from './entry.ts';
import { settle, stampNow } from './settle.ts';

/**
 * OB7: the server refused a write for good. It is kept as a conflict in state `rejected`, its row goes back to what it stood on, and the
 * write behind it is resolved over that, with the refused value as its base.
 */
export function reject(draft: Draft, pending: PendingRow, index: number, code: string, message: string | null): SettledRow | null {
  const { entity, entityId, confirmed, chain } = pending;
  const refused = chain[index] as OutboxEntry;
  const before = chain.slice(0, index);
  const behind = chain.slice(index + 1);
  const ground = groundOf(confirmed, before.at(-1));
  const conflictId = draft.newId() as string;
  draft.conflict({
    conflictId,
    at: draft.env.now,
    entity,
    entityId,
    state: 'rejected',
    strategy: strategyOf(draft.env, entity),
    winner: 'theirs',
    base: refused.base,
    mine: refused.row,
    theirs: ground,
    result: ground,
    decided: [],
    mutationIds: [refused.mutationId],
    resultId: null,
    code,
    message,
  });
  draft.event({ kind: 'conflict', entity, entityId, mutationIds: [refused.mutationId], data: { conflictId, strategy: strategyOf(draft.env, entity), winner: 'theirs', state: 'rejected', code } });
  if (behind.length === 0) {
    draft.setChain(entity, entityId, confirmed, before);
    return null;
  }
  const settlement = settle(draft, entity, entityId, behind, ground);
  draft.setChain(entity, entityId, confirmed, settlement.entry === null ? before : [...before, settlement.entry]);
  return { ...settlement, entity, entityId };
}

/** What a write at this place of the chain stands on: the accepted write before it, else the confirmed row. */
function groundOf(confirmed: ConfirmedRow, before: OutboxEntry | undefined): ConfirmedRow {
  if (before === undefined || before.state.name !== 'accepted') return confirmed;
  return { ...before.row, version: before.state.contextVersion };
}

/**
 * CF5: the server refused a write's stamp. It and the pending write behind it become one new mutation on the first one's base, with a
 * stamp by the clock as it is known now.
 */
export function restamp(draft: Draft, pending: PendingRow, index: number): void {
  const refused = pending.chain[index] as OutboxEntry;
  const last = pending.chain[index + 1] ?? refused;
  const stamp = stampNow(draft, refused.base.stamp);
  const row: RowState = { ...last.row, stamp, stamps: moveStamps(last.row, refused.base, () => stamp) };
  const entry: OutboxEntry = { ...refused, mutationId: draft.newId(), row, state: PENDING, writtenAt: last.writtenAt };
  draft.setChain(pending.entity, pending.entityId, pending.confirmed, [...pending.chain.slice(0, index), entry]);
  const replaced = last === refused ? [refused.mutationId] : [refused.mutationId, last.mutationId];
  draft.event({ kind: 'write', entity: pending.entity, entityId: pending.entityId, mutationIds: [entry.mutationId], data: { op: row.text === null ? 'delete' : 'put', replaced, restamped: true } });
}

/** Field stamps that the write itself gave are moved; those that it took over from its base stay. */
function moveStamps(row: RowState, base: RowState, move: (stamp: Stamp) => Stamp): Stamps {
  const stamps: Record<string, Stamp> = {};
  for (const [field, stamp] of Object.entries(row.stamps)) {
    const taken = compareStamps(stamp, base.stamp) === 0 || Object.values(base.stamps).some((other) => compareStamps(other, stamp) === 0);
    stamps[field] = taken ? stamp : move(stamp);
  }
  return stamps;
}

/** A new offset under this many ms leaves the stamps of pending writes as they are (CF5). */
export const MIN_CLOCK_SHIFT = 30_000;

/**
 * CF5: the device learnt that its clock is off. Writes that were not sent yet are shifted by the difference, in order, under new ids;
 * returns the ids that were replaced.
 */
export function shiftPending(draft: Draft, offset: number): readonly MutationId[] {
  const by = offset - draft.state.clockOffset;
  // Every answer's way through the network differs: that is no news about the clock.
  if (Math.abs(by) < 1_000) return [];
  draft.setMeta({ clockOffset: offset });
  if (Math.abs(by) <= MIN_CLOCK_SHIFT) return [];
  const replaced: MutationId[] = [];
  for (const { pending, entry, at } of inOrder(draft.state)) {
    if (entry.state.name !== 'pending' || entry.row.stamp === null) continue;
    const current = draft.pendingOf(pending.entity, pending.entityId) as PendingRow;
    const previous = current.chain[at - 1];
    // Standing on a write that was shifted itself means standing on its new value.
    const base = previous !== undefined && entry.baseVersion === null ? previous.row : entry.base;
    const shift = (stamp: Stamp): Stamp => [Math.max(stamp[0] + by, (base.stamp?.[0] ?? Number.NEGATIVE_INFINITY) + 1), draft.env.deviceId];
    const row: RowState = { ...entry.row, stamp: shift(entry.row.stamp), stamps: moveStamps(entry.row, entry.base, shift) };
    const moved: OutboxEntry = { ...entry, mutationId: draft.newId(), row, base };
    replaced.push(entry.mutationId);
    draft.setChain(pending.entity, pending.entityId, current.confirmed, current.chain.map((other) => (other === entry ? moved : other)));
  }
  return replaced;
}
