import type { EventKind } from '../core/events.ts';
import type { EventIndex } from './event-index.ts';
import { lowerBound } from './growing-list.ts';
import { quantile } from './activations.ts';

export interface SeriesPoint {
  readonly at: number;
  readonly value: number;
}

/** A sum over events of a kind per step of time: counts, bytes, or changes. */
export function sumSeries(index: EventIndex, kinds: readonly EventKind[], from: number, to: number, step: number, value: (place: number) => number, shown: (contextId: string | null) => boolean): readonly SeriesPoint[] {
  const columns = Math.max(1, Math.ceil((to - from) / step));
  const sums = Array.from({ length: columns }, () => 0);
  const start = index.placeOf(from);
  for (const kind of kinds) {
    const places = index.byKind.get(kind) ?? [];
    for (let i = lowerBound(places, start); i < places.length; i++) {
      const place = places[i] ?? 0;
      const at = index.at[place] ?? 0;
      if (at > to) break;
      if (!shown(index.contextAt(place))) continue;
      const column = Math.min(columns - 1, Math.floor((at - from) / step));
      sums[column] = (sums[column] ?? 0) + value(place);
    }
  }
  return sums.map((sum, column) => ({ at: from + (column + 0.5) * step, value: sum }));
}

/** A quantile of durations of a kind per step; null where nothing was measured, so that a drawing leaves it out. */
export function quantileSeries(index: EventIndex, kind: EventKind, from: number, to: number, step: number, q: number): readonly { readonly at: number; readonly value: number | null }[] {
  const columns = Math.max(1, Math.ceil((to - from) / step));
  const lists: number[][] = Array.from({ length: columns }, () => []);
  const places = index.byKind.get(kind) ?? [];
  for (let i = lowerBound(places, index.placeOf(from)); i < places.length; i++) {
    const place = places[i] ?? 0;
    const at = index.at[place] ?? 0;
    if (at > to) break;
    const ms = index.ms[place] ?? -1;
    if (ms >= 0) lists[Math.min(columns - 1, Math.floor((at - from) / step))]?.push(ms);
  }
  return lists.map((list, column) => ({ at: from + (column + 0.5) * step, value: list.length === 0 ? null : quantile(list, q) }));
}

/** A step for a stretch: about sixty points, round for a person. */
export function stepFor(ms: number): number {
  return [1_000, 5_000, 10_000, 30_000, 60_000, 300_000, 600_000, 3_600_000].find((step) => ms / step <= 60) ?? 86_400_000;
}
