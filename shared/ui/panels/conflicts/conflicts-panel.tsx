import { useMemo, useRef, useState, type ReactNode } from 'react';
import { conflictsOf, type ConflictEvent } from '../../../views/conflicts.ts';
import { matches, parseFilter } from '../../../views/filter.ts';
import { formatCount, formatSecond, plural } from '../../../views/format.ts';
import { OwnVersions, type ListedConflict } from '../../../views/own-versions.ts';
import { topCause } from '../../../views/top-cause.ts';
import { Button, Chip, FilterField, Segments } from '../../components/controls.tsx';
import { Grid } from '../../components/grid.tsx';
import { Empty } from '../../components/parts.tsx';
import { Split } from '../../components/split.tsx';
import { useContexts, useIndex, useInspector, useView } from '../../state/inspector.ts';
import { modKey, usePanelKeys } from '../../state/keys.ts';
import { useStore } from '../../state/store.ts';
import { useRead } from '../../state/use-read.ts';
import { Causes } from './causes.tsx';
import { conflictColumns } from './conflict-columns.tsx';
import { groupedRows } from './conflict-groups.tsx';
import { ConflictsExportMenu } from './export-menu.tsx';
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

/** A group says it once for all of its rows. */
const WITHOUT_CONTEXT: ReadonlySet<string> = new Set(['context']);
const NOTHING: ReadonlySet<string> = new Set();
const NEWEST_FIRST = [{ id: 'time', desc: true }];

const idOf = ({ place }: ConflictEvent): string => String(place);

/** What conflicted, which rule decided, who causes it, and how to settle it again. */
export function ConflictsPanel(): ReactNode {
  const inspector = useInspector();
  const { contexts, cursor, fields } = useView();
  const { index } = useIndex();
  const place = inspector.place();
  const own = useMemo(() => new OwnVersions(), [index]); // eslint-disable-line react/exhaustive-deps -- of this recording
  const { value, error, loading, again } = useRead(`conflicts ${cursor ?? 'live'}`, async (read) => {
    const conflicts = await conflictsOf(read, place, MOST);
    await own.read(read, conflicts);
    return conflicts;
  });
  const rows = useStore(inspector.session.contexts);
  const text = fields['conflicts'] ?? '';
  const state = fields['conflicts.state'] ?? '';
  const grouping = (fields['conflicts.group'] ?? 'none') as Grouping;
  const all = useMemo(() => {
    const waiting = new Set([...rows.values()].flatMap(({ status }) => status.pending.map(({ mutationId }) => mutationId)));
    const kept = (value ?? []).filter(({ contextId }) => contexts.length === 0 || contexts.includes(contextId));
    return kept.map((one): ListedConflict => ({ ...one, mine: own.at(one, cursor ?? Number.POSITIVE_INFINITY, waiting) }));
  }, [value, contexts, rows, own, cursor]);
  const stand = useContexts();
  const byId = useMemo(() => new Map(stand.map((context) => [context.contextId, context])), [stand]);
  const top = useMemo(() => topCause(all), [all]);
  const columns = useMemo(() => conflictColumns(top?.device ?? ''), [top?.device]);
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
  const [exporting, setExporting] = useState(false);
  const exportButton = useRef<HTMLButtonElement>(null);
  const exportOff = shown.length === 0 ? 'No conflict is shown' : null;
  usePanelKeys({
    J: () => step(1),
    K: () => step(-1),
    R: again,
    U: () => inspector.setField('conflicts.unchanged', fields['conflicts.unchanged'] === 'shown' ? '' : 'shown'),
    T: () => current !== undefined && inspector.go('timeline', { fields: { ...fields, 'timeline.event': String(current.place) }, to: current.at + 5_000, width: 20_000, selected: current.contextId }),
    C: () => void inspector.copy(JSON.stringify(current ?? shown, null, 2), 'The conflict'),
    'Mod+E': () => exportOff === null && setExporting(true),
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
        <Button className="quiet p4" icon="download" label="Export…" title={`Save the conflicts that are shown as a file (${modKey('E')})`} off={exportOff} buttonRef={exportButton} onPress={() => setExporting((open) => !open)} />
        {exporting ? <ConflictsExportMenu conflicts={shown} anchor={exportButton} onClose={() => setExporting(false)} /> : null}
      </div>
      {all.length === 0 ? null : <Causes conflicts={all} from={index.firstAt} to={index.lastAt} top={top} onFilter={(filter) => inspector.setField('conflicts', filter)} />}
      <Split name="conflicts" below={418} detail={current === undefined ? null : <Workbench key={current.place} conflict={current} at={shown.indexOf(current) + 1} of={shown.length} onStep={step} onClose={() => inspector.setField('conflicts.row', '')} />}>
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
            columns={columns}
            initialSort={NEWEST_FIRST}
            rows={shown}
            idOf={idOf}
            selected={selected}
            loading={loading}
            onSelect={(one) => {
              inspector.setField('conflicts.row', idOf(one));
              inspector.show({ selected: one.contextId });
            }}
            group={grouping === 'none' ? undefined : (rows) => groupedRows(rows, grouping, { contexts: byId, folded, onFold })}
            hidden={grouping === 'context' ? WITHOUT_CONTEXT : NOTHING}
          />
        )}
      </Split>
    </>
  );
}

const fieldsOf = (one: ConflictEvent) => (key: string): string | number | undefined => ({ device: one.theirDevice, context: one.contextId, entity: one.entity, id: one.entityId, strategy: one.strategy, winner: one.winner, state: one.state, field: one.fields.join(' '), seq: one.seq })[key];
