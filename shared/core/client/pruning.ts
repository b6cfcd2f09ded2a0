import type { Json } from '../../base/json.ts';
import type { ContextId } from '../ids.ts';
import { pruneCandidates } from '../prune-policy.ts';
import { openQueued } from './activating.ts';
import { idleWork } from './draining.ts';
import { endContext } from './ending.ts';
import type { PendingChoice, PreparedRemoval } from './messages.ts';
import type { PruneOutcome } from './state.ts';
import type { ClientTurn } from './turn.ts';

// PR1-PR3: what may go, what of it is unsynced, and then in this order: the disk says what there is (and sets unsynced writes aside), the
// registry's pointer flips, the files are deleted. A crash between the last two is finished by the next start.

export function prune(turn: ClientTurn, callId: string, contexts: readonly ContextId[] | null, choice: PendingChoice, dryRun: boolean): void {
  const wanted = contexts ?? candidates(turn);
  const items: PruneOutcome[] = [];
  const waiting: ContextId[] = [];
  for (const contextId of new Set(wanted)) {
    const refusal = whyNot(turn, contextId);
    if (refusal !== null) items.push({ contextId, outcome: 'refused', frees: 0, pending: turn.row(contextId)?.pendingWrites ?? 0, reason: refusal });
    else waiting.push(contextId);
  }
  turn.state = { ...turn.state, prunes: { ...turn.state.prunes, [callId]: { waiting, items, dryRun } } };
  for (const contextId of waiting) {
    turn.state = { ...turn.state, removals: { ...turn.state.removals, [contextId]: { callId, kind: 'prune', choice, reason: 'prune' } } };
    const generation = turn.row(contextId)?.partition.generation ?? 0;
    turn.effect({ type: 'prepare-removal', contextId, generation, quarantine: choice === 'quarantine' && !dryRun });
  }
  finishPrune(turn, callId);
}

function candidates(turn: ClientTurn): readonly ContextId[] {
  const confirmedAt = Math.max(...Object.values(turn.state.endpoints).map((endpoint) => endpoint.confirmedAt ?? Number.NEGATIVE_INFINITY));
  return pruneCandidates([...turn.state.rows.values()], turn.state.policy, turn.env.now, confirmedAt);
}

function whyNot(turn: ClientTurn, contextId: ContextId): string | null {
  const row = turn.row(contextId);
  if (row === undefined) return 'There is no such context';
  if (row.kind === 'ambient') return 'Ambient contexts are never pruned';
  if (turn.activation(contextId) !== undefined) return 'It is active; deactivate it first';
  if (turn.state.removals[contextId] !== undefined) return 'It is being removed already';
  if (!row.partition.present) return 'There is no partition on this device';
  return null;
}

/** The disk's answer: the real outbox decides, not what the registry remembers of it. */
export function prepared(turn: ClientTurn, contextId: ContextId, result: PreparedRemoval): void {
  const removal = turn.state.removals[contextId];
  const row = turn.row(contextId);
  if (removal === undefined || row === undefined) return;
  const { [contextId]: _, ...removals } = turn.state.removals;
  turn.state = { ...turn.state, removals };
  if (removal.kind === 'forget') return forgetNow(turn, contextId, removal.callId, removal.reason, result);
  const call = turn.state.prunes[removal.callId];
  const pending = result.mutationIds.length;
  const base = { contextId, frees: result.bytes, pending, ...(pending > 0 ? { choice: removal.choice } : {}) };
  let item: PruneOutcome;
  if (result.error !== null) item = { ...base, frees: 0, outcome: 'refused', reason: result.error.message };
  else if (pending > 0 && removal.choice === 'refuse') item = { ...base, frees: 0, outcome: 'refused', reason: `${pending} writes are not on the server yet: leave it out, set them aside (quarantine) or discard them` };
  else if (call?.dryRun === true) item = { ...base, outcome: 'would-prune' };
  else {
    pruneNow(turn, contextId, removal.choice, result);
    item = { ...base, outcome: 'pruned' };
  }
  if (call === undefined) return;
  const next = { ...call, waiting: call.waiting.filter((other) => other !== contextId), items: [...call.items, item] };
  turn.state = { ...turn.state, prunes: { ...turn.state.prunes, [removal.callId]: next } };
  finishPrune(turn, removal.callId);
  openQueued(turn);
  idleWork(turn);
}

