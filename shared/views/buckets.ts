import { lowerBound } from './growing-list.ts';

const SECOND = 1_000;

/** What events of one kind came to, second by second: a chart over many events adds up seconds, not events. */
export class Buckets {
  /** Starts of seconds, ascending; a second without an event has none. */
  readonly at: number[] = [];
  readonly count: number[] = [];
  /** Bytes that went over the wire. */
  readonly wire: number[] = [];
  /** Versions that were applied. */
  readonly changes: number[] = [];

  add(at: number, wire: number, changes: number): void {
    let last = this.at.length - 1;
    // Within the newest second, which is where an event almost always falls.
    if (last < 0 || at >= (this.at[last] as number) + SECOND) {
      last = this.at.push(Math.floor(at / SECOND) * SECOND) - 1;
      this.count.push(0);
      this.wire.push(0);
      this.changes.push(0);
    }
    this.count[last] = (this.count[last] ?? 0) + 1;
    this.wire[last] = (this.wire[last] ?? 0) + wire;
    this.changes[last] = (this.changes[last] ?? 0) + changes;
  }

  /** Adds the seconds in [from, to) to the columns of a chart. */
  addTo(columns: number[], what: Measure, from: number, to: number, step: number): void {
    const values = this[what];
    for (let i = lowerBound(this.at, from); i < this.at.length; i++) {
      const at = this.at[i] ?? 0;
      if (at >= to) return;
      const column = Math.min(columns.length - 1, Math.floor((at - from) / step));
      columns[column] = (columns[column] ?? 0) + (values[i] ?? 0);
    }
  }
}

export type Measure = 'count' | 'wire' | 'changes';
