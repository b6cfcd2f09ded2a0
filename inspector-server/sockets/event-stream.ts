import type { EventParams } from '../../shared/protocol/debug/index.ts';
import { creditOf } from '../../shared/protocol/debug/credit.ts';
import type { HubLimits } from '../options.ts';
import type { LiveRecording, PlacedEvent } from '../recordings/live-recording.ts';
import type { MeteredChannel } from './ws-channel.ts';

type Events = EventParams<'Client.events'>;
type Dropped = NonNullable<Events['dropped']>[number];

const PAGE = 1_000;
/** An inspector that fell behind too far goes on with this many of the newest events. */
const KEEP = 1_000;
/** What an inspector can be given at most, so that a mistake on its side does not undo the bound. */
const MOST_CREDIT = 268_435_456;

/** Of a session that is limited to some contexts. Its events are numbered without the others, so that a jump tells nothing of them. */
export interface StreamFilter {
  readonly contexts: readonly string[];
  /** The event as this session may see it; null: not at all. */
  event(event: PlacedEvent['event']): PlacedEvent['event'] | null;
}

/**
 * What one inspector gets of a recording: from a place on, then live. It reads the recording at its own pace and holds nothing, so an
 * inspector that never reads costs no memory; one that was up to date and fell behind too far is told what it missed (DB4).
 */
export class EventStream {
  readonly #recording: LiveRecording;
  readonly #channel: MeteredChannel;
  readonly #limits: HubLimits;
  readonly #filter: StreamFilter | null;
  readonly #undo: () => void;
  /** Per run: the last seq that was sent or left out. */
  readonly #sent = new Map<string, number>();
  readonly #runId: string;
  readonly #frames: boolean;
  /** Per run: the number of the next event that a limited session gets. */
  readonly #numbers = new Map<string, number>();
  #lastRunId: string;
  /** The gaps that are known to be sent, as far as there were any then. */
  #gapRevision = -1;
  #cursor: number;
  #credit: number;
  #wasLive = false;
  #isWaiting = false;
  #isScheduled = false;
  #missed: (Dropped & { readonly runId: string })[] = [];

  constructor(recording: LiveRecording, channel: MeteredChannel, limits: HubLimits, options: { after: number; frames: boolean; credit: number; filter: StreamFilter | null; from: { runId: string; seq: number } }) {
    this.#recording = recording;
    this.#channel = channel;
    this.#limits = limits;
    this.#filter = options.filter;
    this.#cursor = options.after;
    this.#frames = options.frames;
    this.#credit = options.credit;
    this.#runId = options.from.runId;
    this.#lastRunId = options.from.runId;
    this.#sent.set(options.from.runId, options.from.seq - 1);
    this.#undo = recording.grew.listen(() => this.#grew());
    this.#soon();
  }

  get credit(): number {
    return this.#credit;
  }

  give(bytes: number): void {
    this.#credit = Math.min(MOST_CREDIT, this.#credit + bytes);
    this.#soon();
  }

  close(): void {
    this.#undo();
    this.#cursor = Number.MAX_SAFE_INTEGER;
  }

  #grew(): void {
    if (this.#wasLive && this.#recording.lastPlace - this.#cursor > this.#limits.inspectorLagEvents) this.#skip();
    this.#pump();
  }

