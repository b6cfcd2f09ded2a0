import { EVENT_KINDS, type EventKind } from '../core/events.ts';
import type { Json } from '../base/json.ts';
import type { DebugEvent } from '../protocol/debug/index.ts';
import type { Buckets } from './buckets.ts';
import type { EventColumns } from './event-columns.ts';
import { Growing, Steps, lowerBound } from './growing-list.ts';
import { Histogram } from './histogram.ts';
import { asText, Kinds, Told, Track, type Observed } from './track.ts';

export type { LifecycleState, Track } from './track.ts';

// What every drawing over time needs of a recording, kept in memory as numbers while events arrive. Texts stay in the recording. A place is
// the index of an event in the order of arrival: seq starts anew with each run of a client, places do not.

export interface Gap {
  readonly place: number;
  readonly fromAt: number;
  readonly toAt: number;
  readonly fromSeq: number;
  readonly toSeq: number;
  readonly reason: string;
}

/** A range of seq that is not there. */
interface Missing {
  readonly fromSeq: number;
  readonly toSeq: number;
  readonly reason: string;
}

const asNumber = (value: Json | undefined): number | null => (typeof value === 'number' ? value : null);
const GAP = EVENT_KINDS.indexOf('gap');

export class EventIndex {
  readonly #at = new Growing(Float64Array);
  readonly #seq = new Growing(Float64Array);
  readonly #kind = new Growing(Uint8Array);
  readonly #bytes = new Growing(Float32Array);
  readonly #ms = new Growing(Float32Array);
  readonly #context = new Growing(Int32Array);
  readonly contextIds: string[] = [];
  readonly tracks = new Map<string, Track>();
  readonly gaps: Gap[] = [];
  /** Places and names of the runs of the client. */
  readonly runs = new Steps<string>();
  readonly activity = new Histogram();
  readonly #kinds = new Kinds();
  /** Counts up with every change, so that a drawing knows that it is old. */
  revision = 0;
  live = false;
  /** So many events at the beginning are known to be there, and nothing else of them yet. */
  unread = 0;
  /** Tracks by the numbers that columns give to contexts. */
  readonly #columnTracks: Track[] = [];
  #isEmpty = true;
  #lastAt = 0;

  /** Times of all events by place, ascending. What follows has as many entries, for an event that has none of it 0 or -1. */
  get at(): Float64Array {
    return this.#at.list;
  }

  get seq(): Float64Array {
    return this.#seq.list;
  }

  get kind(): Uint8Array {
    return this.#kind.list;
  }

  get bytes(): Float32Array {
    return this.#bytes.list;
  }

  get ms(): Float32Array {
    return this.#ms.list;
  }

  get context(): Int32Array {
    return this.#context.list;
  }

  get seconds(): ReadonlyMap<EventKind, Buckets> {
    return this.#kinds.seconds;
  }

  get length(): number {
    return this.#at.length;
  }

  get firstAt(): number {
    return this.at[0] ?? 0;
  }

  get lastAt(): number {
    return this.#lastAt;
  }

  kindAt(place: number): EventKind {
    return EVENT_KINDS[this.kind[place] ?? 0] ?? 'error';
  }

  ofKind(kind: EventKind): Uint32Array {
    return this.#kinds.places(kind);
  }

  contextAt(place: number): string | null {
    const index = this.context[place] ?? -1;
    return index < 0 ? null : (this.contextIds[index] ?? null);
  }

  track(contextId: string): Track {
    let track = this.tracks.get(contextId);
    if (track === undefined) {
      track = new Track(contextId, this.contextIds.length);
      this.tracks.set(contextId, track);
      this.contextIds.push(contextId);
    }
    return track;
  }

  /** The first place at or after a time. */
  placeOf(at: number): number {
    return lowerBound(this.at, at);
  }

  placeOfSeq(seq: number): number | null {
    // Of the last run: earlier runs have their own numbers, and the newest is what a person means.
    const start = this.runs.places.at(-1) ?? 0;
    const place = lowerBound(this.seq, seq, start);
    return place < this.length && this.seq[place] === seq ? place : null;
  }

  /** How many events of `list` (places, ascending) lie in [from, to). */
  countIn(list: ArrayLike<number>, from: number, to: number): number {
    return lowerBound(list, to) - lowerBound(list, from);
  }

  add(runId: string, events: readonly DebugEvent[], dropped: readonly Missing[] = []): void {
    const told = new Told();
    for (const event of events) {
      told.of(event);
      this.#append(runId, told, event.contextId === undefined ? null : this.track(event.contextId));
    }
    for (const gap of dropped) this.#addGap(runId, gap);
    this.revision += 1;
  }

