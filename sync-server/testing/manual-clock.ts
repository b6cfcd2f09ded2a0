import type { Clock, Undo } from '../../shared/base/clock.ts';

/** A clock that a test turns by hand: timers run when it passes them, in order. */
export class ManualClock implements Clock {
  #now: number;
  readonly #timers = new Set<{ at: number; task: () => void }>();

  constructor(now = 1_800_000_000_000) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  after(delayMs: number, task: () => void): Undo {
    const timer = { at: this.#now + Math.max(0, delayMs), task };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Goes on by `ms`, and lets what is asynchronous in between catch its breath. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      const next = [...this.#timers].filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.task();
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#now = end;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
