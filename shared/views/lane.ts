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
  eachStep(index, track.lifecycle, from, to, (start, end, state, place) => {
    const shown = state === 'dormant' && track.pruned.at(place) === true ? 'pruned' : state;
    bands.push({ from: start, to: end, state: shown });
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
  const first = Math.max(0, lowerBound(steps.places, index.placeOf(from)) - 1);
  const out: Point[] = [];
  const perColumn = (to - from) / Math.max(1, columns);
  let lastColumn = -1;
  for (let i = first; i < steps.places.length; i++) {
    const at = Math.max(from, timeOf(steps.places[i] ?? 0));
    if (at > to) break;
    const value = steps.values[i] ?? 0;
    const column = Math.floor((at - from) / perColumn);
    // Within one pixel only the last value can be seen.
    if (column === lastColumn && out.length > 1) out[out.length - 1] = { at, value };
    else out.push({ at, value });
    lastColumn = column;
  }
  return out;
}

export interface Mark {
  readonly at: number;
  readonly place: number;
  readonly kind: EventKind;
  /** How many events of the kind stand at this spot. */
  readonly count: number;
}

/** Events of a kind as marks at least `apart` pixels from each other; those that are closer become one with a count. */
export function marksOf(index: EventIndex, track: Track, kind: EventKind, from: number, to: number, columns: number, apart: number): readonly Mark[] {
  const places = track.ofKind(kind);
  const first = lowerBound(places, index.placeOf(from));
  const perColumn = (to - from) / Math.max(1, columns);
  const out: { at: number; place: number; kind: EventKind; count: number }[] = [];
  for (let i = first; i < places.length; i++) {
    const place = places[i] ?? 0;
    const at = index.at[place] ?? 0;
    if (at > to) break;
    const last = out.at(-1);
    if (last !== undefined && (at - last.at) / perColumn < apart) last.count += 1;
    else out.push({ at, place, kind, count: 1 });
  }
  return out;
}

/** Events of a lane per column, for heat when there are too many to mark. */
export function trafficOf(index: EventIndex, track: Track, kinds: readonly EventKind[], from: number, to: number, columns: number): readonly number[] {
  const out = Array.from({ length: columns }, () => 0);
  const perColumn = (to - from) / Math.max(1, columns);
  const start = index.placeOf(from);
  for (const kind of kinds) {
    const places = track.ofKind(kind);
    for (let i = lowerBound(places, start); i < places.length; i++) {
      const at = index.at[places[i] ?? 0] ?? 0;
      if (at > to) break;
      const column = Math.min(columns - 1, Math.floor((at - from) / perColumn));
      out[column] = (out[column] ?? 0) + 1;
    }
  }
  return out;
}
