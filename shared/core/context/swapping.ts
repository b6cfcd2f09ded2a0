import type { Change } from '../change.ts';
import type { Digest } from '../digest.ts';
import type { LogId, MutationId, Version } from '../ids.ts';
import type { PartitionCommit } from '../outbox/commit.ts';
import { rowOfChange } from '../outbox/apply-changes.ts';
import { hasUnanswered } from '../outbox/partition-state.ts';
import { unaccept } from '../outbox/push.ts';
import { rebase } from '../outbox/rebase.ts';
import { upgradeConfirmed } from '../outbox/upgrade.ts';
import { PersistentMap } from '../../base/persistent-map.ts';
import { EMPTY_DIGEST } from '../digest.ts';
import type { PendingRow } from '../outbox/entry.ts';
import type { PartitionState } from '../outbox/partition-state.ts';
import type { ConfirmedRow } from '../row.ts';
import { hydrate } from './opening.ts';
import { pump } from './pushing.ts';
import { ask, reportSettled } from './syncing.ts';
import type { ContextFrame } from './messages.ts';
import type { StageError } from './state.ts';
import type { Turn } from './turn.ts';

// SY4: a new generation beside the old one. First every write that is out gets its answer and the file comes in; then, with no other input
// in between, its rows are read, everything pending is carried over and rebased, and the pointer flips.

const TOP_UP_LIMIT = 1_000;
const RETRY_DELAY = 2_000;
/** The server keeps the file no more: it names another one when it is asked. */
const GONE = 'SNAPSHOT_GONE';

export function startSwap(turn: Turn, frame: Extract<ContextFrame, { type: 'CONTEXT_ACTIVATED' }>): void {
  const { snapshot, logId, headVersion, schemaVersion } = frame;
  const { link } = turn.state;
  if (snapshot === undefined || link.name === 'offline') {
    turn.error({ code: 'NO_SNAPSHOT', message: 'The server names a snapshot but gives none; asked again in a moment' });
    if (link.name !== 'offline') turn.setLink({ name: 'waiting', conn: link.conn, retryAt: turn.env.monotonic + RETRY_DELAY });
    return;
  }
  const reset = frame.mode === 'reset';
  const jobId = turn.newId();
  if (reset && turn.hasPartition) {
    const { localVersion, seenVersion, logId: oldLog } = turn.partition;
    turn.error({ code: 'LOG_RESET', message: `The server's log ${oldLog ?? ''} at ${Math.max(localVersion, seenVersion)} was replaced by ${logId} at ${headVersion}` });
    unaccept(turn.draft());
  }
  turn.state = { ...turn.state, swap: { reset, jobId, snapshot, logId, headVersion, schemaVersion, startedAt: turn.env.monotonic, step: { name: 'downloading' } }, push: null };
  turn.event({ kind: 'snapshot', toVersion: snapshot.version, bytes: snapshot.bytes, data: { mode: frame.mode, version: snapshot.version, step: 'started' } });
  turn.effect({ type: 'download', jobId, url: snapshot.url, bytes: snapshot.bytes, sha256: snapshot.sha256, version: snapshot.version, logId });
}

/** Gives up a swap that is under way; its file is discarded. */
export function dropSwap(turn: Turn): void {
  const { swap } = turn.state;
  if (swap === null) return;
  turn.effect({ type: 'cancel-download', jobId: swap.jobId });
  turn.state = { ...turn.state, swap: null };
}

export function downloaded(turn: Turn, input: { jobId: string; generation: number; version: Version; digest: Digest; durationMs: number }): void {
  const { swap } = turn.state;
  if (swap === null || swap.jobId !== input.jobId || swap.step.name !== 'downloading') return;
  const { generation, version, digest } = input;
  turn.state = { ...turn.state, swap: { ...swap, step: { name: 'ready', generation, version, digest } }, failedDownloads: 0 };
  turn.event({ kind: 'snapshot', toVersion: version, bytes: swap.snapshot.bytes, durationMs: input.durationMs, data: { mode: swap.reset ? 'reset' : 'snapshot', version, step: 'downloaded', generation } });
  trySwap(turn);
}

export function swapFailed(turn: Turn, error: StageError): void {
  const { link } = turn.state;
  const failedDownloads = turn.state.failedDownloads + 1;
  turn.event({ kind: 'snapshot', data: { mode: turn.state.swap?.reset === true ? 'reset' : 'snapshot', step: 'failed', code: error.code } });
  turn.error(error);
  dropSwap(turn);
  turn.state = { ...turn.state, failedDownloads };
  // At once, but once: a server that names nothing but lost files is asked like one that fails.
  if (error.code === GONE && failedDownloads === 1) return ask(turn);
  for (const callId of turn.state.rebuilds) turn.refuse(callId, error.code, error.message);
  turn.state = { ...turn.state, rebuilds: [], wants: turn.state.wants === 'rebuild' ? null : turn.state.wants };
  if (link.name !== 'offline') {
    const retryAt = turn.env.monotonic + RETRY_DELAY * 2 ** Math.min(failedDownloads - 1, 5);
    turn.setLink({ name: 'waiting', conn: link.conn, retryAt });
  }
}

/** The last one that waited for a rebuild waits no more: what is there stays, and deltas go on. Once the pointer is about to flip it is too late. */
export function abortRebuild(turn: Turn, callId: string): void {
  const { rebuilds, wants, swap, link } = turn.state;
  if (!rebuilds.includes(callId) || swap?.step.name === 'adopting') return;
  const others = rebuilds.filter((other) => other !== callId);
  turn.state = { ...turn.state, rebuilds: others };
  turn.refuse(callId, 'CANCELLED', 'The rebuild was cancelled: the partition is as it was');
  if (others.length > 0 || wants !== 'rebuild') return;
  turn.state = { ...turn.state, wants: null };
  turn.event({ kind: 'replay', data: { mode: 'rebuild', outcome: 'cancelled' } });
  // A request that is out is answered first: `activated` asks again.
  if (link.name === 'catching-up' && swap !== null && !swap.reset) ask(turn);
}

