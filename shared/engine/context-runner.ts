import { AssertionError } from '../base/assert.ts';
import type { Undo } from '../base/clock.ts';
import type { Json } from '../base/json.ts';
import { rowKey } from '../core/change.ts';
import type { ContextEffect, ContextInput, ContextNotice, Op, WriteCall } from '../core/context/messages.ts';
import { contextStep, nextWake } from '../core/context/step.ts';
import type { ContextState, StageError } from '../core/context/state.ts';
import type { CoreEvent } from '../core/events.ts';
import type { ActivationId, DeviceId } from '../core/ids.ts';
import type { Env } from '../core/outbox/draft.ts';
import { visibleRow } from '../core/outbox/entry.ts';
import type { RowWrite } from '../core/outbox/commit.ts';
import { ABSENT_ROW, type ConfirmedRow } from '../core/row.ts';
import { toError, type EngineOptions } from './options.ts';
import type { Readings } from './step-record.ts';
import type { ContextStore } from './storage.ts';

/** Where the outputs of a context's machine go. */
export interface RunnerOutlet {
  send(conn: number, frame: Json): void;
  event(event: CoreEvent): void;
  answer(callId: string, result: Json): void;
  refuse(callId: string, error: StageError): void;
  notice(notice: ContextNotice): void;
  /** An input that comes from outside later: a download's end. */
  later(input: ContextInput): void;
  changed(entities: ReadonlySet<string>): void;
  size(bytes: number): void;
}

/** A write as the holder of a handle asks for it; `make` sees the row as it will be then. */
export interface QueuedWrite {
  readonly callId: string;
  readonly activationId: ActivationId;
  readonly entity: string;
  readonly entityId: string;
  make(current: string | null): string | null;
}

/** Runs the machine of one activation on its store: decision, commit, effects, operation, and the operation's answer as the next input. */
export class ContextRunner {
  #state: ContextState;
  readonly store: ContextStore;
  readonly url: string;
  readonly #options: EngineOptions;
  readonly #outlet: RunnerOutlet;
  readonly #downloads = new Map<string, Undo>();
  #writes: QueuedWrite[] = [];

  constructor(state: ContextState, store: ContextStore, url: string, options: EngineOptions, outlet: RunnerOutlet) {
    this.#state = state;
    this.store = store;
    this.url = url;
    this.#options = options;
    this.#outlet = outlet;
  }

  get state(): ContextState {
    return this.#state;
  }

  get activationId(): ActivationId {
    return this.#state.activationId;
  }

  get ended(): boolean {
    return this.#state.stage.name === 'closed';
  }

