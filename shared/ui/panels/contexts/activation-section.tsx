import type { ReactNode } from 'react';
import { PHASES, type Phase } from '../../../core/events.ts';
import { activationsOf, isRemotePhase, phaseMedians, quantile, type Activation } from '../../../views/activations.ts';
import type { ContextNow } from '../../../views/context-now.ts';
import { formatClock, formatCount, formatMs, formatSecond } from '../../../views/format.ts';
import { Heading } from '../../components/parts.tsx';
import { useInspector } from '../../state/inspector.ts';
import { useRead } from '../../state/use-read.ts';

const COMPARED = 40;
const EARLIER = 4;
const NAMES: { readonly [phase in Phase]: string } = { open: 'Open', migrate: 'Migrate', hydrate: 'Hydrate', connect: 'Connect', 'catch-up': 'Catch-up' };
const tone = (phase: Phase): string => (isRemotePhase(phase) ? 'bg-remote' : 'bg-local');
const ms = (value: number): string => (value < 0.95 ? `${value.toFixed(1)} ms` : formatMs(Math.round(value)).replace('.0 ms', ' ms'));

/** The last activation by phase, against the median of those before it. */
export function ActivationSection({ context }: { context: ContextNow }): ReactNode {
  const inspector = useInspector();
  const place = inspector.place();
  const { value } = useRead(`activations ${context.contextId} ${inspector.view.get().cursor ?? 'live'}`, (read) => activationsOf(read, context.contextId, place, COMPARED));
  const [last, ...earlier] = value ?? [];
  return (
    <section>
      <Heading note={last === undefined ? undefined : `${formatClock(last.startedAt)}${last.reason === '' ? '' : `, ${last.reason}`}`}>Last activation</Heading>
      {value === null ? null : last === undefined ? <p className="t2">None in this recording.</p> : <Waterfall activation={last} earlier={earlier} />}
      {earlier.length === 0 ? null : <Earlier activations={earlier} />}
    </section>
  );
}

function Waterfall({ activation, earlier }: { activation: Activation; earlier: readonly Activation[] }): ReactNode {
  const medians = phaseMedians(earlier);
  const rows = PHASES.map((phase) => ({ phase, took: activation.phases.filter((one) => one.phase === phase).reduce((sum, one) => sum + one.durationMs, 0) }));
  const starts = rows.map((_, index) => rows.slice(0, index).reduce((sum, { took }) => sum + took, 0));
  const end = Math.max(activation.totalMs, ...rows.map(({ phase }, index) => (starts[index] ?? 0) + (medians.get(phase) ?? 0)), 1) * 1.06;
  const percent = (value: number): string => `${((100 * value) / end).toFixed(1)}%`;
  return (
    <>
      <div className="wf" role="table" aria-label="Phases of the last activation">
        {rows.map(({ phase, took }, index) => {
          const ran = activation.phases.find((one) => one.phase === phase);
          const start = starts[index] ?? 0;
          const median = medians.get(phase);
          return (
            <div role="row" key={phase} className="wf-row">
              <span role="rowheader" className={ran === undefined ? 't3' : ''}>
                {NAMES[phase]}
                {phase === 'catch-up' && activation.changes > 0 ? `, ${formatCount(activation.changes)}` : ''}
              </span>
              <span role="cell" className="b">
                {ran === undefined ? null : <i className={tone(phase)} style={{ left: percent(start), width: percent(took) }} />}
                {ran === undefined || median === undefined ? null : <u style={{ left: percent(start + median) }} title={`p50 ${ms(median)}`} />}
              </span>
              <span role="cell" className={`ms mono ${ran === undefined ? 't3' : ran.outcome === 'failed' ? 'c-error' : ''}`}>
                {ran === undefined ? 'none' : ran.outcome === 'failed' ? 'failed' : ms(took)}
              </span>
            </div>
          );
        })}
        <div role="row" className="wf-row">
          <span role="rowheader" className="sum">
            Total
          </span>
          <span role="cell" className="sum" />
          <span role="cell" className="ms sum mono">
            {ms(activation.totalMs)}
          </span>
        </div>
      </div>
      <div className="legend cx-legend">
        <span>
          <i className="sw bg-local" />
          this device
        </span>
        <span>
          <i className="sw bg-remote" />
          waiting for the server
        </span>
        {earlier.length === 0 ? null : (
          <span>
            <i className="cx-p50" />
            p50 of {earlier.length}
          </span>
        )}
      </div>
    </>
  );
}

function Earlier({ activations }: { activations: readonly Activation[] }): ReactNode {
  const totals = activations.map(({ totalMs }) => totalMs);
  const shown = activations.slice(0, EARLIER);
  const most = Math.max(1, ...shown.map(({ totalMs }) => totalMs));
  return (
    <>
      <Heading note={`p50 ${ms(quantile(totals, 0.5))}, p95 ${ms(quantile(totals, 0.95))}`}>Earlier</Heading>
      <div className="hbars">
        {shown.map((activation) => {
          const share = (remote: boolean): string => `${(98 * activation.phases.filter(({ phase }) => isRemotePhase(phase) === remote).reduce((sum, { durationMs }) => sum + durationMs, 0)) / most}%`;
          return (
            <div key={activation.activationId} className="hbars-row">
              <span className="mono t2">{formatSecond(activation.startedAt)}</span>
              <span className="b">
                <i className="bg-local" style={{ width: share(false) }} />
                <i className="bg-remote" style={{ width: share(true) }} />
              </span>
              <span className="num mono">{ms(activation.totalMs)}</span>
            </div>
          );
        })}
      </div>
    </>
  );
}
