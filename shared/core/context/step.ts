import { unreachable } from '../../base/assert.ts';
import type { ActivationId, ContextId, Version } from '../ids.ts';
import type { Env } from '../outbox/draft.ts';
import type { ContextKind } from '../registry-row.ts';
import { close, closed, deactivate } from './closing.ts';
import type { ContextFrame, ContextInput, StepOutput } from './messages.ts';
import { created, hydrated, migrated, opened, start } from './opening.ts';
import { pump, pushResult, repeatPush } from './pushing.ts';
import type { ContextState } from './state.ts';
import { abortRebuild, adopted, downloaded, stagedRows, swapFailed, topUp, toppedUp } from './swapping.ts';
import { activated, ask, committed, delta, fill, filled, linkUp, settleDown } from './syncing.ts';
import { REQUEST_DEADLINE, Turn } from './turn.ts';
import { settleConflict, writes } from './writing.ts';

const STORAGE_RETRY = 5_000;
const DAMAGED = 'PARTITION_DAMAGED';

export interface ContextStart {
  readonly contextId: ContextId;
  readonly activationId: ActivationId;
  readonly kind: ContextKind;
  readonly generation: number;
  readonly headVersion: Version;
  /** A prefix for ids that nobody else makes. */
  readonly idPrefix: string;
  readonly clockOffset: number;
  readonly reason: string;
}

/** The machine of one activation at its beginning; its first input is `start`. */
export function contextState(from: ContextStart, monotonic: number): ContextState {
  const { idPrefix, ...rest } = from;
  return {
    ...rest,
    ids: { prefix: idPrefix, next: 0 },
    startedAt: monotonic,
    stage: { name: 'opening', since: monotonic },
    link: { name: 'offline' },
    partition: null,
    horizon: 0 as Version,
    push: null,
    held: [],
    fill: null,
    swap: null,
    wants: null,
    rebuilds: [],
    healedAt: null,
    fetches: {},
    failedDownloads: 0,
  };
}

/**
 * One step of a context: pure and deterministic. The caller does the output's commit first (when that fails nothing has happened, and
 * `failed` is the next input), then its effects in order, then its operation, whose answer is the next input.
 */
export function contextStep(state: ContextState, input: ContextInput, env: Env): StepOutput<ContextState> {
  const turn = new Turn(state, env);
  take(turn, input);
  return turn.finish();
}

function take(turn: Turn, input: ContextInput): void {
  if (turn.state.stage.name === 'closing' && input.type !== 'closed' && input.type !== 'failed') return refuseLate(turn, input);
  switch (input.type) {
    case 'start':
      return start(turn);
    case 'opened':
      return opened(turn, input.result, input.durationMs);
    case 'created':
      created(turn, input.partition);
      return settleDown(turn);
    case 'migrated':
      return migrated(turn, input.partition, input.rows, input.durationMs);
    case 'hydrated':
      return hydrated(turn, input.durationMs);
    case 'link-up':
      return linkUp(turn, input.conn, input.clockOffset);
    case 'link-down':
      return linkDown(turn, input.trying);
    case 'frame':
      return frame(turn, input.conn, input.frame, input.bytes);
    case 'writes':
      return writes(turn, input.calls);
    case 'committed':
      return committed(turn, input.report, input.digest);
    case 'downloaded':
      return downloaded(turn, input);
    case 'download-failed':
      return turn.state.swap?.jobId === input.jobId ? swapFailed(turn, input.error) : undefined;
    case 'topped-up':
      return toppedUp(turn, input.version, input.digest);
    case 'staged-rows':
      return stagedRows(turn, input.rows);
    case 'adopted':
      return adopted(turn, input.partition);
    case 'failed':
      return failed(turn, input);
    case 'closed':
      return closed(turn);
    case 'deactivate':
      return deactivate(turn, input.force, input.graceMs, input.reason);
    case 'rebuild':
      return rebuild(turn, input.callId);
    case 'abort-rebuild':
      return abortRebuild(turn, input.callId);
    case 'fetch-log':
      return fetchLog(turn, input);
    case 'settle-conflict':
      return settleConflict(turn, input);
    case 'ping':
      return ping(turn);
    case 'tick':
      return tick(turn);
    default:
      return unreachable(input);
  }
}

/** A call that comes after the end began is refused, anything else is of no interest any more (IS3). */
function refuseLate(turn: Turn, input: ContextInput): void {
  const calls = input.type === 'writes' ? input.calls.map((call) => call.callId) : 'callId' in input && input.type !== 'abort-rebuild' ? [input.callId] : [];
  for (const callId of calls) turn.refuse(callId, 'CONTEXT_INACTIVE', 'The context is not active under this handle any more');
}

