import { useSyncExternalStore } from 'react';
import { Emitter } from '../../base/emitter.ts';
import type { Undo } from '../../base/clock.ts';

/** A value that changes and whoever watches it; React reads it with `useStore`. */
export class Store<T> {
  #value: T;
  readonly #changed = new Emitter<T>();
  readonly listen = (listener: (value: T) => void): Undo => this.#changed.listen(listener);
  readonly get = (): T => this.#value;

  constructor(value: T) {
    this.#value = value;
  }

  set(value: T): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    this.#changed.emit(value);
  }

  update(change: (value: T) => T): void {
    this.set(change(this.#value));
  }
}

export function useStore<T>(store: Store<T>): T {
  return useSyncExternalStore(store.listen, store.get, store.get);
}
