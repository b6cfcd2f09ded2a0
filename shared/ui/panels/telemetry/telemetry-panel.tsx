import { useMemo, useRef, type ReactNode } from 'react';
import type { EventKind } from '../../../core/events.ts';
import type { ContextNow } from '../../../views/context-now.ts';
import type { EventIndex, Track } from '../../../views/event-index.ts';
import { formatAge, formatBytes, formatCount, formatMs, plural } from '../../../views/format.ts';
import { quantile } from '../../../views/activations.ts';
import type { Measure } from '../../../views/buckets.ts';
import { durationsIn, quantileSeries, stepFor, sumSeries, type SeriesPoint } from '../../../views/series.ts';
import { Segments } from '../../components/controls.tsx';
import { Grid, type Column } from '../../components/grid.tsx';
import { Empty, Name, StateIcon } from '../../components/parts.tsx';
import { useIndex, useInspector, useNow, useShownContexts, useSlowRevision, useView } from '../../state/inspector.ts';
import { windowOf } from '../timeline/time-window.ts';
import { Hotspots } from './hotspots.tsx';
import { MiniChart } from './mini-chart.tsx';
import { PaysCard } from './pays-card.tsx';

const WIDTHS = [
  { value: '60000', label: '1 min' },
  { value: '480000', label: '8 min' },
  { value: '0', label: 'All' },
];
const CONFLICT_LIMIT = 40;
const OPEN_LIMIT_MS = 1_000;

interface Line {
  readonly context: ContextNow;
  readonly opensMs: number | null;
  readonly writes: number;
  readonly conflicts: number;
  readonly sent: number;
  readonly received: number;
  readonly applied: number;
  readonly spark: readonly number[];
}

