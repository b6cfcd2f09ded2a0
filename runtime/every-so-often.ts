import type { Undo } from '../shared/base/clock.ts';

const EVERY_MS = 200;

/** Looks several times a second, until it is undone. `after`: a timer of the caller's. */
export function everySoOften(after: (ms: number, run: () => void) => Undo, look: () => void): Undo {
  let undo = after(EVERY_MS, function again() {
    undo = after(EVERY_MS, again);
    look();
  });
  return () => undo();
}
