import type { ReactNode } from 'react';
import { formatAge, formatBytes, formatCount, formatMs } from '../../../views/format.ts';
import type { Limits } from '../../../views/thresholds.ts';
import { Grid, type Column } from '../../components/grid.tsx';
import { Name, StateIcon } from '../../components/parts.tsx';
import { useInspector, useView } from '../../state/inspector.ts';
import { FEW_WRITES, type ContextLine } from './model.ts';

/** Every context of the range, measured. */
export function ContextTable({ lines, limits }: { lines: readonly ContextLine[]; limits: Limits }): ReactNode {
  const inspector = useInspector();
  const { selected } = useView();
  return (
    <Grid
      label="Contexts, measured"
      columns={columnsOf(limits)}
      rows={lines}
      idOf={({ context }) => context.contextId}
      selected={selected}
      onSelect={({ context }) => inspector.show({ selected: context.contextId })}
      onOpen={({ context }) => inspector.go('contexts', { selected: context.contextId })}
      initialSort={[{ id: 'conflicts', desc: true }]}
    />
  );
}

const none = <span className="t3">–</span>;
const rateOf = ({ conflicts, writes }: ContextLine): number => (writes === 0 ? 0 : (100 * conflicts) / writes);

function columnsOf(limits: Limits): readonly Column<ContextLine>[] {
  const waits = ({ context, unsyncedMs }: ContextLine): string => (unsyncedMs === 0 ? '' : unsyncedMs > (context.status.lifecycle === 'dormant' ? limits.held * 3_600_000 : limits.unsynced * 1_000) ? 'c-error' : 'c-pending');
  return [
    { id: 'context', header: 'Context', sort: ({ context }) => context.contextId, cell: ({ context, colour }) => <>{colour === null ? <StateIcon state={context.state} /> : <i className="tm-dot" style={{ background: colour }} />}<Name text={context.contextId} most={60} /></> },
    { id: 'opens', header: 'Opens in', title: 'Until its data can be read, p50', numeric: true, width: 70, sort: ({ opensMs }) => opensMs ?? -1, cellClass: ({ opensMs }) => ((opensMs ?? 0) > limits.opens ? 'c-error' : ''), cell: ({ opensMs }) => (opensMs === null ? none : formatMs(opensMs)) },
    { id: 'latency', header: 'Result p99', title: 'Push to result, p99', priority: 2, numeric: true, width: 78, sort: ({ latencyMs }) => latencyMs ?? -1, cellClass: ({ latencyMs }) => ((latencyMs ?? 0) > limits.latency ? 'c-error' : ''), cell: ({ latencyMs }) => (latencyMs === null ? none : formatMs(latencyMs)) },
    { id: 'writes', header: 'Writes', numeric: true, priority: 2, width: 62, sort: ({ writes }) => writes, cellClass: ({ writes }) => (writes === 0 ? 'zero' : ''), cell: ({ writes }) => formatCount(writes) },
    { id: 'conflicts', header: 'Conflicts', numeric: true, width: 78, sort: ({ conflicts }) => conflicts, cellClass: ({ conflicts }) => (conflicts === 0 ? 'zero' : ''), cell: ({ conflicts }) => formatCount(conflicts) },
    { id: 'rate', header: 'Rate', title: 'Conflicts of 100 writes', numeric: true, priority: 2, width: 54, sort: rateOf, cellClass: (line) => (line.writes < FEW_WRITES ? 't3' : rateOf(line) > limits.rate ? 'c-error' : ''), cellTitle: ({ writes }) => (writes > 0 && writes < FEW_WRITES ? `Under ${FEW_WRITES} writes: too few to compare` : undefined), cell: (line) => (line.writes === 0 ? none : rateOf(line).toFixed(1)) },
    { id: 'spark', header: '', name: 'Conflicts over the range', priority: 3, width: 48, cell: ({ conflictSpark }) => <Spark values={conflictSpark} tone="c-conflict" /> },
    { id: 'sent', header: 'Sent', numeric: true, priority: 2, width: 66, sort: ({ sent }) => sent, cellClass: ({ sent }) => (sent === 0 ? 'zero' : ''), cell: ({ sent }) => formatBytes(sent) },
    { id: 'received', header: 'Received', title: 'Without snapshots', numeric: true, priority: 2, width: 72, sort: ({ received }) => received, cellClass: ({ received }) => (received === 0 ? 'zero' : ''), cell: ({ received }) => formatBytes(received) },
    { id: 'wire', header: '', name: 'Bytes over the range', priority: 3, width: 48, cell: ({ wireSpark }) => <Spark values={wireSpark} tone="c-remote" /> },
    { id: 'applied', header: 'Applied', numeric: true, priority: 3, width: 64, sort: ({ applied }) => applied, cellClass: ({ applied }) => (applied === 0 ? 'zero' : ''), cell: ({ applied }) => formatCount(applied) },
    { id: 'oldest', header: 'Oldest', title: 'How long its writes wait', numeric: true, width: 58, sort: ({ unsyncedMs }) => unsyncedMs, cellClass: waits, cell: ({ unsyncedMs }) => (unsyncedMs === 0 ? none : formatAge(unsyncedMs)) },
    { id: 'storage', header: 'Storage', numeric: true, width: 72, sort: ({ context }) => context.row.partition.bytes, cellClass: ({ context }) => (context.row.partition.present ? '' : 'zero'), cell: ({ context }) => formatBytes(context.row.partition.present ? context.row.partition.bytes : 0) },
  ];
}

function Spark({ values, tone }: { values: readonly number[]; tone: string }): ReactNode {
  const most = Math.max(...values);
  if (most <= 0) return null;
  const path = values.map((value, i) => `${i === 0 ? 'M' : 'L'}${(i * 100) / (values.length - 1)} ${14 - (13 * value) / most}`).join('');
  return (
    <svg className={`spark ${tone}`} viewBox="0 0 100 14" preserveAspectRatio="none" aria-hidden="true">
      <path className="area" d={`${path}V14H0Z`} />
      <path d={path} />
    </svg>
  );
}
