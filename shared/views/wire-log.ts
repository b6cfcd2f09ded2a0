import type { PlacedEvent } from './event-queries.ts';
import { framesStart, wireEvents } from './frames.ts';
import { number, type Reader } from './reader.ts';

/** How many frames a list shows at least, where there are so many. */
export const MOST_FRAMES = 5_000;

/** The newest frames of a recording that grows, with what became of them: what was read once is not read again. */
export class WireLog {
  #events: PlacedEvent[] = [];
  /** The last place that is not in it. */
  #from = -1;
  /** The last place that was read. */
  #to = -1;
  #turn: Promise<unknown> = Promise.resolve();

  /** As of a place. Calls take turns. */
  upTo(read: Reader, place: number): Promise<readonly PlacedEvent[]> {
    const turn = this.#turn.then(() => this.#read(read, place));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #read(read: Reader, place: number): Promise<readonly PlacedEvent[]> {
    const [last] = await read('SELECT max(place) AS place FROM events WHERE place <= ?', [place + 1]);
    const to = number(last?.['place']) - 1;
    // Back in time: what is shown ends there, and begins earlier.
    if (this.#to < 0 || (to < this.#to && this.#from >= 0)) {
      this.#from = await framesStart(read, to, MOST_FRAMES);
      this.#to = this.#from;
      this.#events = [];
    }
    if (to > this.#to) {
      this.#events.push(...(await wireEvents(read, this.#to, to)));
      this.#to = to;
      this.#trim();
    }
    return to < this.#to ? this.#events.filter((event) => event.place <= to) : [...this.#events];
  }

  #trim(): void {
    let frames = 0;
    for (const { kind } of this.#events) if (kind === 'frame') frames++;
    if (frames <= 2 * MOST_FRAMES) return;
    let left = frames - MOST_FRAMES;
    const at = this.#events.findIndex(({ kind }) => kind === 'frame' && left-- === 0);
    this.#from = (this.#events[at]?.place ?? 0) - 1;
    this.#events = this.#events.slice(at);
  }
}
