import type { ReactNode } from 'react';
import { formatCount, plural } from '../../../views/format.ts';
import type { SinceThen } from '../../../views/since.ts';
import { Button } from '../../components/controls.tsx';
import { Grid } from '../../components/grid.tsx';
import { Icon } from '../../components/icon.tsx';
import { Empty } from '../../components/parts.tsx';
import { useInspector, useNow } from '../../state/inspector.ts';
import { useStore } from '../../state/store.ts';
import type { Kept, Marks, Only } from './kept.ts';
import { columnsOf } from './row-columns.tsx';
import type { Rows } from './use-rows.ts';
import type { ThenState } from './use-then.ts';
import type { Entity } from './value.tsx';

export interface Shown {
  readonly entity: Entity | undefined;
  readonly rows: Rows;
  readonly then: ThenState | null;
  readonly since: SinceThen | null;
  readonly only: Only;
  readonly search: string;
  readonly marks: Marks;
  readonly bases: Kept['bases'];
  readonly selected: string;
}

const NO_SINCE: SinceThen['of'] = new Map();

/** The rows of an entity, with what is said of all of them below. */
export function RowList(shown: Shown): ReactNode {
  const inspector = useInspector();
  const { showValues } = useStore(inspector.settings);
  const now = useNow();
  const { entity, rows, then, since, only, search, marks, bases, selected } = shown;
  const columns = columnsOf({ entity, rows: rows.rows, masked: rows.masked, showValues, now, since: then === null ? null : (since?.of ?? NO_SINCE), marks, bases });
  return (
    <>
      {rows.error !== null ? (
        <Empty icon="ev-error" tone="c-error" title="Rows could not be read" actions={<Button icon="replay" label="Try again" kbd="R" onPress={rows.again} />}>
          {rows.error}
        </Empty>
      ) : rows.rows.length === 0 && !rows.loading ? (
        <NoRows only={only} search={search} />
      ) : (
        <Grid label={`Rows of ${entity?.entity ?? ''}`} columns={columns} rows={rows.rows} idOf={({ id }) => id} selected={selected} loading={rows.loading} onSelect={({ id }) => inspector.setField('data.row', id)} rowClass={({ deleted }) => (deleted === true ? 'da-gone' : '')} />
      )}
      <div className="cap">
        <span>
          {textOf(shown)}
        </span>
        {since === null ? null : (
          <span aria-label="Since then" className="da-since">
            since then <b className="c-ok">+{formatCount(since.added)}</b> added, <b className="c-accent">{formatCount(since.changed)}</b> changed, <b className="c-error">{formatCount(since.deleted)}</b> deleted
          </span>
        )}
        {then === null || then.unknown === 0 ? null : <span className="c-pending">{plural(then.unknown, 'row')} changed since, with a value of then that the log no longer holds</span>}
        {rows.more === null ? null : <Button className="quiet" label="More rows" onPress={rows.more} />}
        <span className="grow" />
        {rows.masked || !showValues ? <span className="c-pending">values are masked{rows.masked ? ' by the policy of the client' : ''}</span> : null}
        {then !== null ? null : (
          <>
            <span className="p3">
              <Icon name="ev-push" className="c-pending" /> pending write
            </span>
            <span className="p3">
              <Icon name="ev-conflict" className="c-conflict" /> kept conflict
            </span>
          </>
        )}
      </div>
    </>
  );
}

const KIND: { readonly [only in Only]: string } = { '': '', pending: ' with a write that waits', conflicts: ' with a kept conflict', quarantined: ' with a write that was set aside' };

function textOf({ entity, rows: { rows, error, more }, then, only, search }: Shown): string {
  if (error !== null || rows.length === 0) return 'No rows';
  if (then !== null) return `${plural(rows.length, 'row')} as of ${formatCount(then.version)}, from the ${then.source}`;
  if (only !== '' || search !== '') return `${plural(rows.length, 'row')}${more === null ? '' : ' and more'}${KIND[only]}${search === '' ? '' : `${only === '' ? '' : ','} that match`}`;
  // The count is asked for less often than the rows are.
  return `Rows 1 to ${formatCount(rows.length)} of ${formatCount(Math.max(rows.length, entity?.rows ?? 0))}`;
}

function NoRows({ only, search }: { only: Only; search: string }): ReactNode {
  const inspector = useInspector();
  if (search !== '') {
    return (
      <Empty icon="filter" title="No row matches" actions={<Button label="Clear filter" kbd="Esc" onPress={() => inspector.setField('data', '')} />}>
        Nothing holds “{search.slice(0, 40)}”.
      </Empty>
    );
  }
  if (only === '') return <Empty icon="table" title="No rows">This entity holds none here.</Empty>;
  return (
    <Empty icon="filter" title={`No row${KIND[only]}`} actions={<Button label="All rows" onPress={() => inspector.setField('data.only', '')} />}>
      The other rows of this entity have none.
    </Empty>
  );
}
