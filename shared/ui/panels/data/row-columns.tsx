import type { ReactNode } from 'react';
import { isJsonObject, sameJson, type Json } from '../../../base/json.ts';
import { formatAge, formatCount, formatSecond, plural } from '../../../views/format.ts';
import type { Since } from '../../../views/since.ts';
import { typeOfValues } from '../../../views/value-type.ts';
import type { Column } from '../../components/grid.tsx';
import { Icon } from '../../components/icon.tsx';
import { Name } from '../../components/parts.tsx';
import type { Kept, Marks } from './kept.ts';
import { Value, type DataRow, type Entity } from './value.tsx';

const SHOWN_COLUMNS = 6;
const DAY_MS = 86_400_000;
const WIDTHS: { readonly [type: string]: number } = { number: 124, bool: 96, date: 108 };

export interface ColumnsOf {
  readonly entity: Entity | undefined;
  readonly rows: readonly DataRow[];
  readonly masked: boolean;
  readonly showValues: boolean;
  readonly now: number;
  /** What became of the rows since a version; null: they are those of now. */
  readonly since: ReadonlyMap<string, Since> | null;
  readonly marks: Marks;
  readonly bases: Kept['bases'];
}

/** The columns of a list of rows: marks, id, version, the first fields with the type that their values have, when and by whom. */
export function columnsOf({ entity, rows, masked, showValues, now, since, marks, bases }: ColumnsOf): readonly Column<DataRow>[] {
  return [
    { id: 'mark', header: '', name: 'Marks', width: 38, className: 'da-mark', sort: ({ id, mark }) => (marks.waiting.has(id) || mark === 'pending' ? 2 : 0) + (marks.conflicts.has(id) || mark === 'conflicted' ? 1 : 0), cell: (row) => (since === null ? <RowMarks row={row} marks={marks} /> : <SinceMark since={since.get(row.id)} />) },
    { id: 'id', header: 'id', width: 110, className: 'mono', sort: ({ id }) => id, cell: ({ id }) => <Name text={id} most={80} /> },
    { id: 'version', header: 'Version', numeric: true, width: 72, className: 'mono', sort: ({ version }) => version, cell: ({ version }) => <VersionText version={version} /> },
    ...fieldColumns(entity, rows, masked).map(({ name, type, reference, priority }, index): Column<DataRow> => {
      const was = ({ id }: DataRow): Json | undefined => (since === null ? bases.get(`${entity?.entity ?? ''}/${id}`) : undefined);
      const waits = (row: DataRow): boolean => {
        const base = was(row);
        return base !== undefined && !sameJson(fieldOf(base, name), fieldOf(row.value, name));
      };
      return {
        id: `c.${name}`,
        header: <FieldHead name={name} type={type} />,
        name,
        priority,
        className: index === 1 ? 'mono da-f2' : 'mono',
        numeric: type === 'number',
        width: WIDTHS[type],
        sort: ({ value }) => sortOf(fieldOf(value, name)),
        cell: (row) => (row.deleted === true ? index === 0 ? <span className="c-error">deleted</span> : null : <Value value={fieldOf(row.value, name)} reference={reference} hidden={!showValues} changed={waits(row)} />),
        cellTitle: (row) => (showValues && waits(row) ? `Pending: ${shortText(fieldOf(row.value, name))} here, ${shortText(fieldOf(was(row), name))} on the server` : undefined),
      };
    }),
    { id: 'changed', header: 'Changed', priority: 3, width: 76, className: 'mono', sort: ({ timestamp }) => timestamp ?? 0, cell: ({ timestamp }) => <span className="t2">{timestamp === null ? '–' : now - timestamp > DAY_MS ? `${formatAge(now - timestamp)} ago` : formatSecond(timestamp)}</span> },
    { id: 'device', header: 'Device', priority: 3, width: 112, className: 'mono', sort: ({ deviceId }) => deviceId ?? '', cell: ({ deviceId }) => <Name text={deviceId ?? '–'} most={40} className="t2" /> },
  ];
}

interface FieldColumn {
  readonly name: string;
  /** What its values are; empty where they do not agree, or are not told. */
  readonly type: string;
  readonly reference: string | undefined;
  readonly priority: 1 | 2 | 3 | 4;
}

/** The fields that a list shows: those of the schema, else those that its first rows have. */
export function fieldColumns(entity: Entity | undefined, rows: readonly Pick<DataRow, 'value'>[], masked: boolean): readonly FieldColumn[] {
  const declared = entity?.columns ?? [];
  const first = rows.slice(0, 50);
  const names = declared.length > 0 ? declared : [...new Set(first.flatMap(({ value }) => (isJsonObject(value) ? Object.keys(value) : [])))];
  return names.slice(0, SHOWN_COLUMNS).map((name, index) => {
    const reference = entity?.references[name];
    return { name, type: reference ?? (masked ? '' : typeOfValues(first.map(({ value }) => fieldOf(value, name)))), reference, priority: index < 2 ? 1 : index < 4 ? 2 : reference !== undefined || index < 5 ? 3 : 4 };
  });
}

export function FieldHead({ name, type }: { name: string; type: string }): ReactNode {
  return (
    <>
      <Name text={name} most={40} />
      {type === '' ? null : <span className="da-ty"> {type.slice(0, 20)}</span>}
    </>
  );
}

export const VersionText = ({ version }: { version: number }): ReactNode => (version === 0 ? <span className="t2">new</span> : version === 1 ? <span className="t2">import</span> : formatCount(version));

function RowMarks({ row: { id, mark }, marks }: { row: DataRow; marks: Marks }): ReactNode {
  const met = marks.conflicts.get(id) ?? 0;
  return (
    <>
      <span>{mark === 'pending' || marks.waiting.has(id) ? <Icon name="ev-push" className="c-pending" label="pending write" /> : null}</span>
      <span>{mark === 'conflicted' ? <Icon name="ev-conflict" className="c-conflict" label="open conflict" /> : met > 0 ? <Icon name="ev-conflict" className="c-conflict" label={plural(met, 'kept conflict')} /> : null}</span>
    </>
  );
}

const SIGNS = { added: { sign: '+', tone: 'c-ok', label: 'added since' }, changed: { sign: '~', tone: 'c-accent', label: 'changed since' }, deleted: { sign: '−', tone: 'c-error', label: 'deleted since' } } as const;

export function SinceMark({ since }: { since: Since | undefined }): ReactNode {
  if (since === undefined || since === 'same') return null;
  const { sign, tone, label } = SIGNS[since];
  return (
    <b className={tone} role="img" aria-label={label}>
      {sign}
    </b>
  );
}

export const fieldOf = (value: Json | undefined, name: string): Json | undefined => (isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined);

/** Where two values differ, by field; of what is no object nothing is told. */
export function changedFields(before: Json | undefined, after: Json | undefined): readonly string[] {
  if (!isJsonObject(before) || !isJsonObject(after)) return [];
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((field) => !sameJson(fieldOf(before, field), fieldOf(after, field)));
}

export const shortText = (value: Json | undefined): string => (value === undefined ? 'not set' : JSON.stringify(value).slice(0, 120));

const sortOf = (field: Json | undefined): string | number => (typeof field === 'number' ? field : field === undefined ? '' : typeof field === 'string' ? field : JSON.stringify(field));
