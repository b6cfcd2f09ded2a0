import { useState, type ReactNode } from 'react';
import type { ContextNow } from '../../../views/context-now.ts';
import { formatCount, plural } from '../../../views/format.ts';
import type { SinceThen } from '../../../views/since.ts';
import { Button, Chip, FilterField } from '../../components/controls.tsx';
import type { IconName } from '../../components/icons.tsx';
import { useCapable, useInspector, useRefusal } from '../../state/inspector.ts';
import { useStore } from '../../state/store.ts';
import { ContextSelect } from '../context-picker.tsx';
import type { Compare } from './compare.ts';
import { RowsExportMenu } from './export-menu.tsx';
import { useKnowsOnly, type Kept, type Marks, type Only } from './kept.ts';
import type { Entity } from './value.tsx';

interface DataBarProps {
  readonly context: ContextNow;
  readonly entity: Entity | undefined;
  readonly search: string;
  readonly picker: ReactNode;
  readonly chips: ReactNode;
  /** Null: there is nothing to export here. */
  readonly exporting: Exporting | null;
}

interface Exporting {
  /** Why rows cannot be exported; null: they can. */
  readonly off: string | null;
  readonly isOpen: boolean;
  readonly show: (open: boolean) => void;
}

export function useExporting(context: ContextNow): Exporting {
  const refused = useRefusal('Data.export');
  const can = useCapable('Data.export');
  const [isOpen, show] = useState(false);
  return { off: !can ? 'This client does not export rows' : (refused ?? (context.row.partition.present ? null : 'There are no rows on this device')), isOpen, show };
}

/** What is shown and how: the context, the entity where its list has no room, filters, values, export. */
export function DataBar({ context, entity, search, picker, chips, exporting }: DataBarProps): ReactNode {
  const inspector = useInspector();
  const { showValues } = useStore(inspector.settings);
  return (
    <div className="bar">
      <ContextSelect value={context.contextId} />
      {picker}
      <FilterField label="Filter rows" placeholder="Filter rows by id or value" value={search} onChange={(value) => inspector.setField('data', value)} />
      {chips}
      <span className="grow" />
      <button type="button" className="check da-sw p2" role="switch" aria-checked={showValues} title="Show values (V)" onClick={() => inspector.settings.update((settings) => ({ ...settings, showValues: !showValues }))}>
        <span className="switch" data-on={showValues} aria-hidden="true" />
        <span className="da-swl">Show values</span>
      </button>
      <Button className="quiet p2 da-exp" icon="download" label="Export…" title="Export rows (Ctrl E)" off={exporting === null ? 'There are no rows of a client to export' : exporting.off} onPress={() => exporting?.show(true)} />
      {exporting?.isOpen === true ? <RowsExportMenu contextId={context.contextId} entity={entity?.entity ?? null} onClose={() => exporting.show(false)} /> : null}
    </div>
  );
}

/** Rows by what sync keeps of them, where the client can list them so. */
export function OnlyChips({ context, entity, only, kept, marks, onOnly }: { context: ContextNow; entity: Entity | undefined; only: Only; kept: Kept; marks: Marks; onOnly: (only: Only) => void }): ReactNode {
  const knows = useKnowsOnly();
  if (entity === undefined || !knows) return null;
  const pending = context.status.pending.length >= context.pending ? marks.waiting.size : entity.pending;
  const met = kept.allConflicts || context.status.conflicts === 0 ? marks.conflicts.size : entity.conflicts;
  const chips: readonly { readonly id: Only; readonly label: string; readonly count: number; readonly icon?: IconName; readonly tone?: string; readonly className?: string; readonly title?: string }[] = [
    { id: '', label: 'All', count: entity.rows },
    { id: 'pending', label: 'Pending', count: pending, icon: 'ev-push', tone: 'c-pending', className: 'p2', title: `${plural(pending, 'row')} with a write that the server has not got` },
    { id: 'conflicts', label: 'Conflicts', count: met, icon: 'ev-conflict', tone: 'c-conflict', className: 'p3', title: `${plural(entity.conflicts, 'kept conflict')} on rows of ${entity.entity.slice(0, 60)}` },
    { id: 'quarantined', label: 'Quarantined', count: 0, icon: 'lock', className: 'p4', title: 'Rows with a write that was set aside when its context was pruned' },
  ];
  return (
    <div className="chips" role="group" aria-label="Quick filters">
      {chips.map(({ id, label, count, title, ...look }) => (
        <Chip key={id} label={label} count={formatCount(count)} pressed={id === only} title={title} onPress={() => onOnly(id)} {...look} />
      ))}
    </div>
  );
}

/** What became of the rows of a version. */
export function CompareChips({ since, compare, onCompare }: { since: SinceThen | null; compare: Compare; onCompare: (compare: Compare) => void }): ReactNode {
  if (since === null) return null;
  const { added, changed, deleted, same } = since;
  const chips: readonly { readonly id: Compare; readonly label: string; readonly count: number; readonly className?: string }[] = [
    { id: 'differ', label: 'Differ', count: added + changed + deleted },
    { id: 'added', label: '+ Added', count: added, className: 'da-add' },
    { id: 'changed', label: '~ Changed', count: changed, className: 'da-chg' },
    { id: 'deleted', label: '− Deleted', count: deleted, className: 'da-del p2' },
    { id: 'same', label: 'Unchanged', count: same, className: 'p3' },
  ];
  return (
    <div className="chips" role="group" aria-label="What became of them">
      {chips.map(({ id, label, count, className = '' }) => (
        <Chip key={id} label={label} count={formatCount(count)} pressed={id === compare} className={className} onPress={() => onCompare(id)} />
      ))}
    </div>
  );
}
