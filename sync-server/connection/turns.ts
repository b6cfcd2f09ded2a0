import type { Subscription } from '../feed/subscription.ts';

/**
 * SY6: the activations of one socket take turns, a frame at a time, while the socket takes bytes; so a catch-up is never more than a
 * frame ahead of another context's live change, and a slow reader holds up only itself.
 */
export class Turns {
  readonly #queue = new Set<Subscription>();
  readonly #isWritable: () => boolean;
  readonly #send: (subscription: Subscription, text: string) => void;
  #isRunning = false;

  constructor(isWritable: () => boolean, send: (subscription: Subscription, text: string) => void) {
    this.#isWritable = isWritable;
    this.#send = send;
  }

  /** The subscription has something to send, perhaps. */
  wake(subscription: Subscription): void {
    this.#queue.add(subscription);
    this.run();
  }

  /** Also called when the socket has taken what it had. */
  run(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    try {
      while (this.#queue.size > 0 && this.#isWritable()) {
        const [next] = this.#queue;
        if (next === undefined) break;
        this.#queue.delete(next);
        const text = next.take();
        if (text === null) continue;
        this.#send(next, text);
        this.#queue.add(next);
      }
    } finally {
      this.#isRunning = false;
    }
  }

  drop(subscription: Subscription): void {
    this.#queue.delete(subscription);
  }
}
