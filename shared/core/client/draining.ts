import type { ContextId } from '../ids.ts';
import type { RegistryRow } from '../registry-row.ts';
import { open } from './activating.ts';
import { endContext } from './ending.ts';
import type { Purpose } from './state.ts';
import type { ClientTurn } from './turn.ts';

/** How long a drain may take, and how long one that came to nothing waits before the next try, in ms. */
export const DRAIN_DEADLINE = 30_000;
const DRAIN_RETRY = 60_000;
/** The same for an ambient context. */
const AMBIENT_RETRY = 10_000;

/** What a client does when nobody waits for it: subscribe to ambient contexts (AM1), then drain dormant ones (LC7). */
export function idleWork(turn: ClientTurn): void {
  const { activations, queue, closing } = turn.state;
  if (closing !== null || queue.length > 0) return;
  const busy = Object.values(activations).some((activation) => activation.lifecycle === 'activating' || activation.lifecycle === 'deactivating');
  if (busy) return;
  const rows = Object.keys(turn.state.wanting).flatMap((contextId) => turn.row(contextId as ContextId) ?? []);
  for (const row of rows) {
    if (row.kind === 'ambient' && mayOpen(turn, row)) return open(turn, row.contextId, 'ambient', [], 'ambient');
  }
  if (!turn.state.policy.drain || Object.values(activations).some((activation) => activation.purpose === 'drain')) return;
  let next: RegistryRow | null = null;
  for (const row of rows) {
    if (row.kind !== 'tenant' || row.pendingWrites === 0 || !mayOpen(turn, row)) continue;
    if (next === null || (row.oldestWriteAt ?? 0) < (next.oldestWriteAt ?? 0)) next = row;
  }
  if (next !== null) open(turn, next.contextId, 'drain', [], 'drain');
}

function mayOpen(turn: ClientTurn, row: RegistryRow): boolean {
  const accepts = row.listed === 'yes' || (row.listed === 'revoked' && row.acceptUntil !== null);
  // One that failed is not tried again at once: whatever stands in its way would keep the client busy for ever.
  if ((turn.state.idleAfter[row.contextId] ?? Number.NEGATIVE_INFINITY) > turn.env.monotonic) return false;
  return accepts && turn.activation(row.contextId) === undefined && turn.state.removals[row.contextId] === undefined && turn.endpoint(row.endpoint)?.phase.name === 'ready';
}

/** A drain ends when nothing is left to push. */
export function drained(turn: ClientTurn, contextId: ContextId): void {
  const activation = turn.activation(contextId);
  if (activation?.purpose !== 'drain' || activation.lifecycle !== 'active') return;
  const row = turn.row(contextId);
  if (row?.pendingWrites === 0) {
    turn.event({ kind: 'drained', contextId, activationId: activation.activationId, data: {} });
    endContext(turn, contextId, false, 0, 'drained');
  }
}

/** A drain without a connection waits for a better time. */
export function drainOffline(turn: ClientTurn, contextId: ContextId): void {
  const activation = turn.activation(contextId);
  if (activation?.purpose === 'drain' && activation.lifecycle === 'active') giveUpDrain(turn, contextId, 'drain lost its connection');
}

/** An activation that nobody asked for came to nothing: the next try waits. */
export function retryLater(turn: ClientTurn, contextId: ContextId, purpose: Purpose): void {
  if (purpose === 'app') return;
  const after = purpose === 'ambient' ? AMBIENT_RETRY : DRAIN_RETRY;
  turn.state = { ...turn.state, idleAfter: { ...turn.state.idleAfter, [contextId]: turn.env.monotonic + after } };
}

function giveUpDrain(turn: ClientTurn, contextId: ContextId, reason: string): void {
  retryLater(turn, contextId, 'drain');
  endContext(turn, contextId, false, 0, reason);
}

/** Drains that take too long end; their writes wait for the next try. */
export function drainTick(turn: ClientTurn): void {
  for (const contextId of Object.keys(turn.state.activations) as ContextId[]) {
    const activation = turn.activation(contextId);
    if (activation?.purpose === 'drain' && activation.lifecycle !== 'deactivating' && turn.env.now - activation.since > DRAIN_DEADLINE) giveUpDrain(turn, contextId, 'drain took too long');
  }
}
