import { useMemo, type KeyboardEvent, type PointerEvent, type ReactNode } from 'react';
import type { EventKind } from '../../core/events.ts';
import { marksOf } from '../../views/lane.ts';
import { formatClock, formatSecond, plural } from '../../views/format.ts';
import { useIndex, useInspector, useSlowRevision, useView } from '../state/inspector.ts';

const COLUMNS = 240;
const MOST_MARKS = 160;

/** The whole recording at the foot of every panel: how much went on, conflicts, gaps. Drag to travel in time. */
export function TimeStrip(): ReactNode {
  const inspector = useInspector();
  const { index } = useIndex();
  const revision = useSlowRevision();
  const { cursor } = useView();
  const from = index.firstAt;
  const to = Math.max(from + 1_000, index.lastAt);
  const percent = (at: number): number => (100 * (at - from)) / (to - from);
  const path = useMemo(() => {
    const sums = index.activity.sums(from, to, COLUMNS);
    const most = Math.max(1, ...sums);
    // The root keeps quiet stretches visible beside a burst.
    const points = sums.map((sum, column) => `L${((column + 0.5) * 1_000) / COLUMNS} ${(30 - 27 * Math.sqrt(sum / most)).toFixed(1)}`);
    return `M0 30${points.join('')}L1000 30Z`;
    // The index is one object that grows: its revision says when.
  }, [index, revision]); // eslint-disable-line react/exhaustive-deps
  const marks = useMemo(() => {
    const thin = (kind: EventKind): readonly number[] => marksOf(index, index, kind, from, to, MOST_MARKS, 1).map(({ place }) => place);
    return { conflict: thin('conflict'), error: thin('error') };
  }, [index, revision]); // eslint-disable-line react/exhaustive-deps

  const travel = (event: PointerEvent<HTMLDivElement>): void => {
    const rect = event.currentTarget.getBoundingClientRect();
    const part = Math.max(0, Math.min(1, (event.clientX - rect.left) / rect.width));
    if (part > 0.995) inspector.goLive();
    else inspector.moveTo(Math.max(0, index.placeOf(from + part * (to - from))));
  };
  const byKey = (event: KeyboardEvent): void => {
    const place = inspector.place();
    const page = Math.max(1, Math.round(index.length / 50));
    const moves: { readonly [key: string]: number } = { ArrowLeft: place - 1, ArrowRight: place + 1, PageUp: place - page, PageDown: place + page, Home: 0, End: index.length - 1 };
    const next = moves[event.key];
    if (next === undefined) return;
    event.preventDefault();
    inspector.moveTo(next);
  };
  const at = cursor === null ? to : (index.at[cursor] ?? to);
  const valueText = cursor === null ? 'Live' : `${formatClock(at)}, seq ${index.seq[cursor] ?? 0}`;
  return (
    <div className={`strip ${cursor === null ? '' : 'is-past'}`} data-region role="region" aria-label="Time strip: the whole recording">
      <span className="t mono">{index.length === 0 ? '' : formatSecond(from)}</span>
      <div
        className="plot"
        role="slider"
        aria-label="Time cursor"
        aria-valuemin={0}
        aria-valuemax={Math.max(0, index.length - 1)}
        aria-valuenow={Math.max(0, inspector.place())}
        aria-valuetext={valueText}
        tabIndex={0}
        onKeyDown={byKey}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          travel(event);
        }}
        onPointerMove={(event) => {
          if (event.currentTarget.hasPointerCapture(event.pointerId)) travel(event);
        }}
      >
        <svg viewBox="0 0 1000 30" preserveAspectRatio="none" aria-hidden="true">
          <path d={path} />
        </svg>
        {index.unread > 0 ? <i className="gap" style={{ left: 0, width: `${percent(index.at[index.unread] ?? from)}%` }} title={`${plural(index.unread, 'event')} still being read`} /> : null}
        {index.gaps.map((gap) => (
          <i
            key={`${gap.place}.${gap.fromSeq}`}
            className="gap"
            style={{ left: `${percent(gap.fromAt)}%`, width: `${percent(gap.toAt) - percent(gap.fromAt)}%` }}
            title={`Gap: ${plural(gap.toSeq - gap.fromSeq + 1, 'event')} missing`}
          />
        ))}
        <div className="marks">
          {marks.conflict.map((place) => (
            <i key={place} className="m c-conflict" style={{ left: `${percent(index.at[place] ?? 0)}%` }} />
          ))}
          {marks.error.map((place) => (
            <i key={place} className="m c-error" style={{ left: `${percent(index.at[place] ?? 0)}%` }} />
          ))}
        </div>
        {cursor === null ? null : <i className="after" style={{ left: `${percent(at)}%` }} />}
        <i className="cur" style={{ left: `${percent(at)}%` }} />
      </div>
      <span className="t mono">{index.length === 0 ? '' : formatSecond(to)}</span>
    </div>
  );
}
