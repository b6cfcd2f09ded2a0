import { AppError } from '../../shared/base/app-error.ts';
import { unreachable } from '../../shared/base/assert.ts';
import { SerialQueue } from '../../shared/base/serial-queue.ts';
import type { ActivationId, ContextId } from '../../shared/core/ids.ts';
import { feedFrom, isCompacted } from '../../shared/core/server/feed-cursor.ts';
import { MAX_FRAME_BYTES, type ClientFrame, type FrameOf } from '../../shared/protocol/sync/index.ts';
import { activate } from './activate.ts';
import type { Connection, Session } from './connection.ts';
import { toError } from './error-frame.ts';
import { Turns } from './turns.ts';
import { fitting, logText, wireChange } from '../feed/change-text.ts';
import type { ContextFeed } from '../feed/context-feed.ts';
import type { Subscription, SubscriptionEnd } from '../feed/subscription.ts';
import { Allowance } from '../limits.ts';
import { push } from '../push.ts';
import type { Services } from '../services.ts';

type ContextFrame = Exclude<ClientFrame, { type: 'HELLO' | 'AUTH' | 'PING' }>;

export interface Activation {
  readonly activationId: ActivationId;
  readonly feed: ContextFeed;
  readonly subscription: Subscription;
}

/** What this connection has active, and the frames about it. Frames of one context are answered in order, contexts beside each other. */
export class Activations {
  readonly #services: Services;
  readonly #connection: Connection;
  readonly #session: Session;
  readonly #onAnswered: () => void;
  readonly #active = new Map<ContextId, Activation>();
  /** Replaced by a newer connection, or ended by the feed: frames under them are stale. */
  readonly #stale = new Map<ContextId, ActivationId>();
  readonly #queues = new Map<ContextId, { queue: SerialQueue; waiting: number }>();
  readonly #turns: Turns;
  readonly #mutations: Allowance;
  #waiting = 0;
  #closed = false;

