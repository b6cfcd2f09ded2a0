import type { EventKind } from '../core/events.ts';
import type { Measure } from './buckets.ts';
import type { EventIndex } from './event-index.ts';
import { lowerBound } from './growing-list.ts';
import { quantile } from './activations.ts';

export interface SeriesPoint {
  readonly at: number;
  readonly value: number;
}

/** A sum over events of some kinds per step of time, of all contexts or of those that are named. The edges stand on whole seconds. */
export function sumSeries(index: EventIndex, kinds: readonly EventKind[], from: number, to: number, step: number, what: Measure, kept: readonly string[]): readonly SeriesPoint[] {
  const sums = Array.from({ length: Math.max(1, Math.ceil((to - from) / step)) }, () => 0);
  const sources = kept.length === 0 ? [index] : kept.flatMap((id) => index.tracks.get(id) ?? []);
  for (const { seconds } of sources) for (const kind of kinds) seconds.get(kind)?.addTo(sums, what, from, to, step);
  return sums.map((sum, column) => ({ at: from + (column + 0.5) * step, value: sum }));
}

/** More durations than this are sampled evenly: a quantile of them says the same. */
const SAMPLE = 4_000;

/** Durations of a kind in [from, to), each with the time it was told at. */
export function durationsIn(index: EventIndex, kind: EventKind, from: number, to: number): readonly { readonly at: number; readonly ms: number }[] {
  const places = index.ofKind(kind);
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
export function quantileSeries(index: EventIndex, kind: EventKind, from: number, to: number, step: number, q: number): readonly { readonly at: number; readonly value: number | null }[] {
  const columns = Math.max(1, Math.ceil((to - from) / step));
  const lists: number[][] = Array.from({ length: columns }, () => []);
  for (const { at, ms } of durationsIn(index, kind, from, to)) lists[Math.min(columns - 1, Math.floor((at - from) / step))]?.push(ms);
  return lists.map((list, column) => ({ at: from + (column + 0.5) * step, value: list.length === 0 ? null : quantile(list, q) }));
}

/** A step for a stretch: about sixty points, round for a person. */
export function stepFor(ms: number): number {
  return [1_000, 5_000, 10_000, 30_000, 60_000, 300_000, 600_000, 3_600_000].find((step) => ms / step <= 60) ?? 86_400_000;
}
