import { EVENT_KINDS, type EventKind } from '../core/events.ts';
import type { Json } from '../base/json.ts';
import type { DebugEvent } from '../protocol/debug/index.ts';
import { Buckets } from './buckets.ts';
import { Steps, lowerBound } from './growing-list.ts';
import { Histogram } from './histogram.ts';

// What every drawing over time needs of a recording, kept in memory as numbers while events arrive. Texts stay in the recording. A place is
// the index of an event in the order of arrival: seq starts anew with each run of a client, places do not.

export type LifecycleState = 'dormant' | 'activating' | 'active' | 'deactivating';

/** What the inspector keeps per context about the past. */
export class Track {
  readonly contextId: string;
  /** Its number in `EventIndex.context`. */
  readonly index: number;
  readonly lifecycle = new Steps<LifecycleState>();
  readonly connection = new Steps<string>();
  readonly local = new Steps<number>();
  readonly server = new Steps<number>();
  readonly pending = new Steps<number>();
  readonly conflicts = new Steps<number>();
  readonly pruned = new Steps<boolean>();
  readonly failed = new Steps<boolean>();
  readonly activation = new Steps<string>();
  /** Places of its events, all and by kind. */
  readonly all: number[] = [];
  readonly byKind = new Map<EventKind, number[]>();
  readonly seconds = new Map<EventKind, Buckets>();
  readonly outbox = new Set<string>();
  known: Observed | null = null;

  constructor(contextId: string, index: number) {
    this.contextId = contextId;
    this.index = index;
  }

  ofKind(kind: EventKind): readonly number[] {
    return this.byKind.get(kind) ?? [];
  }
}

export interface Gap {
  readonly place: number;
  readonly fromAt: number;
  readonly toAt: number;
  readonly fromSeq: number;
  readonly toSeq: number;
  readonly reason: string;
}

const asNumber = (value: Json | undefined): number | null => (typeof value === 'number' ? value : null);
const asText = (value: Json | undefined): string => (typeof value === 'string' ? value : '');

/** The part of a registry row that a drawing needs. */
export interface Observed {
  readonly contextId: string;
  readonly lifecycle: LifecycleState;
  readonly localVersion: number;
  readonly serverVersion: number;
  readonly pendingWrites: number;
  readonly present: boolean;
}

export class EventIndex {
  readonly at: number[] = [];
  readonly seq: number[] = [];
  readonly kind: number[] = [];
  readonly bytes: number[] = [];
  readonly ms: number[] = [];
  readonly context: number[] = [];
  readonly contextIds: string[] = [];
  readonly tracks = new Map<string, Track>();
  readonly gaps: Gap[] = [];
  /** Places and names of the runs of the client. */
  readonly runs = new Steps<string>();
  readonly activity = new Histogram();
  readonly byKind = new Map<EventKind, number[]>();
  readonly seconds = new Map<EventKind, Buckets>();
  /** Counts up with every change, so that a drawing knows that it is old. */
  revision = 0;
  live = false;

  get length(): number {
    return this.at.length;
  }

  get firstAt(): number {
    return this.at[0] ?? 0;
  }

  get lastAt(): number {
    return this.at.at(-1) ?? 0;
  }

  kindAt(place: number): EventKind {
    return EVENT_KINDS[this.kind[place] ?? 0] ?? 'error';
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
  countIn(list: readonly number[], from: number, to: number): number {
    return lowerBound(list, to) - lowerBound(list, from);
  }

  add(runId: string, events: readonly DebugEvent[], dropped: readonly { fromSeq: number; toSeq: number; reason: string }[] = []): void {
    for (const event of events) this.#addOne(runId, event);
    for (const gap of dropped) this.#addGap(runId, gap);
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

  #addOne(runId: string, event: DebugEvent): void {
    const place = this.length;
    this.runs.set(place, runId);
    // A clock that is set back must not make a later event older than an earlier one.
    const at = Math.max(event.at, this.lastAt);
    this.at.push(at);
    this.seq.push(event.seq);
    this.kind.push(EVENT_KINDS.indexOf(event.kind));
    this.bytes.push(event.bytes ?? 0);
    this.ms.push(event.durationMs ?? -1);
    this.activity.add(at);
    list(this.byKind, event.kind).push(place);
    count(this.seconds, at, event);
    if (event.kind === 'gap') {
      const fromSeq = asNumber(event.data['fromSeq']) ?? event.seq;
      this.#addGap(runId, { fromSeq, toSeq: asNumber(event.data['toSeq']) ?? fromSeq, reason: asText(event.data['reason']) });
    }
    if (event.contextId === undefined) {
      this.context.push(-1);
      return;
    }
    const track = this.track(event.contextId);
    this.context.push(track.index);
    track.all.push(place);
    list(track.byKind, event.kind).push(place);
    count(track.seconds, at, event);
    follow(track, place, event);
  }

  #addGap(runId: string, gap: { fromSeq: number; toSeq: number; reason: string }): void {
    const run = this.runs.values.lastIndexOf(runId);
    const start = run < 0 ? this.length : (this.runs.places[run] ?? 0);
    const end = this.runs.places[run + 1] ?? this.length;
    if (this.gaps.some((known) => known.fromSeq === gap.fromSeq && known.place >= start && known.place <= end)) return;
    const place = lowerBound(this.seq, gap.fromSeq, start, end);
    const toAt = this.at[place] ?? this.lastAt;
    this.gaps.push({ ...gap, place, fromAt: place > start ? (this.at[place - 1] ?? toAt) : toAt, toAt });
  }
}

