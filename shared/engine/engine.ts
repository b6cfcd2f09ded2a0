import { AppError } from '../base/app-error.ts';
import { assert } from '../base/assert.ts';
import type { Undo } from '../base/clock.ts';
import { Emitter } from '../base/emitter.ts';
import type { Json } from '../base/json.ts';
import type { ClientEffect, ClientInput, ConnectionFrame } from '../core/client/messages.ts';
import { clientState, clientStep, clientWake } from '../core/client/step.ts';
import type { ClientState } from '../core/client/state.ts';
import type { ContextFrame, ContextInput } from '../core/context/messages.ts';
import { contextState } from '../core/context/step.ts';
import type { ContextState, StageError } from '../core/context/state.ts';
import type { RuntimeEvent, CoreEvent } from '../core/events.ts';
import { activationId as parseActivationId, type ContextId, type ServerId } from '../core/ids.ts';
import { parseServerFrame, type ClientFrame } from '../protocol/sync/index.ts';
import { ContextRunner } from './context-runner.ts';
import { frameEvent } from './frame-event.ts';
import { toError, type EngineOptions } from './options.ts';
import { Sockets } from './sockets.ts';

/** How a call ends. */
export interface CallHandlers {
  resolve(result: Json): void;
  reject(error: AppError): void;
}

/** What the engine tells about a commit, for queries that run again when what they read has changed. */
export interface ChangedRows {
  readonly contextId: ContextId;
  readonly entities: ReadonlySet<string>;
}

/**
 * The one machine that the runtime, the simulation and the re-execution of a report run: it feeds inputs to the core one at a time, does
 * what the core's output says, and feeds the answers back. It decides nothing.
 */
export class Engine {
  readonly events = new Emitter<RuntimeEvent>();
  readonly changed = new Emitter<ChangedRows>();
  readonly #options: EngineOptions;
  #state: ClientState;
  readonly #contexts = new Map<ContextId, ContextRunner>();
  readonly #queue: ({ readonly client: ClientInput } | { readonly contextId: ContextId; readonly activationId: string | null; readonly input: ContextInput; readonly text?: string })[] = [];
  readonly #calls = new Map<string, CallHandlers>();
  readonly #sockets: Sockets;
  #running = false;
  #nextCall = 1;
  #seq = 0;
  #wake: { readonly at: number; readonly undo: Undo } | null = null;
  #stopped = false;

