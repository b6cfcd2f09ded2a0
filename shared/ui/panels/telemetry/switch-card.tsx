import type { ReactNode } from 'react';
import { quantile } from '../../../views/activations.ts';
import { formatCount, formatMs } from '../../../views/format.ts';
import { isSwitch, switchHistogram, type Opening } from '../../../views/opens.ts';

const label = (ms: number): string => (ms === 1 ? '<1' : Number.isFinite(ms) ? String(ms / 2) : '1 s+');

/** How long people waited for a context, by powers of two. One that is open already costs nothing and is no event. */
export function SwitchCard({ openings, limit }: { openings: readonly Opening[]; limit: number }): ReactNode {
  const waits = openings.filter(isSwitch).flatMap(({ readyMs }) => readyMs ?? []);
  const columns = switchHistogram(openings);
  const most = Math.max(1, ...columns.map(({ disk, fetched }) => disk + fetched));
  const p95 = quantile(waits, 0.95);
  const sum = (part: 'disk' | 'fetched'): number => columns.reduce((total, column) => total + column[part], 0);
  return (
    <section className="tm-card" aria-label="Switch">
      <h3>
        <b>Switch</b>
        <span className="t3">{formatCount(waits.length)}, ms</span>
        <span className="grow" />
        <span className="v">
          {waits.length === 0 ? (
            'none'
          ) : (
            <span>
              p50 {formatMs(quantile(waits, 0.5))}, p95 <b className={p95 > limit ? 'c-error' : ''}>{formatMs(p95)}</b>
            </span>
          )}
        </span>
      </h3>
      <div className="tm-hist" role="img" aria-label={`${formatCount(waits.length)} openings by the time until their data could be read: ${columns.filter(({ disk, fetched }) => disk + fetched > 0).map(({ upToMs, disk, fetched }) => `${disk + fetched} in ${label(upToMs)} ms`).join(', ')}`}>
        {columns.map(({ upToMs, disk, fetched }) => (
          <span key={upToMs}>
            <b>{disk + fetched === 0 ? '' : disk + fetched}</b>
            <i className="bg-remote" style={{ height: `${(72 * fetched) / most}px` }} />
            <i className="bg-local" style={{ height: `${(72 * disk) / most}px` }} />
            <em>{label(upToMs)}</em>
          </span>
        ))}
      </div>
      <p className="ft">
        <span>
          <i className="sw bg-local" />
          from the disk {formatCount(sum('disk'))}
        </span>
        <span>
          <i className="sw bg-remote" />
          fetched first {formatCount(sum('fetched'))}
        </span>
      </p>
    </section>
  );
}
