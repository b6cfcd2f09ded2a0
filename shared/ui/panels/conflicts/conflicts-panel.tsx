import { useMemo, useState, type ReactNode } from 'react';
import { conflictsOf, type ConflictEvent } from '../../../views/conflicts.ts';
import { matches, parseFilter } from '../../../views/filter.ts';
import { formatClock, formatCount, formatSecond, plural } from '../../../views/format.ts';
import { Button, Chip, FilterField, Segments } from '../../components/controls.tsx';
import { Grid, type Column } from '../../components/grid.tsx';
import { Icon } from '../../components/icon.tsx';
import { Empty, Name } from '../../components/parts.tsx';
import { Split } from '../../components/split.tsx';
import { useIndex, useInspector, useView } from '../../state/inspector.ts';
import { usePanelKeys } from '../../state/keys.ts';
import { useRead } from '../../state/use-read.ts';
import { Causes } from './causes.tsx';
import { groupedRows } from './conflict-groups.tsx';
import { Workbench } from './workbench.tsx';

const MOST = 5_000;
const STATES = [
  { id: '', label: 'All' },
  { id: 'open', label: 'Open' },
  { id: 'rejected', label: 'Rejected' },
  { id: 'by-hand', label: 'By hand' },
  { id: 'automatic', label: 'Automatic' },
] as const;
const GROUPS = ['none', 'context', 'entity', 'device', 'strategy'] as const;
type Grouping = (typeof GROUPS)[number];

const idOf = ({ place }: ConflictEvent): string => String(place);

/** What conflicted, which rule decided, who causes it, and how to settle it again. */
export function ConflictsPanel(): ReactNode {
  const inspector = useInspector();
  const { contexts, cursor, fields } = useView();
  const { index } = useIndex();
  const place = inspector.place();
  const { value, error, loading, again } = useRead(`conflicts ${cursor ?? 'live'}`, (read) => conflictsOf(read, place, MOST));
  const text = fields['conflicts'] ?? '';
  const state = fields['conflicts.state'] ?? '';
  const grouping = (fields['conflicts.group'] ?? 'none') as Grouping;
  const all = useMemo(() => (value ?? []).filter(({ contextId }) => contexts.length === 0 || contexts.includes(contextId)), [value, contexts]);
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const onFold = (group: string): void => setFolded((now) => (now.has(group) ? new Set([...now].filter((one) => one !== group)) : new Set([...now, group])));
  const terms = parseFilter(text);
  const shown = all.filter((one) => (state === '' || one.state === state) && matches(terms, fieldsOf(one), `${one.contextId} ${one.entity}/${one.entityId} ${one.theirDevice} ${one.fields.join(' ')}`));
  const selected = fields['conflicts.row'] ?? '';
  const current = all.find((one) => idOf(one) === selected);
  const step = (by: number): void => {
    const here = shown.findIndex((one) => idOf(one) === selected);
    const next = shown[Math.max(0, Math.min(shown.length - 1, here + by))];
    if (next !== undefined) inspector.setField('conflicts.row', idOf(next));
  };
  usePanelKeys({
    J: () => step(1),
    K: () => step(-1),
    R: again,
    U: () => inspector.setField('conflicts.unchanged', fields['conflicts.unchanged'] === 'shown' ? '' : 'shown'),
    T: () => current !== undefined && inspector.go('timeline', { fields: { ...fields, 'timeline.event': String(current.place) }, to: current.at + 5_000, width: 20_000, selected: current.contextId }),
    C: () => void inspector.copy(JSON.stringify(current ?? shown, null, 2), 'The conflict'),
    ...(current === undefined ? {} : { Escape: () => inspector.setField('conflicts.row', '') }),
  });
  return (
    <>
      <div className="bar">
        <FilterField label="Filter conflicts" placeholder="Filter, for example device:tablet-12" value={text} onChange={(next) => inspector.setField('conflicts', next)} />
        <div className="chips" role="group" aria-label="State">
          {STATES.map(({ id, label }) => (
            <Chip key={id} label={label} className={id === '' ? '' : 'p2'} count={formatCount(id === '' ? all.length : all.filter((one) => one.state === id).length)} pressed={state === id} onPress={() => inspector.setField('conflicts.state', id)} />
          ))}
        </div>
        <span className="grow" />
        <span className="t2 p3">Group by</span>
        <Segments<Grouping> className="p3" label="Group by" value={grouping} onChange={(next) => inspector.setField('conflicts.group', next)} options={GROUPS.map((id) => ({ value: id, label: id.charAt(0).toUpperCase() + id.slice(1) }))} />
      </div>
      {all.length === 0 ? null : <Causes conflicts={all} from={index.firstAt} to={index.lastAt} onDevice={(device) => inspector.setField('conflicts', device === '' ? '' : `device:"${device}"`)} />}
      <Split name="conflicts" below={386} detail={current === undefined ? null : <Workbench key={current.place} conflict={current} at={shown.indexOf(current) + 1} of={shown.length} onStep={step} onClose={() => inspector.setField('conflicts.row', '')} />}>
        {error !== null && value === null ? (
          <Empty icon="ev-error" tone="c-error" title="Conflicts could not be read" actions={<Button icon="replay" label="Try again" onPress={again} />}>
            {error}
          </Empty>
        ) : all.length === 0 && !loading ? (
          <Empty icon="ev-conflict" title="No conflicts yet">
            No two writes have met {index.length === 0 ? '' : `since recording began at ${formatSecond(index.firstAt)}`}. A conflict appears here the moment a delta brings a change of a row with a pending write.
          </Empty>
        ) : shown.length === 0 && !loading ? (
          <Empty icon="filter" title="No conflict matches" actions={<Button label="Clear filter" kbd="Esc" onPress={() => { inspector.setField('conflicts', ''); inspector.setField('conflicts.state', ''); }} />}>
            {plural(all.length, 'conflict')} without the filter.
          </Empty>
        ) : (
          <Grid
            label="Conflicts"
            columns={COLUMNS}
            rows={shown}
            idOf={idOf}
            selected={selected}
            loading={loading}
            onSelect={(one) => {
              inspector.setField('conflicts.row', idOf(one));
              inspector.show({ selected: one.contextId });
            }}
            group={grouping === 'none' ? undefined : (rows) => groupedRows(rows, grouping, { folded, onFold })}
          />
        )}
      </Split>
    </>
  );
}

