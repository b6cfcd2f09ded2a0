import { useId, type ReactNode } from 'react';
import { Area, CartesianGrid, ComposedChart, Line, ReferenceArea, ReferenceDot, ReferenceLine, ResponsiveContainer, XAxis, YAxis } from 'recharts';
import { linearAxis, logAxis, timeTicks, type Axis } from '../../../views/axes.ts';
import type { Span } from '../../../views/emulated-spans.ts';
import { formatMinute, formatSecond } from '../../../views/format.ts';
import type { MeasuredPoint } from '../../../views/series.ts';
import type { ChartContent } from './mini-chart.tsx';

/** Height of a chart with its time axis, and of what is above and below the plot. */
export const PLOT_PX = 112;
const ABOVE_PX = 4;
const TIMES_PX = 20;
const NARROWEST = 1 / 250;
/** A limit further above what was measured than this would press it flat: its label says that it is above. */
const FAR = 8;
/** Above a limit its label needs room. */
const HEADROOM = 1.2;
/** Shades are in front of the grid and behind what was measured. */
const BEHIND = -50;
const TICK = { fill: 'var(--text-3)', fontSize: 11 };

/** The lines of a chart over time, what could not be measured shaded, a limit as a line, and what is over it in the colour of an error. */
export function Drawing({ series, from, to, isLive, limit, gaps, offline, emulated, format, kind = 'line', unit = 'number', atLeast = 1 }: ChartContent): ReactNode {
  const id = useId();
  const isLog = kind === 'log';
  const data = (series[0]?.points ?? []).map(({ at }, index) => ({ at, ...Object.fromEntries(series.map(({ points }, n) => [`s${n}`, drawn(points[index]?.value ?? null, isLog)])) }));
  const values = series.flatMap(({ points }) => points.flatMap(({ value }) => value ?? []));
  const peaks = series.map(({ points, unlimited = false }) => ({ unlimited, ...peakOf(points, from) }));
  const most = Math.max(0, ...peaks.map(({ value }) => value));
  const loudest = Math.max(0, ...peaks.filter(({ unlimited }) => !unlimited).map(({ value }) => value));
  const isNear = limit !== undefined && (isLog || loudest * FAR >= limit);
  const top = Math.max(most * 1.05, isNear ? limit * (isLog ? 3 : HEADROOM) : 0, isLog ? 10 : atLeast);
  const axis = isLog ? logAxis(Math.min(...values.filter((value) => value > 0), top), top) : linearAxis(Math.min(0, ...values) * 1.05, top, unit);
  const isOver = (n: number): boolean => limit !== undefined && peaks[n]?.unlimited === false && (peaks[n]?.value ?? 0) > limit;
  // Where little was measured, each measure is a dot of its own.
  const sparse = values.length < 30 * series.length;
  const times = timeTicks(from, to);
  const stroke = (n: number, colour: string): string => (isOver(n) ? `url(#${id}over${n})` : colour);
  return (
    <>
      {limit === undefined || isNear ? null : (
        <span className="tm-above" aria-hidden="true">
          limit {format(limit)} ↑
        </span>
      )}
      <ResponsiveContainer width="100%" height={PLOT_PX}>
        <ComposedChart data={data} margin={{ top: ABOVE_PX, right: 13, bottom: 0, left: 0 }}>
          <defs>
            <pattern id={`${id}gap`} width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
              <rect width="1.5" height="4" fill="var(--text-3)" />
            </pattern>
            {series.map(({ colour, name }, n) => (isOver(n) && limit !== undefined ? <Over key={name} id={`${id}over${n}`} colour={colour} part={shareBelow(axis, limit, isLog)} /> : null))}
          </defs>
          <CartesianGrid stroke="var(--line-faint)" vertical={false} />
          <XAxis dataKey="at" type="number" domain={[from, to]} tickFormatter={(at: number) => (at === to ? 'now' : (times[1] ?? to) - (times[0] ?? from) < 60_000 ? formatSecond(at) : formatMinute(at))} ticks={[...times, ...(isLive ? [to] : [])]} tick={TICK} stroke="var(--line)" tickLine={false} height={TIMES_PX} interval={0} tickMargin={3} />
          <YAxis tickFormatter={(one: number) => format(Math.abs(one))} tick={TICK} stroke="transparent" width={42} tickMargin={2} ticks={[...axis.ticks]} interval={0} domain={[axis.from, axis.to]} allowDataOverflow {...(isLog ? { scale: 'log' as const } : {})} />
          {emulated.map((span) => area('e', span, from, to, 'var(--conflict-tint)', 1))}
          {offline.map((span) => area('o', span, from, to, 'var(--text-3)', 0.22))}
          {gaps.map((span) => area('g', span, from, to, `url(#${id}gap)`, 1))}
          {isNear ? <ReferenceLine y={limit} stroke="var(--error)" strokeDasharray="3 3" label={{ value: `limit ${format(limit)}`, position: 'insideBottomLeft', fill: 'var(--error)', fontSize: 11, offset: 2 }} /> : null}
          {series.map(({ name, colour, dashed, filled }, n) =>
            kind === 'steps' ? (
              <Area key={name} dataKey={`s${n}`} name={name} type="stepAfter" stroke={stroke(n, colour)} fill={colour} fillOpacity={filled === false ? 0 : series.length > 2 ? 0.08 : 0.18} strokeWidth={1.5} {...(dashed === true ? { strokeDasharray: '3 3' } : {})} dot={false} activeDot={false} isAnimationActive={false} />
            ) : (
              <Line key={name} dataKey={`s${n}`} name={name} type="linear" stroke={stroke(n, colour)} strokeWidth={1.5} {...(dashed === true ? { strokeDasharray: '3 3' } : {})} dot={sparse ? { r: 1.6, fill: stroke(n, colour), strokeWidth: 0 } : false} activeDot={false} connectNulls={sparse} isAnimationActive={false} />
            ),
          )}
          {peaks.map(({ at, value }, n) => (isOver(n) ? <ReferenceDot key={series[n]?.name} x={at} y={value} r={2.5} fill="var(--error)" stroke="var(--surface)" strokeWidth={1} /> : null))}
        </ComposedChart>
      </ResponsiveContainer>
    </>
  );
}

