import { AppError } from '../../shared/base/app-error.ts';
import { deferred } from '../../shared/base/deferred.ts';
import type { Clock } from '../../shared/base/clock.ts';
import type { Random } from '../../shared/base/random.ts';
import type { Socket, SocketHandlers } from '../../shared/engine/host.ts';
import { CALM, contextOfFrame, type NetworkConditions } from './conditions.ts';
import { Lane } from './lane.ts';

type Dial = (url: string, handlers: SocketHandlers) => Socket;

/** Characters that went over the sockets to an endpoint: as many as bytes, but for text beyond ASCII. */
export interface Traffic {
  bytesIn: number;
  bytesOut: number;
}

interface EmulatedSocket {
  flush(): void;
  cut(): void;
}

const OFFLINE = 'the network is emulated as offline';

/**
 * A bad network inside the client's own transport: it stands between the engine and the platform's sockets, loses, delays, doubles and reorders
 * frames, and changes nothing else. Without conditions a frame passes with a counter and a comparison.
 */
export class NetworkEmulation {
  readonly #dial: Dial;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #traffic = new Map<string, Traffic>();
  readonly #sockets = new Set<EmulatedSocket>();
  readonly #downloads = new Map<AbortController, string>();
  readonly #waits = new Set<() => void>();
  #conditions: NetworkConditions | null = null;
  #only: ReadonlySet<string> | null = null;

  constructor(platform: { readonly dial: Dial; readonly clock: Clock; readonly random: Random }) {
    this.#dial = (url, handlers) => platform.dial(url, handlers);
    this.#clock = platform.clock;
    this.#random = platform.random;
  }

  get conditions(): NetworkConditions | null {
    return this.#conditions;
  }

  /** Emulates from now on; null: the real network, with what is on its way delivered at once. `offline` for all cuts what is open. */
  emulate(conditions: Partial<NetworkConditions> | null): void {
    const { contexts, ...rest } = conditions ?? {};
    this.#conditions = conditions === null ? null : { ...CALM, ...rest, ...(contexts === undefined ? {} : { contexts: [...contexts] }) };
    this.#only = contexts === undefined ? null : new Set(contexts);
    for (const socket of [...this.#sockets]) {
      if (this.isCut) socket.cut();
      else if (this.#conditions === null) socket.flush();
    }
    if (this.#conditions === null) for (const go of this.#waits) go();
    if (this.#conditions?.offline === true) for (const [download, contextId] of [...this.#downloads]) if (this.#isOver(contextId)) download.abort();
  }

  #isOver(contextId: string): boolean {
    return this.#conditions !== null && (this.#only === null || this.#only.has(contextId));
  }

  /** No connection can be had at all. */
  get isCut(): boolean {
    return this.#conditions?.offline === true && this.#only === null;
  }

  /** What a frame is under; null: it passes. */
  #over(text: string): NetworkConditions | null {
    if (this.#conditions === null || this.#only === null) return this.#conditions;
    const contextId = contextOfFrame(text);
    return contextId !== null && this.#only.has(contextId) ? this.#conditions : null;
  }

  traffic(url: string): Readonly<Traffic> {
    return this.#traffic.get(url) ?? { bytesIn: 0, bytesOut: 0 };
  }

  readonly dial: Dial = (url, handlers) => {
    if (this.isCut) {
      // Not before the dialler has its socket: `closed` comes in a turn of its own, as from a real one.
      queueMicrotask(() => handlers.closed(OFFLINE));
      return { send: () => undefined, close: () => undefined };
    }
    const traffic = this.#traffic.get(url) ?? { bytesIn: 0, bytesOut: 0 };
    this.#traffic.set(url, traffic);
    return this.#open(url, handlers, traffic);
  };

  /**
   * A download beside the sockets: it cannot be had offline and breaks off where it is when that begins, its first byte comes after a round trip, and it takes as
   * long as the bandwidth lets it. What it loses comes again by itself, as over any TCP. Rejects with `DOWNLOAD_FAILED`, or as `fetch` does.
   */
  readonly download = async (contextId: string, bytes: number, signal: AbortSignal, fetch: (signal: AbortSignal) => Promise<void>): Promise<void> => {
    const over = this.#isOver(contextId) ? this.#conditions : null;
    if (over?.offline === true) throw new AppError('DOWNLOAD_FAILED', OFFLINE);
    const own = new AbortController();
    const passOn = (): void => own.abort();
    signal.addEventListener('abort', passOn, { once: true });
    this.#downloads.set(own, contextId);
    try {
      const startedAt = this.#clock.monotonic();
      if (over !== null) await this.#wait(2 * over.latencyMs + this.#random.next() * over.jitterMs, own.signal);
      await fetch(own.signal);
      const { bandwidthKbps } = (this.#isOver(contextId) ? this.#conditions : null) ?? CALM;
      // Kilobits a second are bits a millisecond.
      if (bandwidthKbps > 0) await this.#wait(startedAt + (bytes * 8) / bandwidthKbps - this.#clock.monotonic(), own.signal);
    } catch (thrown) {
      throw own.signal.aborted && !signal.aborted ? new AppError('DOWNLOAD_FAILED', OFFLINE) : thrown;
    } finally {
      signal.removeEventListener('abort', passOn);
      this.#downloads.delete(own);
    }
  };

  async #wait(ms: number, signal: AbortSignal): Promise<void> {
    if (ms <= 0 || signal.aborted) return signal.throwIfAborted();
    const over = deferred<void>();
    const go = (): void => over.resolve();
    const undo = this.#clock.after(ms, go);
    this.#waits.add(go);
    signal.addEventListener('abort', go, { once: true });
    await over.promise;
    undo();
    this.#waits.delete(go);
    signal.throwIfAborted();
  }

  #open(url: string, handlers: SocketHandlers, traffic: Traffic): Socket {
    const inbound = new Lane(this.#clock, this.#random);
    const outbound = new Lane(this.#clock, this.#random);
    let isOver = false;
    let isLeft = false;
    const closed = (reason: string): void => {
      if (isOver) return;
      isOver = true;
      inbound.clear();
      outbound.clear();
      this.#sockets.delete(entry);
      handlers.closed(reason);
    };
    const news = (deliver: () => void): void => {
      const late = this.#only === null && !isLeft ? this.#conditions : null;
      if (late === null && inbound.empty) deliver();
      else inbound.news(late ?? CALM, deliver);
    };
    const socket = this.#dial(url, {
      opened: () => void (isOver || news(() => handlers.opened())),
      message: (text) => {
        if (isOver || isLeft) return;
        traffic.bytesIn += text.length;
        const over = this.#over(text);
        if (over === null) handlers.message(text);
        else inbound.frame(over, text.length, () => handlers.message(text));
      },
      closed: (reason) => void (isOver || news(() => closed(reason))),
    });
    const entry: EmulatedSocket = {
      flush: () => {
        inbound.flush();
        outbound.flush();
      },
      cut: () => {
        closed(OFFLINE);
        socket.close(OFFLINE);
      },
    };
    this.#sockets.add(entry);
    return {
      send: (text) => {
        if (isOver) return;
        traffic.bytesOut += text.length;
        const over = this.#over(text);
        if (over === null) socket.send(text);
        else outbound.frame(over, text.length, () => socket.send(text));
      },
      close: (reason) => {
        // What was said before the farewell leaves with it; nothing waits for a socket that its owner gave up.
        isLeft = true;
        outbound.flush();
        inbound.clear();
        socket.close(reason);
      },
    };
  }
}
