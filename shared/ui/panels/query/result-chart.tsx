import type { ReactNode } from 'react';
import { Bar, BarChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import { Empty } from '../../components/parts.tsx';
import type { Shown } from './query-panel.tsx';

const MOST = 200;
const SERIES = ['var(--series-1)', 'var(--series-2)', 'var(--series-3)', 'var(--series-4)', 'var(--series-5)', 'var(--series-6)'];

/** The first column against those that hold numbers. */
export function ResultChart({ result }: { result: Shown }): ReactNode {
  const numeric = result.columns.map((_, at) => at).filter((at) => at > 0 && result.rows.length > 0 && result.rows.every((row) => row[at] === null || typeof row[at] === 'number'));
  if (numeric.length === 0) return <Empty icon="chart" title="Nothing to draw">A chart needs a first column that names, and at least one column of numbers behind it.</Empty>;
  const data = result.rows.slice(0, MOST).map((row) => ({ name: String(row[0] ?? 'null').slice(0, 24), ...Object.fromEntries(numeric.map((at) => [`v${at}`, row[at] ?? 0])) }));
  const label = `${result.columns[0] ?? ''} against ${numeric.map((at) => result.columns[at]).join(', ')}, ${data.length} rows; the same numbers are in the table`;
  return (
    <div className="qu-chart" role="img" aria-label={label}>
      <ResponsiveContainer width="100%" height="100%">
        <BarChart data={data} margin={{ top: 12, right: 16, bottom: 4, left: 4 }}>
          <CartesianGrid stroke="var(--line-faint)" vertical={false} />
          <XAxis dataKey="name" tick={{ fill: 'var(--text-3)', fontSize: 11 }} stroke="var(--line)" />
          <YAxis tick={{ fill: 'var(--text-3)', fontSize: 11 }} stroke="var(--line)" width={64} />
          <Tooltip cursor={{ fill: 'var(--hover)' }} contentStyle={{ background: 'var(--surface-overlay)', border: '1px solid var(--line)', borderRadius: 5, color: 'var(--text-1)' }} />
          {numeric.slice(0, SERIES.length).map((at, index) => (
            <Bar key={at} dataKey={`v${at}`} name={result.columns[at] ?? ''} fill={SERIES[index] ?? 'var(--text-3)'} isAnimationActive={false} />
          ))}
        </BarChart>
      </ResponsiveContainer>
    </div>
  );
}
