import { useMemo, type ReactNode } from 'react';
import type { ContextNow } from '../../../views/context-now.ts';
import type { WireFrame } from '../../../views/exchanges.ts';
import { formatBytes, formatCount, plural } from '../../../views/format.ts';
import { MOST_FRAMES } from '../../../views/wire-log.ts';
import { Icon } from '../../components/icon.tsx';
import { Name } from '../../components/parts.tsx';
import { isSent, type Share } from './frame-words.ts';

const SHOWN = 5;

/** What is listed, summed up: counts, bytes, and whose frames they are. */
export function Totals({ shown, all, shares, contexts }: { shown: readonly WireFrame[]; all: readonly WireFrame[]; shares: readonly Share[]; contexts: readonly ContextNow[] }): ReactNode {
  const { sent, bytes } = useMemo(() => ({ sent: shown.filter(isSent).length, bytes: shown.reduce((sum, frame) => sum + frame.bytes, 0) }), [shown]);
  const silent = useMemo(() => {
    const told = new Set(all.map(({ contextId }) => contextId));
    return contexts.filter(({ contextId, status }) => status.lifecycle === 'dormant' && !told.has(contextId)).length;
  }, [all, contexts]);
  const rest = shares.slice(SHOWN).reduce((sum, { count }) => sum + count, 0);
  const parts = [...shares.slice(0, SHOWN), ...(rest > 0 ? [{ contextId: 'others', count: rest, tone: 't3' }] : [])];
  return (
    <div className="nx-tot">
      <span>
        <b>{formatCount(shown.length)}</b> {shown.length === 1 ? 'frame' : 'frames'}
        {shown.length === all.length ? null : <span className="t3"> of {formatCount(all.length)}</span>}
      </span>
      <i className="sep" />
      <span>
        <Icon name="ev-push" className="c-push" label="sent" /> {formatCount(sent)}
      </span>
      <i className="sep" />
      <span>
        <Icon name="ev-delta" className="c-delta" label="received" /> {formatCount(shown.length - sent)}
      </span>
      <i className="sep" />
      <span title="Characters of the frames' text, before the socket compresses it">
        <b>{formatBytes(bytes)}</b>
      </span>
      {silent === 0 ? null : (
        <>
          <i className="sep p4" />
          <span className="p4">
            {plural(silent, 'context')} stayed dormant: 0 frames <span className="mono t3">LC6</span>
          </span>
        </>
      )}
      {all.length < MOST_FRAMES ? null : <span className="t3 p4">the newest {formatCount(all.length)}</span>}
      <span className="grow" />
      <span className="stk p3" aria-hidden="true">
        {parts.map(({ contextId, count, tone }) => (
          <i key={contextId} className={tone} style={{ flex: count }} />
        ))}
      </span>
      <span className="legend p3">
        {parts.map(({ contextId, count, tone }, at) => (
          <span key={contextId} className={at < 3 ? '' : 'p4'}>
            <i className={`sw ${tone}`} />
            <Name text={contextId === '' ? 'socket' : contextId} most={24} /> {formatCount(count)}
          </span>
        ))}
      </span>
    </div>
  );
}
