import type { Mutation, MutationOutcome } from '../change.ts';
import { inOrder } from '../outbox/draft.ts';
import { toMutation } from '../outbox/entry.ts';
import { hasUnanswered } from '../outbox/partition-state.ts';
import { hasPushable, selectPush, takeResults } from '../outbox/push.ts';
import { flushed } from './closing.ts';
import { ask, reportSettled } from './syncing.ts';
import { trySwap } from './swapping.ts';
import type { Turn } from './turn.ts';

/** Sends the next PUSH when none is out and there is something to say (OB2, OB4). One at a time: the batch grows while one is out. */
export function pump(turn: Turn): void {
  const { link, push, swap, stage, kind } = turn.state;
  if ((link.name !== 'catching-up' && link.name !== 'live') || push !== null || !turn.hasPartition || kind === 'ambient') return;
  if (stage.name === 'closing' || stage.name === 'closed' || (stage.name === 'active' && stage.readOnly)) return;
  const { partition } = turn;
  // What is new waits until the context is live: pushed on top of an old state it would only meet conflicts.
  const onlyUnanswered = link.name !== 'live' || swap !== null || !partition.present || turn.state.wants !== null;
  if (partition.logId === null || (!hasUnanswered(partition) && (onlyUnanswered || !hasPushable(partition)))) return;
  const { mutations, advances } = selectPush(turn.draft(), onlyUnanswered);
  if (mutations.length === 0) return;
  if (advances) turn.durable();
  const pushId = turn.newId();
  turn.state = { ...turn.state, push: { pushId, mutationIds: mutations.map((m) => m.mutationId), sentAt: turn.env.monotonic, startedAt: turn.env.monotonic } };
  sendPush(turn, pushId, mutations, !advances);
}

function sendPush(turn: Turn, pushId: string, mutations: readonly Mutation[], repeat: boolean): void {
  const { logId, localVersion, present } = turn.partition;
  turn.send('PUSH', { pushId, logId, localVersion: present ? localVersion : 0, mutations });
  turn.event({ kind: 'push', mutationIds: mutations.map((m) => m.mutationId as string), data: { pushId, count: mutations.length, repeat } });
}

/** SY8: no answer came in time; the same writes again, unchanged. */
export function repeatPush(turn: Turn): void {
  const { push } = turn.state;
  if (push === null) return;
  const ids = new Set(push.mutationIds);
  const mutations = inOrder(turn.partition)
    .filter(({ entry }) => entry.state.name === 'sent' && ids.has(entry.mutationId))
    .map(({ pending, entry }) => toMutation(pending, entry));
  if (mutations.length === 0) {
    turn.state = { ...turn.state, push: null };
    pump(turn);
    return;
  }
  turn.state = { ...turn.state, push: { ...push, sentAt: turn.env.monotonic } };
  sendPush(turn, push.pushId, mutations, true);
}

export function pushResult(turn: Turn, pushId: string, results: readonly MutationOutcome[]): void {
  const { push, swap } = turn.state;
  if (!turn.hasPartition) return;
  const answered = push?.pushId === pushId ? push : null;
  if (answered !== null) turn.state = { ...turn.state, push: null };
  const outcome = takeResults(turn.draft(), results, swap !== null);
  turn.event({
    kind: 'result',
    mutationIds: results.map((result) => result.mutationId as string),
    ...(answered === null ? {} : { durationMs: Math.max(0, turn.env.monotonic - answered.startedAt) }),
    data: { pushId, applied: outcome.applied, conflict: outcome.conflict, rejected: outcome.rejected },
  });
  reportSettled(turn, outcome.settled);
  if (outcome.clockRefused) turn.notice({ name: 'doubt', about: 'clock' });
  const { link } = turn.state;
  if (outcome.schemaRefused && link.name !== 'offline') {
    turn.setLink({ name: 'refused', conn: link.conn, code: 'SCHEMA_AHEAD', message: 'The server no longer takes writes of this app’s schema' });
  }
  if (outcome.logChanged) return ask(turn);
  trySwap(turn);
  // A refused clock is learnt anew first: pushed at once, the write would be refused again.
  if (!outcome.clockRefused) pump(turn);
  turn.facts();
  flushed(turn);
}
