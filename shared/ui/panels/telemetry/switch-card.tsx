import type { CSSProperties, ReactNode } from 'react';
import { quantile } from '../../../views/activations.ts';
import { formatCount, formatMs } from '../../../views/format.ts';
import { isSwitch, switchHistogram, type Opening } from '../../../views/opens.ts';
import { Against, Card } from './card.tsx';

/** Of the highest column. */
const BAR_PX = 66;

const label = (ms: number): string => (ms === 1 ? '<1' : Number.isFinite(ms) ? String(ms / 2) : '1 s+');

/** How long people waited for a context, by powers of two. One that is open already costs nothing and is no event. */
export function SwitchCard({ openings, limit }: { openings: readonly Opening[]; limit: number }): ReactNode {
  const waits = openings.filter(isSwitch).flatMap(({ readyMs }) => readyMs ?? []);
  const columns = switchHistogram(openings);
  const most = Math.max(1, ...columns.map(({ disk, fetched }) => disk + fetched));
  const p95 = quantile(waits, 0.95);
  const sum = (part: 'disk' | 'fetched'): number => columns.reduce((total, column) => total + column[part], 0);
  return (
    <Card
      title="Switch"
      note={`${formatCount(waits.length)}, ms`}
      value={
        waits.length === 0 ? (
          'none'
        ) : (
          <>
            p50 {formatMs(quantile(waits, 0.5))}, p95 <Against over={p95 > limit}>{formatMs(p95)}</Against>
          </>
        )
      }
      footer={
        <>
          <span>
            <i className="sw bg-local" />
            from the disk {formatCount(sum('disk'))}
          </span>
          <span>
            <i className="sw bg-remote" />
            fetched first {formatCount(sum('fetched'))}
          </span>
        </>
      }
    >
      <div className="tm-hist" role="img" aria-label={`${formatCount(waits.length)} openings by the time until their data could be read: ${columns.filter(({ disk, fetched }) => disk + fetched > 0).map(({ upToMs, disk, fetched }) => `${disk + fetched} in ${label(upToMs)} ms`).join(', ')}; the limit is ${formatMs(limit)}`}>
        {columns.map(({ upToMs, disk, fetched }) => (
          <span key={upToMs}>
            <b>{disk + fetched === 0 ? '' : disk + fetched}</b>
            <i className="bg-remote" style={{ height: `${(BAR_PX * fetched) / most}px` }} />
            <i className="bg-local" style={{ height: `${(BAR_PX * disk) / most}px` }} />
            <em>{label(upToMs)}</em>
          </span>
        ))}
        <u className="lim" style={{ '--p': placeOf(limit, columns.length) } as CSSProperties}>
          <span>limit {formatMs(limit)}</span>
        </u>
      </div>
    </Card>
  );
}

/** Where a time stands among columns of which each is for twice the time of the one before, as a share of the width. */
function placeOf(ms: number, columns: number): number {
  return Math.max(0, Math.min(1, (Math.log2(Math.max(0.5, ms)) + 1) / columns));
}
