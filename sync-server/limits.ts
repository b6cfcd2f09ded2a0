import type { Clock } from '../shared/base/clock.ts';

/** What one peer may ask of the server. Sizes in bytes, rates per second. */
export interface Limits {
  /** Sockets in all. */
  readonly connections: number;
  /** Sockets that have not said HELLO; the oldest one goes when there are more. */
  readonly silentConnections: number;
  /** A socket that has not said HELLO by then is closed, ms. */
  readonly helloTimeoutMs: number;
  readonly activations: number;
  readonly framesPerSecond: number;
  readonly mutationsPerSecond: number;
  /** Of all connections together. */
  readonly mutationsPerSecondPerContext: number;
  /** Frames that do not fit, before the socket is closed. */
  readonly badFrames: number;
  /** Frames of one connection that wait for the database before the server stops reading from it. */
  readonly pendingFrames: number;
  readonly pendingBytes: number;
  /** Bytes that may wait in a socket before the feed, and then the reading, stops. */
  readonly feedHighWater: number;
  readonly socketHighWater: number;
  /** A socket that gives no sign of life for two of these is cut, ms. */
  readonly heartbeatMs: number;
  /** Body of an HTTP call; an import is a stream without this limit. */
  readonly bodyBytes: number;
}

export const DEFAULT_LIMITS: Limits = {
  connections: 20_000,
  silentConnections: 1_000,
  helloTimeoutMs: 10_000,
  activations: 256,
  framesPerSecond: 5_000,
  mutationsPerSecond: 50_000,
  mutationsPerSecondPerContext: 100_000,
  badFrames: 10,
  pendingFrames: 64,
  pendingBytes: 8_388_608,
  feedHighWater: 262_144,
  socketHighWater: 1_048_576,
  heartbeatMs: 20_000,
  bodyBytes: 8_388_608,
};

/** A token bucket: `rate` a second, two seconds' worth at once. */
export class Allowance {
  readonly #clock: Clock;
  readonly #rate: number;
  #left: number;
  #at: number;

  constructor(clock: Clock, rate: number) {
    this.#clock = clock;
    this.#rate = rate;
    this.#left = rate * 2;
    this.#at = clock.monotonic();
  }

  /** False when there is not enough left; then nothing is taken. */
  take(amount: number): boolean {
    const now = this.#clock.monotonic();
    this.#left = Math.min(this.#rate * 2, this.#left + ((now - this.#at) / 1000) * this.#rate);
    this.#at = now;
    if (this.#left < amount) return false;
    this.#left -= amount;
    return true;
  }
}