/** Is it fast and calm, per context; and what does watching it cost. */
export function TelemetryPanel(): ReactNode {
  const inspector = useInspector();
  const view = useView();
  const { index } = useIndex();
  const contexts = useShownContexts();
  const now = useNow();
  const shown = view.selection ?? windowOf(view, index, now);
  const step = stepFor(shown.to - shown.from);
  // The edges stand on whole steps, so that a chart is drawn anew when it has something new.
  const from = Math.floor(shown.from / step) * step;
  const to = Math.ceil(shown.to / step) * step;
  // At most once a second, whatever of the registry changes in between.
  const tick = useSlowRevision();
  const calm = useCalm(contexts);
  const model = useMemo(() => modelOf(index, calm, from, to, step, view.contexts), [index, tick, calm, from, to, step, view.contexts]); // eslint-disable-line react/exhaustive-deps
  const { series, totals, lines, offline, gaps, opens } = model;
  const loud = Math.max(0, ...series.conflicts.map(({ value }) => value));
  const charts = useMemo(
    () => (
      <div className="tm-grid">
        <MiniChart order={0} title="Activation" note="per phase, ms" value={opens.length === 0 ? 'none' : `p50 ${formatMs(quantile(opens, 0.5))}, p95 ${formatMs(quantile(opens, 0.95))}`} series={[{ name: 'p50', colour: 'var(--activating)', points: series.phase50 }, { name: 'p95', colour: 'var(--activating)', dashed: true, points: series.phase95 }]} from={from} to={to} gaps={gaps} offline={offline} format={short} />
        <MiniChart order={1} title="Push to result" note="ms" value={totals.results.length === 0 ? 'none' : `p50 ${formatMs(quantile(totals.results, 0.5))}, p99 ${formatMs(quantile(totals.results, 0.99))}`} series={[{ name: 'p50', colour: 'var(--remote)', points: series.push50 }, { name: 'p99', colour: 'var(--remote)', dashed: true, points: series.push99 }]} from={from} to={to} gaps={gaps} offline={offline} format={short} />
        <MiniChart order={2} title="Conflicts" note="a minute" value={`${formatCount(totals.conflicts)}, top ${formatCount(loud)}`} series={[{ name: 'conflicts', colour: 'var(--conflict)', points: series.conflicts }]} from={from} to={to} limit={CONFLICT_LIMIT} gaps={gaps} offline={offline} format={short} filled />
        <MiniChart order={3} title="Applied" note="changes/s" value={formatCount(totals.applied)} series={[{ name: 'changes', colour: 'var(--local)', points: series.applied }]} from={from} to={to} gaps={gaps} offline={offline} format={short} filled />
        <MiniChart order={4} title="On the wire" note="KB/s" value={`${formatBytes(totals.received)} in${totals.sent === 0 ? '' : `, ${formatBytes(totals.sent)} out`}`} series={[{ name: 'received', colour: 'var(--remote)', points: series.received }, ...(totals.sent === 0 ? [] : [{ name: 'sent', colour: 'var(--local)', points: series.sent }])]} from={from} to={to} gaps={gaps} offline={offline} format={short} />
        <MiniChart order={5} title="Writes" note="a minute" value={formatCount(totals.writes)} series={[{ name: 'writes', colour: 'var(--pending)', points: series.writes }]} from={from} to={to} gaps={gaps} offline={offline} format={short} filled />
        <MiniChart order={6} title="Events" note="a second" value={formatCount(totals.events)} series={[{ name: 'events', colour: 'var(--accent)', points: series.events }]} from={from} to={to} gaps={gaps} offline={offline} format={short} filled />
        <PaysCard contexts={contexts} index={index} opens={opens} />
      </div>
    ),
    [model], // eslint-disable-line react/exhaustive-deps -- everything else in it comes from the model
  );
  if (index.length === 0) return <Empty icon="chart" title="Nothing measured yet">Charts fill as events arrive.</Empty>;
  const slow = lines.filter(({ opensMs }) => (opensMs ?? 0) > OPEN_LIMIT_MS);
  const held = contexts.filter(({ pending, status }) => pending > 0 && status.lifecycle === 'dormant');
  return (
    <>
      <div className="bar">
        <Segments label="Range" value={view.selection === null ? String(view.width) : 'selection'} onChange={(value) => inspector.show({ width: Number(value), to: null, selection: null })} options={[...WIDTHS, ...(view.selection === null ? [] : [{ value: 'selection', label: 'Selection' }])]} />
        <span className="t3 p2">{formatAge(step)} steps, the range of Timeline</span>
        <span className="grow" />
        <span className="legend p3">
          <span>
            <i className="sw tm-gap" />
            gap
          </span>
          <span>
            <i className="sw tm-off" />
            offline
          </span>
        </span>
      </div>
      {slow.length + held.length === 0 && loud <= CONFLICT_LIMIT ? null : (
        <div className="attn">
          <b>Over a limit</b>
          {loud > CONFLICT_LIMIT ? <span className="c-conflict">{formatCount(loud)} conflicts a minute, limit {CONFLICT_LIMIT}</span> : null}
          {slow.slice(0, 2).map(({ context, opensMs }) => (
            <button key={context.contextId} type="button" onClick={() => inspector.go('contexts', { selected: context.contextId })}>
              <StateIcon state={context.state} />
              <Name text={context.contextId} most={60} /> <span className="rest">took {formatMs(opensMs ?? 0)} to open, limit 1 s</span>
            </button>
          ))}
          {held.slice(0, 2).map((context) => (
            <button key={context.contextId} type="button" onClick={() => inspector.go('contexts', { selected: context.contextId })}>
              <StateIcon state={context.state} />
              <Name text={context.contextId} most={60} /> <span className="rest">holds {plural(context.pending, 'write')}{context.row.lastAccessAt === null ? '' : ` for ${formatAge(now - context.row.lastAccessAt)}`}</span>
            </button>
          ))}
        </div>
      )}
      <div className="scroll tm-body" tabIndex={0} role="group" aria-label="Charts and tables">
        {charts}
        <div className="tm-two">
          <div className="tm-table">
            <Grid label="Contexts, measured" columns={COLUMNS} rows={lines} idOf={({ context }) => context.contextId} selected={view.selected} onSelect={({ context }) => inspector.show({ selected: context.contextId })} initialSort={[{ id: 'conflicts', desc: true }]} />
          </div>
          <Hotspots />
        </div>
      </div>
    </>
  );
}

