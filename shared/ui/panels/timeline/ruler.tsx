import { useRef, type ReactNode } from 'react';
import { formatClock, formatCount, formatMinute, formatMs, formatSecond, plural } from '../../../views/format.ts';
import { useIndex, useView } from '../../state/inspector.ts';
import { FOCUS_BELOW_MS } from './lane-layout.ts';
import { rulerTicks, type TimeWindow } from './time-window.ts';
import { useSize } from './use-canvas.ts';

const FLAG_PX = 104;
const LABEL_PX = 44;

export function Ruler({ lanes, window: shown }: { lanes: number; window: TimeWindow }): ReactNode {
  const { index } = useIndex();
  const { cursor } = useView();
  const plot = useRef<HTMLDivElement>(null);
  const { width } = useSize(plot);
  const { step, ticks } = rulerTicks(shown, width, 90);
  const percent = (at: number): number => (100 * (at - shown.from)) / (shown.to - shown.from);
  const label = step < 1_000 ? formatClock : step < 60_000 ? formatSecond : formatMinute;
  const at = cursor === null ? null : (index.at[cursor] ?? null);
  // The flag of the cursor stands over the ticks: a label that it would cut is left out.
  const isCovered = (tick: number): boolean => Math.abs(((tick - (at ?? 0)) / (shown.to - shown.from)) * width + LABEL_PX / 2) < (FLAG_PX + LABEL_PX) / 2;
  return (
    <div className="tl-rul">
      <div className="tl-g hd">
        <span className="a">
          <span className="t2">{shown.to - shown.from <= FOCUS_BELOW_MS ? `${formatMs(shown.to - shown.from)} view` : plural(lanes, 'lane')}</span>
          <span className="grow" />
          <span className="t2">Behind</span>
        </span>
      </div>
      <div className="tl-p" ref={plot} aria-hidden="true">
        {ticks.filter((tick) => at === null || !isCovered(tick)).map((tick) => (
          <span key={tick} style={{ left: `${percent(tick)}%` }}>
            {label(tick)}
          </span>
        ))}
        {index.gaps.map((gap) =>
          gap.toAt < shown.from || gap.fromAt > shown.to ? null : (
            <span key={gap.fromSeq} className="gapl" style={{ left: `${percent(gap.fromAt)}%` }} title={gap.reason}>
              <i style={{ width: `${((gap.toAt - gap.fromAt) / (shown.to - shown.from)) * width}px` }} />
              gap {formatCount(gap.toSeq - gap.fromSeq + 1)}
            </span>
          ),
        )}
        {at === null || at < shown.from || at > shown.to ? null : (
          <span className="flag now" style={{ left: `${percent(at)}%` }}>
            {formatClock(at)}
          </span>
        )}
      </div>
    </div>
  );
}