function linkDown(turn: Turn, trying: boolean): void {
  const { stage, fetches } = turn.state;
  for (const callId of Object.values(fetches)) turn.refuse(callId, 'OFFLINE', 'The connection was lost before the answer came');
  turn.state = { ...turn.state, push: null, held: [], fill: null, fetches: {} };
  // A file that is on its way has its own connection; what is ready waits for the next answer, which decides anew.
  if (turn.state.swap !== null) {
    turn.effect({ type: 'cancel-download', jobId: turn.state.swap.jobId });
    turn.state = { ...turn.state, swap: null };
  }
  turn.setLink({ name: 'offline' });
  if (stage.name === 'fetching' && !trying) {
    return close(turn, 'offline', { code: 'NOT_AVAILABLE_OFFLINE', message: 'The context is not on this device, and there is no connection to fetch it' });
  }
  if (stage.name === 'flushing') close(turn, stage.reason, null);
}

/** IS3: what belongs to another activation, or came over another socket, is dropped, counted and told. */
function frame(turn: Turn, conn: number, input: ContextFrame, bytes: number): void {
  const { activationId, link, stage } = turn.state;
  const got = 'activationId' in input ? input.activationId : undefined;
  const foreign = got !== undefined && got !== activationId;
  if (foreign || link.name === 'offline' || link.conn !== conn || stage.name === 'closed') {
    turn.event({ kind: 'stale', data: { what: 'frame', type: input.type, expected: activationId, got: got ?? null } });
    return;
  }
  switch (input.type) {
    case 'CONTEXT_ACTIVATED':
      return activated(turn, input);
    case 'DELTA':
      return delta(turn, input, bytes);
    case 'PUSH_RESULT':
      return pushResult(turn, input.pushId, input.results);
    case 'CONTEXT_DEACTIVATED':
      return;
    case 'LOG':
      return log(turn, input, bytes);
    case 'ERROR':
      return error(turn, input);
    default:
      return unreachable(input);
  }
}

function log(turn: Turn, input: Extract<ContextFrame, { type: 'LOG' }>, bytes: number): void {
  const { fill: waiting, swap, fetches } = turn.state;
  if (waiting?.requestId === input.requestId) return filled(turn, input, bytes);
  if (swap?.step.name === 'topping-up' && swap.step.requestId === input.requestId) return topUp(turn, input.changes);
  const callId = fetches[input.requestId];
  if (callId === undefined) return;
  const { [input.requestId]: _, ...rest } = fetches;
  turn.state = { ...turn.state, fetches: rest };
  turn.answer(callId, { changes: input.changes as never, more: input.more, horizon: input.horizon });
}

function error(turn: Turn, input: Extract<ContextFrame, { type: 'ERROR' }>): void {
  const { link, fetches, fill: waiting, swap, stage } = turn.state;
  if (link.name === 'offline') return;
  const callId = input.requestId === undefined ? undefined : fetches[input.requestId];
  if (input.requestId !== undefined && callId !== undefined) {
    const { [input.requestId]: _, ...rest } = fetches;
    turn.state = { ...turn.state, fetches: rest };
    return turn.refuse(callId, input.code, input.message);
  }
  const aboutRequest = input.requestId !== undefined && input.requestId !== waiting?.requestId && !(swap?.step.name === 'topping-up' && swap.step.requestId === input.requestId);
  // The answer to a request that nobody waits for any more.
  if (aboutRequest) return;
  switch (input.code) {
    case 'STALE_ACTIVATION':
    case 'NOT_ACTIVE':
      return link.name === 'asking' ? undefined : ask(turn);
    case 'COMPACTED':
      turn.state = { ...turn.state, wants: turn.state.wants ?? 'compacted' };
      return ask(turn);
    default:
      turn.error({ code: input.code, message: input.message });
      if (input.code === 'FORBIDDEN') turn.notice({ name: 'doubt', about: 'membership' });
      if (input.retryable) return turn.setLink({ name: 'waiting', conn: link.conn, retryAt: turn.env.monotonic + 1_000 });
      if (stage.name === 'fetching') return close(turn, 'refused', { code: input.code, message: input.message });
      if (link.name === 'asking' || input.code === 'SCHEMA_AHEAD' || input.code === 'FORBIDDEN') turn.setLink({ name: 'refused', conn: link.conn, code: input.code, message: input.message });
  }
}

