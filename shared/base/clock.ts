/** Undoes what returned it. */
export type Undo = () => void;

/** Time as the code sees it. Injected, so that a simulation can turn it by hand. */
export interface Clock {
  /** Milliseconds since 1970 as this device believes. May jump. */
  now(): number;
  /** Monotonic milliseconds, for durations only. */
  monotonic(): number;
  /** Calls `task` once after `delayMs`; the returned function cancels it. */
  after(delayMs: number, task: () => void): Undo;
}