const fieldsOf = (one: ConflictEvent) => (key: string): string | number | undefined => ({ device: one.theirDevice, context: one.contextId, entity: one.entity, id: one.entityId, strategy: one.strategy, winner: one.winner, state: one.state, field: one.fields.join(' '), seq: one.seq })[key];

const none = <span className="t3">–</span>;
export const WINNER_TONES: { readonly [winner: string]: string } = { mine: 'c-local', theirs: 'c-remote', merged: '' };

const COLUMNS: readonly Column<ConflictEvent>[] = [
  { id: 'seq', header: 'Seq', priority: 3, numeric: true, width: 64, className: 'mono', sort: ({ place }) => place, cell: ({ seq }) => <span className="t2">{formatCount(seq)}</span> },
  { id: 'time', header: 'Time', width: 104, sort: ({ at }) => at, cell: ({ at }) => <span className="mono">{formatClock(at)}</span> },
  { id: 'context', header: 'Context', priority: 2, width: 88, sort: ({ contextId }) => contextId, cell: ({ contextId }) => <Name text={contextId} most={60} /> },
  { id: 'row', header: 'Entity/id', width: 176, className: 'mono', sort: ({ entity, entityId }) => `${entity}/${entityId}`, cell: ({ entity, entityId }) => <><span className="t2"><Name text={entity} most={40} />/</span><Name text={entityId} most={60} /></> },
  { id: 'fields', header: 'In conflict', priority: 2, className: 'mono', cell: ({ fields, code, isOverDelete }) => (code !== '' ? <span className="c-error">{code}</span> : isOverDelete ? <span className="c-conflict">deleted against updated</span> : fields.length === 0 ? none : <Name text={fields.map((field) => (field === '*' ? 'whole row' : field)).join(', ')} most={120} />) },
  { id: 'strategy', header: 'Strategy', priority: 3, width: 74, sort: ({ strategy }) => strategy, cell: ({ strategy }) => strategy || none },
  { id: 'winner', header: 'Winner', width: 74, sort: ({ winner }) => winner, cell: ({ winner, state }) => (state === 'rejected' ? <span className="c-error">not kept</span> : state === 'open' ? <span className="t3">none yet</span> : <span className={WINNER_TONES[winner] ?? ''}>{winner}</span>) },
  { id: 'device', header: 'Other device', priority: 3, width: 130, className: 'mono', sort: ({ theirDevice }) => theirDevice, cell: ({ theirDevice }) => (theirDevice === '' ? none : <Name text={theirDevice} most={60} />) },
  { id: 'base', header: 'Base', priority: 4, numeric: true, width: 62, className: 'mono', sort: ({ baseVersion }) => baseVersion ?? 0, cell: ({ baseVersion }) => (baseVersion === null ? none : formatCount(baseVersion)) },
  { id: 'theirs', header: 'Theirs', priority: 4, numeric: true, width: 66, className: 'mono', sort: ({ theirVersion }) => theirVersion ?? 0, cell: ({ theirVersion }) => (theirVersion === null ? none : formatCount(theirVersion)) },
  { id: 'state', header: 'State', width: 92, sort: ({ state }) => state, cell: ({ state }) => <State state={state} /> },
];

export function State({ state }: { state: string }): ReactNode {
  switch (state) {
    case 'open':
      return (
        <span className="cf-st c-conflict">
          <Icon name="ev-conflict" />
          open
        </span>
      );
    case 'rejected':
      return (
        <span className="cf-st c-error">
          <Icon name="ev-error" />
          rejected
        </span>
      );
    case 'by-hand':
      return (
        <span className="cf-st">
          <Icon name="edit" />
          by hand
        </span>
      );
    default:
      return <span className="cf-st t2">automatic</span>;
  }
}
