import type { ActivationId, ContextId, Version } from '../../shared/core/ids.ts';
import { afterApplied, afterFeed, feedFrom, isCompacted, mayFeed, type FeedCursor } from '../../shared/core/server/feed-cursor.ts';
import { MAX_FRAME_BYTES } from '../../shared/protocol/sync/index.ts';
import { deltaText, fitting, type WireChange } from './change-text.ts';
import type { ContextFeed, Subscriber } from './context-feed.ts';

export type SubscriptionEnd = 'compacted' | 'log-changed';

/** One activation's place in the log of its context. It sends nothing by itself: its connection asks it when it is its turn. */
export class Subscription implements Subscriber {
  readonly contextId: ContextId;
  readonly activationId: ActivationId;
  readonly #feed: ContextFeed;
  readonly #wake: () => void;
  readonly #end: (why: SubscriptionEnd) => void;
  readonly #onTrouble: (thrown: unknown) => void;
  readonly #leave: () => void;
  /** Frames of live changes that wait for their APPLIED: when they were committed, ms since 1970. */
  readonly #waiting: { toVersion: Version; at: number }[] = [];
  readonly #since: number;
  #cursor: FeedCursor;
  #page: readonly WireChange[] | null = null;
  #isReading = false;
  #closed = false;

  constructor(options: {
    feed: ContextFeed;
    activationId: ActivationId;
    from: Version;
    /** ms since 1970: changes from before it are catching up and say nothing about latency. */
    now: number;
    wake: () => void;
    end: (why: SubscriptionEnd) => void;
    onTrouble: (thrown: unknown) => void;
  }) {
    this.contextId = options.feed.contextId;
    this.activationId = options.activationId;
    this.#feed = options.feed;
    this.#wake = options.wake;
    this.#end = options.end;
    this.#onTrouble = options.onTrouble;
    this.#since = options.now;
    this.#cursor = feedFrom(options.from);
    this.#leave = options.feed.subscribe(this);
  }

  get inFlight(): number {
    return this.#cursor.inFlight;
  }

  moved(): void {
    if (this.#wants()) this.#wake();
  }

  logChanged(): void {
    if (!this.#closed) this.#end('log-changed');
  }

  /** SV3: tells the subscriber when the horizon has passed it. */
  horizonMoved(): void {
    if (!this.#closed && isCompacted(this.#cursor, this.#feed.horizon)) this.#end('compacted');
  }

  /** The next frame, or null when there is none, none may go, or one has to be read first: then it wakes its connection. */
  take(): string | null {
    if (this.#closed || !this.#wants()) return null;
    const page = this.#feed.cached(this.#cursor.sent) ?? this.#page;
    // A page that was read before the cursor went back is of no use.
    if (page === null || !this.#isNext(page)) {
      void this.#read();
      return null;
    }
    this.#page = null;
    const changes = fitting(page, MAX_FRAME_BYTES);
    const text = deltaText(this.contextId, this.activationId, this.#cursor.sent, changes);
    const last = changes.at(-1);
    if (last === undefined) return null;
    if (last.at >= this.#since && this.#waiting.length < 1_000) this.#waiting.push({ toVersion: last.version, at: last.at });
    this.#cursor = afterFeed(this.#cursor, last.version, Buffer.byteLength(text));
    return text;
  }

  /** SY6, SY8. Returns how long ago each change was committed that is now applied for the first time, ms. */
  applied(version: Version, now: number): number[] {
    this.#cursor = afterApplied(this.#cursor, version);
    const latencies: number[] = [];
    while (this.#waiting.length > 0 && !mayFeed(feedFrom(version), this.#waiting[0]?.toVersion ?? version)) {
      latencies.push(now - (this.#waiting.shift()?.at ?? now));
    }
    if (this.#wants()) this.#wake();
    return latencies;
  }

  close(): void {
    this.#closed = true;
    this.#page = null;
    this.#leave();
  }

  #wants(): boolean {
    return mayFeed(this.#cursor, this.#feed.head);
  }

  async #read(): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    const after = this.#cursor.sent;
    try {
      const changes = await this.#feed.read(after);
      if (this.#closed || this.#cursor.sent !== after) return;
      // The log does not go on right behind the cursor: it was compacted, or cut.
      if (!this.#isNext(changes)) return this.horizonMoved();
      this.#page = changes;
    } catch (thrown) {
      // The next news or sweep tries again.
      this.#onTrouble(thrown);
      return;
    } finally {
      this.#isReading = false;
    }
    this.#wake();
  }

  #isNext(changes: readonly WireChange[]): boolean {
    const first = changes[0];
    return first !== undefined && first.version - this.#cursor.sent === 1;
  }
}
