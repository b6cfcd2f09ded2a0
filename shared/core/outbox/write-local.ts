import type { MutationId } from '../ids.ts';
import type { Op } from '../change.ts';
import { rowState, type ConfirmedRow } from '../row.ts';
import { stampsOfWrite } from '../strategies/fields.ts';
import { type Draft, strategyOf } from './draft.ts';
import { PENDING, visibleRow, type OutboxEntry } from './entry.ts';
import { stampNow } from './settle.ts';

export interface LocalWrite {
  readonly entity: string;
  readonly entityId: string;
  /** Canonical text; null deletes. */
  readonly text: string | null;
}

export interface WriteOutcome {
  /** Null: the write changed nothing (a delete of nothing, a put and a delete that vanished together, equal fields). */
  readonly mutationId: MutationId | null;
}

/**
 * OB1, OB2, SY2: puts a local write into the outbox. `confirmed` is the row on disk, used where no write of it waits. A write behind
 * one that was never sent coalesces with it into a new mutation with its base and the new value.
 */
export function writeLocal(draft: Draft, write: LocalWrite, confirmed: ConfirmedRow): WriteOutcome {
  const { entity, entityId, text } = write;
  const { env } = draft;
  const pending = draft.pendingOf(entity, entityId);
  const chain = pending?.chain ?? [];
  const ground = pending?.confirmed ?? confirmed;
  const before = pending === undefined ? confirmed : visibleRow(pending);
  if (text === null && before.text === null) return { mutationId: null };
  const stamp = stampNow(draft, before.stamp);
  const strategy = strategyOf(env, entity);
  const perField = strategy === 'fields' || strategy === 'text';
  if (perField && text !== null && text === before.text) return { mutationId: null };
  const row = rowState(text, stamp, perField ? stampsOfWrite(before, text, stamp) : undefined, env.schema.version);
  const last = chain.at(-1);
  const op: Op = text === null ? 'delete' : 'put';
  const base = { entity, entityId, kind: 'write' as const };
  if (last !== undefined && last.state.name === 'pending') {
    if (text === null && last.base.text === null && chain.length === 1 && last.resolves === null) {
      draft.setChain(entity, entityId, ground, []);
      draft.event({ ...base, mutationIds: [], data: { op, replaced: [last.mutationId], vanished: true } });
      return { mutationId: null };
    }
    const entry: OutboxEntry = { ...last, mutationId: draft.newId(), row, writtenAt: env.now };
    draft.setChain(entity, entityId, ground, [...chain.slice(0, -1), entry]);
    draft.event({ ...base, mutationIds: [entry.mutationId], data: { op, replaced: [last.mutationId], baseVersion: entry.baseVersion } });
    return { mutationId: entry.mutationId };
  }
  const baseVersion = last === undefined ? ground.version : last.state.name === 'accepted' ? last.state.contextVersion : null;
  const entry: OutboxEntry = {
    seq: draft.nextSeq(),
    mutationId: draft.newId(),
    row,
    base: rowState(before.text, before.stamp, before.stamps, before.schemaVersion),
    baseVersion,
    state: PENDING,
    resolves: null,
    writtenAt: env.now,
  };
  draft.setChain(entity, entityId, ground, [...chain, entry]);
  draft.event({ ...base, mutationIds: [entry.mutationId], data: { op, replaced: [], baseVersion } });
  return { mutationId: entry.mutationId };
}
