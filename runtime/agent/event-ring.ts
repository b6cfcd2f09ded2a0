import type { RuntimeEvent } from '../../shared/core/events.ts';

export interface Gap {
  readonly fromSeq: number;
  readonly toSeq: number;
  readonly reason: string;
}

/** So many may be gone before the list is cut. */
const COMPACT_AT = 1_024;

/** DB4, DB5: the events that an agent still has, within a budget of bytes. What it had to let go unsent is told as gaps. */
export class EventRing {
  readonly #budget: number;
  #events: { readonly event: RuntimeEvent; readonly bytes: number }[] = [];
  /** The place of the oldest: what is before it has been let go, and is cut off in one go now and then. */
  #start = 0;
  #bytes = 0;
  #sent = 0;
  #gaps: Gap[] = [];

  constructor(budget: number) {
    this.#budget = budget;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#events.length - this.#start;
  }

  /** What is here, oldest first. */
  *held(): Generator<RuntimeEvent> {
    for (let at = this.#start; at < this.#events.length; at++) yield (this.#events[at] as { event: RuntimeEvent }).event;
  }

  /** The oldest seq that is still here; 0 when there is none. */
  get firstSeq(): number {
    return this.#events[this.#start]?.event.seq ?? 0;
  }

  add(event: RuntimeEvent): void {
    // An estimate: the exact size is known when it is sent, and counting it twice would cost what the budget is to save.
    const content = event.kind === 'frame' ? (event.bytes ?? 0) : 0;
    const bytes = 200 + (event.mutationIds?.length ?? 0) * 40 + content;
    this.#events.push({ event, bytes });
    this.#bytes += bytes;
    while (this.#bytes > this.#budget && this.size > 1) this.#drop();
  }

  #drop(): void {
    const gone = this.#events[this.#start];
    if (gone === undefined) return;
    this.#start++;
    if (this.#start > COMPACT_AT && this.#start > this.#events.length / 2) {
      this.#events = this.#events.slice(this.#start);
      this.#start = 0;
    }
    this.#bytes -= gone.bytes;
    const { seq } = gone.event;
    if (seq <= this.#sent) return;
    const last = this.#gaps.at(-1);
    if (last !== undefined && last.toSeq === seq - 1) this.#gaps[this.#gaps.length - 1] = { ...last, toSeq: seq };
    else this.#gaps.push({ fromSeq: seq, toSeq: seq, reason: 'the agent was out of credit' });
  }

  /** The other side has everything up to `seq`; what it lacks and is no longer here is a gap. */
  resume(seq: number): void {
    this.#sent = Math.max(0, seq);
    const first = this.#events[this.#start]?.event.seq;
    if (first !== undefined && first > this.#sent + 1 && this.#gaps.length === 0) this.#gaps.push({ fromSeq: this.#sent + 1, toSeq: first - 1, reason: 'no longer kept' });
  }

  /** The next batch, at most `count` events; what is taken counts as sent. */
  take(count: number): { readonly events: readonly RuntimeEvent[]; readonly gaps: readonly Gap[] } | null {
    const from = this.#firstUnsent();
    const events = this.#events.slice(from, from + count).map(({ event }) => event);
    if (events.length === 0 && this.#gaps.length === 0) return null;
    const gaps = this.#gaps;
    this.#gaps = [];
    this.#sent = events.at(-1)?.seq ?? this.#sent;
    return { events, gaps };
  }

  /** Events come in the order of seq: the first that was not sent is found by halves, because tens of thousands may be held. */
  #firstUnsent(): number {
    let [low, high] = [this.#start, this.#events.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#events[middle]?.event.seq ?? 0) > this.#sent) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
