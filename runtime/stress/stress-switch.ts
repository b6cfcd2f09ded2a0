import type { AppError } from '../../shared/base/app-error.ts';
import { codeOf } from '../../shared/base/app-error.ts';
import type { Clock } from '../../shared/base/clock.ts';
import type { Json } from '../../shared/base/json.ts';
import type { Random } from '../../shared/base/random.ts';
import type { ContextId } from '../../shared/core/ids.ts';
import type { Engine } from '../../shared/engine/engine.ts';
import { ContextHandle } from '../context-handle.ts';
import type { ControlPort, JobOptions } from '../control.ts';
import type { SqliteStorage } from '../storage/sqlite-storage.ts';
import { Samples } from '../telemetry/samples.ts';
import { InvariantWatch, type BrokenInvariant } from './invariants.ts';

export interface StressReport {
  readonly rounds: number;
  readonly durationMs: number;
  /** From the call until the context was active, of switches that came to their end. */
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly overtaken: number;
  /** Switches that failed for another reason, by code: a bad network may keep a context away that is not on the device. */
  readonly failed: { readonly [code: string]: number };
  /** Frames of other activations that came and were dropped. */
  readonly dropped: number;
  readonly broken: readonly BrokenInvariant[];
}

export interface StressParts {
  readonly engine: Engine;
  readonly storage: SqliteStorage;
  readonly control: ControlPort;
  readonly clock: Clock;
  readonly random: Random;
}

/** The longest that a switch is waited for before the next one overtakes it, in ms. */
const PATIENCE = 1_000;
const MOST_EVENTS = 12;
/** The longest that others wait for their turn, in ms. */
const TURN_MS = 8;

/**
 * Switches rapidly between contexts, some switches overtaken at once, some in the middle, and looks for broken invariants (IS3, LC3, LC6). Changes no
 * data: what tries a handle that has ended deletes a row that there is not. What was active before is active again after, held by whoever asked.
 */
export async function stressSwitch(parts: StressParts, contexts: readonly ContextId[], rounds: number, { progress, signal }: JobOptions = {}): Promise<StressReport> {
  const { engine, clock } = parts;
  const before = Object.entries(engine.state.activations).filter(([, { purpose, holders, waiters }]) => purpose === 'app' && holders.length + waiters.length > 0);
  const watch = new InvariantWatch(engine, parts.storage);
  const run = new StressRun(parts, contexts, watch);
  const hadFrames = engine.frames;
  engine.frames = true;
  const undo = engine.events.listen((event) => {
    watch.take(event);
    run.heard();
  });
  const startedAt = clock.monotonic();
  let turnAt = startedAt;
  try {
    for (let round = 0; round < rounds && signal?.aborted !== true; round = run.switches) {
      await run.round(rounds - round > 1);
      // Switches between what is on the device never wait for anything: sockets, the app and whoever cancels get their turn all the same.
      if (clock.monotonic() - turnAt > TURN_MS) {
        await new Promise<void>((resolve) => void clock.after(0, resolve));
        turnAt = clock.monotonic();
      }
      if (Math.floor(run.switches / 50) > Math.floor(round / 50)) progress?.(run.switches, rounds);
    }
    await run.end();
    const durationMs = clock.monotonic() - startedAt;
    watch.checkDormant(contexts);
    const { p50, p95 } = run.took.spread();
    return { rounds: run.switches, durationMs, p50Ms: p50 ?? 0, p95Ms: p95 ?? 0, overtaken: run.overtaken, failed: Object.fromEntries(run.failed), dropped: watch.dropped, broken: watch.broken };
  } finally {
    undo();
    engine.frames = hadFrames;
    for (const [contextId] of before.sort(([, a], [, b]) => a.usedAt - b.usedAt)) await parts.control.activate(contextId).catch(() => undefined);
  }
}

class StressRun {
  readonly took: Samples;
  readonly failed = new Map<string, number>();
  overtaken = 0;
  readonly #parts: StressParts;
  readonly #contexts: readonly ContextId[];
  readonly #watch: InvariantWatch;
  readonly #underway = new Set<Promise<void>>();
  #handles: ContextHandle[] = [];
  #last: ContextId | null = null;
  #switches = 0;
  #armed: { left: number; readonly target: ContextId } | null = null;

