import type { ReactNode } from 'react';
import { formatCount, plural } from '../../../views/format.ts';
import type { SinceThen } from '../../../views/since.ts';
import { Button } from '../../components/controls.tsx';
import { Grid } from '../../components/grid.tsx';
import { Icon } from '../../components/icon.tsx';
import { Empty } from '../../components/parts.tsx';
import { useInspector } from '../../state/inspector.ts';
import { useStore } from '../../state/store.ts';
import type { Kept, Marks, Only } from './kept.ts';
import { columnsOf } from './row-columns.tsx';
import type { Rows } from './use-rows.ts';
import type { ThenState } from './use-then.ts';
import type { Entity } from './value.tsx';

interface RowListProps {
  readonly entity: Entity | undefined;
  readonly rows: Rows;
  readonly then: ThenState | null;
  readonly since: SinceThen | null;
  readonly marks: Marks;
  readonly bases: Kept['bases'];
  readonly selected: string;
  readonly search: string;
  readonly only: Only;
  readonly now: number;
  readonly onSelect: (id: string) => void;
  readonly onClear: () => void;
}

const NONE: SinceThen['of'] = new Map();
const NOTHING_OF: { readonly [only in Only]: string } = {
  '': 'This entity holds none here.',
  pending: 'No write to a row of this entity waits: the server has them all.',
  conflicts: 'No conflict is kept on a row of this entity.',
  quarantined: 'No write is set aside: that is done when a context is pruned before the server has them, and only until it is opened again.',
};

/** The rows of an entity, now or as of a version. */
export function RowList({ entity, rows, then, since, marks, bases, selected, search, only, now, onSelect, onClear }: RowListProps): ReactNode {
  const { showValues } = useStore(useInspector().settings);
  const filtered = search !== '' || only !== '';
  if (rows.error !== null && rows.rows.length === 0) {
    return (
      <Empty icon="ev-error" tone="c-error" title="Rows could not be read" actions={<Button icon="replay" label="Try again" kbd="R" onPress={rows.again} />}>
        {rows.error}
      </Empty>
    );
  }
  const nothing = rows.rows.length === 0 && !rows.loading;
  return (
    <>
      {nothing ? (
        <Empty icon={filtered ? 'filter' : 'table'} title={filtered ? 'No row matches' : 'No rows'} actions={filtered ? <Button label="Clear filter" kbd="Esc" onPress={onClear} /> : undefined}>
          {search === '' ? NOTHING_OF[only] : `Nothing holds “${search.slice(0, 40)}”.`}
        </Empty>
      ) : (
        <Grid
          label={`Rows of ${entity?.entity ?? ''}`}
          columns={columnsOf({ entity, rows: rows.rows, masked: rows.masked, showValues, now, since: then === null ? null : (since?.of ?? NONE), marks, bases })}
          rows={rows.rows}
          idOf={({ id }) => id}
          selected={selected}
          loading={rows.loading}
          onSelect={({ id }) => onSelect(id)}
        />
      )}
      <div className="cap">
        <span>
          {then !== null ? `${plural(rows.rows.length, 'row')} as of ${formatCount(then.version)}, from the ${then.source}` : rows.rows.length === 0 ? 'No rows' : only === '' ? `Rows 1 to ${formatCount(rows.rows.length)}${entity === undefined ? '' : ` of ${formatCount(entity.rows)}`}` : plural(rows.rows.length, 'row')}
        </span>
        {then === null || since === null ? null : (
          <span aria-label="Since then" className="da-since">
            since then <b className="c-ok">+{formatCount(since.added)}</b> added, <b className="c-accent">{formatCount(since.changed)}</b> changed, <b className="c-error">{formatCount(since.deleted)}</b> deleted
          </span>
        )}
        {then === null || then.unknown === 0 ? null : <span className="c-pending">{plural(then.unknown, 'row')} changed since, with a value of then that the log no longer holds</span>}
        {rows.more === null ? null : <Button className="quiet" label="More rows" onPress={rows.more} />}
        <span className="grow" />
        {rows.masked || !showValues ? <span className="c-pending">values are masked{rows.masked ? ' by the policy of the client' : ''}</span> : null}
        <span className="p3">
          <Icon name="ev-push" className="c-pending" /> pending write
        </span>
        <span className="p3">
          <Icon name="ev-conflict" className="c-conflict" /> kept conflict
        </span>
      </div>
    </>
  );
}
