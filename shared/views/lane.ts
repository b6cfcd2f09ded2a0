import type { EventKind } from '../core/events.ts';
import type { EventIndex, LifecycleState, Track } from './event-index.ts';
import { lowerBound } from './growing-list.ts';

// One lane of the timeline, as shapes in time: the drawing turns them into pixels and nothing else.

export interface Band {
  readonly from: number;
  readonly to: number;
  readonly state: LifecycleState | 'pruned';
}

export interface Point {
  readonly at: number;
  readonly value: number;
}

export interface Lane {
  readonly bands: readonly Band[];
  /** Stretches of an open context without a connection. */
  readonly offline: readonly { readonly from: number; readonly to: number }[];
  readonly local: readonly Point[];
  readonly server: readonly Point[];
  readonly low: number;
  readonly high: number;
}

const BAND_OPEN: ReadonlySet<string> = new Set(['active', 'deactivating']);

/** A lane between two times. `columns`: how many pixels there are, so that no more steps are made than can be seen. */
export function laneOf(index: EventIndex, track: Track, from: number, to: number, columns: number): Lane {
  const bands: Band[] = [];
  const timeOf = (place: number): number => (place <= 0 ? Math.min(from, index.firstAt) : (index.at[place] ?? to));
  eachStep(index, track.lifecycle, from, to, (start, end, state) => {
    if (state === 'dormant') bands.push(...dormantBands(index, track, start, end));
    else bands.push({ from: start, to: end, state });
  });
  const offline: { from: number; to: number }[] = [];
  eachStep(index, track.connection, from, to, (start, end, name, place) => {
    if (name === 'offline' && BAND_OPEN.has(track.lifecycle.at(place) ?? '')) offline.push({ from: start, to: end });
  });
  const local = points(track.local, timeOf, index, from, to, columns);
  const server = points(track.server, timeOf, index, from, to, columns);
  const values = [...local, ...server].map(({ value }) => value);
  return { bands, offline, local, server, low: values.length === 0 ? 0 : Math.min(...values), high: values.length === 0 ? 0 : Math.max(...values) };
}

/** A context is pruned while it is dormant: what it holds changes inside such a stretch. */
function dormantBands(index: EventIndex, track: Track, from: number, to: number): readonly Band[] {
  const out: Band[] = [];
  eachStep(index, track.pruned, from, to, (start, end, pruned) => {
    if (out.length === 0 && start > from) out.push({ from, to: start, state: 'dormant' });
    if (end > start) out.push({ from: start, to: end, state: pruned ? 'pruned' : 'dormant' });
  });
  return out.length === 0 && to > from ? [{ from, to, state: 'dormant' }] : out;
}

function eachStep<T>(index: EventIndex, steps: { places: readonly number[]; values: readonly T[] }, from: number, to: number, take: (start: number, end: number, value: T, place: number) => void): void {
  const first = Math.max(0, lowerBound(steps.places, index.placeOf(from)) - 1);
  for (let i = first; i < steps.places.length; i++) {
    const place = steps.places[i] ?? 0;
    const start = place === 0 ? -Infinity : (index.at[place] ?? 0);
    if (start > to) return;
    const next = steps.places[i + 1];
    const end = next === undefined ? to : Math.min(to, index.at[next] ?? to);
    if (end < from) continue;
    take(Math.max(from, start), end, steps.values[i] as T, place);
  }
}

function points(steps: { places: readonly number[]; values: readonly number[] }, timeOf: (place: number) => number, index: EventIndex, from: number, to: number, columns: number): Point[] {
  const { places, values } = steps;
  const out: Point[] = [];
  const perColumn = (to - from) / Math.max(1, columns);
  for (let i = Math.max(0, lowerBound(places, index.placeOf(from)) - 1); i < places.length; ) {
    const at = Math.max(from, timeOf(places[i] ?? 0));
    if (at > to) break;
    // Within one pixel only the first and the last value can be seen: those between are passed over.
    const after = nextColumn(index, places, i, from + (Math.floor((at - from) / perColumn) + 1) * perColumn);
    out.push({ at, value: values[i] ?? 0 });
    if (after - i > 1) out.push({ at: Math.max(from, timeOf(places[after - 1] ?? 0)), value: values[after - 1] ?? 0 });
    i = after;
  }
  return out;
}

/** The first of ascending places behind number `i` that does not lie before a time. */
function nextColumn(index: EventIndex, places: ArrayLike<number>, i: number, time: number): number {
  const next = places[i + 1];
  if (next === undefined || (index.at[next] ?? 0) >= time) return i + 1;
  return lowerBound(places, index.placeOf(time), i + 1);
}

export interface Mark {
  readonly at: number;
  readonly place: number;
  readonly kind: EventKind;
  /** How many events of the kind stand at this spot. */
  readonly count: number;
}

/** Events of a kind as marks at least `apart` pixels from each other; those that are closer become one with a count. */
export function marksOf(index: EventIndex, of: { ofKind(kind: EventKind): Uint32Array }, kind: EventKind, from: number, to: number, columns: number, apart: number): readonly Mark[] {
  const places = of.ofKind(kind);
  const { at: times } = index;
  const near = (apart * (to - from)) / Math.max(1, columns);
  const out: Mark[] = [];
  for (let i = lowerBound(places, index.placeOf(from)); i < places.length; ) {
    const place = places[i] ?? 0;
    const at = times[place] ?? 0;
    if (at > to) break;
    const after = nextColumn(index, places, i, at + near);
    out.push({ at, place, kind, count: after - i });
    i = after;
  }
  return out;
}

/** Events of a lane per column, for heat when there are too many to mark. */
export function trafficOf(index: EventIndex, track: Track, kinds: readonly EventKind[], from: number, to: number, columns: number): readonly number[] {
  const perColumn = (to - from) / Math.max(1, columns);
  const edges = Array.from({ length: columns + 1 }, (_, column) => index.placeOf(column === columns ? to + Number.EPSILON * to : from + column * perColumn));
  const out = Array.from({ length: columns }, () => 0);
  for (const kind of kinds) {
    const places = track.ofKind(kind);
    if (places.length === 0) continue;
    let start = lowerBound(places, edges[0] ?? 0);
    for (let column = 0; column < columns && start < places.length; column++) {
      const end = lowerBound(places, edges[column + 1] ?? 0, start);
      out[column] = (out[column] ?? 0) + end - start;
      start = end;
    }
  }
  return out;
}
