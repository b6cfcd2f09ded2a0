import type { ReactNode } from 'react';
import { formatCount, plural } from '../../../views/format.ts';
import { planSummary, type PlanStep } from '../../../views/query-plan.ts';
import { Grid, type Column } from '../../components/grid.tsx';
import { Name } from '../../components/parts.tsx';
import type { ShownPlan } from './query-desk.ts';

/** From here on reading a table from end to end is worth a thought. */
const LARGE = 10_000;

/** How SQLite would read for a statement. */
export function PlanTable({ plan }: { plan: ShownPlan }): ReactNode {
  const { steps, sizes } = plan;
  const large = planSummary(steps).scans.filter(({ table }) => (sizes.get(table ?? '') ?? 0) >= LARGE);
  return (
    <>
      <Grid label="Plan" className="qu-plan" columns={columnsOf(sizes)} rows={steps} idOf={({ id }) => String(id)} selected={null} onSelect={() => undefined} />
      <div className="cap">
        <span>{large.length === 0 ? 'Every large table is reached by an index.' : `${large.map(({ table }) => table).join(', ')} ${large.length === 1 ? 'is' : 'are'} read from end to end: a condition on an indexed column would spare that.`}</span>
      </div>
    </>
  );
}

export function planText({ steps, sizes }: ShownPlan): string {
  const { indexes, scans } = planSummary(steps);
  const rows = scans.reduce((sum, { table }) => sum + (sizes.get(table ?? '') ?? 0), 0);
  return `${plural(indexes, 'index', 'indexes')}, ${plural(scans.length, 'scan')}${rows > 0 ? ` of ${plural(rows, 'row')}` : ''}`;
}

const none = <span className="t3">–</span>;

const columnsOf = (sizes: ReadonlyMap<string, number>): readonly Column<PlanStep>[] => [
  {
    id: 'step',
    header: 'Step',
    width: 300,
    cell: ({ depth, verb, object }) => (
      <span style={{ paddingInlineStart: depth * 18 }}>
        <b>{verb}</b> <Name text={object} most={120} />
      </span>
    ),
    cellTitle: ({ verb, object }) => `${verb} ${object}`,
  },
  { id: 'index', header: 'Index', className: 'mono', cell: ({ index, by, kind }) => (index === null ? <span className={kind === 'scan' ? 'c-conflict' : 't3'}>none</span> : <Name text={`${index}${by === null ? '' : ` (${by})`}`} most={160} />), cellTitle: ({ index, by }) => (index === null ? undefined : `${index}${by === null ? '' : ` (${by})`}`) },
  { id: 'reads', header: 'Reads', priority: 2, width: 130, cell: ({ table }) => (table === null ? none : <Name text={table} most={60} />) },
  { id: 'rows', header: 'Rows there', width: 92, numeric: true, className: 'mono', cell: ({ table }) => (table !== null && sizes.has(table) ? formatCount(sizes.get(table) ?? 0) : none) },
  { id: 'note', header: 'Note', priority: 3, cell: ({ note, kind, table }) => (note !== '' ? <span className="t2">{note}</span> : kind === 'scan' && (sizes.get(table ?? '') ?? 0) < LARGE && sizes.has(table ?? '') ? <span className="t2">small: a scan is cheapest</span> : none) },
];
