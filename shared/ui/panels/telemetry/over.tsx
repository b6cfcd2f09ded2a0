import type { ReactNode } from 'react';
import { formatAge, formatCount, formatMs, formatSecond } from '../../../views/format.ts';
import { THRESHOLD_IDS, type Limits, type Measured, type ThresholdId } from '../../../views/thresholds.ts';
import { Icon } from '../../components/icon.tsx';
import type { IconName } from '../../components/icons.tsx';
import { Name } from '../../components/parts.tsx';
import { useInspector } from '../../state/inspector.ts';

const SHOWN_CROSSINGS = 3;
const SLOW = { icon: 'clock', tone: 'c-error' } as const;
const CONFLICTS = { icon: 'ev-conflict', tone: 'c-conflict' } as const;
const WAITS = { icon: 'ev-push', tone: 'c-pending' } as const;
const MUCH = { icon: 'alert', tone: 'c-error' } as const;
const ICONS: { readonly [id in ThresholdId]: { readonly icon: IconName; readonly tone: string } } = { opens: SLOW, switch: SLOW, latency: SLOW, conflicts: CONFLICTS, rate: CONFLICTS, unsynced: WAITS, held: WAITS, quota: MUCH, agent: MUCH };

/** One line of what is over a threshold, the worst first. */
export function Over({ over, limits }: { over: readonly Measured[]; limits: Limits }): ReactNode {
  const inspector = useInspector();
  if (over.length === 0) return null;
  const crossed = new Set(over.map(({ id }) => id)).size;
  return (
    <div className="attn">
      <b>Over threshold</b>
      {over.slice(0, SHOWN_CROSSINGS).map(({ id, contextId, value, at }) => (
        <button key={`${id} ${contextId ?? ''}`} type="button" onClick={() => (contextId === null ? inspector.show({ panel: 'telemetry' }) : inspector.go(id === 'conflicts' || id === 'rate' ? 'conflicts' : 'contexts', { selected: contextId }))}>
          <Icon name={ICONS[id].icon} className={ICONS[id].tone} />
          {contextId === null ? null : <Name text={contextId} most={60} />} <span className="rest">{sentence(id, value, at, limits)}</span>
        </button>
      ))}
      <span className="grow" />
      <span className="rest p3">
        {THRESHOLD_IDS.length - crossed} of {THRESHOLD_IDS.length} within limits
      </span>
    </div>
  );
}

function sentence(id: Measured['id'], value: number, at: number | null, limits: Limits): string {
  const limit = limits[id];
  const when = at === null ? '' : ` at ${formatSecond(at)}`;
  switch (id) {
    case 'opens':
      return `took ${formatMs(value)} to open${when}, limit ${formatMs(limit)}`;
    case 'switch':
      return `switches take ${formatMs(value)} at p95, limit ${formatMs(limit)}`;
    case 'latency':
      return `gets its answer in ${formatMs(value)} at p99, limit ${formatMs(limit)}`;
    case 'conflicts':
      return `had ${formatCount(value)} conflicts in the minute before ${at === null ? 'now' : formatSecond(at)}, limit ${formatCount(limit)}`;
    case 'rate':
      return `conflicts in ${value.toFixed(1)} of 100 writes, limit ${limit}`;
    case 'unsynced':
      return `holds writes for ${formatAge(value * 1_000)}, limit ${formatAge(limit * 1_000)}`;
    case 'held':
      return `is dormant with writes for ${formatAge(value * 3_600_000)}, limit ${formatAge(limit * 3_600_000)}`;
    case 'quota':
      return `${Math.round(value)}% of the quota is in use, limit ${limit}%`;
    case 'agent':
      return `the agent is busy for ${formatMs(value)} of each second, limit ${formatMs(limit)}`;
  }
}
