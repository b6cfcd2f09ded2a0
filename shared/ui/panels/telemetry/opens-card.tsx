import type { ReactNode } from 'react';
import { PHASES, type Phase } from '../../../core/events.ts';
import { quantile } from '../../../views/activations.ts';
import { formatMs, formatSecond } from '../../../views/format.ts';
import type { Opening } from '../../../views/opens.ts';
import { Name } from '../../components/parts.tsx';

const SHOWN = 5;
const FILLS: { readonly [phase in Phase]: string } = { open: 'tm-open', migrate: 'tm-migr', hydrate: 'tm-hydr', connect: 'tm-conn', 'catch-up': 'tm-delta' };

/** The newest openings, each by its phases, against the median and the limit. */
export function OpensCard({ openings, limit, running }: { openings: readonly Opening[]; limit: number; running: ReadonlySet<string> }): ReactNode {
  const done = openings.filter(({ activationId, phases }) => phases.length > 0 && !running.has(activationId));
  const ready = done.flatMap(({ readyMs }) => readyMs ?? []);
  const shown = openings.slice(-SHOWN);
  const p50 = quantile(ready, 0.5);
  const p95 = quantile(ready, 0.95);
  const most = Math.max(1, ...shown.map(({ totalMs }) => totalMs), ready.some((ms) => ms > limit / 2) ? limit * 1.05 : 0);
  const percent = (ms: number): string => `${(100 * ms) / most}%`;
  return (
    <section className="tm-card" aria-label="Activation by phase">
      <h3>
        <b>Activation</b>
        <span className="t3">by phase</span>
        <span className="grow" />
        <span className="v">
          {ready.length === 0 ? (
            'none'
          ) : (
            <span>
              p50 {formatMs(p50)}, p95 <b className={p95 > limit ? 'c-error' : ''}>{formatMs(p95)}</b>
            </span>
          )}
        </span>
      </h3>
      {shown.length === 0 ? <p className="tm-act t2">No context was opened in this range.</p> : null}
      <div className="tm-act" role="table" aria-label="The newest activations by phase" hidden={shown.length === 0}>
        {shown.map((opening) => (
          <div key={opening.activationId} role="row" className="tm-act-row">
            <span role="rowheader" className="clip">
              <Name text={opening.contextId} most={40} />
              <em className="mono">{formatSecond(opening.startedAt).slice(3)}</em>
            </span>
            <span role="cell" className="b" aria-label={opening.phases.map(({ phase, durationMs }) => `${phase} ${formatMs(durationMs)}`).join(', ')}>
              {running.has(opening.activationId) ? <i className="tm-run" style={{ width: '13%' }} /> : null}
              {PHASES.map((phase) => {
                const took = opening.phases.filter((one) => one.phase === phase).reduce((sum, { durationMs }) => sum + durationMs, 0);
                return took === 0 ? null : <i key={phase} className={phase === 'catch-up' && opening.fetched ? 'tm-snap' : FILLS[phase]} style={{ width: percent(took) }} title={`${phase === 'catch-up' && opening.fetched ? 'catch-up, by snapshot' : phase} ${formatMs(took)}`} />;
              })}
            </span>
            <span role="cell" className={`num ${running.has(opening.activationId) ? 'c-activating' : (opening.readyMs ?? 0) > limit ? 'c-error' : ''}`}>{running.has(opening.activationId) ? 'running' : formatMs(opening.totalMs)}</span>
          </div>
        ))}
        {ready.length > 0 && limit <= most ? <u className="lim" style={{ '--p': limit / most } as React.CSSProperties} title={`Limit ${formatMs(limit)}`} /> : null}
      </div>
      <p className="ft">
        {[
          { fill: 'tm-open', name: 'open' },
          { fill: 'tm-hydr', name: 'hydrate' },
          { fill: 'tm-conn', name: 'connect' },
          { fill: 'tm-delta', name: 'catch-up' },
          { fill: 'tm-snap', name: 'snapshot' },
        ].map(({ fill, name }) => (
          <span key={name}>
            <i className={`sw ${fill}`} />
            {name}
          </span>
        ))}
      </p>
    </section>
  );
}
