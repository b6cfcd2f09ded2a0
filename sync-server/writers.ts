import { SerialQueue } from '../shared/base/serial-queue.ts';
import type { Clock } from '../shared/base/clock.ts';
import type { ContextId } from '../shared/core/ids.ts';
import { Allowance } from './limits.ts';

interface Entry {
  readonly queue: SerialQueue;
  readonly allowance: Allowance;
  waiting: number;
}

/** Contexts that were written to lately are remembered up to this number. */
const REMEMBERED = 10_000;

/**
 * Writes into one context, one after another within this process. The database would make them wait for the same row anyway, each on a
 * connection that other contexts then lack.
 */
export class Writers {
  readonly #clock: Clock;
  readonly #mutationsPerSecond: number;
  readonly #byContext = new Map<ContextId, Entry>();

  constructor(clock: Clock, mutationsPerSecond: number) {
    this.#clock = clock;
    this.#mutationsPerSecond = mutationsPerSecond;
  }

  /** False when all connections together write too much into the context. */
  mayWrite(contextId: ContextId, mutations: number): boolean {
    return this.#entry(contextId).allowance.take(mutations);
  }

  async run<T>(contextId: ContextId, task: () => Promise<T>): Promise<T> {
    const entry = this.#entry(contextId);
    entry.waiting++;
    try {
      return await entry.queue.run(task);
    } finally {
      entry.waiting--;
    }
  }

  #entry(contextId: ContextId): Entry {
    const found = this.#byContext.get(contextId);
    if (found !== undefined) return found;
    if (this.#byContext.size >= REMEMBERED) for (const [id, entry] of this.#byContext) if (entry.waiting === 0) this.#byContext.delete(id);
    const entry = { queue: new SerialQueue(), allowance: new Allowance(this.#clock, this.#mutationsPerSecond), waiting: 0 };
    this.#byContext.set(contextId, entry);
    return entry;
  }
}
