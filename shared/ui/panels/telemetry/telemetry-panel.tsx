import { useMemo, useRef, type ReactNode } from 'react';
import type { ContextNow } from '../../../views/context-now.ts';
import { csvOf } from '../../../views/csv.ts';
import { emulatedSpans, type Span } from '../../../views/emulated-spans.ts';
import { formatAge, formatCount, formatMs, formatSecond } from '../../../views/format.ts';
import { isSwitch, openingsIn, type Opening } from '../../../views/opens.ts';
import { patternPays } from '../../../views/pattern-pays.ts';
import { stepFor } from '../../../views/series.ts';
import { besideLines, resultsIn } from '../../../views/server-side.ts';
import { crossings, limitsOf, THRESHOLD_IDS, type Limits, type Measured } from '../../../views/thresholds.ts';
import { Button, Segments } from '../../components/controls.tsx';
import { Empty, Name } from '../../components/parts.tsx';
import { useIndex, useInspector, useNow, useRefusal, useShownContexts, useSlowRevision, useView } from '../../state/inspector.ts';
import { modKey, usePanelKeys } from '../../state/keys.ts';
import { useStore } from '../../state/store.ts';
import { useAnswer, useRead } from '../../state/use-read.ts';
import { windowOf } from '../timeline/time-window.ts';
import { chartsOf } from './charts.ts';
import { ContextTable } from './context-table.tsx';
import { Cost, useAgentCost } from './cost.tsx';
import { Hotspots } from './hotspots.tsx';
import { MiniChart } from './mini-chart.tsx';
import { modelOf, strandsOf, type ContextLine } from './model.ts';
import { OpensCard } from './opens-card.tsx';
import { PaysCard } from './pays-card.tsx';
import { ServerTable } from './server-table.tsx';
import { StorageCard } from './storage-card.tsx';
import { SwitchCard } from './switch-card.tsx';
import { ThresholdsMenu } from './thresholds-menu.tsx';

const WIDTHS = [
  { value: '60000', label: '1 min' },
  { value: '480000', label: '8 min' },
  { value: '0', label: 'All' },
];
const NO_OPENINGS: readonly Opening[] = [];
const NO_SPANS: readonly Span[] = [];
const SHOWN_CROSSINGS = 3;

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
  const byContext = view.fields['telemetry.by'] === 'context';
  const charts = useMemo(() => chartsOf(index, model, byContext, limits, emulated), [index, model, byContext, limits, emulated]);
  const measured = cost === null ? model.measured : [...model.measured, { id: 'agent' as const, value: cost.busyPerSecondMs, contextId: null, at: null }];
  const over = crossings(measured, limits);
  const running = new Set(contexts.flatMap(({ status }) => (status.lifecycle === 'activating' && status.activationId !== undefined ? [status.activationId] : [])));
  const verdict = useMemo(() => {
    const tenants = calm.filter(({ row }) => row.kind === 'tenant');
    return patternPays({ contextsUsed: new Set(openings.filter(isSwitch).map(({ contextId }) => contextId)).size, bytes: tenants.flatMap(({ row }) => (row.partition.present ? [row.partition.bytes] : [])), switchMs: openings.filter(isSwitch).flatMap(({ readyMs }) => readyMs ?? []), quotaBytes: quota });
  }, [calm, openings, quota]);
  const beside = useMemo(() => besideLines(index, model.lines.map(({ context }) => context), results ?? new Map(), from, to), [index, model, results, from, to]);
  const exportCsv = (): void => inspector.host.files.save('telemetry.csv', new Blob([csvOfLines(model.lines)], { type: 'text/csv' }));
  usePanelKeys({ 'Mod+E': exportCsv, C: () => void inspector.copy(JSON.stringify(model.lines.map(plain), null, 2), 'The table') });
  if (index.length === 0) return <Empty icon="chart" title="Nothing measured yet">Charts fill as events arrive.</Empty>;
  return (
    <>
      <div className="bar">
        <Segments label="Range" value={view.selection === null ? String(view.width) : 'selection'} onChange={(value) => inspector.show({ width: Number(value), to: null, selection: null })} options={[...WIDTHS, ...(view.selection === null && WIDTHS.some(({ value }) => value === String(view.width)) ? [] : [{ value: view.selection === null ? String(view.width) : 'selection', label: view.selection === null ? formatAge(view.width) : 'Selection' }])]} />
        <button type="button" className="tm-range p3" title="The same range as in Timeline; choose another one there" onClick={() => inspector.go('timeline')}>
          <span className="mono">
            {formatSecond(window.from)} to {formatSecond(window.to)}
          </span>
        </button>
        <span className="t3 p4">{formatAge(step)} steps</span>
        <Segments label="Charts" className="p2" value={byContext ? 'context' : 'total'} onChange={(value) => inspector.setField('telemetry.by', value === 'context' ? 'context' : '')} options={[{ value: 'total', label: 'Total' }, { value: 'context', label: 'By context' }]} />
        {byContext ? (
          <span className="legend p2">
            {strandsOf(model, true).map(({ name, colour }) => (
              <span key={name}>
                <i className="sw" style={{ background: colour ?? 'none' }} />
                <Name text={name} most={24} />
              </span>
            ))}
          </span>
        ) : null}
        <span className="grow" />
        <span className="legend p4">
          <span>
            <i className="bx gp" />
            gap
          </span>
          <span>
            <i className="bx off" />
            offline
          </span>
          <span>
            <i className="bx em" />
            emulated
          </span>
        </span>
        <ThresholdsMenu limits={limits} over={over} />
        <Button className="quiet p3" icon="download" label="Export CSV" title={`The table as CSV (${modKey('E')})`} onPress={exportCsv} />
      </div>
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
              <ContextTable lines={model.lines} limits={limits} />
            </div>
            <ServerTable lines={beside} minute={Math.floor(now / 60_000)} />
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

/** One line of what is over a threshold, the worst first. */
function Over({ over, limits }: { over: readonly Measured[]; limits: Limits }): ReactNode {
  const inspector = useInspector();
  if (over.length === 0) return null;
  const crossed = new Set(over.map(({ id }) => id)).size;
  return (
    <div className="attn">
      <b>Over threshold</b>
      {over.slice(0, SHOWN_CROSSINGS).map(({ id, contextId, value, at }) => (
        <button key={`${id} ${contextId ?? ''}`} type="button" onClick={() => (contextId === null ? inspector.show({ panel: 'telemetry' }) : inspector.go(id === 'conflicts' || id === 'rate' ? 'conflicts' : 'contexts', { selected: contextId }))}>
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

const plain = ({ context, opensMs, latencyMs, writes, conflicts, sent, received, applied, unsyncedMs }: ContextLine) => ({ contextId: context.contextId, state: context.state, opensMs, latencyMs, writes, conflicts, sent, received, applied, unsyncedMs, bytes: context.row.partition.present ? context.row.partition.bytes : 0 });

function csvOfLines(lines: readonly ContextLine[]): string {
  const rows = lines.map(plain);
  const [first] = rows;
  return first === undefined ? '' : csvOf(Object.keys(first), rows.map((row) => Object.values(row)));
}
