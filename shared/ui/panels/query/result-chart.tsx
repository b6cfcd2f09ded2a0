import { useMemo, type MouseEvent, type ReactNode } from 'react';
import { Area, AreaChart, Bar, BarChart, CartesianGrid, Line, LineChart, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import { chartData, likelyChoice, numericColumns, type ChartChoice, type ChartData } from '../../../views/chart-data.ts';
import { formatBytes, formatCount, formatMinute, plural } from '../../../views/format.ts';
import { Segments, Tick } from '../../components/controls.tsx';
import { Empty, Name } from '../../components/parts.tsx';
import { useInspector, useView } from '../../state/inspector.ts';
import type { Shown } from './query-desk.ts';

const MOST = { points: 240, series: 6 };
const SERIES = ['var(--series-1)', 'var(--series-2)', 'var(--series-3)', 'var(--series-4)', 'var(--series-5)', 'var(--series-6)'];
const TYPES = ['bar', 'line', 'area'] as const;
type ChartType = (typeof TYPES)[number];
const TICK = { fill: 'var(--text-3)', fontSize: 11 };
const TIP = { background: 'var(--surface-overlay)', border: '1px solid var(--line)', borderRadius: 5, color: 'var(--text-1)', fontSize: 11.5, padding: '5px 8px' };

/** A result drawn: one column along, one of numbers, perhaps one that splits it; and the same numbers as a table beside it. */
export function ResultChart({ result }: { result: Shown }): ReactNode {
  const inspector = useInspector();
  const { fields } = useView();
  const likely = useMemo(() => likelyChoice(result), [result]);
  const choice = useMemo(() => (likely === null ? null : chosen(result, likely, fields)), [result, likely, fields]);
  const data = useMemo(() => (choice === null ? null : chartData(result, choice, MOST)), [result, choice]);
  if (choice === null || data === null) return <Empty icon="chart" title="Nothing to draw">A chart needs a column of numbers. Count or add something up, and group it by what goes along the bottom.</Empty>;
  const type = TYPES.find((one) => one === fields['query.chart']) ?? 'bar';
  const stacked = fields['query.stacked'] !== 'no';
  const nameOf = (at: number): string => result.columns[at] ?? '';
  const format = /bytes|size/i.test(nameOf(choice.y)) ? formatBytes : number;
  const set = (name: string) => (at: string) => inspector.setField(name, at);
  const numeric = numericColumns(result);
  const open = (place: number): void => showMinute(inspector, data.xs[place] ?? '', result.target);
  const hasMinutes = result.target === 'recording' && data.xs.every((x) => /^\d\d:\d\d$/.test(x));
  return (
    <div className="qu-chart">
      <div className="qu-cbar">
        <span className="t2 p2">Type</span>
        <Segments<ChartType> label="Type" value={type} onChange={set('query.chart')} options={TYPES.map((value) => ({ value, label: value.charAt(0).toUpperCase() + value.slice(1) }))} />
        <ColumnSelect label="X" columns={result.columns} value={choice.x} among={result.columns.map((_, at) => at)} onChange={set('query.x')} />
        <ColumnSelect label="Y" columns={result.columns} value={choice.y} among={numeric} onChange={set('query.y')} />
        <ColumnSelect label="Split by" className="p2" columns={result.columns} value={choice.split ?? -1} among={result.columns.map((_, at) => at).filter((at) => at !== choice.x && at !== choice.y)} none="nothing" onChange={set('query.split')} />
        {data.series.length < 2 ? null : <span className="p2"><Tick label="Stacked" shown={<span>Stacked</span>} state={stacked ? 'on' : 'off'} onPress={() => inspector.setField('query.stacked', stacked ? 'no' : '')} /></span>}
        <span className="grow" />
        {hasMinutes ? <span className="t2 p3">Click a point to select that minute in Timeline</span> : null}
      </div>
      <div className="qu-cgrid">
        <figure role="img" aria-label={`${nameOf(choice.y)} by ${nameOf(choice.x)}${choice.split === null ? '' : `, split by ${nameOf(choice.split)}`}, ${data.xs.length} points; the same numbers are in the table`}>
          <ResponsiveContainer width="100%" height="100%">
            {drawing(type, stacked, data, format, nameOf(choice.y), hasMinutes ? open : undefined)}
          </ResponsiveContainer>
        </figure>
        <SeriesTable data={data} x={nameOf(choice.x)} y={nameOf(choice.y)} split={choice.split === null ? null : nameOf(choice.split)} format={format} />
      </div>
      {data.left === 0 ? null : <div className="cap"><span>{plural(data.left, 'row')} behind the first {formatCount(MOST.points)} points are not drawn.</span></div>}
    </div>
  );
}

const number = (value: number): string => (Number.isInteger(value) ? formatCount(value) : String(Math.round(value * 100) / 100));

/** What a person chose, as far as the result has it. */
function chosen(result: Shown, likely: ChartChoice, fields: { readonly [name: string]: string }): ChartChoice {
  const at = (name: string): number => result.columns.indexOf(fields[name] ?? '');
  const numeric = numericColumns(result);
  const x = at('query.x') >= 0 ? at('query.x') : likely.x;
  const y = numeric.includes(at('query.y')) ? at('query.y') : likely.y;
  const split = fields['query.split'] === '-' ? null : at('query.split') >= 0 ? at('query.split') : likely.split;
  return { x, y, split: split === x || split === y ? null : split };
}

function ColumnSelect({ label, columns, value, among, none, className = '', onChange }: { label: string; columns: readonly string[]; value: number; among: readonly number[]; none?: string; className?: string; onChange: (column: string) => void }): ReactNode {
  return (
    <label className={`btn da-ctx ${className}`}>
      <span className="t2">{label}</span>
      <select aria-label={label} value={value} onChange={(event) => onChange(Number(event.target.value) < 0 ? '-' : (columns[Number(event.target.value)] ?? ''))}>
        {none === undefined ? null : <option value={-1}>{none}</option>}
        {among.map((at) => (
          <option key={at} value={at}>
            {columns[at]?.slice(0, 40)}
          </option>
        ))}
      </select>
    </label>
  );
}

function drawing(type: ChartType, stacked: boolean, data: ChartData, format: (value: number) => string, name: string, onPoint: ((place: number) => void) | undefined): ReactNode {
  const rows = data.xs.map((x, place) => ({ x, ...Object.fromEntries(data.series.map(({ values }, at) => [`s${at}`, values[place] ?? (type === 'area' ? 0 : null)])) }));
  const Chart = type === 'bar' ? BarChart : type === 'line' ? LineChart : AreaChart;
  return (
    <Chart data={rows} margin={{ top: 12, right: 12, bottom: 0, left: 0 }} {...(onPoint === undefined ? {} : { onClick: (_state: object, event: MouseEvent) => onPoint(pointAt(event, data.xs.length, type === 'bar')), className: 'is-pressable' })}>
      <CartesianGrid stroke="var(--line-faint)" vertical={false} />
      <XAxis dataKey="x" tick={TICK} stroke="var(--line)" minTickGap={24} tickFormatter={(x: string) => String(x).slice(0, 18)} />
      <YAxis tick={TICK} stroke="var(--line)" width={64} tickFormatter={format} />
      <Tooltip cursor={{ fill: 'var(--hover)', stroke: 'var(--line-strong)' }} contentStyle={TIP} itemStyle={{ padding: 0 }} isAnimationActive={false} formatter={(value) => format(Number(value ?? 0))} />
      {data.series.map(({ name: series }, at) => {
        const colour = SERIES[at] ?? 'var(--text-3)';
        const own = { key: at, dataKey: `s${at}`, name: series === '' ? name : series, isAnimationActive: false };
        if (type === 'bar') return <Bar {...own} key={at} fill={colour} fillOpacity={0.85} {...(stacked ? { stackId: 'all' } : {})} />;
        if (type === 'line') return <Line {...own} key={at} stroke={colour} strokeWidth={1.5} dot={data.xs.length < 40 ? { r: 2 } : false} connectNulls={false} />;
        return <Area {...own} key={at} stroke={colour} fill={colour} fillOpacity={0.25} strokeWidth={1.5} {...(stacked ? { stackId: 'all' } : {})} />;
      })}
    </Chart>
  );
}

/** Which point of so many was pressed: bars have a band each, points of a line stand from end to end. What is under the pointer is told late, so it is measured. */
function pointAt({ clientX, target }: MouseEvent, points: number, hasBands: boolean): number {
  const plot = target instanceof Element ? target.closest('.recharts-wrapper')?.querySelector('.recharts-cartesian-grid')?.getBoundingClientRect() : undefined;
  if (plot === undefined || plot.width === 0) return -1;
  const share = (clientX - plot.left) / plot.width;
  return Math.max(0, Math.min(points - 1, hasBands ? Math.floor(share * points) : Math.round(share * (points - 1))));
}

function SeriesTable({ data, x, y, split, format }: { data: ChartData; x: string; y: string; split: string | null; format: (value: number) => string }): ReactNode {
  const total = data.series.reduce((sum, series) => sum + series.total, 0);
  const highest = data.totals.indexOf(Math.max(...data.totals));
  const lowest = data.totals.indexOf(Math.min(...data.totals));
  const mean = data.totals.reduce((sum, value) => sum + value, 0) / Math.max(1, data.totals.length);
  return (
    <div>
      {split === null ? null : (
        <table className="grid qu-leg" aria-label="Series">
          <colgroup>
            <col />
            <col style={{ width: 84 }} />
            <col style={{ width: 46 }} />
          </colgroup>
          <thead>
            <tr>
              <th>{split}</th>
              <th className="num">{y}</th>
              <th className="num">%</th>
            </tr>
          </thead>
          <tbody>
            {data.series.map((series, at) => (
              <tr key={series.name}>
                <td>
                  <i className="sw" style={{ background: SERIES[at] }} />
                  <Name text={series.name} most={60} />
                </td>
                <td className="num mono">{format(series.total)}</td>
                <td className="num mono t2">{total === 0 ? '–' : ((100 * series.total) / total).toFixed(1)}</td>
              </tr>
            ))}
            <tr className="sum">
              <td>{data.others > 0 ? `${data.series.length - 1} and ${formatCount(data.others)} others` : `${data.series.length} in all`}</td>
              <td className="num mono">{format(total)}</td>
              <td className="num mono">100</td>
            </tr>
          </tbody>
        </table>
      )}
      <dl className="kv qu-st">
        <dt>Highest</dt>
        <dd className="num mono">
          <Name text={data.xs[highest] ?? ''} most={24} />, {format(data.totals[highest] ?? 0)}
        </dd>
        <dt>Mean</dt>
        <dd className="num mono">{format(mean)}</dd>
        <dt>Lowest</dt>
        <dd className="num mono">
          <Name text={data.xs[lowest] ?? ''} most={24} />, {format(data.totals[lowest] ?? 0)}
        </dd>
        <dt>Points</dt>
        <dd className="num mono">
          {formatCount(data.xs.length)} by {x.slice(0, 24)}
        </dd>
      </dl>
    </div>
  );
}

/** Selects the last minute of the recording with this time of day. */
function showMinute(inspector: ReturnType<typeof useInspector>, minute: string, target: Shown['target']): void {
  const { index } = inspector.session;
  if (target !== 'recording' || minute === '') return;
  for (let at = Math.floor(index.lastAt / 60_000) * 60_000; at >= index.firstAt - 60_000; at -= 60_000) {
    if (formatMinute(at) !== minute) continue;
    inspector.go('timeline', { selection: { from: at, to: at + 60_000 }, to: at + 90_000, width: 180_000 });
    return;
  }
}
