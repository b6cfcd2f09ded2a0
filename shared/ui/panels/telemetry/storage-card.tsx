import type { ReactNode } from 'react';
import { formatBytes } from '../../../views/format.ts';
import { Name } from '../../components/parts.tsx';
import type { ContextLine } from './model.ts';

const SHOWN = 5;

/** The largest contexts now; how it grew is not recorded. */
export function StorageCard({ lines, quotaBytes, limit }: { lines: readonly ContextLine[]; quotaBytes: number | null; limit: number }): ReactNode {
  const bytes = ({ context: { row } }: ContextLine): number => (row.partition.present ? row.partition.bytes : 0);
  const used = lines.reduce((sum, line) => sum + bytes(line), 0);
  const open = lines.filter(({ context: { status } }) => status.lifecycle !== 'dormant').reduce((sum, line) => sum + bytes(line), 0);
  const largest = lines.toSorted((a, b) => bytes(b) - bytes(a)).filter((line) => bytes(line) > 0);
  const most = Math.max(1, ...largest.map(bytes));
  const over = quotaBytes !== null && (100 * used) / quotaBytes > limit;
  return (
    <section className="tm-card" aria-label="Storage">
      <h3>
        <b>Storage</b>
        <span className="t3">now</span>
        <span className="grow" />
        <span className={`v ${over ? 'c-error' : ''}`}>{quotaBytes === null ? formatBytes(used) : `${formatBytes(used)} of ${formatBytes(quotaBytes)}`}</span>
      </h3>
      {largest.length === 0 ? <p className="tm-act t2">Nothing is stored.</p> : null}
      <div className="tm-act" role="table" aria-label="The largest contexts" hidden={largest.length === 0}>
        {largest.slice(0, SHOWN).map((line) => (
          <div key={line.context.contextId} role="row" className="tm-act-row">
            <span role="rowheader" className="clip">
              <Name text={line.context.contextId} most={40} />
            </span>
            <span role="cell" className="b">
              <i className={line.context.status.lifecycle === 'dormant' ? 'bg-dormant' : 'bg-active'} style={{ width: `${(100 * bytes(line)) / most}%` }} />
            </span>
            <span role="cell" className="num">
              {formatBytes(bytes(line))}
            </span>
          </div>
        ))}
      </div>
      <p className="ft">
        <span>
          <i className="sw bg-active" />
          open {formatBytes(open)}
        </span>
        <span>
          <i className="sw bg-dormant" />
          dormant {formatBytes(used - open)}
        </span>
        {largest.length > SHOWN ? <span>{largest.length - SHOWN} more</span> : null}
      </p>
    </section>
  );
}
