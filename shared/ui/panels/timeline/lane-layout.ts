import type { ContextNow } from '../../../views/context-now.ts';
import { lowerBound } from '../../../views/growing-list.ts';
import type { EventIndex } from '../../../views/event-index.ts';
import type { TimeWindow } from './time-window.ts';

export type LaneSort = 'activity' | 'state' | 'name';
export type LaneHeight = 'auto' | '44' | '18' | '14';

export interface LanePlace {
  readonly context: ContextNow;
  readonly top: number;
  readonly height: number;
  /** Shows out, in and core rows. */
  readonly focus: boolean;
  readonly events: number;
}

/** Below this width one lane opens up to show what went out, came in, and was decided. */
export const FOCUS_BELOW_MS = 30_000;
const FULL = 44;
const QUIET = 18;
const FOCUS = 150;

export interface Lay {
  readonly lanes: readonly LanePlace[];
  /** Zoomed in, contexts in which nothing happens share one line. */
  readonly quiet: readonly ContextNow[];
}

/** As few quiet lanes as this are not worth a fold. */
const FEW = 3;

/** The lanes from top to bottom with their heights: busy ones tall, quiet ones low. `unfold`: quiet ones too when zoomed in. */
export function layLanes(contexts: readonly ContextNow[], index: EventIndex, { from, to }: TimeWindow, sort: LaneSort, height: LaneHeight, focus: string | null, unfold: boolean): Lay {
  const first = index.placeOf(from);
  const last = index.placeOf(to);
  const counted = contexts.map((context, order) => {
    const track = index.tracks.get(context.contextId);
    const all = track?.all ?? [];
    const events = lowerBound(all, last) - lowerBound(all, first);
    const open = context.status.lifecycle !== 'dormant' || (track !== undefined && track.lifecycle.at(first) !== undefined && track.lifecycle.at(first) !== 'dormant');
    return { context, order, events, tall: events > 4 || open };
  });
  const sorted = counted.toSorted((a, b) => {
    if (sort === 'name') return a.context.contextId < b.context.contextId ? -1 : 1;
    if (sort === 'state') return a.order - b.order;
    return Number(b.tall) - Number(a.tall) || (a.tall ? Number(a.context.row.kind === 'ambient') - Number(b.context.row.kind === 'ambient') || b.events - a.events : 0) || a.order - b.order;
  });
  const zoomedIn = to - from <= FOCUS_BELOW_MS;
  const wanted = zoomedIn ? (sorted.find(({ context }) => context.contextId === focus) ?? sorted[0]) : undefined;
  const isQuiet = (entry: (typeof sorted)[number]): boolean => !entry.tall && entry.events === 0 && entry !== wanted;
  const folded = zoomedIn && height === 'auto' && !unfold && sorted.filter(isQuiet).length > FEW;
  let top = 0;
  const lanes = sorted.filter((entry) => !folded || !isQuiet(entry)).map((entry) => {
    const inFocus = entry === wanted;
    const tall = inFocus ? FOCUS : height === 'auto' ? (entry.tall ? FULL : QUIET) : Number(height);
    const place: LanePlace = { context: entry.context, top, height: tall, focus: inFocus, events: entry.events };
    top += tall;
    return place;
  });
  return { lanes, quiet: folded ? sorted.filter(isQuiet).map(({ context }) => context) : [] };
}