function failed(turn: Turn, input: Extract<ContextInput, { type: 'failed' }>): void {
  const { link } = turn.state;
  switch (input.during) {
    case 'close':
      turn.error(input.error);
      return closed(turn);
    case 'open':
    case 'create':
      return close(turn, 'failed', input.error);
    case 'migrate':
      turn.event({ kind: 'migration', data: { fromSchema: turn.partition.schemaVersion, toSchema: turn.env.schema.version, rows: 0, outcome: 'failed' } });
      return close(turn, 'failed', input.error);
    case 'hydrate':
      if (input.error.code === DAMAGED) return close(turn, 'damaged', input.error);
      turn.error(input.error);
      return hydrated(turn, 0);
    case 'top-up':
    case 'read-staged':
    case 'adopt':
      return swapFailed(turn, input.error);
    case 'commit':
      // The next activation looks closer, and builds it again from the server with what can be saved of the outbox.
      if (input.error.code === DAMAGED) return close(turn, 'damaged', input.error);
      // The disk would not take it: nothing has changed, and the server sends again from there.
      turn.error(input.error);
      if (input.link !== undefined) {
        turn.state = { ...turn.state, clockOffset: input.link.clockOffset };
        turn.setLink({ name: 'waiting', conn: input.link.conn, retryAt: turn.env.monotonic + STORAGE_RETRY });
      } else if (link.name !== 'offline') turn.setLink({ name: 'waiting', conn: link.conn, retryAt: turn.env.monotonic + STORAGE_RETRY });
      return;
    default:
      return unreachable(input.during);
  }
}

function rebuild(turn: Turn, callId: string): void {
  const { link, stage } = turn.state;
  if (stage.name !== 'active') return turn.refuse(callId, 'CONTEXT_INACTIVE', 'The context is not active');
  if (link.name === 'offline' || link.name === 'refused') return turn.refuse(callId, 'OFFLINE', 'A rebuild needs the server, and there is no connection');
  turn.state = { ...turn.state, wants: turn.state.wants ?? 'rebuild', rebuilds: [...turn.state.rebuilds, callId] };
  turn.event({ kind: 'replay', data: { mode: 'rebuild', outcome: 'started' } });
  if (turn.state.swap === null) ask(turn);
}

function fetchLog(turn: Turn, input: Extract<ContextInput, { type: 'fetch-log' }>): void {
  const { link } = turn.state;
  if (link.name !== 'live' && link.name !== 'catching-up') return turn.refuse(input.callId, 'OFFLINE', 'The log is read from the server, and there is no connection');
  const requestId = turn.newId();
  turn.state = { ...turn.state, fetches: { ...turn.state.fetches, [requestId]: input.callId } };
  const { fromVersion, toVersion, entity, entityId, limit } = input;
  turn.send('FETCH_LOG', { requestId, fromVersion, toVersion, limit, ...(entity === undefined ? {} : { entity }), ...(entityId === undefined ? {} : { entityId }) });
}

function ping(turn: Turn): void {
  const { link } = turn.state;
  if ((link.name === 'live' || link.name === 'catching-up') && turn.hasPartition && turn.partition.present && turn.state.swap === null) turn.send('APPLIED', { version: turn.partition.localVersion });
}

/** When the machine wants a `tick`, in ms on the monotonic clock; null: it waits for nothing. */
export function nextWake(state: ContextState): number | null {
  const { link, push, fill: waiting, swap, stage } = state;
  const due: number[] = [];
  if (link.name === 'asking') due.push(link.sentAt + REQUEST_DEADLINE);
  if (link.name === 'waiting' && stage.name !== 'opening' && stage.name !== 'migrating' && stage.name !== 'hydrating') due.push(link.retryAt);
  if (push !== null) due.push(push.sentAt + REQUEST_DEADLINE);
  if (waiting !== null) due.push(waiting.sentAt + REQUEST_DEADLINE);
  if (swap?.step.name === 'topping-up') due.push(swap.step.sentAt + REQUEST_DEADLINE);
  if (stage.name === 'flushing') due.push(stage.deadline);
  return due.length === 0 ? null : Math.min(...due);
}

function tick(turn: Turn): void {
  const { link, push, fill: waiting, swap, stage } = turn.state;
  const now = turn.env.monotonic;
  if (stage.name === 'flushing' && stage.deadline <= now) return close(turn, stage.reason, null);
  if (link.name === 'asking' && link.sentAt + REQUEST_DEADLINE <= now) return ask(turn);
  if (link.name === 'waiting' && link.retryAt <= now && (stage.name === 'active' || stage.name === 'fetching' || stage.name === 'flushing')) return ask(turn);
  if (swap?.step.name === 'topping-up' && swap.step.sentAt + REQUEST_DEADLINE <= now) return swapFailed(turn, { code: 'TIMEOUT', message: 'The log above the snapshot did not come in time' });
  if (waiting !== null && waiting.sentAt + REQUEST_DEADLINE <= now) return fill(turn, waiting.failures + 1);
  if (push !== null && push.sentAt + REQUEST_DEADLINE <= now) return repeatPush(turn);
  pump(turn);
}
