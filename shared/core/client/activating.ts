import type { ActivationId, ContextId } from '../ids.ts';
import { linkUp } from './connecting.ts';
import { endContext } from './ending.ts';
import type { Purpose, Waiter } from './state.ts';
import type { ClientTurn } from './turn.ts';

// LC2, LC3, LC8: who asks for a context, who gives way, who waits.

/** `activate` and `switchTo`. The call is answered with {activationId, holder} once the context is active. */
export function activate(turn: ClientTurn, contextId: ContextId, waiter: Waiter): void {
  if (turn.state.closing !== null) return turn.refuse(waiter.callId, 'CLOSED', 'The client is closed');
  if (waiter.switching) overtake(turn, contextId);
  const row = turn.row(contextId);
  if (row === undefined) {
    if (!mayStillBeNamed(turn)) return refuseUnknown(turn, contextId, waiter.callId);
    turn.state = { ...turn.state, unknown: [...turn.state.unknown, { ...waiter, contextId }] };
    return;
  }
  if (row.listed === 'revoked') return turn.refuse(waiter.callId, 'FORBIDDEN', `Access to ${contextId} was revoked`);
  if (turn.state.removals[contextId] !== undefined) return turn.refuse(waiter.callId, 'BUSY', `${contextId} is being removed from this device; try again in a moment`);
  const activation = turn.activation(contextId);
  if (activation === undefined) {
    turn.state = { ...turn.state, queue: [...turn.state.queue, { ...waiter, contextId }] };
    return openQueued(turn);
  }
  if (activation.lifecycle === 'deactivating') {
    turn.state = { ...turn.state, queue: [...turn.state.queue, { ...waiter, contextId }] };
    return;
  }
  const used = nextUse(turn);
  if (activation.purpose === 'drain') {
    // The app takes over what was opened to drain; it counts from now on, so that another may have to give way.
    turn.setActivation(contextId, { ...activation, purpose: 'app', usedAt: used });
    makeRoom(turn, contextId);
  }
  const current = turn.activation(contextId);
  if (current === undefined) return;
  turn.setActivation(contextId, { ...current, usedAt: used, waiters: [...current.waiters, waiter] });
  if (current.lifecycle === 'active') answerWaiters(turn, contextId);
}

function nextUse(turn: ClientTurn): number {
  turn.state = { ...turn.state, uses: turn.state.uses + 1 };
  return turn.state.uses;
}

/** LC3: a switch that is itself overtaken ends at once; what it had opened for itself alone is closed. */
function overtake(turn: ClientTurn, target: ContextId): void {
  const late = (waiter: Waiter & { contextId?: ContextId }): boolean => waiter.switching && waiter.contextId !== target;
  for (const list of ['queue', 'unknown'] as const) {
    for (const waiter of turn.state[list].filter(late)) turn.refuse(waiter.callId, 'ABORTED', 'Another switch came after this one');
    turn.state = { ...turn.state, [list]: turn.state[list].filter((waiter) => !late(waiter)) };
  }
  for (const contextId of Object.keys(turn.state.activations) as ContextId[]) {
    const activation = turn.activation(contextId);
    if (contextId === target || activation === undefined) continue;
    const overtaken = activation.waiters.filter((waiter) => waiter.switching);
    if (overtaken.length === 0) continue;
    for (const { callId } of overtaken) turn.refuse(callId, 'ABORTED', 'Another switch came after this one');
    turn.setActivation(contextId, { ...activation, waiters: activation.waiters.filter((waiter) => !waiter.switching) });
    endIfUnused(turn, contextId, 'overtaken');
  }
}

/** LC8: the last one to let go ends an activation that the app asked for. */
export function endIfUnused(turn: ClientTurn, contextId: ContextId, reason: string, graceMs = 0): void {
  const activation = turn.activation(contextId);
  if (activation === undefined || activation.purpose !== 'app' || activation.holders.length > 0 || activation.waiters.length > 0) return;
  endContext(turn, contextId, false, graceMs, reason);
}

/** Opens what waits, as far as there is room; what has to give way is told to. */
export function openQueued(turn: ClientTurn): void {
  for (const next of turn.state.queue) {
    const activation = turn.activation(next.contextId);
    if (activation?.lifecycle === 'deactivating') continue;
    if (activation !== undefined) {
      turn.state = { ...turn.state, queue: turn.state.queue.filter((queued) => queued !== next) };
      turn.setActivation(next.contextId, { ...activation, usedAt: nextUse(turn), waiters: [...activation.waiters, { callId: next.callId, switching: next.switching }] });
      if (activation.lifecycle === 'active') answerWaiters(turn, next.contextId);
      continue;
    }
    if (!makeRoom(turn, next.contextId)) continue;
    turn.state = { ...turn.state, queue: turn.state.queue.filter((queued) => queued !== next) };
    open(turn, next.contextId, 'app', [{ callId: next.callId, switching: next.switching }], next.switching ? 'switch' : 'activate');
  }
}

