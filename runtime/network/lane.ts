import type { Clock, Undo } from '../../shared/base/clock.ts';
import type { Random } from '../../shared/base/random.ts';
import type { NetworkConditions } from './conditions.ts';

interface Underway {
  readonly due: number;
  deliver(): void;
}

/** How much later than its turn a frame comes that is to be overtaken, at least, in ms. */
const LATE = 20;

/** One direction of a socket under emulation: what is on its way, in the order in which it arrives. One timer while there is any, none otherwise. */
export class Lane {
  readonly #clock: Clock;
  readonly #random: Random;
  #underway: Underway[] = [];
  #timer: Undo | null = null;
  /** When the line is free for the next frame, and when the last frame in order arrives. */
  #freeAt = 0;
  #lastDue = 0;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  get empty(): boolean {
    return this.#underway.length === 0;
  }

  /** Takes a frame of `bytes` under these conditions; it may be lost, late or there twice. */
  frame(conditions: NetworkConditions, bytes: number, deliver: () => void): void {
    const { offline, dropRate, duplicateRate, reorderRate } = conditions;
    if (offline || this.#happens(dropRate)) return;
    this.#add(conditions, bytes, deliver, this.#happens(reorderRate));
    if (this.#happens(duplicateRate)) this.#add(conditions, bytes, deliver, false);
  }

  /** Takes news of the socket itself: they are late, never lost, and come in order. */
  news(conditions: NetworkConditions, deliver: () => void): void {
    this.#add(conditions, 0, deliver, false);
  }

  #happens(rate: number): boolean {
    return rate > 0 && this.#random.next() < rate;
  }

  #add({ latencyMs, jitterMs, bandwidthKbps }: NetworkConditions, bytes: number, deliver: () => void, late: boolean): void {
    const now = this.#clock.monotonic();
    const takes = bandwidthKbps > 0 ? (bytes * 8) / bandwidthKbps : 0;
    this.#freeAt = Math.max(now, this.#freeAt) + takes;
    const jitter = jitterMs > 0 ? this.#random.next() * jitterMs : 0;
    const arrives = this.#freeAt + latencyMs + jitter;
    const due = late ? arrives + Math.max(LATE, latencyMs, jitterMs) : Math.max(arrives, this.#lastDue);
    if (!late) this.#lastDue = due;
    if (due <= now && this.empty) return deliver();
    const behind = this.#underway.findLastIndex((other) => other.due <= due);
    this.#underway.splice(behind + 1, 0, { due, deliver });
    this.#setTimer();
  }

  #setTimer(): void {
    this.#timer?.();
    this.#timer = null;
    const next = this.#underway[0];
    if (next === undefined) return;
    this.#timer = this.#clock.after(Math.max(0, next.due - this.#clock.monotonic()), () => {
      this.#timer = null;
      this.#deliver(this.#clock.monotonic());
    });
  }

  #deliver(now: number): void {
    for (let next = this.#underway[0]; next !== undefined && next.due <= now; next = this.#underway[0]) {
      this.#underway.shift();
      next.deliver();
    }
    this.#setTimer();
  }

  /** Delivers everything at once: the emulation is over. */
  flush(): void {
    this.#freeAt = 0;
    this.#lastDue = 0;
    this.#deliver(Number.POSITIVE_INFINITY);
  }

  /** Forgets everything: the socket is gone. */
  clear(): void {
    this.#underway = [];
    this.#setTimer();
  }
}
