import type { ReactNode } from 'react';
import type { ResultOf } from '../../../protocol/debug/index.ts';
import { formatAge, formatBytes, formatMs } from '../../../views/format.ts';
import { Icon } from '../../components/icon.tsx';
import { Name } from '../../components/parts.tsx';

type Endpoint = ResultOf<'Network.conditions'>['endpoints'][number];

const TONES: { readonly [state: string]: { readonly icon: 'lc-active' | 'lc-activating' | 'lc-dormant' | 'lc-error'; readonly tone: string } } = {
  open: { icon: 'lc-active', tone: 'c-active' },
  ready: { icon: 'lc-active', tone: 'c-active' },
  connecting: { icon: 'lc-activating', tone: 'c-activating' },
  backoff: { icon: 'lc-error', tone: 'c-pending' },
};

/** How the socket to each server stands. */
export function Connections({ endpoints, note }: { endpoints: readonly Endpoint[]; note: string | null }): ReactNode {
  if (endpoints.length === 0) return note === null ? null : <div className="attn t2">{note}</div>;
  return (
    <div className="nx-conns2" role="list">
      {endpoints.map((one) => {
        const { icon, tone } = TONES[one.state] ?? { icon: 'lc-dormant' as const, tone: 't2' };
        return (
          <section key={one.endpoint} role="listitem">
            <p>
              <Icon name={icon} className={tone} />
              <b className="mono clip">
                <Name text={one.endpoint.replace(/^wss?:\/\//, '')} most={80} />
              </b>
              <span className={tone}>{one.state}</span>
              <span className="t2">{formatAge(Date.now() - one.since)}</span>
              <span className="grow" />
              <span className="t2">RTT {one.rttMs === null ? '–' : formatMs(one.rttMs)}</span>
            </p>
            <p className="t2">
              <span>
                <Icon name="ev-push" className="c-push" /> {formatBytes(one.bytesOut)}
              </span>
              <span>
                <Icon name="ev-delta" className="c-delta" /> {formatBytes(one.bytesIn)}
              </span>
              <span>{one.reconnects} reconnects</span>
              {one.retryAt === null ? null : <span className="c-pending">next try in {formatAge(Math.max(0, one.retryAt - Date.now()))}</span>}
            </p>
          </section>
        );
      })}
    </div>
  );
}