const short = (value: number): string => (value >= 1_000_000 ? `${(value / 1_000_000).toFixed(1)}M` : value >= 10_000 ? `${Math.round(value / 1_000)}k` : value >= 10 || value === 0 ? formatCount(value) : value.toFixed(1));

/** The contexts as they were at the last full second: a client that works hard changes its rows many times in one. */
function useCalm(contexts: readonly ContextNow[]): readonly ContextNow[] {
  const kept = useRef({ at: 0, contexts });
  if (kept.current.contexts.length !== contexts.length || performance.now() - kept.current.at > 1_000) kept.current = { at: performance.now(), contexts };
  return kept.current.contexts;
}

interface Model {
  readonly series: { readonly [name in 'phase50' | 'phase95' | 'push50' | 'push99']: readonly { at: number; value: number | null }[] } & { readonly [name in 'conflicts' | 'applied' | 'received' | 'sent' | 'writes' | 'events']: readonly SeriesPoint[] };
  readonly totals: { readonly conflicts: number; readonly applied: number; readonly received: number; readonly sent: number; readonly writes: number; readonly events: number; readonly results: readonly number[] };
  readonly lines: readonly Line[];
  readonly offline: readonly { readonly from: number; readonly to: number }[];
  readonly gaps: readonly { readonly from: number; readonly to: number }[];
  readonly opens: readonly number[];
}

function modelOf(index: EventIndex, contexts: readonly ContextNow[], from: number, to: number, step: number, kept: readonly string[]): Model {
  const sums = (kinds: readonly EventKind[], what: Measure, per: number): readonly SeriesPoint[] => sumSeries(index, kinds, from, to, step, what, kept).map((point) => ({ at: point.at, value: (point.value * per) / step }));
  const total = (kinds: readonly EventKind[], what: Measure, ids = kept): number => sumSeries(index, kinds, from, to, to - from + 1, what, ids)[0]?.value ?? 0;
  const results = durationsIn(index, 'result', from, to).map(({ ms }) => ms);
  const lines = contexts.map((context): Line => {
    const ids = [context.contextId];
    const spark = sumSeries(index, ['conflict'], from, to, (to - from) / 16, 'count', ids).map(({ value }) => value);
    return { context, opensMs: opensOf(index, context.contextId).at(-1) ?? null, writes: total(['write'], 'count', ids), conflicts: total(['conflict'], 'count', ids), sent: total(['push'], 'wire', ids), received: total(['delta', 'snapshot'], 'wire', ids), applied: total(['delta'], 'changes', ids), spark };
  });
  const opens = contexts.flatMap(({ contextId }) => opensOf(index, contextId));
  return {
    series: {
      phase50: quantileSeries(index, 'phase', from, to, step, 0.5),
      phase95: quantileSeries(index, 'phase', from, to, step, 0.95),
      push50: quantileSeries(index, 'result', from, to, step, 0.5),
      push99: quantileSeries(index, 'result', from, to, step, 0.99),
      conflicts: sums(['conflict'], 'count', 60_000),
      applied: sums(['delta'], 'changes', 1_000),
      received: sums(['delta', 'snapshot'], 'wire', 1),
      sent: sums(['push'], 'wire', 1),
      writes: sums(['write'], 'count', 60_000),
      events: sums([...index.seconds.keys()], 'count', 1_000),
    },
    totals: { conflicts: total(['conflict'], 'count'), applied: total(['delta'], 'changes'), received: total(['delta', 'snapshot'], 'wire'), sent: total(['push'], 'wire'), writes: total(['write'], 'count'), events: total([...index.seconds.keys()], 'count'), results },
    lines,
    opens,
    gaps: index.gaps.filter((gap) => gap.toAt >= from && gap.fromAt <= to).map((gap) => ({ from: gap.fromAt, to: gap.toAt })),
    offline: contexts.flatMap(({ contextId }) => offlineOf(index, contextId, from, to)).slice(0, 20),
  };
}

