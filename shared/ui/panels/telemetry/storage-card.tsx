import type { CSSProperties, ReactNode } from 'react';
import { formatBytes } from '../../../views/format.ts';
import { Name } from '../../components/parts.tsx';
import { Against, Card } from './card.tsx';
import type { ContextLine } from './model.ts';

const SHOWN = 4;

/** How much of the quota is in use, and the largest contexts now; how they grew is not recorded. */
export function StorageCard({ lines, quotaBytes, limit }: { lines: readonly ContextLine[]; quotaBytes: number | null; limit: number }): ReactNode {
  const used = lines.reduce((sum, { bytes }) => sum + bytes, 0);
  const open = lines.filter(({ context: { status } }) => status.lifecycle !== 'dormant').reduce((sum, { bytes }) => sum + bytes, 0);
  const largest = lines.toSorted((a, b) => b.bytes - a.bytes).filter(({ bytes }) => bytes > 0);
  const rows = quotaBytes === null ? SHOWN + 1 : SHOWN;
  const most = Math.max(1, ...largest.map(({ bytes }) => bytes));
  const isOver = quotaBytes !== null && (100 * used) / quotaBytes > limit;
  return (
    <Card
      title="Storage"
      note="now"
      value={
        <>
          <Against over={isOver}>{formatBytes(used)}</Against>
          {quotaBytes === null ? '' : ` of ${formatBytes(quotaBytes)}`}
        </>
      }
      footer={
        <>
          <span>
            <i className="sw bg-active" />
            open {formatBytes(open)}
          </span>
          <span>
            <i className="sw bg-dormant" />
            dormant {formatBytes(used - open)}
          </span>
          {largest.length > rows ? <span>{largest.length - rows} more</span> : null}
        </>
      }
    >
      {largest.length === 0 ? <p className="tm-act t2">Nothing is stored.</p> : null}
      <div className="tm-act tm-store" role="table" aria-label="The largest contexts" hidden={largest.length === 0}>
        {quotaBytes === null ? null : <Quota open={open} used={used} quota={quotaBytes} limit={limit} />}
        {largest.slice(0, rows).map(({ context: { contextId, status }, bytes }) => (
          <div key={contextId} role="row" className="tm-act-row">
            <span role="rowheader" className="clip">
              <Name text={contextId} most={40} />
            </span>
            <span role="cell" className="b">
              <i className={status.lifecycle === 'dormant' ? 'bg-dormant' : 'bg-active'} style={{ width: `${(100 * bytes) / most}%` }} />
            </span>
            <span role="cell" className="num">
              {formatBytes(bytes)}
            </span>
          </div>
        ))}
      </div>
    </Card>
  );
}

/** All of them against the quota, whose limit is a mark on it. */
function Quota({ open, used, quota, limit }: { open: number; used: number; quota: number; limit: number }): ReactNode {
  const percent = (100 * used) / Math.max(1, quota);
  const share = (bytes: number): string => `${(100 * bytes) / Math.max(quota, used, 1)}%`;
  return (
    <div role="row" className="tm-act-row tm-quota">
      <span role="rowheader" className="clip">
        quota, limit {limit}%
      </span>
      <span role="cell" className="b">
        <i className="bg-active" style={{ width: share(open) }} />
        <i className="bg-dormant" style={{ width: share(used - open) }} />
        <u className="lim" style={{ '--p': Math.min(1, (limit * quota) / 100 / Math.max(quota, used, 1)) } as CSSProperties} />
      </span>
      <span role="cell" className={`num ${percent > limit ? 'c-error' : ''}`}>
        {Math.round(percent)}%
      </span>
    </div>
  );
}
