import { EVENT_KINDS, type EventKind } from '../core/events.ts';
import type { Json } from '../base/json.ts';
import type { DebugEvent } from '../protocol/debug/index.ts';
import { Buckets } from './buckets.ts';
import type { EventColumns, EventWords } from './event-columns.ts';
import { Growing, Steps } from './growing-list.ts';

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
  readonly #all = new Growing(Uint32Array);
  readonly #kinds = new Kinds();
  /** Its writes that no delta has brought back yet: their mutationIds, or keys of them. */
  readonly outbox = new Set<string | number>();
  known: Observed | null = null;

  constructor(contextId: string, index: number) {
    this.contextId = contextId;
    this.index = index;
  }

  get seconds(): ReadonlyMap<EventKind, Buckets> {
    return this.#kinds.seconds;
  }

  get all(): Uint32Array {
    return this.#all.list;
  }

  ofKind(kind: EventKind): Uint32Array {
    return this.#kinds.places(kind);
  }

  add(place: number, at: number, told: Told): void {
    this.#all.push(place);
    this.#kinds.add(place, at, told);
    if (FOLLOWED[told.kind] === 1 || !Number.isNaN(told.head)) follow(this, place, told);
  }
}

const NOTHING = new Uint32Array(0);

/** Places and sums by kind. The maps are for who reads; who writes has the kind's number. */
export class Kinds {
  readonly seconds = new Map<EventKind, Buckets>();
  readonly #byNumber: ({ readonly places: Growing<Uint32Array<ArrayBuffer>>; readonly seconds: Buckets } | undefined)[] = EVENT_KINDS.map(() => undefined);

  places(kind: EventKind): Uint32Array {
    return this.#byNumber[EVENT_KINDS.indexOf(kind)]?.places.list ?? NOTHING;
  }

  add(place: number, at: number, told: Told): void {
    const of = this.#byNumber[told.kind] ?? this.#open(told.kind);
    of.places.push(place);
    const versions = told.toVersion - told.fromVersion;
    of.seconds.add(at, told.wire, versions > 1 ? versions : 1);
  }

  #open(number: number) {
    const of = { places: new Growing(Uint32Array), seconds: new Buckets() };
    this.#byNumber[number] = of;
    this.seconds.set(EVENT_KINDS[number] ?? 'error', of.seconds);
    return of;
  }
}

/** The part of a registry row that a drawing needs. */
export interface Observed {
  readonly contextId: string;
  readonly lifecycle: LifecycleState;
  readonly localVersion: number;
  readonly serverVersion: number;
  readonly pendingWrites: number;
  readonly present: boolean;
}

export const asText = (value: Json | undefined): string => (typeof value === 'string' ? value : '');
const number = (kind: EventKind): number => EVENT_KINDS.indexOf(kind);
const SNAPSHOT = number('snapshot');
/** 1: events of the kind change what is known of their context. */
const FOLLOWED = Uint8Array.from(EVENT_KINDS, (kind) => (['lifecycle', 'connection', 'delta', 'snapshot', 'write', 'conflict', 'prune', 'forget', 'error'].includes(kind) ? 1 : 0));

/** What the index takes in of one event, whether it comes alone or in columns: NaN is what it does not have. One is filled anew for each. */
export class Told {
  at = 0;
  seq = 0;
  kind = 0;
  bytes = 0;
  /** Bytes that came over the wire with it. */
  wire = 0;
  ms = -1;
  fromVersion = Number.NaN;
  toVersion = Number.NaN;
  head = Number.NaN;
  words: EventWords | undefined;
  replaced: readonly (string | number)[] = NONE;
  ids: ArrayLike<string | number> = NONE;
  idsFrom = 0;
  idsEnd = 0;

  of(event: DebugEvent): void {
    const { data, mutationIds = NONE } = event;
    const head = data['serverVersion'];
    const replaced = data['replaced'];
    this.at = event.at;
    this.seq = event.seq;
    this.kind = EVENT_KINDS.indexOf(event.kind);
    this.bytes = event.bytes ?? 0;
    this.ms = event.durationMs ?? -1;
    this.fromVersion = event.fromVersion ?? Number.NaN;
    this.toVersion = event.toVersion ?? Number.NaN;
    this.head = typeof head === 'number' ? head : Number.NaN;
    this.words = event;
    this.replaced = Array.isArray(replaced) ? replaced.map(String) : NONE;
    this.ids = mutationIds;
    this.idsFrom = 0;
    this.idsEnd = mutationIds.length;
    this.#weigh();
  }

