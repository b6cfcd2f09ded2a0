import type { Undo } from '../../shared/base/clock.ts';
import type { RuntimeEvent } from '../../shared/core/events.ts';
import { Samples, type Spread } from './samples.ts';

/** What was counted of one context. Durations are in ms, bytes are those of frames and snapshots. */
export interface ContextTelemetry {
  readonly contextId: string;
  readonly activations: number;
  readonly drains: number;
  readonly switches: number;
  readonly phases: { readonly [phase: string]: Spread };
  readonly writes: number;
  readonly pushes: number;
  readonly repeatedPushes: number;
  readonly pushedWrites: number;
  readonly pushLatency: Spread;
  readonly applied: number;
  readonly conflicted: number;
  readonly rejected: number;
  readonly deltas: number;
  readonly changes: number;
  readonly ownChanges: number;
  readonly bytesIn: number;
  readonly snapshots: number;
  readonly conflicts: number;
  readonly stale: number;
  readonly errors: number;
}

export interface TelemetryReport {
  /** When the first counted event happened; null: there was none yet. */
  readonly since: number | null;
  readonly events: number;
  readonly byKind: { readonly [kind: string]: number };
  /** Contexts that were activated: those that one session of this app uses. */
  readonly contextsUsed: number;
  readonly switches: number;
  readonly contexts: readonly ContextTelemetry[];
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Counters = Mutable<Omit<ContextTelemetry, 'contextId' | 'phases' | 'pushLatency'>>;

interface Counted {
  readonly counters: Counters;
  readonly phases: Map<string, Samples>;
  readonly pushLatency: Samples;
}

/** Counts what happens from the moment it is made: somebody asked for figures (TE1). */
export class Telemetry {
  readonly #contexts = new Map<string, Counted>();
  readonly #byKind = new Map<string, number>();
  readonly #undo: Undo;
  #since: number | null = null;
  #lastSeq = 0;

  /** `heard`: earlier events that somebody still has. */
  constructor(listen: (listener: (event: RuntimeEvent) => void) => Undo, heard: Iterable<RuntimeEvent>) {
    for (const event of heard) this.#take(event);
    this.#undo = listen((event) => this.#take(event));
  }

  stop(): void {
    this.#undo();
  }

  report(): TelemetryReport {
    const contexts = [...this.#contexts].map(([contextId, { counters, phases, pushLatency }]) => ({
      contextId,
      ...counters,
      phases: Object.fromEntries([...phases].map(([phase, samples]) => [phase, samples.spread()])),
      pushLatency: pushLatency.spread(),
    }));
    return {
      since: this.#since,
      events: [...this.#byKind.values()].reduce((sum, count) => sum + count, 0),
      byKind: Object.fromEntries(this.#byKind),
      contextsUsed: contexts.filter((context) => context.activations > context.drains).length,
      switches: contexts.reduce((sum, context) => sum + context.switches, 0),
      contexts: contexts.sort((a, b) => (a.contextId < b.contextId ? -1 : 1)),
    };
  }

  #of(contextId: string): Counted {
    const kept = this.#contexts.get(contextId);
    if (kept !== undefined) return kept;
    const made: Counted = { counters: nothing(), phases: new Map(), pushLatency: new Samples() };
    this.#contexts.set(contextId, made);
    return made;
  }

  #take(event: RuntimeEvent): void {
    const { seq, at, kind, contextId, data, durationMs } = event;
    if (seq <= this.#lastSeq) return;
    this.#lastSeq = seq;
    this.#since ??= at;
    this.#byKind.set(kind, (this.#byKind.get(kind) ?? 0) + 1);
    if (contextId === undefined) return;
    const { counters, phases, pushLatency } = this.#of(contextId);
    switch (kind) {
      case 'lifecycle':
        if (data['from'] !== 'dormant') return;
        counters.activations++;
        if (data['reason'] === 'drain') counters.drains++;
        if (data['reason'] === 'switch') counters.switches++;
        return;
      case 'phase': {
        const name = typeof data['phase'] === 'string' ? data['phase'] : 'unknown';
        const samples = phases.get(name) ?? new Samples();
        phases.set(name, samples);
        samples.add(durationMs ?? 0);
        return;
      }
      case 'write':
        counters.writes++;
        return;
      case 'push':
        counters.pushes++;
        counters.pushedWrites += number(data['count']);
        if (data['repeat'] === true) counters.repeatedPushes++;
        return;
      case 'result':
        counters.applied += number(data['applied']);
        counters.conflicted += number(data['conflict']);
        counters.rejected += number(data['rejected']);
        if (durationMs !== undefined) pushLatency.add(durationMs);
        return;
      case 'delta':
        counters.deltas++;
        counters.changes += number(data['changes']);
        counters.ownChanges += number(data['own']);
        counters.bytesIn += event.bytes ?? 0;
        return;
      case 'snapshot':
        if (data['step'] !== 'downloaded') return;
        counters.snapshots++;
        counters.bytesIn += event.bytes ?? 0;
        return;
      case 'conflict':
        counters.conflicts++;
        return;
      case 'stale':
        counters.stale++;
        return;
      case 'error':
        counters.errors++;
        return;
      default:
        return;
    }
  }
}

const number = (value: unknown): number => (typeof value === 'number' ? value : 0);

const nothing = (): Counters => ({
  activations: 0,
  drains: 0,
  switches: 0,
  writes: 0,
  pushes: 0,
  repeatedPushes: 0,
  pushedWrites: 0,
  applied: 0,
  conflicted: 0,
  rejected: 0,
  deltas: 0,
  changes: 0,
  ownChanges: 0,
  bytesIn: 0,
  snapshots: 0,
  conflicts: 0,
  stale: 0,
  errors: 0,
});
