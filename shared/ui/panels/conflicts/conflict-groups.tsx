import type { ReactNode } from 'react';
import { groupConflicts, type ConflictGroup, type ConflictGrouping } from '../../../views/conflict-groups.ts';
import type { ConflictEvent } from '../../../views/conflicts.ts';
import type { ContextNow } from '../../../views/context-now.ts';
import { formatCount, formatSecond } from '../../../views/format.ts';
import type { GridItem } from '../../components/grid.tsx';
import { Icon } from '../../components/icon.tsx';
import { Name, StateIcon } from '../../components/parts.tsx';

interface Folds {
  /** Contexts by id: a group of one says what it is and how it stands. */
  readonly contexts: ReadonlyMap<string, ContextNow>;
  readonly folded: ReadonlySet<string>;
  readonly onFold: (group: string) => void;
}

/** Conflicts under the name of their group, each with its share of all and who is on the other side. */
export function groupedRows<C extends ConflictEvent>(conflicts: readonly C[], by: ConflictGrouping, { contexts, folded, onFold }: Folds): readonly GridItem<C>[] {
  const groups = groupConflicts(conflicts, by);
  return groups.flatMap((group, at) => {
    const isFolded = folded.has(group.name);
    const head = <GroupHead group={group} by={by} context={by === 'context' ? contexts.get(group.name) : undefined} of={conflicts.length} isFirst={at === 0} isFolded={isFolded} onFold={() => onFold(group.name)} />;
    return [{ key: group.name, group: head }, ...(isFolded ? [] : group.conflicts.map((row) => ({ row })))];
  });
}

const STATES = [
  { state: 'automatic', words: 'automatic', tone: 't2' },
  { state: 'by-hand', words: 'by hand', tone: '' },
  { state: 'open', words: 'open', tone: 'c-conflict' },
  { state: 'rejected', words: 'rejected', tone: 'c-error' },
] as const;

function GroupHead({ group: { name, conflicts, device, lastAt, states }, by, context, of, isFirst, isFolded, onFold }: { group: ConflictGroup; by: ConflictGrouping; context: ContextNow | undefined; of: number; isFirst: boolean; isFolded: boolean; onFold: () => void }): ReactNode {
  const share = (100 * conflicts.length) / of;
  return (
    <span className="cf-g">
      <button type="button" className="nm" aria-expanded={!isFolded} onClick={onFold}>
        <Icon name={isFolded ? 'chev-right' : 'chev-down'} />
        {context === undefined ? null : <StateIcon state={context.state} />}
        <b className="clip">
          <Name text={name} most={80} />
        </b>
        {context === undefined || context.title === '' ? null : (
          <span className="t2 clip p3">
            <Name text={context.title} most={60} />
          </span>
        )}
      </button>
      <b className="ct">{formatCount(conflicts.length)}</b>
      <span className={`share p2 ${isFirst ? 'most' : ''}`} aria-hidden="true">
        <i style={{ width: `${share}%` }} />
      </span>
      <span className="pc num t2 p2">{share < 1 ? '< 1%' : `${Math.round(share)}%`}</span>
      <span className="dev p3 clip">
        {device === null || by === 'device' ? null : (
          <>
            <span className="t2">most with</span>{' '}
            <span className="mono">
              <Name text={device.name} most={40} />
            </span>{' '}
            {formatCount(device.count)}
          </>
        )}
      </span>
      <span className="p3">
        <span className="t2">last</span> {formatSecond(lastAt)}
      </span>
      <span className="sts p4">
        {STATES.filter(({ state }) => states.has(state)).map(({ state, words, tone }) => (
          <span key={state} className={tone}>
            {formatCount(states.get(state) ?? 0)} {words}
          </span>
        ))}
      </span>
    </span>
  );
}