/** How long each activation took until it was live, by the phases that were told. */
function opensOf(index: EventIndex, contextId: string): readonly number[] {
  const track = index.tracks.get(contextId);
  if (track === undefined) return [];
  const sums: number[] = [];
  let lastStart = -1;
  for (const place of track.ofKind('phase')) {
    const start = track.activation.indexAt(place);
    // One that never became active did not open.
    if (!opened(track, start)) continue;
    if (start !== lastStart) sums.push(0);
    lastStart = start;
    sums[sums.length - 1] = (sums.at(-1) ?? 0) + Math.max(0, index.ms[place] ?? 0);
  }
  return sums;
}

function opened(track: Track, activation: number): boolean {
  const { lifecycle } = track;
  const from = track.activation.places[activation] ?? 0;
  const to = track.activation.places[activation + 1] ?? Number.POSITIVE_INFINITY;
  for (let i = Math.max(0, lifecycle.indexAt(from)); i < lifecycle.length && (lifecycle.places[i] ?? 0) < to; i++) if (lifecycle.values[i] === 'active') return true;
  return false;
}

function offlineOf(index: EventIndex, contextId: string, from: number, to: number): readonly { readonly from: number; readonly to: number }[] {
  const steps = index.tracks.get(contextId)?.connection;
  if (steps === undefined) return [];
  return steps.values.flatMap((name, i) => {
    const start = index.at[steps.places[i] ?? 0] ?? 0;
    const next = steps.places[i + 1];
    const end = next === undefined ? to : (index.at[next] ?? to);
    return name === 'offline' && end - start > 500 && end >= from && start <= to ? [{ from: start, to: end }] : [];
  });
}

const none = <span className="t3">–</span>;
const COLUMNS: readonly Column<Line>[] = [
  { id: 'context', header: 'Context', sort: ({ context }) => context.contextId, cell: ({ context }) => <><StateIcon state={context.state} /><Name text={context.contextId} most={60} /></> },
  { id: 'opens', header: 'Opens in', numeric: true, width: 76, sort: ({ opensMs }) => opensMs ?? 0, cellClass: ({ opensMs }) => ((opensMs ?? 0) > OPEN_LIMIT_MS ? 'c-error' : ''), cell: ({ opensMs }) => (opensMs === null ? none : formatMs(opensMs)) },
  { id: 'writes', header: 'Writes', numeric: true, priority: 2, width: 64, sort: ({ writes }) => writes, cell: ({ writes }) => formatCount(writes) },
  { id: 'conflicts', header: 'Conflicts', numeric: true, width: 78, sort: ({ conflicts }) => conflicts, cell: ({ conflicts }) => formatCount(conflicts) },
  { id: 'rate', header: 'Rate', numeric: true, priority: 3, width: 58, sort: ({ conflicts, writes }) => (writes === 0 ? 0 : conflicts / writes), cell: ({ conflicts, writes }) => (writes === 0 ? none : `${((100 * conflicts) / writes).toFixed(1)}%`) },
  { id: 'spark', header: '', name: 'Conflicts over the range', priority: 3, width: 56, cell: ({ spark }) => <Spark values={spark} /> },
  { id: 'sent', header: 'Sent', numeric: true, priority: 2, width: 72, sort: ({ sent }) => sent, cell: ({ sent }) => (sent === 0 ? none : formatBytes(sent)) },
  { id: 'received', header: 'Received', numeric: true, priority: 2, width: 76, sort: ({ received }) => received, cell: ({ received }) => formatBytes(received) },
  { id: 'applied', header: 'Applied', numeric: true, priority: 3, width: 68, sort: ({ applied }) => applied, cell: ({ applied }) => formatCount(applied) },
  { id: 'storage', header: 'Storage', numeric: true, width: 76, sort: ({ context }) => context.row.partition.bytes, cell: ({ context }) => formatBytes(context.row.partition.present ? context.row.partition.bytes : 0) },
];

function Spark({ values }: { values: readonly number[] }): ReactNode {
  const most = Math.max(1, ...values);
  const path = values.map((value, i) => `${i === 0 ? 'M' : 'L'}${(i * 100) / (values.length - 1)} ${14 - (13 * value) / most}`).join('');
  return (
    <svg className="spark c-conflict" viewBox="0 0 100 14" preserveAspectRatio="none" aria-hidden="true">
      <path className="area" d={`${path}V14H0Z`} />
      <path d={path} />
    </svg>
  );
}
