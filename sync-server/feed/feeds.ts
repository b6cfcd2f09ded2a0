import type { Clock, Undo } from '../../shared/base/clock.ts';
import type { ContextId, LogId, Version } from '../../shared/core/ids.ts';
import { wasRestored } from '../../shared/core/server/decide-activation.ts';
import type { ContextRecord, LogStore } from '../store/log-store.ts';
import { ContextFeed } from './context-feed.ts';

/** How often the heads of subscribed contexts are read, whatever notifications say (SV2), ms. */
export const SWEEP_MS = 1_000;

/** The feeds of all contexts that somebody has activated; a dormant context is in no list here. */
export class Feeds {
  readonly #store: LogStore;
  readonly #clock: Clock;
  readonly #byContext = new Map<ContextId, ContextFeed>();
  readonly #onTrouble: (what: string, thrown: unknown) => void;
  readonly #onRenamed: (contextId: ContextId, heads: { known: Version; found: Version }) => void;
  #cancel: Undo = () => undefined;
  #sweeping: Promise<void> | null = null;
  #closed = false;

  constructor(options: {
    store: LogStore;
    clock: Clock;
    onTrouble: (what: string, thrown: unknown) => void;
    onRenamed: (contextId: ContextId, heads: { known: Version; found: Version }) => void;
  }) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#onTrouble = options.onTrouble;
    this.#onRenamed = options.onRenamed;
    this.#schedule();
  }

  get size(): number {
    return this.#byContext.size;
  }

  find(contextId: ContextId): ContextFeed | undefined {
    return this.#byContext.get(contextId);
  }

  /** Holds the feed of a context; taken before its head is read, so that no news falls in between. */
  hold(contextId: ContextId): ContextFeed {
    let feed = this.#byContext.get(contextId);
    if (feed === undefined) {
      feed = new ContextFeed(contextId, this.#store);
      this.#byContext.set(contextId, feed);
    }
    feed.holders++;
    return feed;
  }

  release(feed: ContextFeed): void {
    feed.holders--;
    if (feed.holders === 0) this.#byContext.delete(feed.contextId);
  }

  /** Reads the heads of all subscribed contexts now. */
  async sweep(): Promise<void> {
    this.#sweeping ??= this.#sweep().finally(() => (this.#sweeping = null));
    await this.#sweeping;
  }

  /** SY7: somebody has seen a version above the head, so this is not the log that it was. */
  async renamed(record: ContextRecord, known: Version): Promise<ContextRecord> {
    const renamed = await this.#store.renameLog(record.contextId, record.logId, crypto.randomUUID() as string as LogId);
    this.#onRenamed(record.contextId, { known, found: record.head });
    this.#byContext.get(record.contextId)?.saw(renamed);
    return renamed;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel();
    await this.#sweeping;
  }

  async #sweep(): Promise<void> {
    if (this.#byContext.size === 0) return;
    for (const feed of this.#byContext.values()) feed.rest();
    // What was known before the question was asked is committed: an answer below it is another log.
    const known = new Map([...this.#byContext.values()].map((feed) => [feed.contextId, feed.head]));
    try {
      for (const record of await this.#store.heads([...known.keys()])) {
        const head = known.get(record.contextId) ?? record.head;
        const isRestored = wasRestored(record, { sinceVersion: head, seenVersion: head, logId: this.#byContext.get(record.contextId)?.logId ?? undefined, schemaVersion: 0 });
        if (isRestored) await this.renamed(record, head);
        else this.#byContext.get(record.contextId)?.saw(record);
      }
    } catch (thrown) {
      this.#onTrouble('sweep', thrown);
    }
  }

  #schedule(): void {
    this.#cancel = this.#clock.after(SWEEP_MS, () => {
      void this.sweep().then(() => {
        if (!this.#closed) this.#schedule();
      });
    });
  }
}
