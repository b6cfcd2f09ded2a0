import { useMemo, useState, type ReactNode } from 'react';
import { formatAge, formatBytes, formatCount, formatMs, plural } from '../../../views/format.ts';
import type { Limits } from '../../../views/thresholds.ts';
import { Grid, type Column } from '../../components/grid.tsx';
import { Icon } from '../../components/icon.tsx';
import { Name } from '../../components/parts.tsx';
import { useInspector, useView } from '../../state/inspector.ts';
import { Chip } from './card.tsx';
import { FEW_WRITES, type ContextLine, type Measures, type Model } from './model.ts';
import { placed, tableRows, type TableRow } from './table-rows.ts';

const ROW_PX = 20;

/** Every context of the range, measured; those at rest as one line, and the sums of all. */
export function ContextTable({ model, limits }: { model: Model; limits: Limits }): ReactNode {
  const inspector = useInspector();
  const { selected } = useView();
  const [isOpen, setOpen] = useState(false);
  // A line of sums can be reached with the keys, and is no context that other panels could show.
  const [sums, setSums] = useState<string | null>(null);
  const rows = useMemo(() => tableRows(model, isOpen), [model, isOpen]);
  const fold = (): void => setOpen((before) => !before);
  const columns = useMemo(() => columnsOf(limits, isOpen, fold), [limits, isOpen]);
  return (
    <Grid
      label="Contexts, measured"
      columns={columns}
      rows={rows}
      idOf={({ id }) => id}
      rowHeight={ROW_PX}
      rowClass={({ kind }) => (kind === 'all' ? 'sum' : kind === 'resting' ? 'tm-rest' : '')}
      selected={sums ?? selected}
      onSelect={({ kind, id }) => {
        setSums(kind === 'context' ? null : id);
        if (kind === 'context') inspector.show({ selected: id });
      }}
      onOpen={({ kind, id }) => (kind === 'context' ? inspector.go('contexts', { selected: id }) : kind === 'resting' ? fold() : undefined)}
      group={placed}
      initialSort={[{ id: 'conflicts', desc: true }]}
    />
  );
}

const none = <span className="t3">–</span>;
const rateOf = ({ conflicts, writes }: Measures): number => (writes === 0 ? 0 : (100 * conflicts) / writes);
const isLate = ({ context, unsyncedMs }: ContextLine, limits: Limits): boolean => unsyncedMs > (context.status.lifecycle === 'dormant' ? limits.held * 3_600_000 : limits.unsynced * 1_000);

function columnsOf(limits: Limits, isOpen: boolean, fold: () => void): readonly Column<TableRow>[] {
  /** A number column: what it sorts by, how it reads, and the class of a cell. */
  const figure = (id: string, header: string, width: number, valueOf: (measures: Measures) => number | null, say: (value: number) => string, more: Partial<Column<TableRow>> = {}): Column<TableRow> => ({
    id,
    header,
    width,
    numeric: true,
    sort: ({ measures }) => valueOf(measures) ?? -1,
    cellClass: ({ measures }) => (valueOf(measures) === 0 ? 'zero' : ''),
    cell: ({ kind, measures }) => {
      const value = valueOf(measures);
      return value === null || (kind === 'resting' && value === 0) ? none : say(value);
    },
    ...more,
  });
  const ageClass = ({ lines, measures }: TableRow): string => (measures.unsyncedMs === 0 ? '' : lines.some((line) => isLate(line, limits)) ? 'c-error' : 'c-pending');
  const over = (valueOf: (measures: Measures) => number | null, limit: number) => ({ measures }: TableRow): string => ((valueOf(measures) ?? 0) > limit ? 'c-error' : '');
  return [
    { id: 'context', header: 'Context', sort: ({ id }) => id, cell: (row) => <Who row={row} isOpen={isOpen} fold={fold} /> },
    figure('opens', 'Opens in', 62, ({ opensMs }) => opensMs, formatMs, { title: 'Until its data can be read, p50', cellClass: over(({ opensMs }) => opensMs, limits.opens) }),
    figure('latency', 'Sync p99', 62, ({ latencyMs }) => latencyMs, formatMs, { title: 'Push to result, p99', priority: 2, cellClass: over(({ latencyMs }) => latencyMs, limits.latency) }),
    figure('writes', 'Writes', 50, ({ writes }) => writes, formatCount, { priority: 2 }),
    figure('conflicts', 'Conflicts', 74, ({ conflicts }) => conflicts, formatCount),
    {
      ...figure('rate', 'Rate', 42, (measures) => (measures.writes === 0 ? null : rateOf(measures)), (value) => value.toFixed(1), { title: 'Conflicts of 100 writes', priority: 2 }),
      // The limit is that of a context, not of several.
      cellClass: ({ kind, measures }) => (measures.writes < FEW_WRITES ? 't3' : kind === 'context' && rateOf(measures) > limits.rate ? 'c-error' : ''),
      cellTitle: ({ measures: { writes } }) => (writes > 0 && writes < FEW_WRITES ? `Under ${FEW_WRITES} writes: too few to compare` : undefined),
    },
    { id: 'spark', header: '', name: 'Conflicts over the range', priority: 3, width: 36, cell: ({ measures }) => <Spark values={measures.conflictSpark} tone="c-conflict" /> },
    figure('sent', 'Sent', 60, ({ sent }) => sent, formatBytes, { priority: 2 }),
    figure('received', 'Received', 64, ({ received }) => received, formatBytes, { priority: 2, title: 'Without snapshots' }),
    { id: 'wire', header: '', name: 'Bytes over the range', priority: 3, width: 36, cell: ({ measures }) => <Spark values={measures.wireSpark} tone="c-remote" /> },
    figure('applied', 'Applied', 54, ({ applied }) => applied, formatCount, { priority: 3 }),
    figure('oldest', 'Oldest', 48, ({ unsyncedMs }) => (unsyncedMs === 0 ? null : unsyncedMs), formatAge, { title: 'How long its writes wait', cellClass: ageClass }),
    figure('storage', 'Storage', 64, ({ bytes }) => bytes, formatBytes),
  ];
}

function Who({ row: { kind, lines }, isOpen, fold }: { row: TableRow; isOpen: boolean; fold: () => void }): ReactNode {
  const [line] = lines;
  if (kind === 'all') return 'All';
  if (kind === 'context' && line !== undefined) {
    const { context, colour } = line;
    return (
      <>
        <Chip context={context} colour={colour} />
        <Name text={context.contextId} most={60} />
      </>
    );
  }
  return (
    <button
      type="button"
      className="tm-fold"
      aria-expanded={isOpen}
      title={`${plural(lines.length, 'dormant context')} in which nothing happened in this range`}
      onClick={(event) => {
        event.stopPropagation();
        fold();
      }}
    >
      <Icon name={isOpen ? 'chev-down' : 'chev-right'} />
      {lines.length} dormant
    </button>
  );
}

function Spark({ values, tone }: { values: readonly number[]; tone: string }): ReactNode {
  const most = Math.max(0, ...values);
  if (most <= 0) return null;
  const path = values.map((value, i) => `${i === 0 ? 'M' : 'L'}${(i * 100) / (values.length - 1)} ${14 - (13 * value) / most}`).join('');
  return (
    <svg className={`spark ${tone}`} viewBox="0 0 100 14" preserveAspectRatio="none" aria-hidden="true">
      <path className="area" d={`${path}V14H0Z`} />
      <path d={path} />
    </svg>
  );
}