/** Goes on with a swap whose file is there once nothing is unanswered and it is not behind what the app has seen. */
export function trySwap(turn: Turn): void {
  const { swap, link } = turn.state;
  if (swap === null || swap.step.name !== 'ready' || link.name === 'offline') return;
  const partition = turn.hasPartition ? turn.partition : null;
  if (partition !== null && hasUnanswered(partition)) return;
  const { generation, version } = swap.step;
  if (!swap.reset && partition?.present === true && partition.logId === swap.logId && version < partition.localVersion) {
    const requestId = turn.newId();
    turn.state = { ...turn.state, swap: { ...swap, step: { name: 'topping-up', generation, version, requestId, sentAt: turn.env.monotonic } } };
    turn.send('FETCH_LOG', { requestId, fromVersion: version, toVersion: partition.localVersion, limit: TOP_UP_LIMIT });
    return;
  }
  const keys = partition === null ? [] : [...partition.pending.values()].map(({ entity, entityId }) => ({ entity, entityId }));
  turn.op({ name: 'read-staged', generation, keys });
}

/** Brings the new generation forward by a run of the log: nobody goes back in time. */
export function topUp(turn: Turn, changes: readonly Change[]): void {
  const { swap } = turn.state;
  if (swap === null || swap.step.name !== 'topping-up') return;
  const { generation, version } = swap.step;
  const first = changes[0];
  if (first === undefined || first.contextVersion !== version + 1) {
    return swapFailed(turn, { code: 'GAP', message: `The log above the snapshot's version ${version} could not be read` });
  }
  turn.op({ name: 'top-up', generation, expectVersion: version, commit: commitOf(turn, changes, version) });
}

function commitOf(turn: Turn, changes: readonly Change[], expectVersion: Version): PartitionCommit {
  const rows = new Map<string, PartitionCommit['rows'][number]>();
  for (const change of changes) {
    const { row, logText } = rowOfChange(change);
    const confirmed = upgradeConfirmed(turn.env, change.entity, row);
    rows.set(JSON.stringify([change.entity, change.entityId]), { entity: change.entity, entityId: change.entityId, confirmed, logText, visible: null, hadBase: false });
  }
  const localVersion = (changes.at(-1) as Change).contextVersion;
  return { expectVersion, rows: [...rows.values()], outboxPut: [], outboxRemove: [], conflicts: [], conflictsSettled: [], meta: { localVersion }, durable: false };
}

export function toppedUp(turn: Turn, version: Version, digest: Digest): void {
  const { swap } = turn.state;
  if (swap === null || swap.step.name !== 'topping-up') return;
  turn.state = { ...turn.state, swap: { ...swap, step: { name: 'ready', generation: swap.step.generation, version, digest } } };
  trySwap(turn);
}

/** The rows of the new generation that pending writes stand on: rebase, carry over, and flip. */
export function stagedRows(turn: Turn, rows: { readonly [key: string]: ConfirmedRow }): void {
  const { swap } = turn.state;
  if (swap === null || swap.step.name !== 'ready') return;
  const { generation, version, digest } = swap.step;
  const schemaVersion = turn.env.schema.version;
  const old = turn.hasPartition ? turn.partition : nothingYet(turn, swap.logId);
  const staged = { generation, logId: swap.logId, version, digest, schemaVersion, rows };
  const rebased = rebase(old, staged, swap.reset, turn.env, () => turn.newId() as unknown as MutationId, (event) => turn.event(event));
  turn.state = { ...turn.state, swap: { ...swap, step: { name: 'adopting', generation, partition: rebased.state } } };
  turn.op({ name: 'adopt', generation, commit: rebased.commit, schemaVersion });
  reportSettled(turn, rebased.settled);
}

function nothingYet(turn: Turn, logId: LogId): PartitionState {
  return {
    present: false,
    generation: 0,
    logId,
    localVersion: 0 as Version,
    seenVersion: 0 as Version,
    digest: EMPTY_DIGEST,
    schemaVersion: turn.env.schema.version,
    clockOffset: turn.state.clockOffset,
    pending: PersistentMap.empty<PendingRow>(),
    nextSeq: 1,
    parked: 0,
  };
}

export function adopted(turn: Turn, made: { generation: number; bytes: number; digest: Digest }): void {
  const { swap } = turn.state;
  if (swap === null || swap.step.name !== 'adopting') return;
  const partition = { ...swap.step.partition, digest: made.digest };
  const { localVersion } = partition;
  turn.state = { ...turn.state, partition, generation: made.generation, swap: null, wants: null, held: [], fill: null, push: null };
  const durationMs = turn.env.monotonic - swap.startedAt;
  turn.event({ kind: 'snapshot', toVersion: localVersion, bytes: made.bytes, durationMs, data: { mode: swap.reset ? 'reset' : 'snapshot', version: localVersion, step: 'adopted', generation: made.generation } });
  for (const callId of turn.state.rebuilds) turn.answer(callId, { version: localVersion, bytes: made.bytes, durationMs });
  turn.state = { ...turn.state, rebuilds: [] };
  turn.facts(null, made.bytes);
  const { link, stage } = turn.state;
  if (link.name !== 'offline') turn.setLink({ name: 'waiting', conn: link.conn, retryAt: turn.env.monotonic });
  if (stage.name === 'fetching') return hydrate(turn);
  ask(turn);
  pump(turn);
}
