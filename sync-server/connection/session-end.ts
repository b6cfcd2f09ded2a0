import type { Clock, Undo } from '../../shared/base/clock.ts';
import type { Connection } from './connection.ts';

/** The warning comes this long before the cut, ms. */
const WARNING_MS = 60_000;

/** A token's end on an open socket: a warning that `AUTH` answers, then the cut. */
export class SessionEnd {
  readonly #clock: Clock;
  readonly #connection: Connection;
  #cancel: Undo = () => undefined;

  constructor(clock: Clock, connection: Connection) {
    this.#clock = clock;
    this.#connection = connection;
  }

  /** `expiresAt`: ms since 1970. */
  setTo(expiresAt: number): void {
    this.#cancel();
    const left = expiresAt - this.#clock.now();
    this.#cancel = this.#clock.after(Math.max(0, left - WARNING_MS), () => {
      this.#connection.error({ code: 'UNAUTHENTICATED', message: 'The token ends within a minute: renew it with AUTH', retryable: true });
      this.#cancel = this.#clock.after(Math.min(WARNING_MS, Math.max(0, left)), () => this.#connection.close(4401, 'the token has ended'));
    });
  }

  close(): void {
    this.#cancel();
  }
}
