import { assert, must } from '../../base/assert.ts';
import type { Json } from '../../base/json.ts';
import type { CoreEvent } from '../events.ts';
import type { MutationId } from '../ids.ts';
import type { PartitionCommit } from '../outbox/commit.ts';
import { Draft, type Env } from '../outbox/draft.ts';
import { pendingFacts, type PartitionState } from '../outbox/partition-state.ts';
import type { CommitReport, ContextEffect, ContextNotice, Op, StepOutput } from './messages.ts';
import { connectionOf, lifecycleOf, type ContextState, type Link, type Stage, type StageError } from './state.ts';

/** How long an unanswered request waits before it is repeated, in ms (SY8). */
export const REQUEST_DEADLINE = 10_000;

/** The making of one step: the state as it becomes, and what is to happen. Lives for one step only. */
export class Turn {
  state: ContextState;
  readonly env: Env;
  readonly #effects: ContextEffect[] = [];
  #draft: Draft | null = null;
  #durable = false;
  #report: CommitReport | null = null;
  #op: Op | null = null;

  constructor(state: ContextState, env: Env) {
    this.state = state;
    this.env = env;
  }

  get partition(): PartitionState {
    return this.#draft?.state ?? must(this.state.partition, 'no partition is loaded');
  }

  get hasPartition(): boolean {
    return this.state.partition !== null;
  }

  newId(): string {
    const { prefix, next } = this.state.ids;
    this.state = { ...this.state, ids: { prefix, next: next + 1 } };
    return `${prefix}${next.toString(36)}`;
  }

  /** The one draft of this step, on the loaded partition. */
  draft(): Draft {
    this.#draft ??= new Draft(must(this.state.partition, 'no partition is loaded'), this.env, () => this.newId() as unknown as MutationId, (event) => this.event(event));
    return this.#draft;
  }

  /** What the draft came to is on the disk before any effect of this step (OB8). */
  durable(): void {
    this.#durable = true;
  }

  /** The next input is `committed` with this report. */
  report(report: CommitReport): void {
    this.#report = report;
  }

  op(op: Op): void {
    assert(this.#op === null, 'a step has one operation');
    this.#op = op;
  }

  /** Sends a frame of this activation over the socket that the context knows of; without one there is nobody to hear it. */
  send(type: string, fields: { readonly [key: string]: unknown } = {}): void {
    const { contextId, activationId, link } = this.state;
    if (link.name === 'offline') return;
    this.#effects.push({ type: 'send', conn: link.conn, frame: { type, contextId, activationId, ...fields } as unknown as Json });
  }

  event(event: Omit<CoreEvent, 'contextId' | 'activationId'>): void {
    const { contextId, activationId } = this.state;
    this.#effects.push({ type: 'event', event: { ...event, contextId, activationId } });
  }

  effect(effect: ContextEffect): void {
    this.#effects.push(effect);
  }

  answer(callId: string, result: Json): void {
    this.#effects.push({ type: 'answer', callId, result });
  }

  refuse(callId: string, code: string, message: string): void {
    this.#effects.push({ type: 'refuse', callId, error: { code, message } });
  }

  notice(notice: ContextNotice): void {
    this.#effects.push({ type: 'notice', notice });
  }

  setStage(stage: Stage, reason: string): void {
    const [from, to] = [lifecycleOf(this.state.stage), lifecycleOf(stage)];
    this.state = { ...this.state, stage };
    if (from === to) return;
    this.event({ kind: 'lifecycle', data: { from, to, reason, serverVersion: this.state.headVersion } });
    if (to !== 'dormant') this.notice({ name: 'stage', lifecycle: to });
  }

  setLink(link: Link): void {
    const [from, to] = [connectionOf(this.state.link), connectionOf(link)];
    this.state = { ...this.state, link };
    if (from === to) return;
    this.event({ kind: 'connection', data: { from, to, ...(link.name === 'refused' ? { code: link.code } : {}) } });
    this.notice({ name: 'connection', connection: to });
  }

  phase(phase: string, durationMs: number, outcome = 'done', data: { readonly [key: string]: Json } = {}): void {
    this.event({ kind: 'phase', durationMs, data: { phase, outcome, ...data } });
  }

  error(error: StageError): void {
    this.event({ kind: 'error', data: { code: error.code, message: error.message } });
  }

  /** Tells the registry what is true of the partition now. */
  facts(syncedAt: number | null = null, bytes: number | null = null): void {
    if (!this.hasPartition) return;
    const { partition } = this;
    const { headVersion } = this.state;
    this.notice({
      name: 'facts',
      facts: {
        generation: partition.generation,
        present: partition.present,
        logId: partition.logId,
        schemaVersion: partition.schemaVersion,
        localVersion: partition.localVersion,
        serverVersion: headVersion,
        ...pendingFacts(partition),
        syncedAt,
        bytes,
      },
    });
  }

  finish(): StepOutput<ContextState> {
    if (this.#draft === null) return { state: this.state, commit: null, op: this.#op, effects: this.#effects };
    const { state: partition, commit } = this.#draft.finish(this.#durable);
    const state = { ...this.state, partition };
    // Nothing to write, but the decision waits for its answer all the same.
    const asked = commit === null && this.#report !== null ? emptyCommit(partition) : commit;
    return { state, commit: asked === null ? null : { commit: asked, report: this.#report }, op: this.#op, effects: this.#effects };
  }
}

const emptyCommit = (partition: PartitionState): PartitionCommit => ({
  expectVersion: partition.localVersion,
  rows: [],
  outboxPut: [],
  outboxRemove: [],
  conflicts: [],
  conflictsSettled: [],
  meta: {},
  durable: false,
});
