import type { EventIndex } from '../../../views/event-index.ts';
import { formatBytes, formatCount, formatMs } from '../../../views/format.ts';
import { quantile } from '../../../views/activations.ts';
import type { Limits } from '../../../views/thresholds.ts';
import type { ChartContent, MiniSeries, Shading } from './mini-chart.tsx';
import { conflictRate, latency, rate, strandsOf, unsynced, type Model, type Strand } from './model.ts';

const short = (value: number): string => (value >= 1_000_000 ? `${(value / 1_000_000).toFixed(1)}M` : value >= 10_000 ? `${Math.round(value / 1_000)}k` : value >= 10 || value === 0 ? formatCount(value) : value.toFixed(1));
const seconds = (value: number): string => (value >= 120 ? `${Math.round(value / 60)} m` : `${Math.round(value)} s`);
const milliseconds = (value: number): string => (value >= 1_000 ? `${value / 1_000} s` : `${Math.round(value)}`);

export interface Charts {
  readonly latency: ChartContent;
  readonly conflicts: ChartContent;
  readonly wire: ChartContent;
  readonly unsynced: ChartContent;
  readonly applied: ChartContent;
}

/** The charts over time, of all contexts together or by context. */
export function chartsOf(index: EventIndex, model: Model, byContext: boolean, limits: Limits, emulated: Shading['emulated']): Charts {
  const { from, to, totals, gaps, offline } = model;
  const strands = strandsOf(model, byContext);
  const shared = { from, to, gaps, offline, emulated, named: !byContext };
  const each = (colour: string, points: (strand: Strand) => MiniSeries['points'], name: string): readonly MiniSeries[] => strands.map((strand) => ({ name: byContext ? strand.name : name, colour: strand.colour ?? colour, points: points(strand) }));
  const loudest = Math.max(0, ...model.measured.filter(({ id }) => id === 'conflicts').map(({ value }) => value));
  const sent = (strand: Strand): MiniSeries['points'] => rate(index, model, strand, ['push'], 'wire', 1).map(({ at, value }) => ({ at, value: -value }));
  const waiting = model.lines.filter(({ unsyncedMs }) => unsyncedMs > 0).toSorted((a, b) => b.unsyncedMs - a.unsyncedMs)[0];
  const held = model.lines.filter(({ context, unsyncedMs }) => unsyncedMs > 0 && context.status.lifecycle === 'dormant').length;
  return {
    latency: {
      ...shared,
      title: 'Sync latency',
      note: 'push to result, log',
      kind: 'log',
      limit: limits.latency,
      format: milliseconds,
      value: totals.results.length === 0 ? 'none' : `p50 ${formatMs(quantile(totals.results, 0.5))}, p99 ${formatMs(quantile(totals.results, 0.99))}`,
      series: byContext
        ? each('', (strand) => latency(index, model, strand, 0.99), '')
        : strands.flatMap((strand) => [
            { name: 'p50', colour: 'var(--remote)', points: latency(index, model, strand, 0.5) },
            { name: 'p99', colour: 'var(--remote)', dashed: true, points: latency(index, model, strand, 0.99) },
          ]),
      footer: byContext ? 'p99 of each' : undefined,
    },
    conflicts: {
      ...shared,
      title: 'Conflicts',
      note: 'in a minute',
      kind: 'filled',
      atLeast: 4,
      // Of one context: the sum of several is no line to compare it with.
      limit: byContext || model.lines.length === 1 ? limits.conflicts : undefined,
      format: short,
      value: `${formatCount(totals.conflicts)}, top ${formatCount(loudest)}`,
      series: each('var(--conflict)', (strand) => conflictRate(index, model, strand), 'conflicts'),
    },
    wire: {
      ...shared,
      title: 'On the wire',
      note: byContext ? 'KB/s, received' : 'KB/s',
      format: short,
      value: `${formatBytes(totals.received)} in, ${formatBytes(totals.sent)} out`,
      series: byContext ? each('', (strand) => rate(index, model, strand, ['delta'], 'wire', 1), '') : strands.flatMap((strand) => [{ name: 'received', colour: 'var(--remote)', points: rate(index, model, strand, ['delta'], 'wire', 1) }, { name: 'sent', colour: 'var(--local)', points: sent(strand) }]),
      footer: totals.snapshots > 0 ? `and ${formatBytes(totals.snapshots)} of snapshots` : undefined,
    },
    unsynced: {
      ...shared,
      title: 'Writes wait',
      note: 'outbox not empty for',
      kind: 'filled',
      atLeast: 12,
      limit: limits.unsynced,
      format: seconds,
      value: waiting === undefined ? 'none waits' : `${seconds(waiting.unsyncedMs / 1_000)}, ${waiting.context.contextId.slice(0, 40)}`,
      series: each('var(--pending)', (strand) => unsynced(index, model, strand), 'longest'),
      footer: held > 0 ? `${held} dormant with writes` : undefined,
    },
    applied: {
      ...shared,
      title: 'Applied',
      note: 'changes/s',
      kind: 'filled',
      format: short,
      value: formatCount(totals.applied),
      series: each('var(--local)', (strand) => rate(index, model, strand, ['delta'], 'changes', 1_000), 'changes'),
    },
  };
}