/** True when one more tenant context may be active; else the least recently used one is asked to close (LC3). */
function makeRoom(turn: ClientTurn, contextId: ContextId): boolean {
  if (turn.row(contextId)?.kind === 'ambient') return true;
  const counted = (Object.entries(turn.state.activations) as [ContextId, NonNullable<ReturnType<ClientTurn['activation']>>][]).filter(
    ([id, activation]) => activation.purpose === 'app' && id !== contextId && turn.row(id)?.kind !== 'ambient',
  );
  const closing = counted.filter(([, activation]) => activation.lifecycle === 'deactivating').length;
  const surplus = counted.length - closing - (turn.state.policy.maxActive - 1);
  const open = counted.filter(([, activation]) => activation.lifecycle !== 'deactivating').sort(([, a], [, b]) => a.usedAt - b.usedAt);
  for (const [id] of open.slice(0, Math.max(0, surplus))) {
    const evicted = turn.activation(id);
    for (const { callId } of evicted?.waiters ?? []) turn.refuse(callId, 'ABORTED', `${id} gave way to ${contextId} before it was active`);
    if (evicted !== undefined) turn.setActivation(id, { ...evicted, waiters: [] });
    endContext(turn, id, false, 0, 'evicted');
  }
  return surplus <= 0 && closing === 0;
}

export function open(turn: ClientTurn, contextId: ContextId, purpose: Purpose, waiters: readonly Waiter[], reason: string): void {
  const row = turn.row(contextId);
  if (row === undefined) return;
  const activationId = turn.newId() as unknown as ActivationId;
  const { now } = turn.env;
  turn.setActivation(contextId, { activationId, purpose, lifecycle: 'activating', since: now, connection: 'offline', holders: [], waiters, closers: [], usedAt: nextUse(turn), reason });
  turn.setRow({ ...row, lifecycle: 'activating', ...(purpose === 'app' ? { lastAccessAt: now } : {}) });
  const endpoint = turn.endpoint(row.endpoint);
  turn.effect({
    type: 'start-context',
    url: row.endpoint,
    start: {
      contextId,
      activationId,
      kind: row.kind,
      generation: row.partition.generation,
      headVersion: row.serverVersion,
      idPrefix: `${activationId}.`,
      clockOffset: endpoint?.clockOffset ?? 0,
      reason,
    },
  });
  turn.toContext(contextId, { type: 'start' });
  if (endpoint?.phase.name === 'ready') linkUp(turn, contextId);
  else if (endpoint?.phase.name !== 'dialling' && endpoint?.phase.name !== 'greeting') turn.toContext(contextId, { type: 'link-down', trying: false });
}

export function answerWaiters(turn: ClientTurn, contextId: ContextId): void {
  const activation = turn.activation(contextId);
  if (activation === undefined) return;
  const holders = activation.waiters.map((waiter) => waiter.callId);
  for (const callId of holders) turn.answer(callId, { activationId: activation.activationId, holder: callId });
  turn.setActivation(contextId, { ...activation, holders: [...activation.holders, ...holders], waiters: [] });
}

/** LC2: one caller gives up; the others go on. */
export function abort(turn: ClientTurn, callId: string): void {
  for (const list of ['queue', 'unknown'] as const) {
    if (!turn.state[list].some((waiter) => waiter.callId === callId)) continue;
    turn.state = { ...turn.state, [list]: turn.state[list].filter((waiter) => waiter.callId !== callId) };
    return turn.refuse(callId, 'ABORTED', 'The call was aborted');
  }
  for (const contextId of Object.keys(turn.state.activations) as ContextId[]) {
    const activation = turn.activation(contextId);
    if (activation === undefined || !activation.waiters.some((waiter) => waiter.callId === callId)) continue;
    turn.refuse(callId, 'ABORTED', 'The call was aborted');
    turn.setActivation(contextId, { ...activation, waiters: activation.waiters.filter((waiter) => waiter.callId !== callId) });
    return endIfUnused(turn, contextId, 'aborted');
  }
}

export function release(turn: ClientTurn, contextId: ContextId, holder: string, callId: string | null): void {
  const activation = turn.activation(contextId);
  if (activation === undefined || !activation.holders.includes(holder)) {
    if (callId !== null) turn.answer(callId, {});
    return;
  }
  const holders = activation.holders.filter((other) => other !== holder);
  const ends = holders.length === 0 && activation.waiters.length === 0;
  if (callId !== null && !ends) turn.answer(callId, {});
  turn.setActivation(contextId, { ...activation, holders, closers: callId !== null && ends ? [...activation.closers, callId] : activation.closers });
  endIfUnused(turn, contextId, 'released', turn.state.policy.graceMs);
}

/** A first WELCOME is still to come: it may name a context that no row knows. */
const mayStillBeNamed = (turn: ClientTurn): boolean =>
  Object.values(turn.state.endpoints).some(({ phase, confirmedAt }) => (phase.name === 'dialling' || phase.name === 'greeting') && confirmedAt === null && !(phase.attempt > 0));

function refuseUnknown(turn: ClientTurn, contextId: ContextId, callId: string): void {
  const phases = Object.values(turn.state.endpoints).map(({ phase }) => phase);
  const refusal = phases.find((phase) => phase.name === 'refused');
  if (phases.some((phase) => phase.name === 'ready')) turn.refuse(callId, 'UNKNOWN_CONTEXT', `There is no context ${contextId} for this user`);
  else if (refusal !== undefined) turn.refuse(callId, 'NOT_AVAILABLE_OFFLINE', `${contextId} is not on this device, and the server refused the connection: ${refusal.message}`);
  else turn.refuse(callId, 'NOT_AVAILABLE_OFFLINE', `${contextId} is not on this device, and there is no connection to ask for it`);
}

export function openUnknown(turn: ClientTurn): void {
  const { unknown } = turn.state;
  turn.state = { ...turn.state, unknown: [] };
  for (const { contextId, ...waiter } of unknown) activate(turn, contextId, waiter);
}

export function failUnknown(turn: ClientTurn): void {
  const { unknown } = turn.state;
  turn.state = { ...turn.state, unknown: [] };
  for (const { contextId, callId } of unknown) refuseUnknown(turn, contextId, callId);
}
