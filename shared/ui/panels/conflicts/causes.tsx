import { useMemo, type ReactNode } from 'react';
import { isMeeting, type ConflictEvent } from '../../../views/conflicts.ts';
import { formatCount, formatMinute } from '../../../views/format.ts';
import type { TopCause } from '../../../views/top-cause.ts';
import { Icon } from '../../components/icon.tsx';
import { LinkButton, Name } from '../../components/parts.tsx';

const MOST_BARS = 60;
/** Contexts beside the one that has most. */
const SHOWN = 3;
const MOST_PARTS = 12;

/** Conflicts per minute, and who is on the other side of them. */
export function Causes({ conflicts: all, top, from, to, onFilter }: { conflicts: readonly ConflictEvent[]; top: TopCause | null; from: number; to: number; onFilter: (filter: string) => void }): ReactNode {
  const conflicts = useMemo(() => all.filter(isMeeting), [all]);
  const bars = useMemo(() => {
    const minutes = Math.max(1, Math.ceil((to - from) / 60_000));
    const per = Math.ceil(minutes / MOST_BARS);
    const out = Array.from({ length: Math.ceil(minutes / per) }, () => ({ all: 0, top: 0 }));
    for (const { at, contextId, theirDevice } of conflicts) {
      const bar = out[Math.max(0, Math.min(out.length - 1, Math.floor((at - from) / 60_000 / per)))];
      if (bar === undefined) continue;
      bar.all += 1;
      if (contextId === top?.contextId && theirDevice === top.device) bar.top += 1;
    }
    return { per, out };
  }, [conflicts, from, to, top]);
  const most = Math.max(1, ...bars.out.map(({ all }) => all));
  const peak = bars.out.findIndex(({ all }) => all === most);
  const unit = 1_000 / bars.out.length;
  return (
    <section className="cf-why" aria-label="Who causes them">
      <div className="rate">
        <div className="tx">
          <b>{bars.per === 1 ? 'Per minute' : `Per ${bars.per} min`}</b>
          <span>
            most {most} at {formatMinute(from + peak * bars.per * 60_000)}
          </span>
          <span>now {bars.out.at(-1)?.all ?? 0}</span>
        </div>
        <div className="pl">
          <svg viewBox="0 0 1000 38" preserveAspectRatio="none" role="img" aria-label={`Conflicts per minute, most ${most} at ${formatMinute(from + peak * bars.per * 60_000)}`}>
            {bars.out.map(({ all, top: of }, index) => {
              const height = (36 * all) / most;
              const lit = all === 0 ? 0 : (height * of) / all;
              return (
                <g key={index}>
                  <rect className="o" x={index * unit + 1} y={38 - height + lit} width={Math.max(1, unit - 2)} height={height - lit} />
                  <rect className="l" x={index * unit + 1} y={38 - height} width={Math.max(1, unit - 2)} height={lit} />
                </g>
              );
            })}
          </svg>
          <div className="ax">
            <span>{formatMinute(from)}</span>
            <span>{formatCount(conflicts.length)} recorded</span>
            <span>{formatMinute(to)}</span>
          </div>
        </div>
      </div>
      {top === null ? null : <Who top={top} onFilter={onFilter} />}
    </section>
  );
}

/** What a filter must say to show these alone. */
const ofContext = (contextId: string): string => `context:"${contextId}"`;

function Who({ top, onFilter }: { top: TopCause; onFilter: (filter: string) => void }): ReactNode {
  const { contextId, device, count, inContext, all, others } = top;
  const pair = `device:"${device}" ${ofContext(contextId)}`;
  const elsewhere = inContext - count;
  const shown = others.slice(0, SHOWN);
  const rest = others.slice(SHOWN);
  return (
    <div className="who">
      <p>
        <b>Who causes them</b>
        <span>
          <Icon name="ev-conflict" className="c-conflict" />
          <Name text={contextId} most={60} /> {formatCount(inContext)} of {formatCount(all)}, {formatCount(count)} of them with{' '}
          <span className="mono">
            <Name text={device || 'an unknown device'} most={60} />
          </span>
        </span>
        <span className="grow" />
        {device === '' ? null : <LinkButton onPress={() => onFilter(pair)}>Show the {formatCount(count)}</LinkButton>}
      </p>
      <div className="sb" aria-hidden="true">
        <i className="x" style={{ flex: count }} />
        {elsewhere === 0 ? null : <i className="y" style={{ flex: elsewhere }} />}
        {others.slice(0, MOST_PARTS).map((other) => (
          <i key={other.contextId} style={{ flex: other.count }} />
        ))}
      </div>
      <div className="lg">
        <Legend mark="x" name={`${contextId}, ${device || 'unknown device'}`} count={count} onPress={() => onFilter(device === '' ? ofContext(contextId) : pair)} />
        {elsewhere === 0 ? null : <Legend mark="y" name={`${contextId}, others`} count={elsewhere} onPress={() => onFilter(ofContext(contextId))} />}
        {shown.map((other) => (
          <Legend key={other.contextId} name={other.contextId} count={other.count} onPress={() => onFilter(ofContext(other.contextId))} />
        ))}
        {rest.length === 0 ? null : (
          <span>
            {formatCount(rest.length)} more <span className="num">{formatCount(rest.reduce((sum, other) => sum + other.count, 0))}</span>
          </span>
        )}
      </div>
    </div>
  );
}

function Legend({ mark, name, count, onPress }: { mark?: 'x' | 'y'; name: string; count: number; onPress: () => void }): ReactNode {
  return (
    <button type="button" onClick={onPress}>
      {mark === undefined ? null : <i className={`sw ${mark}`} aria-hidden="true" />}
      <span className="clip">
        <Name text={name} most={60} />
      </span>
      <span className="num">{formatCount(count)}</span>
    </button>
  );
}
