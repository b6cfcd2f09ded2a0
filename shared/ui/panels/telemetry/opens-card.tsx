import type { CSSProperties, ReactNode } from 'react';
import { PHASES, type Phase } from '../../../core/events.ts';
import { quantile } from '../../../views/activations.ts';
import { formatMs, formatSecond } from '../../../views/format.ts';
import type { Opening } from '../../../views/opens.ts';
import { Name } from '../../components/parts.tsx';
import { Against, Card } from './card.tsx';

const SHOWN = 5;
const FILLS: { readonly [phase in Phase]: string } = { open: 'tm-open', migrate: 'tm-migr', hydrate: 'tm-hydr', connect: 'tm-conn', 'catch-up': 'tm-delta' };
const LEGEND = [
  { fill: 'tm-open', name: 'open' },
  { fill: 'tm-migr', name: 'migrate' },
  { fill: 'tm-hydr', name: 'hydrate' },
  { fill: 'tm-conn', name: 'connect' },
  { fill: 'tm-delta', name: 'catch-up' },
  { fill: 'tm-snap', name: 'snapshot' },
];

const fillOf = ({ fetched }: Opening, phase: Phase): string => (phase === 'catch-up' && fetched ? 'tm-snap' : FILLS[phase]);

/** The newest openings, each by its phases, against the median and the limit. */
export function OpensCard({ openings, limit, running }: { openings: readonly Opening[]; limit: number; running: ReadonlySet<string> }): ReactNode {
  const ready = openings.flatMap(({ activationId, readyMs }) => (readyMs === null || running.has(activationId) ? [] : [readyMs]));
  const shown = openings.slice(-SHOWN);
  const p50 = quantile(ready, 0.5);
  const p95 = quantile(ready, 0.95);
  const longest = Math.max(1, ...shown.map(({ totalMs }) => totalMs));
  const most = Math.max(longest, longest * 2 > limit ? limit * 1.05 : 0);
  // A migration is rare: its colour needs a name only where it is seen.
  const legend = LEGEND.filter(({ name }) => name !== 'migrate' || shown.some(({ phases }) => phases.some(({ phase }) => phase === 'migrate')));
  return (
    <Card
      title="Activation"
      note="by phase"
      value={
        ready.length === 0 ? (
          'none'
        ) : (
          <>
            p50 {formatMs(p50)}, p95 <Against over={p95 > limit}>{formatMs(p95)}</Against>
          </>
        )
      }
      footer={legend.map(({ fill, name }) => (
        <span key={name}>
          <i className={`sw ${fill}`} />
          {name}
        </span>
      ))}
    >
      {shown.length === 0 ? <p className="tm-act t2">No context was opened in this range.</p> : null}
      <div className="tm-act" role="table" aria-label="The newest activations by phase" hidden={shown.length === 0}>
        {shown.map((opening) => (
          <OpeningRow key={opening.activationId} opening={opening} most={most} limit={limit} isRunning={running.has(opening.activationId)} />
        ))}
        {ready.length === 0 ? null : <u className="p50" style={{ '--p': Math.min(1, p50 / most) } as CSSProperties} title={`p50 ${formatMs(p50)}`} />}
        {limit <= most ? (
          <u className="lim" style={{ '--p': limit / most } as CSSProperties}>
            <span>limit {formatMs(limit)}</span>
          </u>
        ) : (
          <u className="lim far" style={{ '--p': 1 } as CSSProperties}>
            <span>limit {formatMs(limit)} →</span>
          </u>
        )}
      </div>
    </Card>
  );
}

function OpeningRow({ opening, most, limit, isRunning }: { opening: Opening; most: number; limit: number; isRunning: boolean }): ReactNode {
  const { contextId, startedAt, phases, readyMs, totalMs, ended, fetched } = opening;
  const isUnknown = !isRunning && !ended && phases.length === 0;
  return (
    <div role="row" className="tm-act-row">
      <span role="rowheader" className="tm-who">
        <Name text={contextId} most={40} className="clip" />
        <em className="mono">{formatSecond(startedAt).slice(3)}</em>
      </span>
      <span role="cell" className="b" aria-label={phases.map(({ phase, durationMs }) => `${phase} ${formatMs(durationMs)}`).join(', ')}>
        {PHASES.map((phase) => {
          const took = phases.filter((one) => one.phase === phase).reduce((sum, { durationMs }) => sum + durationMs, 0);
          return took === 0 ? null : <i key={phase} className={fillOf(opening, phase)} style={{ width: `${(100 * took) / most}%` }} title={`${phase === 'catch-up' && fetched ? 'catch-up, by snapshot' : phase} ${formatMs(took)}`} />;
        })}
        {isRunning ? <i className="tm-run" style={{ width: '13%' }} title="still running" /> : null}
      </span>
      <span role="cell" className={`num ${isRunning ? 'c-activating' : isUnknown ? 't3' : (readyMs ?? 0) > limit ? 'c-error' : ''}`}>
        {isRunning ? 'running' : isUnknown ? 'unknown' : formatMs(totalMs)}
      </span>
    </div>
  );
}
