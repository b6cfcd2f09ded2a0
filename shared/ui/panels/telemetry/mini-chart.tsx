import { memo, useEffect, useId, useState, type ReactNode } from 'react';
import { Area, AreaChart, CartesianGrid, Line, LineChart, ReferenceArea, ReferenceLine, ResponsiveContainer, XAxis, YAxis } from 'recharts';
import { formatMinute } from '../../../views/format.ts';

export interface MiniSeries {
  readonly name: string;
  readonly colour: string;
  readonly dashed?: boolean;
  readonly points: readonly { readonly at: number; readonly value: number | null }[];
}

interface Span {
  readonly from: number;
  readonly to: number;
}

interface MiniChartProps {
  readonly title: string;
  readonly note: string;
  readonly value: ReactNode;
  readonly series: readonly MiniSeries[];
  readonly from: number;
  readonly to: number;
  readonly limit?: number;
  readonly gaps: readonly Span[];
  readonly offline: readonly Span[];
  readonly format: (value: number) => string;
  readonly filled?: boolean;
}

/** One after the other within the second, so that no frame draws them all. */
const APART_MS = 90;

export function MiniChart({ order, ...props }: MiniChartProps & { readonly order: number }): ReactNode {
  const [shown, setShown] = useState(props);
  const { series, from, to, limit, gaps, offline } = props;
  useEffect(() => {
    const timer = setTimeout(() => setShown(props), order * APART_MS);
    return () => clearTimeout(timer);
  }, [series, from, to, limit, gaps, offline]); // eslint-disable-line react/exhaustive-deps -- the rest follows from these
  return <Chart {...shown} />;
}

/** One small chart among many: same time axis, gaps and offline stretches shaded, a limit as a line. */
const Chart = memo(function Chart({ title, note, value, series, from, to, limit, gaps, offline, format, filled = false }: MiniChartProps): ReactNode {
  const id = useId();
  const data = (series[0]?.points ?? []).map(({ at }, index) => ({ at, ...Object.fromEntries(series.map(({ points }, n) => [`s${n}`, points[index]?.value ?? null])) }));
  const peak = Math.max(0, ...series.flatMap(({ points }) => points.map((point) => point.value ?? 0)));
  // Where little was measured, each measure is a dot of its own.
  const sparse = (series[0]?.points ?? []).filter(({ value: one }) => one !== null).length < 30;
  const shading = (
    <>
      {offline.map((span) => (
        <ReferenceArea key={`o${span.from}`} x1={Math.max(from, span.from)} x2={Math.min(to, span.to)} fill="var(--text-3)" fillOpacity={0.16} strokeOpacity={0} />
      ))}
      {gaps.map((span) => (
        <ReferenceArea key={`g${span.from}`} x1={Math.max(from, span.from)} x2={Math.max(Math.max(from, span.from) + (to - from) / 200, Math.min(to, span.to))} fill="var(--text-3)" fillOpacity={0.45} strokeOpacity={0} />
      ))}
      {limit === undefined ? null : <ReferenceLine y={limit} stroke="var(--error)" strokeDasharray="3 3" />}
    </>
  );
  const axes = (
    <>
      <CartesianGrid stroke="var(--line-faint)" vertical={false} />
      <XAxis dataKey="at" type="number" domain={[from, to]} tickFormatter={formatMinute} tickCount={4} tick={{ fill: 'var(--text-3)', fontSize: 11 }} stroke="var(--line)" tickLine={false} />
      <YAxis tickFormatter={format} tick={{ fill: 'var(--text-3)', fontSize: 11 }} stroke="transparent" width={46} tickCount={4} domain={[0, Math.max(peak, limit === undefined || limit > peak * 4 ? peak : limit, 1)]} />
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
      <div className="tm-plot" role="img" aria-label={`${title}, ${note}: most ${format(peak)}`}>
        <ResponsiveContainer width="100%" height="100%">
          {filled ? (
            <AreaChart data={data} margin={{ top: 4, right: 6, bottom: 0, left: 0 }}>
              {axes}
              {shading}
              {series.map(({ name, colour }, n) => (
                <Area key={name} dataKey={`s${n}`} name={name} type="stepAfter" stroke={colour} fill={colour} fillOpacity={0.18} strokeWidth={1.5} dot={false} isAnimationActive={false} />
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
        {series.map(({ name, colour, dashed }) => (
          <span key={name} style={{ color: colour }}>
            <i className={`ln ${dashed === true ? 'dash' : ''}`} />
            {name}
          </span>
        ))}
      </p>
    </section>
  );
});
