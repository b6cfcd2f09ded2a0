import { randomInt, timingSafeEqual } from 'node:crypto';
import { AppError } from '../../shared/base/app-error.ts';
import type { Clock } from '../../shared/base/clock.ts';
import type { Mode } from './grants.ts';

const CODE_MS = 300_000;
/** Wrong codes in a row after which pairing ends until it is asked for again. */
const TRIES = 5;

export interface Offer {
  readonly mode: Mode;
  readonly contexts: readonly string[] | null;
}

interface Open extends Offer {
  readonly code: string;
  readonly expiresAt: number;
  readonly failures: number;
}

/** Codes of 6 digits: one at a time, for one use, for 5 minutes. A wrong one makes a new one, so that nobody can try them out. */
export class Pairing {
  readonly #clock: Clock;
  readonly #show: (code: string, expiresAt: number, isNewAfterFailure: boolean) => void;
  #open: Open | null = null;

  /** `show` puts a code before the person at the hub's terminal; it is never sent to anybody. */
  constructor(clock: Clock, show: (code: string, expiresAt: number, isNewAfterFailure: boolean) => void) {
    this.#clock = clock;
    this.#show = show;
  }

  offer(offer: Offer): { readonly expiresAt: number } {
    return this.#next({ ...offer, failures: 0 });
  }

  /** What a code buys; throws `UNAUTHENTICATED` for a wrong, used or old one. */
  redeem(code: string): Offer {
    const open = this.#open;
    if (open === null || open.expiresAt <= this.#clock.now()) {
      this.#open = null;
      throw new AppError('UNAUTHENTICATED', 'No pairing code is valid now: make one with `contextscope pair`');
    }
    if (isSame(code, open.code)) {
      this.#open = null;
      return { mode: open.mode, contexts: open.contexts };
    }
    if (open.failures + 1 >= TRIES) {
      this.#open = null;
      throw new AppError('UNAUTHENTICATED', 'Too many wrong codes: make a new one with `contextscope pair`');
    }
    this.#next({ mode: open.mode, contexts: open.contexts, failures: open.failures + 1 });
    throw new AppError('UNAUTHENTICATED', 'The code is wrong. The hub shows a new one in its terminal');
  }

  #next(offer: Offer & { readonly failures: number }): { readonly expiresAt: number } {
    const code = String(randomInt(1_000_000)).padStart(6, '0');
    const expiresAt = this.#clock.now() + CODE_MS;
    this.#open = { ...offer, code, expiresAt };
    this.#show(code, expiresAt, offer.failures > 0);
    return { expiresAt };
  }
}

function isSame(given: string, code: string): boolean {
  const padded = Buffer.alloc(code.length);
  padded.write(given.slice(0, code.length));
  const isEqual = timingSafeEqual(padded, Buffer.from(code));
  return isEqual && given.length === code.length;
}