/** A line's colour up to a part of the plot's height, and the colour of an error above. */
function Over({ id, colour, part }: { id: string; colour: string; part: number }): ReactNode {
  return (
    <linearGradient id={id} gradientUnits="userSpaceOnUse" x1={0} x2={0} y1={PLOT_PX - TIMES_PX} y2={ABOVE_PX}>
      <stop offset={part} stopColor={colour} />
      <stop offset={part} stopColor="var(--error)" />
    </linearGradient>
  );
}

/** Where a line is highest. */
function peakOf(points: readonly MeasuredPoint[], from: number): { readonly at: number; readonly value: number } {
  let most = { at: from, value: 0 };
  for (const { at, value } of points) if (value !== null && value > most.value) most = { at, value };
  return most;
}

/** How much of the plot is below a value. */
function shareBelow({ from, to }: Axis, value: number, isLog: boolean): number {
  return isLog ? Math.log(value / from) / Math.log(to / from) : (value - from) / (to - from);
}

/** A logarithmic axis has no zero. */
const drawn = (value: number | null, isLog: boolean): number | null => (value === null || !isLog ? value : value <= 0 ? null : Math.max(1, value));

function area(kind: string, span: Span, from: number, to: number, fill: string, opacity: number): ReactNode {
  const x1 = Math.max(from, span.from);
  return <ReferenceArea key={`${kind}${span.from}`} x1={x1} x2={Math.min(to, Math.max(x1 + (to - from) * NARROWEST, span.to))} fill={fill} fillOpacity={opacity} strokeOpacity={0} className={`tm-span-${kind}`} zIndex={BEHIND} />;
}
