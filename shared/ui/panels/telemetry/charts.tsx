import { quantile } from '../../../views/activations.ts';
import type { EventIndex } from '../../../views/event-index.ts';
import { formatBytes, formatCount, formatMs } from '../../../views/format.ts';
import type { Limits } from '../../../views/thresholds.ts';
import { Name } from '../../components/parts.tsx';
import { Icon } from '../../components/icon.tsx';
import { Against } from './card.tsx';
import type { ChartContent, MiniSeries, Shading } from './mini-chart.tsx';
import { conflictRate, latency, rate, strandsOf, unsynced, type Model, type Strand } from './model.ts';

const short = (value: number): string => (value >= 1_000_000 ? `${(value / 1_000_000).toFixed(1)}M` : value >= 10_000 ? `${Math.round(value / 1_000)}k` : value >= 10 || Number.isInteger(value) ? formatCount(value) : value.toFixed(value < 0.1 ? 2 : 1));
const whole = (value: number, one: number): string => String(Number((value / one).toFixed(1)));
const seconds = (value: number): string => (value === 0 ? '0' : value >= 172_800 ? `${whole(value, 86_400)} d` : value >= 7_200 ? `${whole(value, 3_600)} h` : value >= 120 ? `${whole(value, 60)} m` : `${Math.round(value)} s`);
const milliseconds = (value: number): string => (value >= 1_000 ? `${whole(value, 1_000)} s` : String(Math.round(value)));

export interface Charts {
  readonly latency: ChartContent;
  readonly conflicts: ChartContent;
  readonly wire: ChartContent;
  readonly unsynced: ChartContent;
  readonly applied: ChartContent;
}

/** How the charts are drawn, whatever they measure. */
export interface Manner {
  readonly byContext: boolean;
  readonly isLive: boolean;
  readonly limits: Limits;
  readonly emulated: Shading['emulated'];
}

/** The charts over time, of all contexts together or by context. */
export function chartsOf(index: EventIndex, model: Model, { byContext, isLive, limits, emulated }: Manner): Charts {
  const { from, to, totals, gaps, offline, lines } = model;
  const strands = strandsOf(model, byContext);
  const shared = { from, to, isLive, gaps, offline, emulated, named: !byContext };
  const each = (colour: string, points: (strand: Strand) => MiniSeries['points'], name: string): readonly MiniSeries[] => strands.map((strand) => ({ name: byContext ? strand.name : name, colour: strand.colour ?? colour, points: points(strand) }));
  const loudest = Math.max(0, ...model.measured.filter(({ id }) => id === 'conflicts').map(({ value }) => value));
  const sent = (strand: Strand): MiniSeries['points'] => rate(index, model, strand, ['push'], 'wire', 1).map(({ at, value }) => ({ at, value: -value }));
  const open = lines.filter(({ context }) => context.status.lifecycle !== 'dormant');
  const waiting = open.filter(({ unsyncedMs }) => unsyncedMs > 0).toSorted((a, b) => b.unsyncedMs - a.unsyncedMs)[0];
  const held = lines.filter(({ context, unsyncedMs }) => unsyncedMs > 0 && context.status.lifecycle === 'dormant').length;
  const p99 = quantile(totals.results, 0.99);
  return {
    latency: {
      ...shared,
      title: 'Sync latency',
      note: 'ms, log',
      kind: 'log',
      limit: limits.latency,
      format: milliseconds,
      value:
        totals.results.length === 0 ? (
          'none'
        ) : (
          <>
            p50 {formatMs(quantile(totals.results, 0.5))}, p99 <Against over={p99 > limits.latency}>{formatMs(p99)}</Against>
          </>
        ),
      series: byContext
        ? each('', (strand) => latency(index, model, strand, 0.99), '')
        : strands.flatMap((strand) => [
            { name: 'p50', colour: 'var(--remote)', points: latency(index, model, strand, 0.5) },
            { name: 'p99', colour: 'var(--remote)', dashed: true, points: latency(index, model, strand, 0.99) },
          ]),
      footer: byContext ? <span>push to result, p99 of each</span> : <span>push to result</span>,
    },
    conflicts: {
      ...shared,
      title: 'Conflicts',
      note: 'a minute',
      kind: 'steps',
      atLeast: 4,
      limit: limits.conflicts,
      format: short,
      value: (
        <>
          {formatCount(totals.conflicts)}, top <Against over={loudest > limits.conflicts}>{formatCount(loudest)}</Against>
        </>
      ),
      series: conflictSeries(index, model, strands, byContext),
    },
    wire: {
      ...shared,
      title: 'On the wire',
      note: byContext ? 'KB/s, received' : 'KB/s',
      format: short,
      value: (
        <>
          <Icon name="ev-delta" className="c-delta" label="received" />
          {formatBytes(totals.received)} <Icon name="ev-push" className="c-push" label="sent" />
          {formatBytes(totals.sent)}
        </>
      ),
      series: byContext ? each('', (strand) => rate(index, model, strand, ['delta'], 'wire', 1), '') : strands.flatMap((strand) => [{ name: 'received', colour: 'var(--remote)', points: rate(index, model, strand, ['delta'], 'wire', 1) }, { name: 'sent', colour: 'var(--local)', points: sent(strand) }]),
      footer: totals.snapshots > 0 ? <span>snapshots {formatBytes(totals.snapshots)}</span> : undefined,
    },
    unsynced: {
      ...shared,
      title: 'Oldest pending',
      note: 'open',
      kind: 'steps',
      unit: 'seconds',
      atLeast: 12,
      limit: limits.unsynced,
      format: seconds,
      value:
        waiting === undefined ? (
          'none waits'
        ) : (
          <>
            <Against over={waiting.unsyncedMs > limits.unsynced * 1_000}>{seconds(waiting.unsyncedMs / 1_000)}</Against>, <Name text={waiting.context.contextId} most={40} />
          </>
        ),
      series: each('var(--pending)', (strand) => unsynced(index, model, strand), 'longest'),
      footer: held > 0 ? <span>{held} dormant with writes</span> : undefined,
    },
    applied: {
      ...shared,
      title: 'Applied',
      note: 'changes/s',
      kind: 'steps',
      format: short,
      value: `${formatCount(totals.applied)}, mean ${short((1_000 * totals.applied) / Math.max(1, to - from))}`,
      series: each('var(--local)', (strand) => rate(index, model, strand, ['delta'], 'changes', 1_000), 'changes'),
    },
  };
}

/** By context, each; else all together, and of each moment the context with the most, which is what the limit holds for. */
function conflictSeries(index: EventIndex, model: Model, strands: readonly Strand[], byContext: boolean): readonly MiniSeries[] {
  if (byContext) return strands.map((strand) => ({ name: strand.name, colour: strand.colour ?? 'var(--conflict)', points: conflictRate(index, model, strand) }));
  const apart = model.lines.filter(({ conflicts }) => conflicts > 0).map(({ context }) => conflictRate(index, model, { name: '', colour: null, kept: [context.contextId] }));
  return strands.flatMap((strand) => {
    const points = conflictRate(index, model, strand);
    const loudest = points.map(({ at }, column) => ({ at, value: Math.max(0, ...apart.map((series) => series[column]?.value ?? 0)) }));
    return [
      { name: 'all', colour: 'var(--conflict)', unlimited: true, points },
      { name: 'loudest context', colour: 'var(--conflict)', dashed: true, filled: false, points: loudest },
    ];
  });
}
