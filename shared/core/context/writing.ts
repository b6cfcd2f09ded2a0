import { writeLocal } from '../outbox/write-local.ts';
import { PENDING } from '../outbox/entry.ts';
import type { MutationId, Version } from '../ids.ts';
import type { StrategyName } from '../change.ts';
import type { ContextInput, WriteCall } from './messages.ts';
import { pump } from './pushing.ts';
import type { Turn } from './turn.ts';

/** SY2, IS3, OB8: local writes, as many as wait, under one sync to disk; each call is answered after it. */
export function writes(turn: Turn, calls: readonly WriteCall[]): void {
  const { stage, activationId, kind } = turn.state;
  const accepted: WriteCall[] = [];
  for (const call of calls) {
    if (call.activationId !== activationId || stage.name !== 'active') {
      turn.event({ kind: 'stale', entity: call.entity, entityId: call.entityId, data: { what: 'call', type: 'write', expected: activationId, got: call.activationId } });
      turn.refuse(call.callId, 'CONTEXT_INACTIVE', 'The context is not active under this handle any more');
    } else if (kind === 'ambient') {
      turn.refuse(call.callId, 'FORBIDDEN', 'Ambient data is read-only for apps');
    } else if (stage.readOnly) {
      turn.refuse(call.callId, 'SCHEMA_AHEAD', 'The partition has a newer schema than this app and is open for reading only');
    } else {
      accepted.push(call);
    }
  }
  if (accepted.length === 0) return;
  const draft = turn.draft();
  for (const call of accepted) {
    const { mutationId } = writeLocal(draft, call, call.confirmed);
    turn.answer(call.callId, { mutationId });
  }
  turn.durable();
  pump(turn);
  turn.facts();
}

/** CF4: settles a kept conflict again; a choice that leaves things as they are only marks it. */
export function settleConflict(turn: Turn, input: Extract<ContextInput, { type: 'settle-conflict' }>): void {
  const { stage } = turn.state;
  if (stage.name !== 'active' || stage.readOnly) return turn.refuse(input.callId, 'CONTEXT_INACTIVE', 'The context is not active');
  const draft = turn.draft();
  let mutationId: MutationId | null = null;
  if (input.write !== null) {
    ({ mutationId } = writeLocal(draft, input.write, input.confirmed));
    const pending = draft.pendingOf(input.write.entity, input.write.entityId);
    if (mutationId !== null && pending !== undefined && input.resolves !== null) {
      const resolves = { mutationId: input.resolves.mutationId as unknown as MutationId, theirsVersion: input.resolves.theirsVersion as Version, strategy: input.resolves.strategy as StrategyName };
      const chain = pending.chain.map((entry) => (entry.mutationId === mutationId ? { ...entry, resolves, state: PENDING } : entry));
      draft.setChain(pending.entity, pending.entityId, pending.confirmed, chain);
    }
  }
  draft.settleConflict({ conflictId: input.conflictId, resultId: mutationId, at: turn.env.now });
  const of = input.write === null ? {} : { entity: input.write.entity, entityId: input.write.entityId };
  turn.event({ kind: 'conflict', ...of, ...(mutationId === null ? {} : { mutationIds: [mutationId] }), data: { conflictId: input.conflictId, state: 'by-hand', winner: 'mine', strategy: input.resolves?.strategy ?? 'lww' } });
  turn.durable();
  turn.answer(input.callId, { mutationId });
  pump(turn);
  turn.facts();
}
