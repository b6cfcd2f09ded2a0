import type { ReactNode } from 'react';
import type { Json } from '../../../base/json.ts';
import type { ResultOf } from '../../../protocol/debug/index.ts';
import { isReference } from '../../../views/value-type.ts';
import { Name } from '../../components/parts.tsx';
import { useNameOf } from './references.ts';

export type DataRow = ResultOf<'Data.rows'>['rows'][number];
export type Entity = ResultOf<'Data.entities'>['entities'][number];

/** A value in a cell: references late-bound by their identity, and nothing of it where values are hidden. `coloured`: as JSON is; `bare`: of a reference only what is kept. */
export function Value({ value, reference, hidden, changed = false, coloured = false, bare = false }: { value: Json | undefined; reference?: string | undefined; hidden: boolean; changed?: boolean; coloured?: boolean; bare?: boolean }): ReactNode {
  if (value === undefined) return <span className="t3">–</span>;
  if (hidden) return <span className="t3">{value === null ? 'null' : '••••'}</span>;
  if (bare && isReference(value)) return <Name text={value.id} most={60} />;
  if (isReference(value)) return <Reference entity={value.$ref} id={value.id} />;
  if (!bare && reference !== undefined && typeof value === 'string') return <Reference entity={reference} id={value} />;
  if (Array.isArray(value) && !coloured) return <List values={value} />;
  if (value === null) return <span className="t3">null</span>;
  if (coloured) return <Name text={JSON.stringify(value)} most={160} className={typeof value === 'string' ? 'sy-s' : typeof value === 'object' ? '' : 'sy-d'} />;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return <Name text={text} most={160} className={changed ? 'c-pending' : ''} />;
}

/** A list in one cell: of references the first, and how many there are beside it. */
function List({ values }: { values: readonly Json[] }): ReactNode {
  const first = values[0];
  if (first === undefined) return <span className="t3">[]</span>;
  if (!isReference(first)) return <Name text={values.map((one) => (typeof one === 'string' ? one : JSON.stringify(one))).join(', ')} most={160} />;
  return (
    <>
      <Reference entity={first.$ref} id={first.id} short />
      {values.length === 1 ? null : (
        <span className="da-plus" title={`${values.length} references`}>
          +{values.length - 1}
        </span>
      )}
    </>
  );
}

function Reference({ entity, id, short = false }: { entity: string; id: string; short?: boolean }): ReactNode {
  const name = useNameOf(entity, id);
  return (
    <span className="da-ref" title={name === null ? `${entity}/${id.slice(0, 60)} is in no context that this device holds. The reference is kept, the value is missing` : `${entity}, read late from the ambient tier`}>
      {name === undefined && !short ? <span className="t2">{entity}/</span> : null}
      <span className="c-ambient">
        <Name text={id} most={60} />
      </span>
      {name === undefined ? null : name === null ? (
        <span className="da-miss">missing</span>
      ) : (
        <span className="da-name">
          <span className="t3"> → </span>
          <Name text={name} most={80} />
        </span>
      )}
    </span>
  );
}
