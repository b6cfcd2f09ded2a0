/** Runs asynchronous tasks one after another, in the order they came. A failing task fails its own caller only. */
export class SerialQueue {
  #tail: Promise<unknown> = Promise.resolve();

  run<T>(task: () => Promise<T> | T): Promise<T> {
    const next = this.#tail.then(task);
    this.#tail = next.then(
      () => undefined,
      () => undefined,
    );
    return next;
  }

  /** Resolves when everything queued so far has ended. */
  async idle(): Promise<void> {
    await this.#tail;
  }
}