function list(map: Map<EventKind, number[]>, kind: EventKind): number[] {
  let places = map.get(kind);
  if (places === undefined) map.set(kind, (places = []));
  return places;
}

function count(map: Map<EventKind, Buckets>, at: number, event: DebugEvent): void {
  let buckets = map.get(event.kind);
  if (buckets === undefined) map.set(event.kind, (buckets = new Buckets()));
  // A snapshot is told of when it starts, is here and is adopted; it came over the wire once.
  const wire = event.kind === 'snapshot' && event.data['step'] !== 'downloaded' ? 0 : (event.bytes ?? 0);
  const changes = event.toVersion === undefined || event.fromVersion === undefined ? 1 : Math.max(1, event.toVersion - event.fromVersion);
  buckets.add(at, wire, changes);
}

/** What an event changes of its context. */
function follow(track: Track, place: number, event: DebugEvent): void {
  const { data } = event;
  const head = asNumber(data['serverVersion']);
  if (head !== null && head > (track.server.last ?? -1)) track.server.set(place, head);
  switch (event.kind) {
    case 'lifecycle': {
      const to = asText(data['to']);
      if (track.lifecycle.length === 0 && asText(data['from']) !== '') track.lifecycle.set(0, asText(data['from']) as LifecycleState);
      track.lifecycle.set(place, to as LifecycleState);
      if (event.activationId !== undefined) track.activation.set(place, event.activationId);
      if (to === 'active') track.failed.set(place, false);
      if (to === 'active') track.pruned.set(place, false);
      if (to === 'dormant') track.connection.set(place, '');
      return;
    }
    case 'connection':
      track.connection.set(place, asText(data['to']));
      return;
    case 'delta':
    case 'snapshot':
      if (event.kind === 'snapshot' && data['step'] !== 'adopted') return;
      if (event.fromVersion !== undefined && track.local.length === 0) track.local.set(0, event.fromVersion);
      if (event.toVersion !== undefined) {
        track.local.set(place, event.toVersion);
        if (event.toVersion > (track.server.last ?? -1)) track.server.set(place, event.toVersion);
      }
      if (event.kind === 'delta') settle(track, place, event.mutationIds);
      return;
    case 'write': {
      const replaced = data['replaced'];
      if (Array.isArray(replaced)) for (const id of replaced) track.outbox.delete(String(id));
      for (const id of event.mutationIds ?? []) track.outbox.add(id);
      track.pending.set(place, track.outbox.size);
      return;
    }
    case 'conflict':
      track.conflicts.set(place, (track.conflicts.last ?? 0) + 1);
      if (asText(data['state']) === 'rejected') settle(track, place, event.mutationIds);
      return;
    case 'prune':
      track.pruned.set(place, true);
      return;
    case 'forget':
      track.pruned.set(place, true);
      track.outbox.clear();
      track.pending.set(place, 0);
      return;
    case 'error':
      track.failed.set(place, true);
      return;
    default:
      return;
  }
}

function settle(track: Track, place: number, ids: readonly string[] | undefined): void {
  if (ids === undefined || track.outbox.size === 0) return;
  for (const id of ids) track.outbox.delete(id);
  track.pending.set(place, track.outbox.size);
}
