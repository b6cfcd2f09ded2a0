import { memo, useEffect, useId, useRef, useState, type ReactNode } from 'react';
import { Area, AreaChart, CartesianGrid, Line, LineChart, ReferenceArea, ReferenceDot, ReferenceLine, ResponsiveContainer, XAxis, YAxis } from 'recharts';
import type { Span } from '../../../views/emulated-spans.ts';
import { formatMinute, formatSecond } from '../../../views/format.ts';
import type { MeasuredPoint } from '../../../views/series.ts';

export interface MiniSeries {
  readonly name: string;
  readonly colour: string;
  readonly dashed?: boolean;
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
  readonly limit?: number | undefined;
  /** An axis reaches to here at least, so that small numbers look small. */
  readonly atLeast?: number;
  readonly format: (value: number) => string;
  readonly kind?: 'line' | 'filled' | 'log';
  readonly footer?: ReactNode;
  /** Whether its lines are named below it; not where the bar names them for all charts. */
  readonly named: boolean;
}

/** One after the other within the second, so that no frame draws them all. */
const APART_MS = 90;
/** As many points over the limit are marked; more of them are a line of their own. */
const MOST_MARKS = 12;
const NARROWEST = 1 / 250;

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
  return <Chart {...shown} />;
}

/** One small chart among many: same time axis, what could not be measured shaded, a limit as a line, and what is over it marked. */
const Chart = memo(function Chart({ title, note, value, series, from, to, limit, gaps, offline, emulated, format, kind = 'line', footer, named, atLeast = 1 }: ChartContent): ReactNode {
  const id = useId();
  const data = (series[0]?.points ?? []).map(({ at }, index) => ({ at, ...Object.fromEntries(series.map(({ points }, n) => [`s${n}`, drawn(points[index]?.value ?? null, kind)])) }));
  const all = series.flatMap(({ name, points }) => points.flatMap((point) => (point.value === null ? [] : [{ name, at: point.at, value: point.value }])));
  const peak = all.reduce((most, point) => (Math.abs(point.value) > Math.abs(most.value) ? point : most), { name: '', at: from, value: 0 });
  const least = Math.min(0, ...all.map((point) => point.value));
  // Where little was measured, each measure is a dot of its own.
  const sparse = all.length < 30 * series.length;
  const over = limit === undefined ? [] : all.filter((point) => point.value > limit).slice(0, MOST_MARKS);
  const showsLimit = limit !== undefined && (peak.value > limit / 4 || over.length > 0);
  const top = Math.max(peak.value, showsLimit ? limit * 1.1 : 0, kind === 'log' ? 10 : atLeast);
  const shading = (
    <>
      <defs>
        <pattern id={`${id}gap`} width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect width="1.5" height="4" fill="var(--text-3)" />
        </pattern>
      </defs>
      {emulated.map((span) => area('e', span, from, to, 'var(--conflict-tint)', 1))}
      {offline.map((span) => area('o', span, from, to, 'var(--text-3)', 0.22))}
      {gaps.map((span) => area('g', span, from, to, `url(#${id}gap)`, 1))}
      {showsLimit ? <ReferenceLine y={limit} stroke="var(--error)" strokeDasharray="3 3" label={{ value: `limit ${format(limit)}`, position: 'insideBottomLeft', fill: 'var(--error)', fontSize: 11, offset: 2 }} /> : null}
      {over.map((point) => (
        <ReferenceDot key={`${point.name} ${point.at}`} x={point.at} y={point.value} r={2.5} fill="var(--error)" stroke="var(--surface)" strokeWidth={1} />
      ))}
    </>
  );
  const axes = (
    <>
      <CartesianGrid stroke="var(--line-faint)" vertical={false} />
      <XAxis dataKey="at" type="number" domain={[from, to]} tickFormatter={formatMinute} ticks={ticksOf(from, to)} tick={{ fill: 'var(--text-3)', fontSize: 11 }} stroke="var(--line)" tickLine={false} height={22} interval="preserveStartEnd" />
      <YAxis tickFormatter={(one: number) => format(Math.abs(one))} tick={{ fill: 'var(--text-3)', fontSize: 11 }} stroke="transparent" width={46} tickCount={4} {...(kind === 'log' ? { scale: 'log' as const, domain: [1, 10 ** Math.ceil(Math.log10(top))], ticks: powersOfTen(top) } : { domain: [least, top], ...(least < 0 ? { ticks: [least, 0, top / 2, top] } : {}) })} />
    </>
  );
  return (
    <section className="tm-card" aria-labelledby={id}>
      <h3 id={id}>
        <b>{title}</b>
        <span className="t3">{note}</span>
        <span className="grow" />
        <span className="v">{value}</span>
      </h3>
      <div className="tm-plot" role="img" aria-label={`${title}, ${note}: ${all.length === 0 ? 'nothing measured' : `most ${format(Math.abs(peak.value))} at ${formatSecond(peak.at)}`}${over.length > 0 && limit !== undefined ? `, over the limit of ${format(limit)}` : ''}`}>
        <ResponsiveContainer width="100%" height="100%">
          {kind === 'filled' ? (
            <AreaChart data={data} margin={{ top: 4, right: 6, bottom: 0, left: 0 }}>
              {axes}
              {shading}
              {series.map(({ name, colour }, n) => (
                <Area key={name} dataKey={`s${n}`} name={name} type="stepAfter" stroke={colour} fill={colour} fillOpacity={series.length > 1 ? 0.08 : 0.18} strokeWidth={1.5} dot={false} isAnimationActive={false} />
              ))}
            </AreaChart>
          ) : (
            <LineChart data={data} margin={{ top: 4, right: 6, bottom: 0, left: 0 }}>
              {axes}
              {shading}
              {series.map(({ name, colour, dashed }, n) => (
                <Line key={name} dataKey={`s${n}`} name={name} type="linear" stroke={colour} strokeWidth={1.5} {...(dashed === true ? { strokeDasharray: '3 3' } : {})} dot={sparse ? { r: 1.6, fill: colour, strokeWidth: 0 } : false} connectNulls={sparse} isAnimationActive={false} />
              ))}
            </LineChart>
          )}
        </ResponsiveContainer>
      </div>
      <p className="ft">
        {named
          ? series.map(({ name, colour, dashed }) => (
              <span key={name} style={{ color: colour }}>
                <i className={`ln ${dashed === true ? 'dash' : ''}`} />
                {name}
              </span>
            ))
          : null}
        {footer}
      </p>
    </section>
  );
});

/** A logarithmic axis has no zero. */
const drawn = (value: number | null, kind: 'line' | 'filled' | 'log'): number | null => (value === null || (kind === 'log' && value <= 0) ? null : kind === 'log' ? Math.max(1, value) : value);

const powersOfTen = (most: number): readonly number[] => [1, 10, 100, 1_000, 10_000, 100_000].filter((power) => power <= Math.max(10, most * 10));

/** Four moments, evenly: their labels never touch. */
const ticksOf = (from: number, to: number): number[] => [0, 1, 2, 3].map((part) => from + ((to - from) * part) / 3);

function area(kind: string, span: Span, from: number, to: number, fill: string, opacity: number): ReactNode {
  const x1 = Math.max(from, span.from);
  return <ReferenceArea key={`${kind}${span.from}`} x1={x1} x2={Math.min(to, Math.max(x1 + (to - from) * NARROWEST, span.to))} fill={fill} fillOpacity={opacity} strokeOpacity={0} />;
}
