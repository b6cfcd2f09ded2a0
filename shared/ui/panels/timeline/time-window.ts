import type { View } from '../../state/view.ts';
import type { EventIndex } from '../../../views/event-index.ts';

export interface TimeWindow {
  readonly from: number;
  readonly to: number;
}

const NARROWEST_MS = 50;
/** A live window ends a little after now, so that the newest marks are whole. */
const LEAD = 0.004;

/** The stretch that the timeline shows: as wide as chosen, and following unless a right edge was set. */
export function windowOf(view: Pick<View, 'width' | 'to'>, index: EventIndex, now: number): TimeWindow {
  const first = index.length === 0 ? now - 60_000 : index.firstAt;
  const last = Math.max(index.lastAt, first + 1_000);
  if (view.width === 0) return { from: first, to: last + (last - first) * LEAD };
  const to = view.to ?? Math.max(now, last);
  return { from: to - view.width, to: view.to === null ? to + view.width * LEAD : to };
}

type Change = Pick<View, 'width' | 'to'>;

/** Zooms by a factor around a moment that keeps its spot. */
export function zoomed({ from, to }: TimeWindow, factor: number, around: number, follow: boolean): Change {
  const width = Math.max(NARROWEST_MS, (to - from) * factor);
  if (follow && factor !== 1) return { width, to: null };
  const part = (around - from) / (to - from);
  return { width, to: around + width * (1 - part) };
}

export const panned = ({ from, to }: TimeWindow, part: number): Change => ({ width: to - from, to: to + (to - from) * part });

const STEPS_MS = [10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000, 3_600_000, 7_200_000, 14_400_000, 43_200_000, 86_400_000];

/** Round moments for the ruler, at least `apart` pixels from each other. */
export function rulerTicks({ from, to }: TimeWindow, columns: number, apart: number): { readonly step: number; readonly ticks: readonly number[] } {
  const least = ((to - from) * apart) / Math.max(1, columns);
  const step = STEPS_MS.find((one) => one >= least) ?? 86_400_000;
  // Local midnight is where a day's ticks start for a person.
  const offset = new Date(from).getTimezoneOffset() * 60_000;
  const ticks: number[] = [];
  for (let at = Math.ceil((from - offset) / step) * step + offset; at < to; at += step) ticks.push(at);
  return { step, ticks };
}
