import type { ReactNode } from 'react';
import { sameJson } from '../../../base/json.ts';
import { formatCount, plural } from '../../../views/format.ts';
import type { Since, SinceThen } from '../../../views/since.ts';
import { Button } from '../../components/controls.tsx';
import { Grid, type Column, type GridItem } from '../../components/grid.tsx';
import { Empty, Name } from '../../components/parts.tsx';
import { useInspector } from '../../state/inspector.ts';
import type { Compared, ComparedRow } from './compare.ts';
import { changedFields, fieldColumns, FieldHead, fieldOf, SinceMark, VersionText } from './row-columns.tsx';
import { Value, type Entity } from './value.tsx';

const idOf = ({ id }: ComparedRow): string => id;

/** Rows of a version against those of now: what is new, what changed with both values, what is gone. */
export function ComparedRows({ entity, version, since, compared, selected, showValues }: { entity: Entity; version: number; since: SinceThen; compared: Compared; selected: string; showValues: boolean }): ReactNode {
  const inspector = useInspector();
  const { rows, loading, error } = compared;
  if (error !== null && rows.length === 0) return <Empty icon="ev-error" tone="c-error" title="The rows of now could not be read">{error}</Empty>;
  if (rows.length === 0 && !loading) {
    return (
      <Empty icon="verify" tone="c-ok" title="No row differs" actions={<Button label="All rows of then" onPress={() => inspector.setField('data.compare', '')} />}>
        The rows of {entity.entity} at {formatCount(version)} are those of now. Pending writes are no difference.
      </Empty>
    );
  }
  return (
    <>
      <Grid
        label={`Rows of ${entity.entity} at ${formatCount(version)} and now`}
        className="da-as"
        chooser={`Rows of ${entity.entity}, compared`}
        columns={columnsOf(entity, version, rows, showValues)}
        rows={rows}
        idOf={idOf}
        selected={selected}
        loading={loading}
        onSelect={({ id }) => inspector.setField('data.row', id)}
        rowClass={({ since }) => CLASSES[since]}
        group={(sorted) => grouped(sorted, version)}
      />
      <Caption version={version} since={since} left={compared.left} hidden={!showValues} />
    </>
  );
}

function Caption({ version, since: { added, changed, deleted, same }, left, hidden }: { version: number; since: SinceThen; left: number; hidden: boolean }): ReactNode {
  return (
    <div className="cap">
      <span aria-label="Compared">
        {plural(added + changed + deleted, 'row')} {added + changed + deleted === 1 ? 'differs' : 'differ'} between {formatCount(version)} ({plural(same + changed + deleted, 'row')}) and now ({plural(same + changed + added, 'row')})
      </span>
      {left === 0 ? null : <span className="c-pending">{plural(left, 'row')} of them without their value now: too many at once</span>}
      <span className="grow" />
      {hidden ? <span className="c-pending">values are masked</span> : null}
    </div>
  );
}

const CLASSES: { readonly [since in Since]: string } = { added: 'is-add', changed: 'is-chg', deleted: 'is-del', same: '' };

const GROUPS: { readonly [since in Since]: (version: string) => { readonly name: string; readonly note: string } } = {
  added: (version) => ({ name: `Added after ${version}`, note: 'not in the state you look at' }),
  changed: (version) => ({ name: `Changed after ${version}`, note: 'first the value then, second the value now' }),
  deleted: (version) => ({ name: `Deleted after ${version}`, note: `still there at ${version}` }),
  same: () => ({ name: 'Unchanged', note: '' }),
};

function grouped(rows: readonly ComparedRow[], version: number): readonly GridItem<ComparedRow>[] {
  const groups = Map.groupBy(rows, ({ since }) => since);
  return [...groups].flatMap(([since, members]): GridItem<ComparedRow>[] => {
    const { name, note } = GROUPS[since](formatCount(version));
    const line = (
      <>
        <SinceMark since={since} /> {name} <span className="t2">{`${plural(members.length, 'row')}${note === '' ? '' : `, ${note}`}`}</span>
      </>
    );
    return [{ group: line, key: since }, ...members.map((row) => ({ row }))];
  });
}

function columnsOf(entity: Entity, version: number, rows: readonly ComparedRow[], showValues: boolean): readonly Column<ComparedRow>[] {
  const fields = fieldColumns(entity, rows.flatMap(({ then, now }) => [then, now].filter((one) => one !== null)), false);
  const names = new Set(fields.map(({ name }) => name));
  const differs = ({ since, then, now }: ComparedRow, name: string): boolean => since === 'changed' && now !== null && !sameJson(fieldOf(then?.value, name), fieldOf(now.value, name));
  return [
    { id: 'mark', header: '', name: 'Marks', width: 30, className: 'da-mark', cell: ({ since }) => <SinceMark since={since} /> },
    { id: 'id', header: 'id', width: 110, className: 'mono', sort: idOf, cell: ({ id }) => <Name text={id} most={80} /> },
    { id: 'then', header: `At ${formatCount(version)}`, numeric: true, width: 84, className: 'mono da-f2', sort: ({ then }) => then?.version ?? 0, cell: ({ then }) => (then === null ? <span className="t3">–</span> : <VersionText version={then.version} />) },
    { id: 'now', header: 'Now', numeric: true, width: 72, priority: 2, className: 'mono', sort: ({ now, then }) => now?.version ?? then?.version ?? 0, cell: ({ since, now, then }) => (since === 'deleted' ? <span className="t3">–</span> : <VersionText version={now?.version ?? then?.version ?? 0} />) },
    ...fields.map(({ name, type, reference, priority }): Column<ComparedRow> => ({
      id: `c.${name}`,
      header: <FieldHead name={name} type={type} />,
      name,
      priority,
      className: 'mono',
      numeric: type === 'number',
      cellClass: (row) => (differs(row, name) ? 'hot' : ''),
      cell: (row) => {
        const is = fieldOf((row.now ?? row.then)?.value, name);
        if (!differs(row, name)) return <Value value={is} reference={reference} hidden={!showValues} />;
        return (
          <>
            <span className="o">
              <Value value={fieldOf(row.then?.value, name)} reference={reference} hidden={!showValues} bare />
            </span>
            <span className="t3"> → </span>
            <Value value={is} reference={reference} hidden={!showValues} />
          </>
        );
      },
    })),
    {
      id: 'also',
      header: 'Also changed',
      priority: 3,
      width: 118,
      className: 'mono',
      cell: ({ since, then, now }) => {
        const also = since === 'changed' ? changedFields(then?.value, now?.value).filter((name) => !names.has(name)) : [];
        return also.length > 0 ? <Name text={also.join(', ')} most={80} /> : <span className="t3">{since === 'added' ? 'not there yet' : 'none'}</span>;
      },
    },
  ];
}
