import type { Undo } from './clock.ts';

/** Listeners of one kind of event. `size` lets a producer skip work that nobody would see. */
export class Emitter<T> {
  readonly #listeners = new Set<(event: T) => void>();

  get size(): number {
    return this.#listeners.size;
  }

  listen(listener: (event: T) => void): Undo {
    // A wrapper of its own, so that one function registered twice is two listeners.
    const entry = (event: T): void => listener(event);
    this.#listeners.add(entry);
    return () => void this.#listeners.delete(entry);
  }

  emit(event: T): void {
    for (const listener of this.#listeners) listener(event);
  }

  clear(): void {
    this.#listeners.clear();
  }
}
