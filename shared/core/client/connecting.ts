import { unreachable } from '../../base/assert.ts';
import type { ContextId } from '../ids.ts';
import { failUnknown, openUnknown } from './activating.ts';
import { idleWork } from './draining.ts';
import { membership, welcome } from './membership.ts';
import type { ConnectionFrame } from './messages.ts';
import type { ClientTurn } from './turn.ts';
import type { EndpointState } from './state.ts';

// One socket per endpoint: dial, greet, keep alive, back off with full jitter (SY6, SY8).

export const PING_INTERVAL = 15_000;
export const PONG_DEADLINE = 10_000;
export const GREET_DEADLINE = 10_000;
const FIRST_BACKOFF = 500;
const LONGEST_BACKOFF = 30_000;

export function dial(turn: ClientTurn, url: string, attempt: number): void {
  const endpoint = turn.endpoint(url);
  if (endpoint === undefined) return;
  const conn = endpoint.conn + 1;
  turn.setEndpoint({ ...endpoint, conn, phase: { name: 'dialling', attempt, since: turn.env.monotonic }, reconnects: endpoint.reconnects + (conn > 1 ? 1 : 0) });
  turn.event({ kind: 'connection', data: { state: 'connecting', endpoint: url, attempt } });
  turn.effect({ type: 'dial', url, conn });
}

export function socketOpen(turn: ClientTurn, url: string, conn: number): void {
  const endpoint = turn.endpoint(url);
  if (endpoint?.conn !== conn || endpoint.phase.name !== 'dialling') return;
  turn.setEndpoint({ ...endpoint, phase: { name: 'greeting', attempt: endpoint.phase.attempt, since: turn.env.monotonic } });
  turn.effect({ type: 'greet', url, conn, renew: false });
}

export function socketClosed(turn: ClientTurn, url: string, conn: number, reason: string): void {
  const endpoint = turn.endpoint(url);
  if (endpoint?.conn !== conn || endpoint.phase.name === 'closed' || endpoint.phase.name === 'backoff' || endpoint.phase.name === 'refused') return;
  const wasReady = endpoint.phase.name === 'ready';
  turn.event({ kind: 'connection', data: { state: 'closed', endpoint: url, reason } });
  if (turn.state.closing !== null) {
    turn.setEndpoint({ ...endpoint, phase: { name: 'closed' } });
    return;
  }
  // A socket that worked is dialled again at once, one that did not after a while.
  if (wasReady) dial(turn, url, 0);
  else backOff(turn, endpoint);
  tellLinkDown(turn, url, wasReady);
  if (!wasReady) failUnknown(turn);
}

function backOff(turn: ClientTurn, endpoint: EndpointState): void {
  const { phase } = endpoint;
  const attempt = (phase.name === 'dialling' || phase.name === 'greeting' ? phase.attempt : 0) + 1;
  const ceiling = Math.min(LONGEST_BACKOFF, FIRST_BACKOFF * 2 ** Math.min(attempt, 10));
  const retryInMs = Math.round(turn.env.chance * ceiling);
  turn.setEndpoint({ ...endpoint, phase: { name: 'backoff', attempt, until: turn.env.monotonic + retryInMs, since: turn.env.monotonic } });
  turn.event({ kind: 'connection', data: { state: 'backoff', endpoint: endpoint.url, retryInMs, attempt } });
}

function tellLinkDown(turn: ClientTurn, url: string, trying: boolean): void {
  for (const contextId of Object.keys(turn.state.activations) as ContextId[]) {
    if (turn.row(contextId)?.endpoint === url) turn.toContext(contextId, { type: 'link-down', trying });
  }
}

/** Drops the socket and dials a new one: its WELCOME tells the server's time anew. */
export function redial(turn: ClientTurn, url: string, reason: string): void {
  const endpoint = turn.endpoint(url);
  if (endpoint === undefined || turn.state.closing !== null) return;
  const { phase } = endpoint;
  if (phase.name === 'ready' || phase.name === 'greeting' || phase.name === 'dialling') {
    turn.effect({ type: 'hang-up', url, conn: endpoint.conn, reason });
    turn.event({ kind: 'connection', data: { state: 'closed', endpoint: url, reason } });
  }
  dial(turn, url, 0);
  if (phase.name === 'ready') tellLinkDown(turn, url, true);
}

