import type { Clock } from '../shared/base/clock.ts';

/** The longest delay a timer takes; a longer one is cut into pieces. */
const MAX_DELAY = 2_147_000_000;

/** The clock of this machine. Its timers keep no process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, task) {
    let timer: NodeJS.Timeout;
    const wait = (left: number): void => {
      timer = setTimeout(() => (left > MAX_DELAY ? wait(left - MAX_DELAY) : task()), Math.min(Math.max(left, 0), MAX_DELAY));
      timer.unref();
    };
    wait(delayMs);
    return () => clearTimeout(timer);
  },
};
