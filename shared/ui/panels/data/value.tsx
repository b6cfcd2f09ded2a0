import type { ReactNode } from 'react';
import { isJsonObject, type Json } from '../../../base/json.ts';
import type { ResultOf } from '../../../protocol/debug/index.ts';
import { Name } from '../../components/parts.tsx';
import { useNameOf } from './references.ts';

export type DataRow = ResultOf<'Data.rows'>['rows'][number];
export type Entity = ResultOf<'Data.entities'>['entities'][number];

/** A value in a cell: references late-bound by their identity, and nothing of it where values are hidden. */
export function Value({ value, reference, hidden, changed = false }: { value: Json | undefined; reference?: string | undefined; hidden: boolean; changed?: boolean }): ReactNode {
  if (value === undefined) return <span className="t3">–</span>;
  if (hidden) return <span className="t3">{value === null ? 'null' : '••••'}</span>;
  if (isJsonObject(value) && typeof value['id'] === 'string' && typeof value['$ref'] === 'string') return <Reference entity={value['$ref']} id={value['id']} />;
  if (reference !== undefined && typeof value === 'string') return <Reference entity={reference} id={value} />;
  if (value === null) return <span className="t3">null</span>;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return <Name text={text} most={160} className={changed ? 'c-pending' : ''} />;
}

function Reference({ entity, id }: { entity: string; id: string }): ReactNode {
  const name = useNameOf(entity, id);
  return (
    <span title={`${entity}, read late from the ambient tier`}>
      {name === undefined ? <span className="t2">{entity}/</span> : null}
      <span className="c-ambient">
        <Name text={id} most={60} />
      </span>
      {name === undefined ? null : name === null ? (
        <span className="c-error"> missing</span>
      ) : (
        <span>
          {' → '}
          <Name text={name} most={80} />
        </span>
      )}
    </span>
  );
}