function pruneNow(turn: ClientTurn, contextId: ContextId, choice: PendingChoice, result: PreparedRemoval): void {
  const row = turn.row(contextId);
  if (row === undefined) return;
  const kept = choice === 'quarantine' && result.quarantine !== null;
  turn.setRow(
    {
      ...row,
      partition: { present: false, generation: row.partition.generation },
      quarantine: kept ? result.quarantine : row.quarantine,
      pendingWrites: kept ? result.mutationIds.length : 0,
      oldestWriteAt: kept ? row.oldestWriteAt : null,
    },
    true,
  );
  const pending = result.mutationIds.length;
  turn.event({ kind: 'prune', contextId, bytes: result.bytes, mutationIds: result.mutationIds.slice(0, 1_000), data: { pending, choice: pending > 0 ? choice : 'refuse', ...(kept ? { quarantine: result.quarantine } : {}) } });
  turn.effect({ type: 'delete-files', contextId, everything: false });
}

function finishPrune(turn: ClientTurn, callId: string): void {
  const call = turn.state.prunes[callId];
  if (call === undefined || call.waiting.length > 0) return;
  const { [callId]: _, ...prunes } = turn.state.prunes;
  turn.state = { ...turn.state, prunes };
  const frees = call.items.reduce((sum, item) => sum + (item.outcome === 'refused' ? 0 : item.frees), 0);
  turn.answer(callId, { items: call.items, frees, dryRun: call.dryRun } as unknown as Json);
}

/** `forget` by the app: PR5. A dry run says what would go. */
export function forget(turn: ClientTurn, callId: string, contextId: ContextId, dryRun: boolean): void {
  if (turn.row(contextId) === undefined) return turn.refuse(callId, 'UNKNOWN_CONTEXT', `There is no context ${contextId} for this user`);
  if (turn.state.removals[contextId] !== undefined) return turn.refuse(callId, 'BUSY', `${contextId} is being removed already`);
  prepareForget(turn, contextId, callId, dryRun ? 'dry-run' : 'forget');
}

export function prepareForget(turn: ClientTurn, contextId: ContextId, callId: string | null, reason: string): void {
  const row = turn.row(contextId);
  if (row === undefined || turn.state.removals[contextId] !== undefined) return;
  turn.state = { ...turn.state, removals: { ...turn.state.removals, [contextId]: { callId: callId ?? '', kind: 'forget', choice: 'discard', reason } } };
  if (turn.activation(contextId) !== undefined && reason !== 'dry-run') return endContext(turn, contextId, true, 0, reason);
  turn.effect({ type: 'prepare-removal', contextId, generation: row.partition.generation, quarantine: false });
}

/** A context that a removal waited for has ended. */
export function prunePrepared(turn: ClientTurn, contextId: ContextId): void {
  const removal = turn.state.removals[contextId];
  const row = turn.row(contextId);
  if (removal?.kind === 'forget' && row !== undefined) turn.effect({ type: 'prepare-removal', contextId, generation: row.partition.generation, quarantine: false });
}

function forgetNow(turn: ClientTurn, contextId: ContextId, callId: string, reason: string, result: PreparedRemoval): void {
  const summary = { frees: result.bytes, pending: result.mutationIds.length, conflicts: result.conflicts, dryRun: reason === 'dry-run' };
  if (reason !== 'dry-run') {
    turn.removeRow(contextId);
    // Ids and counts, no values: what was discarded is on record, its content is gone (PR4).
    turn.event({ kind: 'forget', contextId, mutationIds: result.mutationIds.slice(0, 1_000), bytes: result.bytes, data: { reason, discarded: result.mutationIds.length } });
    turn.effect({ type: 'delete-files', contextId, everything: true });
  }
  if (callId !== '') turn.answer(callId, summary);
  openQueued(turn);
}