  ofColumns(columns: EventColumns, i: number): void {
    this.at = columns.at[i] ?? 0;
    this.seq = columns.seq[i] ?? 0;
    this.kind = columns.kind[i] ?? 0;
    this.bytes = columns.bytes[i] ?? 0;
    this.ms = columns.ms[i] ?? -1;
    this.fromVersion = columns.fromVersion[i] ?? Number.NaN;
    this.toVersion = columns.toVersion[i] ?? Number.NaN;
    this.head = columns.head[i] ?? Number.NaN;
    this.words = columns.words.get(i);
    this.replaced = this.words?.replaced ?? NONE;
    this.ids = columns.ids;
    this.idsFrom = i === 0 ? 0 : (columns.idsEnd[i - 1] ?? 0);
    this.idsEnd = columns.idsEnd[i] ?? 0;
    this.#weigh();
  }

  /** A snapshot is told of when it starts, is here and is adopted; it came over the wire once. */
  #weigh(): void {
    this.wire = this.kind === SNAPSHOT && this.words?.data['step'] !== 'downloaded' ? 0 : this.bytes;
  }
}

const NONE: readonly string[] = [];

/** What an event changes of its context. */
function follow(track: Track, place: number, told: Told): void {
  const kind = EVENT_KINDS[told.kind];
  if (told.head > (track.server.last ?? -1)) track.server.set(place, told.head);
  switch (kind) {
    case 'lifecycle': {
      const { activationId, data = {} } = told.words ?? {};
      const to = asText(data['to']);
      if (track.lifecycle.length === 0 && asText(data['from']) !== '') track.lifecycle.set(0, asText(data['from']) as LifecycleState);
      track.lifecycle.set(place, to as LifecycleState);
      if (activationId !== undefined) track.activation.set(place, activationId);
      if (to === 'active') track.failed.set(place, false);
      if (to === 'active') track.pruned.set(place, false);
      if (to === 'dormant') track.connection.set(place, '');
      return;
    }
    case 'connection':
      track.connection.set(place, asText(told.words?.data['to']));
      return;
    case 'delta':
    case 'snapshot':
      if (kind === 'snapshot' && told.words?.data['step'] !== 'adopted') return;
      if (told.fromVersion >= 0 && track.local.length === 0) track.local.set(0, told.fromVersion);
      if (told.toVersion >= 0) {
        track.local.set(place, told.toVersion);
        if (told.toVersion > (track.server.last ?? -1)) track.server.set(place, told.toVersion);
      }
      if (kind === 'delta') settle(track, place, told);
      return;
    case 'write':
      for (const id of told.replaced) track.outbox.delete(id);
      for (let i = told.idsFrom; i < told.idsEnd; i++) track.outbox.add(told.ids[i] ?? '');
      track.pending.set(place, track.outbox.size);
      return;
    case 'conflict':
      track.conflicts.set(place, (track.conflicts.last ?? 0) + 1);
      decide(track, place, told);
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

function settle(track: Track, place: number, told: Told): void {
  if (told.idsFrom === told.idsEnd || track.outbox.size === 0) return;
  for (let i = told.idsFrom; i < told.idsEnd; i++) track.outbox.delete(told.ids[i] ?? '');
  track.pending.set(place, track.outbox.size);
}

/** A conflict takes the writes that met theirs, and may leave one in their place: the last id, which no write told of. */
function decide(track: Track, place: number, told: Told): void {
  let taken = 0;
  let left: string | number | null = null;
  for (let i = told.idsFrom; i < told.idsEnd; i++) {
    const id = told.ids[i] ?? '';
    left = null;
    if (track.outbox.delete(id)) taken += 1;
    else left = id;
  }
  if (taken === 0) return;
  if (left !== null) track.outbox.add(left);
  track.pending.set(place, track.outbox.size);
}