  nextWake(): number | null {
    return nextWake(this.#state);
  }

  /** `text`: of an input that is a frame, as it came. */
  take(input: ContextInput, text: string | null = null): void {
    let next = this.#step(input, text);
    while (next !== null) next = this.#step(next, null);
  }

  /** One step; the answer of its commit or operation, which comes before anything else. */
  #step(input: ContextInput, text: string | null): ContextInput | null {
    const { host, schema, sync, recorder, steps } = this.#options;
    const results: Json[] = [];
    const readings: Readings = { now: host.clock.now(), monotonic: host.clock.monotonic(), chance: 0, results };
    const noted = <T extends Json>(result: T): T => {
      if (recorder !== undefined || steps !== undefined) results.push(result);
      return result;
    };
    const env: Env = {
      now: readings.now,
      monotonic: readings.monotonic,
      deviceId: host.deviceId as unknown as DeviceId,
      schema: schema.info,
      policy: sync,
      custom: (entity, base, mine, theirs) => noted(schema.custom(entity, base, mine, theirs)),
      upgrade: (entity, value, from) => noted(schema.upgrade(entity, value, from)),
    };
    const output = contextStep(this.#state, input, env);
    recorder?.record({ target: this.#state.contextId, step: input, readings, output: JSON.stringify(output) });
    steps?.take({ target: this.#state.contextId, step: input, readings, output, text });
    let answer: ContextInput | null = null;
    if (output.commit !== null) {
      const { commit, report } = output.commit;
      steps?.touch(this.#state.contextId, commit.rows, (write) => this.#confirmed(write));
      const before = host.clock.monotonic();
      let digest;
      try {
        digest = this.store.commit(commit);
      } catch (thrown) {
        if (thrown instanceof AssertionError) throw thrown;
        return this.#refusedByDisk(input, toError(thrown));
      }
      if (report !== null) answer = { type: 'committed', report, digest, durationMs: host.clock.monotonic() - before };
      this.#state = output.state;
      if (commit.rows.length > 0) this.#outlet.changed(new Set(commit.rows.map((row) => row.entity)));
    }
    this.#state = output.state;
    for (const effect of output.effects) this.#effect(effect);
    if (output.op !== null) answer = this.#operate(output.op);
    return answer;
  }

  /** How a row stands in the log as far as this device knows it: beside its pending writes where it has some. */
  #confirmed({ entity, entityId }: RowWrite): ConfirmedRow {
    return this.#state.partition?.pending.get(rowKey(entity, entityId))?.confirmed ?? this.store.confirmed(entity, entityId);
  }

  /** The decision has not happened: calls are told, the machine too. */
  #refusedByDisk(input: ContextInput, error: StageError): ContextInput {
    const calls = input.type === 'writes' ? input.calls.map((call) => call.callId) : 'callId' in input ? [input.callId] : [];
    for (const callId of calls) this.#outlet.refuse(callId, error);
    return { type: 'failed', during: 'commit', error, ...(input.type === 'link-up' ? { link: { conn: input.conn, clockOffset: input.clockOffset } } : {}) };
  }

  #effect(effect: ContextEffect): void {
    switch (effect.type) {
      case 'send':
        return this.#outlet.send(effect.conn, effect.frame);
      case 'event':
        return this.#outlet.event(effect.event);
      case 'answer':
        return this.#outlet.answer(effect.callId, effect.result);
      case 'refuse':
        return this.#outlet.refuse(effect.callId, effect.error);
      case 'notice':
        return this.#outlet.notice(effect.notice);
      case 'download':
        return this.#download(effect);
      case 'cancel-download':
        this.#downloads.get(effect.jobId)?.();
        this.#downloads.delete(effect.jobId);
        return;
    }
  }

  #download(effect: Extract<ContextEffect, { type: 'download' }>): void {
    const { jobId, url, bytes, sha256, version, logId } = effect;
    const { clock } = this.#options.host;
    const before = clock.monotonic();
    const undo = this.store.stage(
      { url, bytes, sha256, version, logId },
      (staged) => this.#outlet.later({ type: 'downloaded', jobId, ...staged, durationMs: clock.monotonic() - before }),
      (error) => this.#outlet.later({ type: 'download-failed', jobId, error }),
    );
    this.#downloads.set(jobId, undo);
  }

  #operate(op: Op): ContextInput {
    const { clock } = this.#options.host;
    const before = clock.monotonic();
    const took = (): number => clock.monotonic() - before;
    try {
      switch (op.name) {
        case 'open': {
          const result = this.store.open();
          return { type: 'opened', result, durationMs: took() };
        }
        case 'create': {
          const partition = this.store.create(op);
          return { type: 'created', partition };
        }
        case 'migrate': {
          const { partition, rows } = this.store.migrate(op.fromSchema, op.toSchema, op.commit);
          return { type: 'migrated', partition, rows, durationMs: took() };
        }
        case 'hydrate':
          this.store.hydrate();
          return { type: 'hydrated', durationMs: took() };
        case 'top-up':
          return { type: 'topped-up', version: op.commit.meta.localVersion ?? op.expectVersion, digest: this.store.topUp(op.generation, op.commit) };
        case 'read-staged':
          return { type: 'staged-rows', rows: this.store.readStaged(op.generation, op.keys) };
        case 'adopt': {
          const made = this.store.adopt(op.generation, op.commit, op.schemaVersion);
          this.#downloads.clear();
          return { type: 'adopted', partition: { generation: op.generation, ...made } };
        }
        case 'close': {
          for (const undo of this.#downloads.values()) undo();
          this.#downloads.clear();
          const bytes = this.store.bytes();
          if (bytes > 0) this.#outlet.size(bytes);
          this.store.close();
          return { type: 'closed' };
        }
      }
    } catch (thrown) {
      if (thrown instanceof AssertionError) throw thrown;
      return { type: 'failed', during: op.name, error: toError(thrown) };
    }
  }

  /** Adds a write; true when it is the first of its batch. */
  queueWrite(write: QueuedWrite): boolean {
    this.#writes.push(write);
    return this.#writes.length === 1;
  }

  /** The batch as an input: with the rows that it is decided upon. A write whose `make` throws is refused on its own. */
  takeWrites(refuse: (callId: string, error: StageError) => void): readonly WriteCall[] {
    const writes = this.#writes;
    const { partition } = this.#state;
    const now = new Map<string, string | null>();
    const calls: WriteCall[] = [];
    for (const { callId, activationId, entity, entityId, make } of writes) {
      const key = rowKey(entity, entityId);
      const pending = partition?.pending.get(key);
      const confirmed = pending === undefined && partition !== null ? this.store.confirmed(entity, entityId) : ABSENT_ROW;
      const current = now.has(key) ? (now.get(key) ?? null) : pending === undefined ? confirmed.text : visibleRow(pending).text;
      let text;
      try {
        text = make(current);
      } catch (thrown) {
        refuse(callId, toError(thrown));
        continue;
      }
      now.set(key, text);
      calls.push({ callId, activationId, entity, entityId, text, confirmed });
    }
    this.#writes = [];
    return calls;
  }

  refuseWrites(refuse: (callId: string) => void): void {
    for (const { callId } of this.#writes) refuse(callId);
    this.#writes = [];
  }

  /** Lets go of everything without a word, as a crash would. */
  abandon(): void {
    for (const undo of this.#downloads.values()) undo();
    this.#downloads.clear();
    this.store.close();
  }
}
