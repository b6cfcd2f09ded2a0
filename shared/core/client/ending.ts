import type { ContextNotice, RowFacts } from '../context/messages.ts';
import type { StageError } from '../context/state.ts';
import type { ContextId } from '../ids.ts';
import type { RegistryRow } from '../registry-row.ts';
import { answerWaiters, openQueued } from './activating.ts';
import { redial } from './connecting.ts';
import { drained, drainOffline, idleWork, retryLater } from './draining.ts';
import { removeRevoked } from './membership.ts';
import { prunePrepared } from './pruning.ts';
import type { ClientTurn } from './turn.ts';

/** How long a WELCOME is believed against a FORBIDDEN, in ms. */
const MEMBERSHIP_DOUBT = 30_000;

/** Ends an activation: the fence goes up now, the rest follows (LC5). */
export function endContext(turn: ClientTurn, contextId: ContextId, force: boolean, graceMs: number, reason: string): void {
  const activation = turn.activation(contextId);
  if (activation === undefined) return;
  if (activation.lifecycle === 'deactivating' && !force) return;
  turn.setActivation(contextId, { ...activation, lifecycle: 'deactivating', since: turn.env.now, holders: [] });
  const row = turn.row(contextId);
  if (row !== undefined) turn.setRow({ ...row, lifecycle: 'deactivating' });
  turn.toContext(contextId, { type: 'deactivate', force, graceMs, reason });
}

export function deactivate(turn: ClientTurn, callId: string, contextId: ContextId, force: boolean): void {
  const activation = turn.activation(contextId);
  if (turn.row(contextId) === undefined) return turn.refuse(callId, 'UNKNOWN_CONTEXT', `There is no context ${contextId} for this user`);
  if (activation === undefined) return turn.answer(callId, { lifecycle: 'dormant', pendingWrites: turn.row(contextId)?.pendingWrites ?? 0 });
  for (const waiter of activation.waiters) turn.refuse(waiter.callId, 'ABORTED', `${contextId} was deactivated before it was active`);
  turn.setActivation(contextId, { ...activation, waiters: [], closers: [...activation.closers, callId] });
  endContext(turn, contextId, force, force ? 0 : turn.state.policy.graceMs, force ? 'forced' : 'deactivate');
}

export function notice(turn: ClientTurn, contextId: ContextId, activationId: string, told: ContextNotice): void {
  const activation = turn.activation(contextId);
  if (activation?.activationId !== activationId) return;
  const row = turn.row(contextId);
  switch (told.name) {
    case 'stage': {
      const now = turn.env.now;
      if (activation.lifecycle !== told.lifecycle && activation.lifecycle !== 'deactivating') {
        turn.setActivation(contextId, { ...activation, lifecycle: told.lifecycle, since: now });
        if (row !== undefined) turn.setRow({ ...row, lifecycle: told.lifecycle, ...(told.lifecycle === 'active' ? { lastError: null } : {}) });
      }
      if (told.lifecycle === 'active' && turn.activation(contextId)?.lifecycle === 'active') {
        answerWaiters(turn, contextId);
        idleWork(turn);
      }
      return;
    }
    case 'connection':
      turn.setActivation(contextId, { ...activation, connection: told.connection });
      if (told.connection === 'offline') drainOffline(turn, contextId);
      else drained(turn, contextId);
      if (told.connection === 'live') idleWork(turn);
      return;
    case 'facts':
      if (row !== undefined) turn.setRow(withFacts(row, told.facts));
      drained(turn, contextId);
      return;
    case 'doubt': {
      const phase = row === undefined ? undefined : turn.endpoint(row.endpoint)?.phase;
      // A list that was heard just now says what it says.
      if (row === undefined || phase?.name !== 'ready' || (told.about === 'membership' && turn.env.monotonic - phase.since < MEMBERSHIP_DOUBT)) return;
      return redial(turn, row.endpoint, told.about === 'clock' ? 'the server refused the clock' : 'the server no longer takes the user for a member');
    }
    case 'ended':
      return ended(turn, contextId, told.error);
  }
}

function withFacts(row: RegistryRow, facts: RowFacts): RegistryRow {
  const bytes = facts.bytes ?? (row.partition.present ? row.partition.bytes : 0);
  return {
    ...row,
    partition: facts.present ? { present: true, generation: facts.generation, bytes } : row.partition,
    logId: facts.logId,
    schemaVersion: facts.schemaVersion,
    localVersion: facts.present ? facts.localVersion : row.localVersion,
    serverVersion: facts.serverVersion,
    pendingWrites: facts.pendingWrites,
    oldestWriteAt: facts.oldestWriteAt,
    lastSyncedAt: facts.syncedAt ?? row.lastSyncedAt,
    // What was set aside is back in the outbox once there is a partition to hold it.
    quarantine: facts.present ? null : row.quarantine,
  };
}

function ended(turn: ClientTurn, contextId: ContextId, error: StageError | null): void {
  const activation = turn.activation(contextId);
  const row = turn.row(contextId);
  if (activation === undefined) return;
  turn.setActivation(contextId, null);
  if (error !== null) retryLater(turn, contextId, activation.purpose);
  for (const waiter of activation.waiters) {
    turn.refuse(waiter.callId, error?.code ?? 'ABORTED', error?.message ?? `${contextId} was deactivated before it was active`);
  }
  if (row !== undefined) turn.setRow({ ...row, lifecycle: 'dormant', lastError: error === null ? row.lastError : { ...error, at: turn.env.now } });
  const left = turn.row(contextId);
  for (const callId of activation.closers) turn.answer(callId, { lifecycle: 'dormant', pendingWrites: left?.pendingWrites ?? 0 });
  if (turn.state.closing !== null) return closedAll(turn);
  removeRevoked(turn, contextId);
  prunePrepared(turn, contextId);
  openQueued(turn);
  idleWork(turn);
}

/** `close`: every context ends with its grace, then the sockets. */
export function closeClient(turn: ClientTurn, callId: string): void {
  if (turn.state.closing !== null) return turn.refuse(callId, 'CLOSED', 'The client is being closed already');
  for (const waiter of [...turn.state.queue, ...turn.state.unknown]) turn.refuse(waiter.callId, 'CLOSED', 'The client is being closed');
  turn.state = { ...turn.state, closing: { callId }, queue: [], unknown: [] };
  for (const contextId of Object.keys(turn.state.activations) as ContextId[]) {
    const activation = turn.activation(contextId);
    for (const waiter of activation?.waiters ?? []) turn.refuse(waiter.callId, 'CLOSED', 'The client is being closed');
    if (activation !== undefined) turn.setActivation(contextId, { ...activation, waiters: [] });
    endContext(turn, contextId, false, turn.state.policy.graceMs, 'close');
  }
  closedAll(turn);
}

function closedAll(turn: ClientTurn): void {
  const { closing } = turn.state;
  if (closing === null || Object.keys(turn.state.activations).length > 0) return;
  for (const endpoint of Object.values(turn.state.endpoints)) {
    if (endpoint.phase.name !== 'closed') turn.effect({ type: 'hang-up', url: endpoint.url, conn: endpoint.conn, reason: 'closed' });
    turn.setEndpoint({ ...endpoint, phase: { name: 'closed' } });
  }
  turn.answer(closing.callId, {});
}
