import type { LogId, ContextId, Version } from '../../shared/core/ids.ts';
import { MAX_FRAME_BYTES } from '../../shared/protocol/sync/index.ts';
import type { ContextRecord, LogStore } from '../store/log-store.ts';
import { wireChange, type WireChange } from './change-text.ts';

/** The newest changes of a context that are kept in memory for its live subscribers, in bytes. */
const TAIL_BYTES = 524_288;
const PAGE_CHANGES = 1_000;

/** Whoever is fed from a context. */
export interface Subscriber {
  /** The head moved. */
  moved(): void;
  /** The log begins later than it did (SV3). */
  horizonMoved(): void;
  /** The log is not the one any more that the subscription was made on. */
  logChanged(): void;
}

/**
 * One context that somebody has activated: how far its log is, and its newest changes, read once for all subscribers. Each subscriber
 * has a cursor of its own (SV2); whoever is further behind than the tail reads pages of its own.
 */
export class ContextFeed {
  readonly contextId: ContextId;
  readonly #store: LogStore;
  readonly #subscribers = new Set<Subscriber>();
  readonly #reading = new Map<Version, Promise<readonly WireChange[]>>();
  #logId: LogId | null = null;
  #head: Version = 0 as Version;
  #horizon: Version = 0 as Version;
  /** Contiguous; it ends at or before the head. */
  #tail: WireChange[] = [];
  #tailBytes = 0;
  /** Something was added to the tail since the last sweep. */
  #isBusy = false;
  /** Holders: subscribers, and activations on their way to become one. */
  holders = 0;

  constructor(contextId: ContextId, store: LogStore) {
    this.contextId = contextId;
    this.#store = store;
  }

  get head(): Version {
    return this.#head;
  }

  get horizon(): Version {
    return this.#horizon;
  }

  get logId(): LogId | null {
    return this.#logId;
  }

  subscribe(subscriber: Subscriber): () => void {
    this.#subscribers.add(subscriber);
    return () => void this.#subscribers.delete(subscriber);
  }

  /** A hint: the log is at least this far. */
  sawHead(head: Version): void {
    const before = this.#head;
    this.#head = Math.max(before, head) as Version;
    if (this.#head !== before) this.#tell();
  }

  /** What the database says. */
  saw(record: ContextRecord): void {
    const isOther = this.#logId !== null && this.#logId !== record.logId;
    const isShorter = this.#horizon !== record.horizon;
    this.#logId = record.logId;
    this.#horizon = record.horizon;
    if (!isOther) {
      this.sawHead(record.head);
      if (isShorter) for (const subscriber of [...this.#subscribers]) subscriber.horizonMoved();
      return;
    }
    this.#head = record.head;
    this.#tail = [];
    this.#tailBytes = 0;
    this.#reading.clear();
    for (const subscriber of [...this.#subscribers]) subscriber.logChanged();
  }

  /** Changes that this process has just committed: its own subscribers need no read. */
  committed(changes: readonly WireChange[], logId: LogId): void {
    const last = changes.at(-1);
    if (last === undefined || logId !== this.#logId) return;
    this.#append(changes);
    this.sawHead(last.version);
  }

  /** The changes after `after` where they are in memory, else null. */
  cached(after: Version): readonly WireChange[] | null {
    const first = this.#tail[0];
    if (first === undefined) return null;
    // Versions are gapless, so a position follows from the first one's.
    const index = after + 1 - first.version;
    return index >= 0 && index < this.#tail.length ? this.#tail.slice(index) : null;
  }

  /** One page after `after` from the log. Empty, or beginning later: the log does not reach back so far. */
  async read(after: Version): Promise<readonly WireChange[]> {
    const running = this.#reading.get(after);
    if (running !== undefined) return await running;
    const reading = this.#store.changes(this.contextId, { after, limit: PAGE_CHANGES, maxBytes: MAX_FRAME_BYTES }).then((changes) => changes.map(wireChange));
    this.#reading.set(after, reading);
    try {
      const changes = await reading;
      if (this.#reading.get(after) === reading) this.#append(changes);
      return changes;
    } finally {
      if (this.#reading.get(after) === reading) this.#reading.delete(after);
    }
  }

  /** Called by each sweep: a context that nothing happens in keeps no changes in memory. */
  rest(): void {
    if (!this.#isBusy) {
      this.#tail = [];
      this.#tailBytes = 0;
    }
    this.#isBusy = false;
  }

  #append(changes: readonly WireChange[]): void {
    this.#isBusy = true;
    for (const change of changes) {
      const last = this.#tail.at(-1);
      if (last !== undefined && change.version - last.version < 1) continue;
      if (last !== undefined && change.version - last.version > 1) {
        this.#tail = [];
        this.#tailBytes = 0;
      }
      this.#tail.push(change);
      this.#tailBytes += change.bytes;
    }
    let drop = 0;
    while (this.#tailBytes > TAIL_BYTES && drop < this.#tail.length) this.#tailBytes -= this.#tail[drop++]?.bytes ?? 0;
    if (drop > 0) this.#tail.splice(0, drop);
  }

  #tell(): void {
    for (const subscriber of [...this.#subscribers]) subscriber.moved();
  }
}
