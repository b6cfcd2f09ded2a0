import type { EventKind } from '../core/events.ts';
import type { Measure } from './buckets.ts';
import type { EventIndex } from './event-index.ts';
import { lowerBound, type Steps } from './growing-list.ts';
import { quantile } from './activations.ts';

export interface SeriesPoint {
  readonly at: number;
  readonly value: number;
}

/** Null: nothing was measured there. */
export interface MeasuredPoint {
  readonly at: number;
  readonly value: number | null;
}

/** A sum over events of some kinds per step of time, of all contexts or of those that are named. The edges stand on whole seconds. */
export function sumSeries(index: EventIndex, kinds: readonly EventKind[], from: number, to: number, step: number, what: Measure, kept: readonly string[]): readonly SeriesPoint[] {
  const sums = Array.from({ length: Math.max(1, Math.ceil((to - from) / step)) }, () => 0);
  const sources = kept.length === 0 ? [index] : kept.flatMap((id) => index.tracks.get(id) ?? []);
  for (const { seconds } of sources) for (const kind of kinds) seconds.get(kind)?.addTo(sums, what, from, to, step);
  return sums.map((sum, column) => ({ at: from + (column + 0.5) * step, value: sum }));
}

const MINUTE = 60_000;

/** How many events there were in the minute before the end of each step. Longer steps tell their mean. */
export function perMinute(index: EventIndex, kinds: readonly EventKind[], from: number, to: number, step: number, kept: readonly string[]): readonly SeriesPoint[] {
  if (step > MINUTE) return sumSeries(index, kinds, from, to, step, 'count', kept).map(({ at, value }) => ({ at, value: (value * MINUTE) / step }));
  const seconds = sumSeries(index, kinds, from - MINUTE, to, 1_000, 'count', kept);
  const before = [0];
  for (const { value } of seconds) before.push((before.at(-1) ?? 0) + value);
  const upTo = (at: number): number => before[Math.max(0, Math.min(before.length - 1, Math.round((at - from + MINUTE) / 1_000)))] ?? 0;
  return Array.from({ length: Math.max(1, Math.ceil((to - from) / step)) }, (_, column) => {
    const end = from + (column + 1) * step;
    return { at: from + (column + 0.5) * step, value: upTo(end) - upTo(end - MINUTE) };
  });
}

/** More durations than this are sampled evenly: a quantile of them says the same. */
const SAMPLE = 4_000;

/** Durations of a kind in [from, to), each with the time it was told at; of all contexts or of those that are named. */
export function durationsIn(index: EventIndex, kind: EventKind, from: number, to: number, kept: readonly string[] = []): readonly { readonly at: number; readonly ms: number }[] {
  const sources = kept.length === 0 ? [index] : kept.flatMap((id) => index.tracks.get(id) ?? []);
  return sources.flatMap((source) => durationsOf(index, source.ofKind(kind), from, to));
}

function durationsOf(index: EventIndex, places: Uint32Array, from: number, to: number): readonly { readonly at: number; readonly ms: number }[] {
  const start = lowerBound(places, index.placeOf(from));
  const end = lowerBound(places, index.placeOf(to));
  const stride = Math.max(1, Math.floor((end - start) / SAMPLE));
  const out: { at: number; ms: number }[] = [];
  for (let i = start; i < end; i += stride) {
    const place = places[i] ?? 0;
    const ms = index.ms[place] ?? -1;
    if (ms >= 0) out.push({ at: index.at[place] ?? 0, ms });
  }
  return out;
}

/** A quantile of durations of a kind per step; null where nothing was measured, so that a drawing leaves it out. */
export function quantileSeries(index: EventIndex, kind: EventKind, from: number, to: number, step: number, q: number, kept: readonly string[] = []): readonly MeasuredPoint[] {
  const columns = Math.max(1, Math.ceil((to - from) / step));
  const lists: number[][] = Array.from({ length: columns }, () => []);
  for (const { at, ms } of durationsIn(index, kind, from, to, kept)) lists[Math.min(columns - 1, Math.floor((at - from) / step))]?.push(ms);
  return lists.map((list, column) => ({ at: from + (column + 0.5) * step, value: list.length === 0 ? null : quantile(list, q) }));
}

/** How long the outbox of a context has not been empty, in ms, at the middle of each step; null before its first event. */
export function unsyncedSeries(index: EventIndex, contextId: string, from: number, to: number, step: number): readonly MeasuredPoint[] {
  const pending = index.tracks.get(contextId)?.pending;
  const columns = Math.max(1, Math.ceil((to - from) / step));
  return Array.from({ length: columns }, (_, column) => {
    const at = from + (column + 0.5) * step;
    const since = pending === undefined || at > index.lastAt + step ? undefined : unsyncedSince(index, pending, index.placeOf(at) - 1);
    return { at, value: since === undefined ? null : since === null ? 0 : Math.max(0, at - since) };
  });
}

/** Since when writes wait at a place; null: none does, undefined: nothing is known yet. */
function unsyncedSince(index: EventIndex, pending: Steps<number>, place: number): number | null | undefined {
  let step = pending.indexAt(place);
  if (step < 0) return undefined;
  if ((pending.values[step] ?? 0) === 0) return null;
  while (step > 0 && (pending.values[step - 1] ?? 0) > 0) step--;
  return index.at[pending.places[step] ?? 0] ?? 0;
}

/** A step for a stretch: about sixty points, round for a person. */
export function stepFor(ms: number): number {
  return [1_000, 5_000, 10_000, 30_000, 60_000, 300_000, 600_000, 3_600_000].find((step) => ms / step <= 60) ?? 86_400_000;
}
