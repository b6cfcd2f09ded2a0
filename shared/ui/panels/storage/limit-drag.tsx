import { useRef, type KeyboardEvent, type PointerEvent, type ReactNode } from 'react';
import { axis, dayAt, MOST_DAYS } from './axis.ts';

/** Where a pointer stands on an axis, as a day. */
function dayOf({ currentTarget, clientX }: PointerEvent<HTMLElement>): number {
  const { left, width } = currentTarget.getBoundingClientRect();
  return dayAt((100 * (clientX - left)) / Math.max(1, width));
}

/** Drags the limit along the axis that it is around. */
export function LimitDrag({ className, onLimit, children, title }: { className: string; onLimit: (days: number) => void; children: ReactNode; title: string }): ReactNode {
  const last = useRef(0);
  const to = (days: number): void => {
    if (days !== last.current) onLimit(days);
    last.current = days;
  };
  return (
    <span
      className={`so-drag ${className}`}
      title={title}
      onPointerDown={(event) => {
        event.preventDefault();
        event.currentTarget.setPointerCapture(event.pointerId);
        last.current = 0;
        to(dayOf(event));
      }}
      onPointerMove={(event) => {
        if (event.currentTarget.hasPointerCapture(event.pointerId)) to(dayOf(event));
      }}
    >
      {children}
    </span>
  );
}

const WEEK = 7;

/** The limit as a slider: arrow keys go by days, with Shift by weeks. */
export function LimitSlider({ limit, text, onLimit }: { limit: number; text: string; onLimit: (days: number) => void }): ReactNode {
  const byKey = (event: KeyboardEvent): void => {
    const by = event.shiftKey ? WEEK : 1;
    const to = { ArrowLeft: limit - by, ArrowDown: limit - by, ArrowRight: limit + by, ArrowUp: limit + by, PageDown: limit - 30, PageUp: limit + 30, Home: 1, End: MOST_DAYS }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    onLimit(Math.max(1, Math.min(MOST_DAYS, to)));
  };
  return (
    <LimitDrag className="slider so-slider" onLimit={onLimit} title="Drag, or left and right arrow for one day, Shift for a week">
      <i style={{ left: `${axis(limit)}%`, right: 0 }} />
      <b role="slider" tabIndex={0} aria-label="Older than" aria-valuemin={1} aria-valuemax={MOST_DAYS} aria-valuenow={limit} aria-valuetext={text} style={{ left: `${axis(limit)}%` }} onKeyDown={byKey} />
    </LimitDrag>
  );
}