  /** Leaves out what an inspector cannot take, and remembers to say so. */
  #skip(): void {
    const to = this.#recording.lastPlace - KEEP;
    this.#numbers.clear();
    for (const range of this.#recording.seqsBetween(this.#cursor, to)) {
      const known = this.#missed.find(({ runId }) => runId === range.runId);
      if (known === undefined) this.#missed.push({ ...range, reason: 'the inspector was too slow' });
      else this.#missed = this.#missed.map((missed) => (missed === known ? { ...known, toSeq: range.toSeq } : missed));
      this.#sent.set(range.runId, range.toSeq);
    }
    this.#cursor = to;
  }

  #soon(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#pump();
    });
  }

  /** Sends one page, when there is one, credit for it, and room in the socket; then lets others have a turn. */
  #pump(): void {
    if (this.#credit <= 0 || this.#cursor === Number.MAX_SAFE_INTEGER) return;
    if (this.#channel.buffered > this.#limits.inspectorBufferBytes) return this.#wait();
    if (this.#sendWhole()) return;
    const page = this.#recording.page(this.#cursor, PAGE);
    const isLast = page.length < PAGE;
    this.#cursor = isLast ? Math.max(this.#cursor, this.#recording.lastPlace) : (page.at(-1)?.place ?? this.#cursor);
    // Who sees some contexts only is not told how many events of all were left out.
    for (const { runId, ...missed } of this.#filter === null ? this.#missed : []) this.#send(runId, [], [missed]);
    this.#missed = [];
    for (let from = 0; from < page.length; ) {
      const runId = page[from]?.runId ?? '';
      let to = from;
      while (page[to]?.runId === runId) to++;
      this.#run(runId, page.slice(from, to), isLast && to === page.length);
      from = to;
    }
    if (!isLast) return this.#soon();
    const { gapRevision } = this.#recording;
    // Gaps behind the newest event, of the run that goes on.
    if (gapRevision !== this.#gapRevision) this.#run(this.#lastRunId, [], true);
    this.#gapRevision = gapRevision;
    // An empty batch, once: the inspector has everything there was.
    if (!this.#wasLive) this.#send(this.#runId, [], []);
    this.#wasLive = true;
  }

  /** Live and up to date, batches go on as they came: checked and written already, and as good as new. */
  #sendWhole(): boolean {
    if (!this.#wasLive || this.#filter !== null || this.#missed.length > 0 || this.#gapRevision !== this.#recording.gapRevision) return false;
    for (let batch = this.#recording.wholeAfter(this.#cursor); batch !== undefined; batch = this.#recording.wholeAfter(this.#cursor)) {
      if (batch.frames && !this.#frames) return false;
      this.#cursor = batch.lastPlace;
      this.#lastRunId = batch.runId;
      this.#sent.set(batch.runId, batch.lastSeq);
      this.#credit -= batch.cost;
      this.#channel.sendBytes(batch.text);
      if (this.#credit <= 0 || this.#channel.buffered > this.#limits.inspectorBufferBytes) break;
    }
    if (this.#cursor >= this.#recording.lastPlace) return true;
    if (this.#credit <= 0) return true;
    if (this.#channel.buffered <= this.#limits.inspectorBufferBytes) return false;
    this.#wait();
    return true;
  }

  #run(runId: string, placed: readonly PlacedEvent[], isUpToDate: boolean): void {
    this.#lastRunId = runId;
    const after = this.#sent.get(runId) ?? -1;
    const last = Math.max(after, placed.at(-1)?.event.seq ?? -1);
    const known = this.#gapRevision === this.#recording.gapRevision;
    const gaps = (known ? [] : this.#recording.gaps(runId, after + 1)).filter(({ fromSeq }) => isUpToDate || fromSeq <= last);
    this.#sent.set(runId, Math.max(last, ...gaps.map(({ toSeq }) => toSeq)));
    const events = placed.flatMap(({ event, place }) => {
      const seen = this.#filter === null ? event : this.#numbered(this.#filter, runId, event, place);
      return seen === null || (event.kind === 'frame' && !this.#frames) ? [] : [seen];
    });
    const dropped = this.#filter === null ? gaps.map(({ fromSeq, toSeq, reason }) => ({ fromSeq, toSeq, reason })) : [];
    if (events.length > 0 || dropped.length > 0) this.#send(runId, events, dropped);
  }

  #numbered(filter: StreamFilter, runId: string, event: PlacedEvent['event'], place: number): PlacedEvent['event'] | null {
    const seen = filter.event(event);
    if (seen === null) return null;
    const seq = this.#numbers.get(runId) ?? this.#recording.countOf(runId, filter.contexts, place - 1);
    this.#numbers.set(runId, seq + 1);
    return { ...seen, seq };
  }

  #send(runId: string, events: Events['events'], dropped: Dropped[]): void {
    const params: Events = dropped.length === 0 ? { runId, events } : { runId, events, dropped };
    const text = JSON.stringify({ method: 'Client.events', params });
    // The smaller of two measures: whichever of them an inspector gives back by, its credit never leaks away.
    this.#credit -= Math.min(creditOf(events), text.length);
    this.#channel.send(text);
  }

  #wait(): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    this.#channel.drained(() => {
      this.#isWaiting = false;
      this.#soon();
    });
  }
}