export function connectionFrame(turn: ClientTurn, url: string, conn: number, frame: ConnectionFrame): void {
  const endpoint = turn.endpoint(url);
  if (endpoint?.conn !== conn) return;
  switch (frame.type) {
    case 'WELCOME': {
      if (endpoint.phase.name !== 'greeting') return;
      if (frame.userId !== turn.state.userId) return refused(turn, endpoint, 'UNAUTHENTICATED', `The token is of user ${frame.userId}, this client serves ${turn.state.userId}`);
      const clockOffset = frame.serverTime - turn.env.now;
      const now = turn.env.monotonic;
      const phase = { name: 'ready', since: now, serverId: frame.serverId, clockOffset, pingAt: now + PING_INTERVAL, unansweredPing: null, rttMs: now - endpoint.phase.since } as const;
      turn.setEndpoint({ ...endpoint, phase, clockOffset, confirmedAt: turn.env.now });
      turn.event({ kind: 'connection', durationMs: now - endpoint.phase.since, data: { state: 'ready', endpoint: url, rttMs: now - endpoint.phase.since, clockOffsetMs: clockOffset } });
      welcome(turn, url, frame);
      for (const contextId of Object.keys(turn.state.activations) as ContextId[]) linkUp(turn, contextId);
      // What opens only now finds the endpoint ready by itself.
      openUnknown(turn);
      return idleWork(turn);
    }
    case 'MEMBERSHIP':
      membership(turn, url, frame.granted, frame.revoked);
      return idleWork(turn);
    case 'PONG': {
      if (endpoint.phase.name !== 'ready' || endpoint.phase.unansweredPing === null || frame.nonce !== String(endpoint.phase.unansweredPing)) return;
      turn.setEndpoint({ ...endpoint, phase: { ...endpoint.phase, unansweredPing: null, rttMs: turn.env.monotonic - endpoint.phase.unansweredPing } });
      return;
    }
    case 'ERROR':
      return connectionError(turn, endpoint, frame);
    default:
      return unreachable(frame);
  }
}

/** Tells a context that its endpoint is there, where its row may be synced. */
export function linkUp(turn: ClientTurn, contextId: ContextId): void {
  const row = turn.row(contextId);
  const endpoint = row === undefined ? undefined : turn.endpoint(row.endpoint);
  const activation = turn.activation(contextId);
  if (row === undefined || endpoint?.phase.name !== 'ready' || activation === undefined || activation.lifecycle === 'deactivating') return;
  const mayPush = row.listed === 'revoked' && row.acceptUntil !== null;
  if (row.listed !== 'yes' && !mayPush) return;
  turn.toContext(contextId, { type: 'link-up', conn: endpoint.conn, clockOffset: endpoint.phase.clockOffset });
}

function connectionError(turn: ClientTurn, endpoint: EndpointState, frame: Extract<ConnectionFrame, { type: 'ERROR' }>): void {
  turn.event({ kind: 'error', data: { code: frame.code, message: frame.message, endpoint: endpoint.url } });
  if (frame.code === 'UNAUTHENTICATED' && endpoint.phase.name === 'ready') {
    turn.effect({ type: 'greet', url: endpoint.url, conn: endpoint.conn, renew: true });
  } else if (!frame.retryable && (endpoint.phase.name === 'greeting' || (endpoint.phase.name === 'ready' && frame.code === 'FORBIDDEN'))) {
    // SV5: behind a WELCOME it says that another live connection has this deviceId.
    refused(turn, endpoint, frame.code, frame.message);
  }
}

function refused(turn: ClientTurn, endpoint: EndpointState, code: string, message: string): void {
  turn.effect({ type: 'hang-up', url: endpoint.url, conn: endpoint.conn, reason: code });
  const now = turn.env.monotonic;
  turn.setEndpoint({ ...endpoint, phase: { name: 'refused', code, message, since: now, until: now + LONGEST_BACKOFF } });
  turn.event({ kind: 'connection', data: { state: 'backoff', endpoint: endpoint.url, code, retryInMs: LONGEST_BACKOFF } });
  tellLinkDown(turn, endpoint.url, false);
  failUnknown(turn);
}

/** When an endpoint wants a tick, by monotonic ms. */
export function endpointWake({ phase }: EndpointState): number | null {
  switch (phase.name) {
    case 'closed':
      return null;
    case 'dialling':
    case 'greeting':
      return phase.since + GREET_DEADLINE;
    case 'backoff':
    case 'refused':
      return phase.until;
    case 'ready':
      return phase.unansweredPing === null ? phase.pingAt : Math.min(phase.pingAt, phase.unansweredPing + PONG_DEADLINE);
  }
}

export function endpointTick(turn: ClientTurn, url: string): void {
  const endpoint = turn.endpoint(url);
  const now = turn.env.monotonic;
  const due = endpoint === undefined ? null : endpointWake(endpoint);
  if (endpoint === undefined || due === null || due > now) return;
  const { phase } = endpoint;
  switch (phase.name) {
    case 'closed':
      return;
    case 'dialling':
    case 'greeting':
      turn.effect({ type: 'hang-up', url, conn: endpoint.conn, reason: 'no answer' });
      backOff(turn, endpoint);
      tellLinkDown(turn, url, false);
      failUnknown(turn);
      return;
    case 'backoff':
      return dial(turn, url, phase.attempt);
    case 'refused':
      return dial(turn, url, 0);
    case 'ready':
      if (phase.unansweredPing !== null && phase.unansweredPing + PONG_DEADLINE <= now) return redial(turn, url, 'the server no longer answers');
      if (phase.unansweredPing !== null) return turn.setEndpoint({ ...endpoint, phase: { ...phase, pingAt: now + PING_INTERVAL } });
      turn.effect({ type: 'send', url, conn: endpoint.conn, frame: { type: 'PING', nonce: String(now) } });
      turn.setEndpoint({ ...endpoint, phase: { ...phase, pingAt: now + PING_INTERVAL, unansweredPing: now } });
      for (const contextId of Object.keys(turn.state.activations) as ContextId[]) if (turn.row(contextId)?.endpoint === url) turn.toContext(contextId, { type: 'ping' });
      return;
    default:
      return unreachable(phase);
  }
}
