import { unreachable } from '../../base/assert.ts';
import { PersistentMap } from '../../base/persistent-map.ts';
import type { UserId } from '../ids.ts';
import type { RegistryRow } from '../registry-row.ts';
import { abort, activate, release } from './activating.ts';
import { connectionFrame, dial, endpointTick, endpointWake, redial, socketClosed, socketOpen } from './connecting.ts';
import { DRAIN_DEADLINE, drainTick, idleWork } from './draining.ts';
import { closeClient, deactivate, notice } from './ending.ts';
import { removeRevoked } from './membership.ts';
import type { ClientEnv, ClientInput, ClientOutput } from './messages.ts';
import { forget, prepared, prune } from './pruning.ts';
import { wantsIdleWork, type ClientPolicy, type ClientState } from './state.ts';
import { ClientTurn } from './turn.ts';

export interface ClientStart {
  readonly userId: UserId;
  readonly policy: ClientPolicy;
  readonly endpoints: readonly string[];
  /** A prefix for ids that no other run makes. */
  readonly idPrefix: string;
  /** The user's rows as they were on disk; every one of them is dormant now (IS2). */
  readonly rows: readonly RegistryRow[];
}

export function clientState(start: ClientStart): ClientState {
  const endpoints = Object.fromEntries(
    start.endpoints.map((url) => [url, { url, conn: 0, phase: { name: 'closed' } as const, reconnects: 0, clockOffset: 0, confirmedAt: null }]),
  );
  return {
    userId: start.userId,
    policy: start.policy,
    idPrefix: start.idPrefix,
    nextId: 1,
    rows: PersistentMap.from(start.rows.map((row): [string, RegistryRow] => [row.contextId, { ...row, lifecycle: 'dormant' }])),
    wanting: Object.fromEntries(start.rows.filter(wantsIdleWork).map((row) => [row.contextId, true as const])),
    endpoints,
    activations: {},
    queue: [],
    unknown: [],
    removals: {},
    prunes: {},
    uses: 0,
    idleAfter: {},
    closing: null,
  };
}

/** One step of the client: pure. The caller commits the registry first, then carries out the effects in order. */
export function clientStep(state: ClientState, input: ClientInput, env: ClientEnv): ClientOutput<ClientState> {
  const turn = new ClientTurn(state, env);
  take(turn, input);
  return turn.finish();
}

function take(turn: ClientTurn, input: ClientInput): void {
  switch (input.type) {
    case 'start':
      for (const url of Object.keys(turn.state.endpoints)) dial(turn, url, 0);
      return;
    case 'socket-open':
      return socketOpen(turn, input.url, input.conn);
    case 'socket-closed':
      return socketClosed(turn, input.url, input.conn, input.reason);
    case 'frame':
      return connectionFrame(turn, input.url, input.conn, input.frame);
    case 'stray':
      // Answers to what a context said while it closed are expected; anything else of a dormant context is not (IS3).
      if (input.frame === 'CONTEXT_DEACTIVATED') return;
      return turn.event({ kind: 'stale', contextId: input.contextId, data: { what: 'frame', type: input.frame, expected: null, got: input.activationId } });
    case 'activate':
      return activate(turn, input.contextId, { callId: input.callId, switching: input.switching });
    case 'abort':
      return abort(turn, input.callId);
    case 'release':
      return release(turn, input.contextId, input.holder, input.callId);
    case 'deactivate':
      return deactivate(turn, input.callId, input.contextId, input.force);
    case 'notice':
      return notice(turn, input.contextId, input.activationId, input.notice);
    case 'prune':
      return prune(turn, input.callId, input.contexts, input.choice, input.dryRun);
    case 'forget':
      return forget(turn, input.callId, input.contextId, input.dryRun);
    case 'prepared':
      return prepared(turn, input.contextId, input.result);
    case 'file-size': {
      const row = turn.row(input.contextId);
      if (row?.partition.present === true && row.partition.bytes !== input.bytes) turn.setRow({ ...row, partition: { ...row.partition, bytes: input.bytes } });
      return;
    }
    case 'reconnect':
      return redial(turn, input.url, 'asked to');
    case 'close':
      return closeClient(turn, input.callId);
    case 'tick':
      for (const url of Object.keys(turn.state.endpoints)) endpointTick(turn, url);
      drainTick(turn);
      for (const row of [...turn.state.rows.values()]) if (row.listed === 'revoked') removeRevoked(turn, row.contextId);
      return idleWork(turn);
    default:
      return unreachable(input);
  }
}

/** When the client wants a tick, by monotonic ms; null: it waits for nothing. */
export function clientWake(state: ClientState, now: number): number | null {
  const due = Object.values(state.endpoints).map(endpointWake).filter((at) => at !== null);
  if (Object.values(state.activations).some((activation) => activation.purpose === 'drain')) due.push(now + DRAIN_DEADLINE);
  return due.length === 0 ? null : Math.min(...due);
}
