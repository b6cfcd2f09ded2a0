import type { Clock, Undo } from '../../shared/base/clock.ts';

interface Task {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
  cancelled: boolean;
}

/** The one clock of a simulated world: tasks run in order of time, and of making where times are equal. */
export class VirtualTime {
  now = 0;
  #order = 0;
  readonly #heap: Task[] = [];

  get pending(): number {
    return this.#heap.length;
  }

  after(delay: number, run: () => void): Undo {
    const task: Task = { at: this.now + Math.max(0, delay), order: this.#order++, run, cancelled: false };
    this.#push(task);
    return () => {
      task.cancelled = true;
    };
  }

  /** Runs the next task; false when there is none before `until`. */
  step(until = Number.POSITIVE_INFINITY): boolean {
    for (;;) {
      const next = this.#heap[0];
      if (next === undefined || next.at > until) return false;
      this.#pop();
      if (next.cancelled) continue;
      this.now = next.at;
      next.run();
      return true;
    }
  }

  /** A device's view: its wall clock may be off, jump, and tick in steps of `grain` ms. */
  clock(skew: () => number, grain: number): Clock {
    return { now: () => this.wall(skew(), grain), monotonic: () => this.now, after: (delay, task) => this.after(delay, task) };
  }

  wall(skew: number, grain: number): number {
    const at = EPOCH + this.now + skew;
    return at - (at % grain);
  }

  #push(task: Task): void {
    const heap = this.#heap;
    let at = heap.push(task) - 1;
    while (at > 0) {
      const up = (at - 1) >> 1;
      if (!before(task, heap[up] as Task)) break;
      heap[at] = heap[up] as Task;
      at = up;
    }
    heap[at] = task;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop() as Task;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let down = 2 * at + 1;
      if (down >= heap.length) break;
      if (down + 1 < heap.length && before(heap[down + 1] as Task, heap[down] as Task)) down++;
      if (!before(heap[down] as Task, last)) break;
      heap[at] = heap[down] as Task;
      at = down;
    }
    heap[at] = last;
  }
}

const before = (a: Task, b: Task): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

/** A round moment in 2026, so that stamps look like stamps. */
export const EPOCH = 1_780_000_000_000;