  constructor(services: Services, connection: Connection, session: Session, onAnswered: () => void) {
    this.#services = services;
    this.#connection = connection;
    this.#session = session;
    this.#onAnswered = onAnswered;
    this.#mutations = new Allowance(services.clock, services.limits.mutationsPerSecond);
    this.#turns = new Turns(
      () => connection.isWritable,
      (subscription, text) => {
        services.metrics.sentBytes.inc({ context: services.metrics.label(subscription.contextId), kind: 'delta' }, text.length);
        connection.sendText(text);
      },
    );
  }

  /** Frames that wait for an answer. */
  get waiting(): number {
    return this.#waiting;
  }

  get turns(): Turns {
    return this.#turns;
  }

  writable(): void {
    this.#turns.run();
  }

  async idle(): Promise<void> {
    await Promise.all([...this.#queues.values()].map(({ queue }) => queue.idle()));
  }

  handle(frame: ContextFrame, bytes: number): void {
    // These change nothing in the database, and an APPLIED that waits behind a push would hold up the feed.
    if (frame.type === 'APPLIED') return this.#applied(frame);
    if (frame.type === 'CONFLICT_RESOLVED') return this.#resolved(frame);
    const entry = this.#queues.get(frame.contextId) ?? { queue: new SerialQueue(), waiting: 0 };
    this.#queues.set(frame.contextId, entry);
    entry.waiting++;
    this.#waiting++;
    void entry.queue.run(async () => {
      try {
        // Whoever does not read its answers gets no more of them.
        await this.#connection.drained();
        if (!this.#closed) await this.#answer(frame, bytes);
      } catch (thrown) {
        this.#failed(frame, thrown);
      } finally {
        this.#waiting--;
        entry.waiting--;
        // A context that nothing is asked about any more costs nothing.
        if (entry.waiting === 0) this.#queues.delete(frame.contextId);
        this.#onAnswered();
      }
    });
  }

  replaced(contextId: ContextId, activationId: ActivationId): void {
    if (this.#active.get(contextId)?.activationId === activationId) this.#end(contextId, 'stale');
  }

  drop(contextId: ContextId): void {
    this.#end(contextId, 'gone');
  }

  close(): void {
    this.#closed = true;
    for (const contextId of [...this.#active.keys()]) this.#end(contextId, 'gone');
  }

  /** Takes over an activation that is ready to be fed; false when the connection was closed meanwhile. */
  begin(contextId: ContextId, activation: Activation): boolean {
    if (this.#closed) return false;
    this.#end(contextId, 'gone');
    this.#stale.delete(contextId);
    this.#active.set(contextId, activation);
    this.#services.metrics.activations.inc({ context: this.#services.metrics.label(contextId) });
    return true;
  }

  /** The feed cannot go on: the client has to activate again. */
  ended(contextId: ContextId, activationId: ActivationId, why: SubscriptionEnd): void {
    const activation = this.#active.get(contextId);
    if (activation?.activationId !== activationId) return;
    const { horizon } = activation.feed;
    this.#end(contextId, 'stale');
    switch (why) {
      case 'compacted':
        return this.#connection.error({ code: 'COMPACTED', message: 'The log begins later than this activation stands', retryable: true, contextId, activationId, horizon });
      case 'log-changed':
        return this.#connection.error({ code: 'STALE_ACTIVATION', message: 'The log is another one: activate again', retryable: true, contextId, activationId });
      default:
        return unreachable(why);
    }
  }

  #end(contextId: ContextId, how: 'stale' | 'gone'): void {
    const activation = this.#active.get(contextId);
    if (activation === undefined) return;
    this.#active.delete(contextId);
    this.#turns.drop(activation.subscription);
    activation.subscription.close();
    this.#services.feeds.release(activation.feed);
    this.#services.metrics.activations.dec({ context: this.#services.metrics.label(contextId) });
    if (how === 'stale') this.#stale.set(contextId, activation.activationId);
  }

  /** The activation that a frame names; fails with `NOT_ACTIVE` or `STALE_ACTIVATION` (IS3). */
  #must(frame: { contextId: ContextId; activationId: ActivationId }): Activation {
    const activation = this.#active.get(frame.contextId);
    if (activation?.activationId === frame.activationId) return activation;
    this.#services.metrics.events.inc({ event: 'stale-frame' });
    if (activation !== undefined || this.#stale.has(frame.contextId)) throw new AppError('STALE_ACTIVATION', 'This activation is over', { details: { retryable: true } });
    throw new AppError('NOT_ACTIVE', 'This connection has not activated the context');
  }

  async #answer(frame: Exclude<ContextFrame, { type: 'APPLIED' | 'CONFLICT_RESOLVED' }>, bytes: number): Promise<void> {
    switch (frame.type) {
      case 'ACTIVATE_CONTEXT':
        if (!this.#active.has(frame.contextId) && this.#active.size >= this.#services.limits.activations) throw new AppError('RATE_LIMITED', 'Too many contexts are active on this connection', { details: { retryable: true } });
        return await activate(this.#services, this.#connection, this, this.#session, frame);
      case 'DEACTIVATE_CONTEXT':
        return this.#deactivate(frame);
      case 'PUSH':
        return await this.#push(frame, bytes);
      case 'FETCH_LOG':
        return await this.#fetchLog(frame);
      default:
        return unreachable(frame);
    }
  }

  /** Answered alike however often it comes: what it asks for is so. Only an activation that was replaced says that it was. */
  #deactivate(frame: FrameOf<ClientFrame, 'DEACTIVATE_CONTEXT'>): void {
    const { contextId, activationId } = frame;
    if (this.#active.has(contextId) || this.#stale.get(contextId) === activationId) this.#must(frame);
    this.#end(contextId, 'gone');
    this.#connection.send({ type: 'CONTEXT_DEACTIVATED', contextId, activationId });
    this.#services.log.debug({ contextId, activationId, deviceId: this.#session.deviceId }, 'deactivated');
  }

  async #push(frame: FrameOf<ClientFrame, 'PUSH'>, bytes: number): Promise<void> {
    this.#must(frame);
    const { contextId, activationId, pushId } = frame;
    this.#services.metrics.receivedBytes.inc({ context: this.#services.metrics.label(contextId) }, bytes);
    const count = frame.mutations.length;
    if (!this.#mutations.take(count) || !this.#services.writers.mayWrite(contextId, count)) {
      throw new AppError('RATE_LIMITED', 'Too many writes a second', { details: { retryable: true } });
    }
    const sender = { deviceId: this.#session.deviceId, userId: this.#session.identity.userId };
    const { results } = await push(this.#services, sender, frame);
    this.#connection.send({ type: 'PUSH_RESULT', contextId, activationId, pushId, results: results.map((one) => ({ ...one })) });
  }

  #applied(frame: FrameOf<ClientFrame, 'APPLIED'>): void {
    try {
      const { contextId } = frame;
      const latencies = this.#must(frame).subscription.applied(frame.version, this.#services.clock.now());
      if (latencies.length === 0) return;
      const context = this.#services.metrics.label(contextId);
      for (const latency of latencies) this.#services.metrics.latency.observe({ context }, Math.max(0, latency) / 1000);
    } catch (thrown) {
      this.#failed(frame, thrown);
    }
  }

  #resolved(frame: FrameOf<ClientFrame, 'CONFLICT_RESOLVED'>): void {
    try {
      this.#must(frame);
      this.#services.metrics.conflictsSettled.inc({ context: this.#services.metrics.label(frame.contextId), how: frame.outcome });
      this.#services.hotspots.count(frame.contextId, this.#session.deviceId, 'resolved');
    } catch (thrown) {
      this.#failed(frame, thrown);
    }
  }

  async #fetchLog(frame: FrameOf<ClientFrame, 'FETCH_LOG'>): Promise<void> {
    const { feed } = this.#must(frame);
    const { contextId, activationId, requestId } = frame;
    const found = await this.#services.store.changes(contextId, {
      after: frame.fromVersion,
      to: frame.toVersion,
      entity: frame.entity,
      entityId: frame.entityId,
      limit: frame.limit + 1,
      maxBytes: MAX_FRAME_BYTES,
    });
    // Read behind the changes: a horizon that moved before them is seen here.
    const record = await this.#services.store.context(contextId);
    if (record === null) throw new AppError('UNKNOWN_CONTEXT', 'There is no such context');
    feed.saw(record);
    if (isCompacted(feedFrom(frame.fromVersion), record.horizon)) {
      return this.#connection.error({ code: 'COMPACTED', message: 'The log begins later', retryable: false, contextId, activationId, requestId, horizon: record.horizon });
    }
    const changes = found.map(wireChange);
    const page = fitting(changes.slice(0, frame.limit), MAX_FRAME_BYTES);
    // The read ends behind the change that reaches the bytes; then there may be more, and an empty page says that there was not.
    const mayGoOn = page.length < changes.length || bytesOf(found) >= MAX_FRAME_BYTES;
    const more = mayGoOn && page.at(-1)?.version !== frame.toVersion;
    this.#connection.sendText(logText(requestId, contextId, page, more, record.horizon));
  }

  #failed(frame: ContextFrame, thrown: unknown): void {
    if (this.#closed) return;
    const { code, message, retryable, isOurs } = toError(thrown);
    const { contextId, activationId } = frame;
    if (isOurs) this.#services.log.error({ contextId, activationId, deviceId: this.#session.deviceId, frame: frame.type, err: thrown }, 'a frame failed');
    // Only a request has an id of its own: an error about anything else concerns the activation.
    this.#connection.error({ code, message, retryable, contextId, activationId, ...(frame.type === 'FETCH_LOG' ? { requestId: frame.requestId } : {}) });
  }
}

/** As the store counts them. */
const bytesOf = (changes: readonly { text: string | null }[]): number => changes.reduce((sum, one) => sum + Buffer.byteLength(one.text ?? '') + 400, 0);
