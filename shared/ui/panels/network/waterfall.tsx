import { useEffect, useRef, type ReactNode, type RefObject } from 'react';
import type { WireFrame } from '../../../views/exchanges.ts';
import { formatClock, formatMs } from '../../../views/format.ts';
import { Store, useStore } from '../../state/store.ts';
import { isSlow } from './frame-words.ts';

/** The time that the rows in sight span. */
export interface Axis {
  readonly from: number;
  readonly to: number;
}

const STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000, 3_600_000] as const;
const MOST_TICKS = 4;
const NARROWEST_MS = 20;

export const openAxis = (): Store<Axis> => new Store<Axis>({ from: 0, to: 1 });

/** Lays the axis over what is in sight: again after each scroll, and when rows come or go. */
export function useAxis(axis: Store<Axis>, frames: readonly WireFrame[], box: RefObject<HTMLElement | null>): void {
  const look = useRef<() => void>(() => undefined);
  look.current = () => {
    const next = inSight(frames, box.current?.querySelector<HTMLElement>('.scroll') ?? null);
    const now = axis.get();
    if (next !== null && (next.from !== now.from || next.to !== now.to)) axis.set(next);
  };
  useEffect(() => look.current());
  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    let asked = 0;
    const soon = (): void => {
      cancelAnimationFrame(asked);
      asked = requestAnimationFrame(() => look.current());
    };
    const rows = new MutationObserver(soon);
    rows.observe(element, { childList: true, subtree: true });
    element.addEventListener('scroll', soon, { capture: true, passive: true });
    return () => {
      rows.disconnect();
      element.removeEventListener('scroll', soon, { capture: true });
      cancelAnimationFrame(asked);
    };
  }, [box]);
}

function inSight(frames: readonly WireFrame[], scroller: HTMLElement | null): Axis | null {
  if (scroller === null) return null;
  const { top, bottom } = scroller.getBoundingClientRect();
  const byPlace = new Map(frames.map((frame) => [String(frame.place), frame]));
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (const row of scroller.querySelectorAll<HTMLElement>('tbody tr[id]')) {
    const frame = byPlace.get(row.id.slice(row.id.lastIndexOf('-') + 1));
    const rect = row.getBoundingClientRect();
    if (frame === undefined || rect.bottom < top || rect.top > bottom) continue;
    from = Math.min(from, frame.at);
    to = Math.max(to, frame.at + (frame.direction === 'out' ? (frame.latencyMs ?? 0) : 0));
  }
  if (from > to) return null;
  const room = Math.max(NARROWEST_MS, to - from) * 0.03;
  return { from: from - room, to: Math.max(to, from + NARROWEST_MS) + room };
}

export function WaterfallHead({ axis }: { axis: Store<Axis> }): ReactNode {
  const { from, to } = useStore(axis);
  const step = STEPS.find((one) => (to - from) / one <= MOST_TICKS) ?? 7_200_000;
  const ticks: number[] = [];
  for (let at = Math.ceil(from / step) * step; at <= to && ticks.length <= MOST_TICKS; at += step) ticks.push(at);
  return (
    <span className="nx-axis" aria-hidden="true">
      {ticks.map((at) => (
        <i key={at} style={{ left: `${(100 * (at - from)) / (to - from)}%` }}>
          {tickText(at, step)}
        </i>
      ))}
    </span>
  );
}

/** Seconds within the minute, or the time of day where more than that is in sight. */
function tickText(at: number, step: number): string {
  const clock = formatClock(at);
  if (step >= 60_000) return clock.slice(0, 5);
  return step >= 1_000 ? clock.slice(3, 8) : clock.slice(6, step >= 100 ? 10 : 12);
}

/** When a frame left or came, and how long it was waited for. */
export function WaterfallBar({ axis, frame }: { axis: Store<Axis>; frame: WireFrame }): ReactNode {
  const { from, to } = useStore(axis);
  const percent = (ms: number): number => (100 * ms) / (to - from);
  const left = percent(frame.at - from);
  const tone = frame.state === 'stale' || frame.state === 'lost' || frame.state === 'refused' ? 'bg-error' : frame.isOpen || isSlow(frame) ? 'bg-pending' : frame.direction === 'out' ? 'bg-local' : 'bg-remote';
  const waits = frame.direction === 'out' && (frame.isOpen || frame.latencyMs !== null);
  const width = frame.isOpen ? Math.max(0, 100 - left) : percent(frame.latencyMs ?? 0);
  return (
    <span className="nwf" title={frame.latencyMs === null ? formatClock(frame.at) : `${formatClock(frame.at)}, ${formatMs(frame.latencyMs)}`}>
      <i className={`${tone} ${waits ? '' : 'tick'}`} style={waits ? { left: `${left}%`, width: `${width}%` } : { left: `${left}%` }} />
    </span>
  );
}
