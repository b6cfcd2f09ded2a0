import { memo, useEffect, useRef, useState, type ReactNode } from 'react';
import type { Span } from '../../../views/emulated-spans.ts';
import { formatSecond } from '../../../views/format.ts';
import type { MeasuredPoint } from '../../../views/series.ts';
import { Card } from './card.tsx';
import { Drawing, PLOT_PX } from './drawing.tsx';

export interface MiniSeries {
  readonly name: string;
  readonly colour: string;
  readonly dashed?: boolean;
  /** Filled down to zero, where the chart is. */
  readonly filled?: boolean;
  /** A sum of several: what holds for one is no limit of it. */
  readonly unlimited?: boolean;
  readonly points: readonly MeasuredPoint[];
}

/** Stretches that a chart shades: what was not recorded, had no connection, or an emulated network. */
export interface Shading {
  readonly gaps: readonly Span[];
  readonly offline: readonly Span[];
  readonly emulated: readonly Span[];
}

/** What one chart shows. A new object is a new drawing. */
export interface ChartContent extends Shading {
  readonly title: string;
  readonly note: string;
  readonly value: ReactNode;
  readonly series: readonly MiniSeries[];
  readonly from: number;
  readonly to: number;
  /** Whether its end is now. */
  readonly isLive: boolean;
  readonly limit?: number | undefined;
  /** An axis reaches to here at least, so that small numbers look small. */
  readonly atLeast?: number;
  readonly unit?: 'number' | 'seconds';
  readonly format: (value: number) => string;
  readonly kind?: 'line' | 'steps' | 'log';
  readonly footer?: ReactNode;
  /** Whether its lines are named below it; not where the bar names them for all charts. */
  readonly named: boolean;
}

/** One after the other within the second, so that no frame draws them all. */
const APART_MS = 90;

export function MiniChart({ order, chart }: { order: number; chart: ChartContent }): ReactNode {
  const [shown, setShown] = useState(chart);
  const latest = useRef(chart);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  useEffect(() => {
    latest.current = chart;
    // One that waits already takes the newest along: waiting anew each time, it would never be its turn while much happens.
    timer.current ??= setTimeout(() => {
      timer.current = null;
      setShown(latest.current);
    }, order * APART_MS);
  }, [order, chart]);
  useEffect(
    () => () => {
      if (timer.current !== null) clearTimeout(timer.current);
      timer.current = null;
    },
    [],
  );
  return <Chart chart={shown} />;
}

const Chart = memo(function Chart({ chart }: { chart: ChartContent }): ReactNode {
  const { title, note, value, series, footer, named } = chart;
  return (
    <Card
      title={title}
      note={note}
      value={value}
      footer={
        <>
          {named
            ? series.map(({ name, colour, dashed }) => (
                <span key={name} style={{ color: colour }}>
                  <i className={`ln ${dashed === true ? 'dash' : ''}`} />
                  {name}
                </span>
              ))
            : null}
          {footer}
        </>
      }
    >
      <div className="tm-plot" style={{ height: PLOT_PX }} role="img" aria-label={sentenceOf(chart)}>
        <Drawing {...chart} />
      </div>
    </Card>
  );
});

/** What the drawing says, for those who do not see it. */
function sentenceOf({ title, note, series, limit, format, gaps, offline, emulated }: ChartContent): string {
  const points = series.flatMap(({ unlimited = false, points: own }) => own.flatMap(({ at, value }) => (value === null ? [] : [{ at, value, unlimited }])));
  const first = points[0];
  if (first === undefined) return `${title}, ${note}: nothing measured`;
  const peak = points.reduce((most, point) => (Math.abs(point.value) > Math.abs(most.value) ? point : most), first);
  const isOver = limit !== undefined && points.some((point) => !point.unlimited && point.value > limit);
  const shaded = [
    { name: 'a gap', spans: gaps },
    { name: 'a time offline', spans: offline },
    { name: 'an emulated network', spans: emulated },
  ].flatMap(({ name, spans }) => (spans.length === 0 ? [] : [name]));
  return `${title}, ${note}: most ${format(Math.abs(peak.value))} at ${formatSecond(peak.at)}${limit === undefined ? '' : isOver ? `, over the limit of ${format(limit)}` : `, within the limit of ${format(limit)}`}${shaded.length === 0 ? '' : `; with ${shaded.join(', ')}`}`;
}
