import { useMemo, type ReactNode } from 'react';
import { causesOf, isMeeting, type ConflictEvent } from '../../../views/conflicts.ts';
import { formatCount, formatMinute } from '../../../views/format.ts';
import { LinkButton, Name } from '../../components/parts.tsx';

const MOST_BARS = 60;
const SHOWN = 5;

/** Conflicts per minute, and who is on the other side of them. */
export function Causes({ conflicts: all, from, to, onDevice }: { conflicts: readonly ConflictEvent[]; from: number; to: number; onDevice: (device: string) => void }): ReactNode {
  const conflicts = useMemo(() => all.filter(isMeeting), [all]);
  const causes = useMemo(() => causesOf(conflicts), [conflicts]);
  const top = causes[0];
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
      <div className="who">
        <p>
          <b>Who causes them</b>
          {top === undefined ? null : (
            <span>
              <Name text={top.contextId} most={60} /> with <span className="mono"><Name text={top.device || 'an unknown device'} most={60} /></span>{' '}
              <span className="ex">
                {formatCount(top.count)} of {formatCount(conflicts.length)}
              </span>
            </span>
          )}
          <span className="grow" />
          {top === undefined || top.device === '' ? null : <LinkButton onPress={() => onDevice(top.device)}>Show the {formatCount(top.count)}</LinkButton>}
        </p>
        <div className="sb" aria-hidden="true">
          {causes.slice(0, 12).map((cause, index) => (
            <i key={`${cause.contextId} ${cause.device}`} className={index === 0 ? 'x' : cause.contextId === top?.contextId ? 'y' : ''} style={{ flex: cause.count }} />
          ))}
        </div>
        <div className="lg">
          {causes.slice(0, SHOWN).map((cause) => (
            <button key={`${cause.contextId} ${cause.device}`} type="button" onClick={() => onDevice(cause.device)}>
              <Name text={`${cause.contextId}, ${cause.device}`} most={60} /> <span className="num">{formatCount(cause.count)}</span>
            </button>
          ))}
          {causes.length > SHOWN ? <span>{causes.length - SHOWN} more</span> : null}
        </div>
      </div>
    </section>
  );
}