  constructor(parts: StressParts, contexts: readonly ContextId[], watch: InvariantWatch) {
    this.#parts = parts;
    this.#contexts = contexts;
    this.#watch = watch;
    this.took = new Samples(100_000);
  }

  get switches(): number {
    return this.#switches;
  }

  /** An event came: the switch that was armed for it starts in its midst, before the engine has done what follows. */
  heard(): void {
    if (this.#armed === null || --this.#armed.left > 0) return;
    const { target } = this.#armed;
    this.#armed = null;
    void this.#switch(target);
  }

  /** One switch, with another one in its midst (`mayDouble`), or without a pause behind it, or waited for: by chance. */
  async round(mayDouble: boolean): Promise<void> {
    const { random } = this.#parts;
    const kind = random.next();
    const target = this.#other();
    if (mayDouble && kind < 0.4) this.#armed = { left: 1 + Math.floor(random.next() * MOST_EVENTS), target: this.#other() };
    const switched = this.#switch(target);
    await this.#tryEnded();
    if (kind < 0.8) await this.#patiently(switched);
    this.#armed = null;
  }

  #other(): ContextId {
    const others = this.#contexts.filter((contextId) => contextId !== this.#last);
    this.#last = others[Math.floor(this.#parts.random.next() * others.length)] as ContextId;
    return this.#last;
  }

  #switch(contextId: ContextId): Promise<void> {
    const { engine, clock, storage, control } = this.#parts;
    const startedAt = clock.monotonic();
    this.#switches++;
    const call = new Promise<Json>((resolve, reject) => void engine.call((callId) => ({ type: 'activate', callId, contextId, switching: true }), { resolve, reject }));
    const switched = call.then(
      (result) => {
        this.took.add(clock.monotonic() - startedAt);
        const { activationId, holder } = result as { activationId: string; holder: string };
        this.#handles.push(new ContextHandle({ engine, storage, control, call: () => Promise.resolve(null) }, contextId, activationId, holder));
      },
      (thrown: AppError) => {
        if (thrown.code === 'ABORTED') this.overtaken++;
        else this.failed.set(thrown.code, (this.failed.get(thrown.code) ?? 0) + 1);
      },
    );
    this.#underway.add(switched);
    void switched.finally(() => this.#underway.delete(switched));
    return switched;
  }

  /** IS3: neither a read nor a write gets through a handle whose activation has ended. */
  async #tryEnded(): Promise<void> {
    const ended = this.#handles.filter((handle) => this.#watch.ended.has(handle.activationId));
    this.#handles = this.#handles.filter((handle) => !ended.includes(handle));
    const seq = this.#parts.engine.lastSeq;
    const absent = this.#parts.random.id();
    for (const handle of ended) {
      for (const [what, attempt] of [['read', () => handle.get('stress', absent)], ['write', () => handle.delete('stress', absent)]] as const) {
        const outcome = await attemptOf(attempt);
        if (outcome !== 'CONTEXT_INACTIVE') this.#watch.report('IS3', `A ${what} through a handle of ${handle.contextId} whose activation has ended came to ${outcome}`, seq);
      }
    }
  }

  /** Waits for it, within patience, and leaves no timer behind. */
  async #patiently(these: Promise<unknown>): Promise<void> {
    let undo = (): void => undefined;
    const enough = new Promise<void>((resolve) => {
      undo = this.#parts.clock.after(PATIENCE, resolve);
    });
    await Promise.race([these, enough]);
    undo();
  }

  /** Lets the last switch end, then ends every context of the run. */
  async end(): Promise<void> {
    await this.#patiently(Promise.all(this.#underway));
    for (;;) {
      const open = this.#contexts.filter((contextId) => this.#parts.engine.state.activations[contextId]?.purpose === 'app');
      if (open.length === 0 && this.#underway.size === 0) break;
      // What waited for room opens while others close, and is met in the next turn.
      if (open.length > 0) await Promise.all(open.map((contextId) => this.#parts.control.deactivate(contextId, true)));
      else await Promise.race(this.#underway);
    }
    await this.#tryEnded();
  }
}

async function attemptOf(attempt: () => Promise<unknown>): Promise<string> {
  try {
    await attempt();
    return 'its end';
  } catch (thrown) {
    return codeOf(thrown);
  }
}