  /** Adds a stretch of a recording. The columns are the index's own from then on. */
  addColumns(columns: EventColumns): void {
    const { length } = columns;
    const { at, context } = columns;
    const first = this.length;
    for (const contextId of columns.contexts) this.#columnTracks.push(this.track(contextId));
    const tracks = this.#columnTracks;
    const numbers = Int32Array.from(tracks, ({ index }) => index);
    const ofColumns = context.slice(0, length);
    for (let i = 0; i < length; i++) {
      at[i] = this.#notBefore(at[i] as number);
      context[i] = numbers[ofColumns[i] as number] ?? -1;
    }
    this.#at.append(at.subarray(0, length));
    this.#seq.append(columns.seq.subarray(0, length));
    this.#kind.append(columns.kind.subarray(0, length));
    this.#bytes.append(columns.bytes.subarray(0, length));
    this.#ms.append(columns.ms.subarray(0, length));
    this.#context.append(context.subarray(0, length));
    const told = new Told();
    let nextRun = 0;
    for (let i = 0; i < length; i++) {
      if (columns.runs[nextRun]?.at === i) this.runs.set(first + i, columns.runs[nextRun++]?.runId ?? '');
      told.ofColumns(columns, i);
      this.#take(first + i, told, tracks[ofColumns[i] as number] ?? null);
    }
    this.revision += 1;
  }

  /** Begins behind events of which only their number is known, and since when there are any. */
  startAfter({ events, from }: { readonly events: number; readonly from: number }): void {
    this.unread = events;
    if (events === 0) return;
    this.#lastAt = from;
    this.#isEmpty = false;
    for (const column of [this.#at, this.#seq, this.#kind, this.#bytes, this.#ms, this.#context]) column.skip(events);
    this.#at.list.fill(from);
    this.#context.list.fill(-1);
  }

  addGaps(gaps: readonly (Missing & { readonly runId: string })[]): void {
    for (const { runId, ...gap } of gaps) this.#addGap(runId, gap);
    this.revision += 1;
  }

  /** What a registry row says of a context: the client may know of a head that no event has told. */
  observe(row: Observed): void {
    const track = this.track(row.contextId);
    track.known = row;
    if (this.live) this.#note(track, row);
    this.revision += 1;
  }

  /** From here on events arrive as they happen, so that what a registry row says is true at the last place. */
  goLive(): void {
    this.live = true;
    for (const track of this.tracks.values()) if (track.known !== null) this.#note(track, track.known);
    this.revision += 1;
  }

  #note(track: Track, row: Observed): void {
    const place = Math.max(0, this.length - 1);
    if (track.lifecycle.length === 0) track.lifecycle.set(0, row.lifecycle);
    if (track.local.length === 0) track.local.set(0, row.localVersion);
    if (track.server.length === 0) track.server.set(0, row.serverVersion);
    else if (row.serverVersion > (track.server.last ?? 0)) track.server.set(place, row.serverVersion);
    if (track.pending.length === 0 && row.pendingWrites > 0) track.pending.set(0, row.pendingWrites);
    if (track.pruned.length === 0) track.pruned.set(0, !row.present);
  }

  #append(runId: string, told: Told, track: Track | null): void {
    const place = this.length;
    told.at = this.#notBefore(told.at);
    this.runs.set(place, runId);
    this.#at.push(told.at);
    this.#seq.push(told.seq);
    this.#kind.push(told.kind);
    this.#bytes.push(told.bytes);
    this.#ms.push(told.ms);
    this.#context.push(track?.index ?? -1);
    this.#take(place, told, track);
  }

  /** A clock that is set back must not make a later event older than an earlier one. */
  #notBefore(at: number): number {
    if (at > this.#lastAt || this.#isEmpty) this.#lastAt = at;
    this.#isEmpty = false;
    return this.#lastAt;
  }

  #take(place: number, told: Told, track: Track | null): void {
    this.activity.add(told.at);
    this.#kinds.add(place, told.at, told);
    track?.add(place, told.at, told);
    if (told.kind !== GAP) return;
    const data = told.words?.data ?? {};
    const fromSeq = asNumber(data['fromSeq']) ?? told.seq;
    this.#addGap(this.runs.at(place) ?? '', { fromSeq, toSeq: asNumber(data['toSeq']) ?? fromSeq, reason: asText(data['reason']) });
  }

  #addGap(runId: string, gap: Missing): void {
    const run = this.runs.values.lastIndexOf(runId);
    const start = run < 0 ? this.length : (this.runs.places[run] ?? 0);
    const end = this.runs.places[run + 1] ?? this.length;
    if (this.gaps.some((known) => known.fromSeq === gap.fromSeq && known.place >= start && known.place <= end)) return;
    const place = lowerBound(this.seq, gap.fromSeq, start, end);
    const toAt = this.at[place] ?? this.lastAt;
    this.gaps.push({ ...gap, place, fromAt: place > start ? (this.at[place - 1] ?? toAt) : toAt, toAt });
  }
}
