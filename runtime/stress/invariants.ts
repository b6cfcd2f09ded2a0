import type { RuntimeEvent } from '../../shared/core/events.ts';
import type { ContextId } from '../../shared/core/ids.ts';
import type { Engine } from '../../shared/engine/engine.ts';
import type { SqliteStorage } from '../storage/sqlite-storage.ts';

export interface BrokenInvariant {
  readonly rule: string;
  readonly text: string;
  /** The event that shows it. */
  readonly eventSeq?: number;
}

const MOST = 100;
/** Events that only an activation that is under way may lead to. */
const UNDER_AN_ACTIVATION: ReadonlySet<string> = new Set(['write', 'push', 'result', 'delta', 'snapshot', 'conflict']);

/** Looks at each event of a client, and at what is open when it comes, for what may never be. It knows the rules and nothing of how they are kept. */
export class InvariantWatch {
  readonly broken: BrokenInvariant[] = [];
  /** Activations whose end began, by the events. */
  readonly ended = new Set<string>();
  /** Frames of other activations that were dropped, as they have to be. */
  dropped = 0;
  readonly #engine: Engine;
  readonly #storage: SqliteStorage;

  constructor(engine: Engine, storage: SqliteStorage) {
    this.#engine = engine;
    this.#storage = storage;
  }

  report(rule: string, text: string, eventSeq?: number): void {
    if (this.broken.length < MOST) this.broken.push({ rule, text, ...(eventSeq === undefined ? {} : { eventSeq }) });
  }

  take(event: RuntimeEvent): void {
    const { kind, seq, contextId, activationId, data } = event;
    if (contextId === undefined) return;
    const current = this.#engine.state.activations[contextId];
    if (kind === 'stale') this.dropped++;
    if (kind === 'lifecycle') {
      if (data['from'] === 'active' && activationId !== undefined) this.ended.add(activationId);
      this.#count(seq);
    }
    if (UNDER_AN_ACTIVATION.has(kind) && activationId !== undefined && current?.activationId !== activationId) {
      this.report('IS3', `A ${kind} of activation ${activationId} took effect in ${contextId} while ${current === undefined ? 'none was under way' : `${current.activationId} was`}`, seq);
    }
    if (kind === 'frame' && data['direction'] === 'out' && current === undefined) this.report('LC6', `A frame ${JSON.stringify(data['type'])} was sent for ${contextId}, which is dormant`, seq);
  }

  /** LC3: those that the app holds or waits for; ambient ones and drains do not count, nor what is on its way out. */
  #count(seq: number): void {
    const { activations, rows, policy } = this.#engine.state;
    const held = Object.entries(activations).filter(([id, { purpose, lifecycle }]) => purpose === 'app' && lifecycle !== 'deactivating' && rows.get(id)?.kind !== 'ambient');
    if (held.length > policy.maxActive) this.report('LC3', `${held.length} contexts are active at once, ${policy.maxActive} may be: ${held.map(([id]) => id).join(', ')}`, seq);
  }

  /** LC6: nothing of these contexts is open any more, unless the runtime uses one for itself. */
  checkDormant(contexts: readonly ContextId[]): void {
    const seq = this.#engine.lastSeq;
    for (const contextId of contexts) {
      const store = this.#storage.openStore(contextId);
      if (this.#engine.state.activations[contextId] !== undefined) continue;
      if (store !== undefined) this.report('LC6', `${contextId} is dormant, and its file is still open`, seq);
      const runner = this.#engine.runner(contextId);
      if (runner === undefined) continue;
      this.report('LC6', `${contextId} is dormant, and its machine still runs${runner.nextWake() === null ? '' : ' and waits for a timer'}`, seq);
    }
  }
}
