import { dropSwap } from './swapping.ts';
import type { StageError } from './state.ts';
import type { Turn } from './turn.ts';

// LC5: intake stops at once; with a grace, and only when live, the outbox is flushed; then everything is closed.

export function deactivate(turn: Turn, force: boolean, graceMs: number, reason: string): void {
  const { stage, link } = turn.state;
  switch (stage.name) {
    case 'closing':
    case 'closed':
      return;
    case 'flushing':
      if (force) close(turn, reason, null);
      return;
    case 'active':
      if (!force && graceMs > 0 && link.name === 'live' && hasWork(turn)) {
        turn.setStage({ name: 'flushing', since: turn.env.now, deadline: turn.env.monotonic + graceMs, reason }, reason);
        return;
      }
      close(turn, reason, null);
      return;
    default:
      close(turn, reason, null);
  }
}

/** Until every write is settled: one that is accepted only would have the context opened again to hear of it. */
const hasWork = (turn: Turn): boolean => turn.hasPartition && turn.partition.pending.size > 0;

/** Ends a flush that has nothing left to wait for. */
export function flushed(turn: Turn): void {
  const { stage } = turn.state;
  if (stage.name === 'flushing' && !hasWork(turn)) close(turn, stage.reason, null);
}

/** Closes everything the activation holds; `error` is why it could not become or stay active. */
export function close(turn: Turn, reason: string, error: StageError | null): void {
  const { link, rebuilds, fetches } = turn.state;
  dropSwap(turn);
  const code = 'CONTEXT_INACTIVE';
  for (const callId of [...rebuilds, ...Object.values(fetches)]) turn.refuse(callId, code, `The context was deactivated: ${reason}`);
  if (error !== null) turn.error(error);
  turn.facts();
  if (link.name !== 'offline' && link.name !== 'refused') turn.send('DEACTIVATE_CONTEXT');
  turn.state = { ...turn.state, rebuilds: [], fetches: {}, held: [], fill: null, push: null };
  turn.setStage({ name: 'closing', since: turn.env.now, reason, error }, error === null ? reason : error.code);
  turn.setLink({ name: 'offline' });
  turn.op({ name: 'close' });
}

export function closed(turn: Turn): void {
  const { stage } = turn.state;
  const error = stage.name === 'closing' ? stage.error : null;
  turn.setStage({ name: 'closed', error }, error?.code ?? (stage.name === 'closing' ? stage.reason : 'closed'));
  turn.notice({ name: 'ended', error });
}
