import { useMemo, useRef, type ReactNode } from 'react';
import type { ContextNow } from '../../../views/context-now.ts';
import { emulatedSpans, type Span } from '../../../views/emulated-spans.ts';
import { isSwitch, openingsIn, type Opening } from '../../../views/opens.ts';
import { patternPays } from '../../../views/pattern-pays.ts';
import { stepFor } from '../../../views/series.ts';
import { besideLines, resultsIn } from '../../../views/server-side.ts';
import { crossings, limitsOf, type Limits } from '../../../views/thresholds.ts';
import { Empty } from '../../components/parts.tsx';
import { useIndex, useInspector, useNow, useRefusal, useShownContexts, useSlowRevision, useView } from '../../state/inspector.ts';
import { usePanelKeys } from '../../state/keys.ts';
import { useStore } from '../../state/store.ts';
import { useAnswer, useRead } from '../../state/use-read.ts';
import { windowOf } from '../timeline/time-window.ts';
import { chartsOf } from './charts.tsx';
import { ContextTable } from './context-table.tsx';
import { Cost, useAgentCost } from './cost.tsx';
import { csvOfLines, plain } from './export.ts';
import { Hotspots } from './hotspots.tsx';
import { MiniChart } from './mini-chart.tsx';
import { modelOf } from './model.ts';
import { OpensCard } from './opens-card.tsx';
import { Over } from './over.tsx';
import { PaysCard } from './pays-card.tsx';
import { ServerTable } from './server-table.tsx';
import { StorageCard } from './storage-card.tsx';
import { SwitchCard } from './switch-card.tsx';
import { Toolbar } from './toolbar.tsx';

const NO_OPENINGS: readonly Opening[] = [];
const NO_SPANS: readonly Span[] = [];

/** Is it fast and calm, per context; and what does watching it cost. */
export function TelemetryPanel(): ReactNode {
  const inspector = useInspector();
  const view = useView();
  const { index } = useIndex();
  const contexts = useShownContexts();
  const now = useNow();
  const limits = useLimits();
  const cost = useAgentCost();
  const window = view.selection ?? windowOf(view, index, now);
  const step = stepFor(window.to - window.from);
  // The edges stand on whole steps, so that a chart is drawn anew when it has something new.
  const from = Math.floor(window.from / step) * step;
  const to = Math.ceil(window.to / step) * step;
  // At most once a second, whatever of the registry changes in between.
  const revision = useSlowRevision();
  const calm = useCalm(contexts);
  const refused = useRefusal('Registry.policy');
  const policy = useAnswer(`policy ${refused ?? ''}`, refused === null ? () => inspector.session.call('Registry.policy', {}) : null).value;
  const quota = policy?.quotaBytes ?? null;
  const kept = view.contexts;
  const key = `${from} ${to} ${kept.join(' ')}`;
  const openings = useRead(`openings ${key}`, (read) => openingsIn(read, index, from, to, kept)).value ?? NO_OPENINGS;
  const emulated = useRead(`emulated ${from} ${to}`, (read) => emulatedSpans(read, from, to)).value ?? NO_SPANS;
  const results = useRead(`results ${from} ${to}`, (read) => resultsIn(read, from, to)).value;
  const model = useMemo(() => modelOf(index, calm, openings, quota, { from, to, step, revision }), [index, calm, openings, quota, from, to, step, revision]);
  const isLive = view.cursor === null && view.selection === null && view.to === null;
  const byContext = view.fields['telemetry.by'] === 'context';
  const charts = useMemo(() => chartsOf(index, model, { byContext, isLive, limits, emulated }), [index, model, byContext, isLive, limits, emulated]);
  const measured = cost === null ? model.measured : [...model.measured, { id: 'agent' as const, value: cost.busyPerSecondMs, contextId: null, at: null }];
  const over = crossings(measured, limits);
  const running = useMemo(() => runningOf(contexts, openings), [contexts, openings]);
  const verdict = useMemo(() => {
    const tenants = calm.filter(({ row }) => row.kind === 'tenant');
    return patternPays({ contextsUsed: new Set(openings.filter(isSwitch).map(({ contextId }) => contextId)).size, bytes: tenants.flatMap(({ row }) => (row.partition.present ? [row.partition.bytes] : [])), switchMs: openings.filter(isSwitch).flatMap(({ readyMs }) => readyMs ?? []), quotaBytes: quota });
  }, [calm, openings, quota]);
  const beside = useMemo(() => besideLines(index, model.lines.map(({ context }) => context), results ?? new Map(), from, to), [index, model, results, from, to]);
  const colours = useMemo(() => new Map(model.lines.map(({ context, colour }) => [context.contextId, colour])), [model]);
  const exportCsv = (): void => inspector.host.files.save('telemetry.csv', new Blob([csvOfLines(model.lines)], { type: 'text/csv' }));
  usePanelKeys({ 'Mod+E': exportCsv, C: () => void inspector.copy(JSON.stringify(model.lines.map(plain), null, 2), 'The table') });
  if (index.length === 0) return <Empty icon="chart" title="Nothing measured yet">Charts fill as events arrive.</Empty>;
  return (
    <>
      <Toolbar model={model} window={window} byContext={byContext} limits={limits} over={over} onExport={exportCsv} />
      <Over over={over} limits={limits} />
      <div className="scroll tm-body" tabIndex={0} role="group" aria-label="Charts and tables">
        <div className="tm-grid">
          <OpensCard openings={openings} limit={limits.opens} running={running} />
          <SwitchCard openings={openings} limit={limits.switch} />
          <MiniChart order={0} chart={charts.latency} />
          <MiniChart order={1} chart={charts.conflicts} />
          <MiniChart order={2} chart={charts.wire} />
          <MiniChart order={3} chart={charts.unsynced} />
          <MiniChart order={4} chart={charts.applied} />
          <StorageCard lines={model.lines} quotaBytes={quota} limit={limits.quota} />
        </div>
        <div className="tm-low">
          <div className="tm-l">
            <div className="tm-h">
              <h3>Contexts</h3>
              <span className="t3">over the range, bytes on the wire without snapshots</span>
            </div>
            <div className="tm-table">
              <ContextTable model={model} limits={limits} />
            </div>
            <ServerTable lines={beside} colours={colours} minute={Math.floor(now / 60_000)} />
          </div>
          <div className="tm-r">
            <Hotspots from={from} to={to} />
            <Cost cost={cost} limit={limits.agent} />
            <PaysCard verdict={verdict} />
          </div>
        </div>
      </div>
    </>
  );
}

function useLimits(): Limits {
  const set = useStore(useInspector().settings).limits;
  return useMemo(() => limitsOf(set), [set]);
}

/** The contexts as they were at the last full second: a client that works hard changes its rows many times in one. */
function useCalm(contexts: readonly ContextNow[]): readonly ContextNow[] {
  const kept = useRef({ at: 0, contexts });
  if (kept.current.contexts.length !== contexts.length || performance.now() - kept.current.at > 1_000) kept.current = { at: performance.now(), contexts };
  return kept.current.contexts;
}

/** Of each context that is being opened the newest opening, as long as nothing tells that it ended. */
function runningOf(contexts: readonly ContextNow[], openings: readonly Opening[]): ReadonlySet<string> {
  const activating = new Set(contexts.filter(({ status }) => status.lifecycle === 'activating').map(({ contextId }) => contextId));
  const newest = new Map(openings.map((opening) => [opening.contextId, opening]));
  return new Set([...newest.values()].flatMap(({ contextId, activationId, ended }) => (activating.has(contextId) && !ended ? [activationId] : [])));
}
