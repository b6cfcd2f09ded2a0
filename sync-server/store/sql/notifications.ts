import pg from 'pg';
import type { ActivationId, ContextId, DeviceId, UserId, Version } from '../../../shared/core/ids.ts';
import type { StoreNews } from '../log-store.ts';

// SV2: a notification is a hint. It is sent on a connection of its own after the commit: inside the push's transaction it would hold an
// instance-wide lock through the commit. Whatever piles up while one batch is under way is the next batch. What is lost, the sweep finds.

const CHANNEL = 'contextscope';
/** NOTIFY takes less than 8,000 bytes. */
const MAX_PAYLOAD = 7_000;
const RECONNECT_MS = 500;

/** How news looks in a payload: `o` says which process sent it, for a process hears itself. */
type Wire = [string, ...(string | number)[]];

export class Notifications {
  readonly #connection: pg.ClientConfig;
  readonly #origin = crypto.randomUUID().slice(0, 8);
  readonly #notify: (channel: string, payload: string) => Promise<void>;
  readonly #onTrouble: (message: string) => void;
  #heads = new Map<ContextId, Version>();
  #others: Wire[] = [];
  #sending: Promise<void> | null = null;
  #listener: pg.Client | null = null;
  #retry: NodeJS.Timeout | null = null;
  #hear: (news: StoreNews) => void = () => undefined;
  #closed = false;

  constructor(connection: pg.ClientConfig, notify: (channel: string, payload: string) => Promise<void>, onTrouble: (message: string) => void) {
    this.#connection = connection;
    this.#notify = notify;
    this.#onTrouble = onTrouble;
  }

  tell(news: StoreNews): void {
    if (this.#closed) return;
    if (news.type === 'head') this.#heads.set(news.contextId, news.head);
    else if (news.type !== 'resumed') this.#others.push(toWire(news));
    this.#sending ??= this.#send().finally(() => (this.#sending = null));
  }

  /** Starts listening; every (re)connection is told as `resumed`, because something may have been missed. */
  async hear(listener: (news: StoreNews) => void): Promise<void> {
    this.#hear = listener;
    await this.#connect();
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#retry !== null) clearTimeout(this.#retry);
    await this.#sending;
    const listener = this.#listener;
    this.#listener = null;
    await listener?.end();
  }

  async #send(): Promise<void> {
    await Promise.resolve();
    while (this.#heads.size > 0 || this.#others.length > 0) {
      const items: Wire[] = [...[...this.#heads].map(([contextId, head]): Wire => ['h', contextId, head]), ...this.#others];
      this.#heads = new Map();
      this.#others = [];
      try {
        for (const payload of payloads(this.#origin, items)) await this.#notify(CHANNEL, payload);
      } catch {
        // Nobody is told; the others' sweep finds it within a second.
        return;
      }
    }
  }

  async #connect(): Promise<void> {
    if (this.#closed) return;
    const client = new pg.Client(this.#connection);
    client.on('notification', ({ payload }) => this.#received(payload ?? ''));
    client.on('error', () => this.#lost(client));
    client.on('end', () => this.#lost(client));
    try {
      await client.connect();
      await client.query(`LISTEN ${CHANNEL}`);
      this.#listener = client;
      this.#hear({ type: 'resumed' });
    } catch {
      this.#again();
    }
  }

  #lost(client: pg.Client): void {
    if (this.#listener !== client) return;
    this.#listener = null;
    client.end().catch(() => undefined);
    this.#again();
  }

  #again(): void {
    if (this.#closed) return;
    this.#onTrouble('The listener for notifications lost its connection; the sweep goes on');
    this.#retry = setTimeout(() => void this.#connect(), RECONNECT_MS * (0.5 + Math.random()));
  }

  #received(payload: string): void {
    let message: { o: string; n: Wire[] };
    try {
      message = JSON.parse(payload) as typeof message;
    } catch {
      // Somebody else's use of the channel.
      return;
    }
    if (message.o === this.#origin || !Array.isArray(message.n)) return;
    for (const item of message.n) {
      const news = fromWire(item);
      if (news !== null) this.#hear(news);
    }
  }
}

function toWire(news: Exclude<StoreNews, { type: 'resumed' | 'head' }>): Wire {
  switch (news.type) {
    case 'access':
      return ['u', news.userId];
    case 'activated':
      return ['a', news.deviceId, news.activationId, news.connectionId, news.contextId];
    case 'device':
      return ['d', news.deviceId, news.connectionId];
    case 'device-taken':
      return ['t', news.connectionId];
  }
}

function fromWire(item: Wire): StoreNews | null {
  const [kind, a, b, c, d] = item;
  if (typeof a !== 'string') return null;
  if (kind === 'h' && typeof b === 'number') return { type: 'head', contextId: a as ContextId, head: b as Version };
  if (kind === 't') return { type: 'device-taken', connectionId: a };
  if (kind === 'u') return { type: 'access', userId: a as UserId };
  if (kind === 'a' && typeof b === 'string' && typeof c === 'string' && typeof d === 'string') {
    return { type: 'activated', deviceId: a as DeviceId, activationId: b as ActivationId, connectionId: c, contextId: d as ContextId };
  }
  if (kind === 'd' && typeof b === 'string') return { type: 'device', deviceId: a as DeviceId, connectionId: b };
  return null;
}

function* payloads(origin: string, items: readonly Wire[]): Generator<string> {
  let batch: Wire[] = [];
  let bytes = 0;
  for (const item of items) {
    const size = Buffer.byteLength(JSON.stringify(item)) + 1;
    if (bytes + size > MAX_PAYLOAD && batch.length > 0) {
      yield JSON.stringify({ o: origin, n: batch });
      batch = [];
      bytes = 0;
    }
    batch.push(item);
    bytes += size;
  }
  if (batch.length > 0) yield JSON.stringify({ o: origin, n: batch });
}