  constructor(options: EngineOptions) {
    this.#options = options;
    const start = { userId: options.userId, policy: options.policy, endpoints: options.endpoints, idPrefix: `${options.host.random.id()}.`, rows: options.storage.loadRegistry() };
    const begin = { target: 'client', start, at: options.host.clock.now(), schemaVersion: options.schema.info.version } as const;
    options.recorder?.record(begin);
    options.steps?.take(begin);
    this.#state = clientState(start);
    this.#sockets = new Sockets(options.host, {
      opened: (url, conn) => this.feed({ type: 'socket-open', url, conn }),
      message: (url, conn, text) => this.#message(url, conn, text),
      closed: (url, conn, reason) => this.feed({ type: 'socket-closed', url, conn, reason }),
      noToken: (url, thrown) => this.emit({ kind: 'error', data: { ...toError(thrown), endpoint: url } }),
      sent: (url, frame, bytes) => this.#sent(url, frame, bytes),
    });
  }

  get state(): ClientState {
    return this.#state;
  }

  get lastSeq(): number {
    return this.#seq;
  }

  /** The machine of an active context; undefined while it is dormant. */
  contextState(contextId: ContextId): ContextState | undefined {
    return this.#contexts.get(contextId)?.state;
  }

  runner(contextId: ContextId): ContextRunner | undefined {
    return this.#contexts.get(contextId);
  }

  start(): void {
    this.feed({ type: 'start' });
  }

  /** Makes a call: `input` gets its callId, the handlers its outcome. Returns the callId. */
  call(make: (callId: string) => ClientInput, handlers: CallHandlers): string {
    const callId = this.#newCall(handlers);
    this.feed(make(callId));
    return callId;
  }

  /** The same for a call that goes to an active context. */
  callContext(contextId: ContextId, make: (callId: string) => ContextInput, handlers: CallHandlers): void {
    if (!this.#contexts.has(contextId)) return handlers.reject(new AppError('CONTEXT_INACTIVE', `${contextId} is not active`));
    const callId = this.#newCall(handlers);
    this.#queue.push({ contextId, activationId: null, input: make(callId) });
    this.#drain();
  }

  /** For an active context what is no call; nothing while it is dormant. */
  tellContext(contextId: ContextId, input: ContextInput): void {
    if (!this.#contexts.has(contextId)) return;
    this.#queue.push({ contextId, activationId: null, input });
    this.#drain();
  }

  #newCall(handlers: CallHandlers): string {
    const callId = `call-${this.#nextCall++}`;
    this.#calls.set(callId, handlers);
    return callId;
  }

  /** A local write of the holder of an activation; many made in one turn share one sync to disk (OB8). */
  write(contextId: ContextId, activationId: string, entity: string, entityId: string, make: (current: string | null) => string | null, handlers: CallHandlers): void {
    const runner = this.#contexts.get(contextId);
    if (runner === undefined || runner.activationId !== activationId) return handlers.reject(new AppError('CONTEXT_INACTIVE', `${contextId} is not active under this handle any more`));
    const callId = this.#newCall(handlers);
    if (runner.queueWrite({ callId, activationId: parseActivationId(activationId), entity, entityId, make })) {
      this.#options.host.defer(() => this.#flushWrites(contextId, runner));
    }
  }

  #flushWrites(contextId: ContextId, runner: ContextRunner): void {
    let calls;
    try {
      calls = runner.takeWrites((callId, error) => this.#reject(callId, error));
    } catch (thrown) {
      runner.refuseWrites((callId) => this.#reject(callId, toError(thrown)));
      return;
    }
    if (calls.length === 0) return;
    if (this.#contexts.get(contextId) !== runner) {
      for (const { callId } of calls) this.#reject(callId, { code: 'CONTEXT_INACTIVE', message: `${contextId} is not active under this handle any more` });
      return;
    }
    this.#queue.push({ contextId, activationId: runner.activationId, input: { type: 'writes', calls } });
    this.#drain();
  }

  feed(input: ClientInput): void {
    this.#queue.push({ client: input });
    this.#drain();
  }

  /** Ends everything at once, as a crash of the process would: no flush, no farewell. */
  halt(): void {
    this.#stopped = true;
    this.#wake?.undo();
    this.#wake = null;
    this.#sockets.halt();
    for (const runner of this.#contexts.values()) runner.abandon();
    this.#contexts.clear();
    this.#queue.length = 0;
  }

  /** Counts of what is open, for the invariants: nothing may be left of a dormant context (LC6). */
  get open(): { readonly contexts: number; readonly sockets: number; readonly calls: number } {
    return { contexts: this.#contexts.size, sockets: this.#sockets.size, calls: this.#calls.size };
  }

  #drain(): void {
    if (this.#running) return;
    this.#running = true;
    try {
      for (let next = this.#queue.shift(); next !== undefined && !this.#stopped; next = this.#queue.shift()) {
        if ('client' in next) this.#client(next.client);
        else this.#context(next.contextId, next.activationId, next.input, next.text ?? null);
      }
    } finally {
      this.#running = false;
    }
    if (!this.#stopped) this.#setWake();
  }

  #client(input: ClientInput): void {
    const { host, storage, schema, recorder, steps } = this.#options;
    const env = { now: host.clock.now(), monotonic: host.clock.monotonic(), chance: host.random.next(), schemaVersion: schema.info.version };
    const output = clientStep(this.#state, input, env);
    recorder?.record({
      target: 'client',
      input,
      readings: { now: env.now, monotonic: env.monotonic, chance: env.chance, results: [] },
      output: JSON.stringify(output),
    });
    steps?.take({ target: 'client', input, readings: { now: env.now, monotonic: env.monotonic, chance: env.chance, results: [] }, output });
    // The rows live in the state as well: what the disk refuses now is written with the row's next change, and the next start trusts the files.
    if (output.commit !== null) this.#try(() => storage.commitRegistry(output.commit as NonNullable<typeof output.commit>));
    this.#state = output.state;
    for (const effect of output.effects) this.#clientEffect(effect);
  }

  #clientEffect(effect: ClientEffect): void {
    const { host, storage } = this.#options;
    switch (effect.type) {
      case 'dial':
        return this.#sockets.dial(effect.url, effect.conn);
      case 'hang-up':
        return this.#sockets.hangUp(effect.url, effect.conn, effect.reason);
      case 'greet':
        return this.#sockets.greet(effect.url, effect.conn, effect.renew);
      case 'send':
        return this.#sockets.send(effect.url, effect.conn, effect.frame);
      case 'start-context': {
        const { start } = effect;
        assert(!this.#contexts.has(start.contextId), 'a context has one machine');
        const monotonic = host.clock.monotonic();
        this.#options.recorder?.record({ target: start.contextId, begin: start, monotonic });
        this.#options.steps?.take({ target: start.contextId, begin: start, monotonic });
        const row = this.#state.rows.get(start.contextId);
        const store = storage.context(start.contextId, row?.serverId as ServerId, effect.url);
        const runner = new ContextRunner(contextState(start, monotonic), store, effect.url, this.#options, {
          send: (conn, frame) => this.#sockets.send(effect.url, conn, frame),
          event: (event) => this.emit(event),
          answer: (callId, result) => this.#resolve(callId, result),
          refuse: (callId, error) => this.#reject(callId, error),
          notice: (notice) => this.#queue.push({ client: { type: 'notice', contextId: start.contextId, activationId: start.activationId, notice } }),
          later: (input) => this.#later(start.contextId, start.activationId, input),
          changed: (entities) => this.changed.emit({ contextId: start.contextId, entities }),
          size: (bytes) => this.#queue.push({ client: { type: 'file-size', contextId: start.contextId, bytes } }),
        });
        this.#contexts.set(start.contextId, runner);
        return;
      }
      case 'to-context':
        this.#queue.push({ contextId: effect.contextId, activationId: null, input: effect.input });
        return;
      case 'prepare-removal': {
        const row = this.#state.rows.get(effect.contextId);
        let result;
        try {
          result = storage.prepareRemoval(effect.contextId, row?.serverId as ServerId, effect.quarantine);
        } catch (thrown) {
          result = { bytes: 0, mutationIds: [], conflicts: 0, quarantine: null, error: toError(thrown) };
        }
        this.#queue.push({ client: { type: 'prepared', contextId: effect.contextId, result } });
        return;
      }
      case 'delete-files':
        // What cannot be deleted now is found by the next start: no row points to it any more.
        return this.#try(() => storage.deleteFiles(effect.contextId, (this.#serverOf(effect.contextId) ?? '') as ServerId, effect.everything));
      case 'answer':
        return this.#resolve(effect.callId, effect.result);
      case 'refuse':
        return this.#reject(effect.callId, effect.error);
      case 'event':
        return this.emit(effect.event);
    }
  }

  readonly #servers = new Map<ContextId, ServerId>();

  #serverOf(contextId: ContextId): ServerId | undefined {
    const row = this.#state.rows.get(contextId);
    if (row !== undefined) this.#servers.set(contextId, row.serverId);
    return row?.serverId ?? this.#servers.get(contextId);
  }

  #context(contextId: ContextId, activationId: string | null, input: ContextInput, text: string | null): void {
    const runner = this.#contexts.get(contextId);
    if (runner === undefined || (activationId !== null && runner.activationId !== activationId)) {
      const error = { code: 'CONTEXT_INACTIVE', message: `${contextId} is not active under this handle any more` };
      if (input.type === 'writes') for (const call of input.calls) this.#reject(call.callId, error);
      else if ('callId' in input) this.#reject(input.callId, error);
      return;
    }
    this.#serverOf(contextId);
    runner.take(input, text);
    if (runner.ended) this.#contexts.delete(contextId);
  }

  #later(contextId: ContextId, activationId: string, input: ContextInput): void {
    if (this.#stopped) return;
    this.#queue.push({ contextId, activationId, input });
    this.#drain();
  }

  /** The frame events of the Network panel: off unless asked for. */
  frames = false;

  #lastPush = { pushId: '', bytes: 0 };

  #sent(url: string, frame: ClientFrame, bytes: number): void {
    // The core knows no text of a frame: its event of the push, which comes right behind, is told how large it was.
    if (frame.type === 'PUSH') this.#lastPush = { pushId: frame.pushId, bytes };
    if (this.frames && this.events.size > 0) this.emit(frameEvent('out', url, frame, bytes));
  }

  #message(url: string, conn: number, text: string): void {
    const parsed = parseServerFrame(text);
    if (!parsed.ok) {
      this.emit({ kind: 'error', data: { code: 'BAD_FRAME', message: parsed.error, endpoint: url } });
      return;
    }
    const frame = parsed.value;
    if (this.frames && this.events.size > 0) this.emit(frameEvent('in', url, frame, text.length));
    const contextId = 'contextId' in frame ? frame.contextId : undefined;
    if (contextId === undefined) {
      this.feed({ type: 'frame', url, conn, frame: frame as unknown as ConnectionFrame });
      return;
    }
    if (!this.#contexts.has(contextId)) {
      this.feed({ type: 'stray', url, conn, contextId, frame: frame.type as ContextFrame['type'], activationId: 'activationId' in frame ? (frame.activationId ?? null) : null });
      return;
    }
    this.#queue.push({ contextId, activationId: null, input: { type: 'frame', conn, frame: frame as unknown as ContextFrame, bytes: text.length }, text });
    this.#drain();
  }

  emit(event: CoreEvent): void {
    this.#seq++;
    if (this.events.size === 0) return;
    const { pushId, bytes } = this.#lastPush;
    const size = event.kind === 'push' && event.data['pushId'] === pushId ? { bytes } : {};
    this.events.emit({ seq: this.#seq, at: this.#options.host.clock.now(), ...event, ...size });
  }

  #resolve(callId: string, result: Json): void {
    const call = this.#calls.get(callId);
    this.#calls.delete(callId);
    call?.resolve(result);
  }

  #reject(callId: string, error: StageError): void {
    const call = this.#calls.get(callId);
    this.#calls.delete(callId);
    call?.reject(new AppError(error.code, error.message));
  }

  #try(work: () => void): void {
    try {
      work();
    } catch (thrown) {
      this.emit({ kind: 'error', data: { ...toError(thrown) } });
    }
  }

  /** One timer for everything that waits. */
  #setWake(): void {
    const { clock } = this.#options.host;
    const now = clock.monotonic();
    let at = clientWake(this.#state, now);
    for (const runner of this.#contexts.values()) {
      const wake = runner.nextWake();
      if (wake !== null && (at === null || wake < at)) at = wake;
    }
    if (this.#wake?.at === at) return;
    this.#wake?.undo();
    this.#wake = null;
    if (at === null) return;
    const undo = clock.after(Math.max(0, at - now), () => {
      this.#wake = null;
      this.#tick();
    });
    this.#wake = { at, undo };
  }

  #tick(): void {
    if (this.#stopped) return;
    const now = this.#options.host.clock.monotonic();
    for (const [contextId, runner] of this.#contexts) {
      const wake = runner.nextWake();
      if (wake !== null && wake <= now) this.#queue.push({ contextId, activationId: runner.activationId, input: { type: 'tick' } });
    }
    this.#queue.push({ client: { type: 'tick' } });
    this.#drain();
  }
}
