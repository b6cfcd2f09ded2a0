import type { ReactNode } from 'react';
import type { Json } from '../../../base/json.ts';
import { formatCount, plural } from '../../../views/format.ts';
import { Heading, LinkButton, Name } from '../../components/parts.tsx';
import { useInspector, useRefusal, useView } from '../../state/inspector.ts';
import { useAnswer } from '../../state/use-read.ts';
import type { Entity } from './value.tsx';

const MOST = 12;

interface From {
  readonly entity: string;
  readonly field: string;
  readonly count: number;
  readonly ids: readonly string[];
}

/** A reference is an id, or an object that names entity and id. */
const SQL = `SELECT count(*) OVER () AS n, id FROM rows WHERE entity = ?1 AND value IS NOT NULL
  AND (json_extract(value, ?2) = ?3 OR (json_extract(value, ?2 || '.id') = ?3 AND json_extract(value, ?2 || '."$ref"') = ?4)) ORDER BY id LIMIT ${MOST}`;

/** Which rows of the context point at this one, read late as references are. */
export function ReferencedBy({ contextId, entities, entity, id }: { contextId: string; entities: readonly Entity[]; entity: string; id: string }): ReactNode {
  const inspector = useInspector();
  const { fields } = useView();
  const refused = useRefusal('Data.query');
  const pointing = entities.flatMap(({ entity: from, references }) => Object.entries(references).flatMap(([field, to]) => (to === entity ? [{ from, field }] : [])));
  const key = `referenced ${contextId} ${entity} ${id} ${pointing.length} ${refused ?? ''}`;
  const { value, error, loading } = useAnswer(key, refused !== null || pointing.length === 0 ? null : async (): Promise<readonly From[]> => {
    const found: From[] = [];
    for (const { from, field } of pointing) {
      const { rows } = await inspector.session.call('Data.query', { contextId, sql: SQL, params: [from, `$.${JSON.stringify(field)}`, id, entity], limit: MOST });
      found.push({ entity: from, field, count: Number(rows[0]?.[0] ?? 0), ids: rows.map((row) => textOf(row[1])) });
    }
    return found;
  });
  const open = (to: string, row: string): void => inspector.show({ fields: { ...fields, 'data.entity': to, 'data.row': row, data: '' } });
  const total = value?.reduce((sum, { count }) => sum + count, 0) ?? 0;
  return (
    <>
      <Heading note={pointing.length === 0 ? 'by no entity' : value === null ? '' : total === 0 ? 'nothing in this context' : `${plural(total, 'row')} of this context`}>Referenced by</Heading>
      {value === null && !loading && pointing.length > 0 ? <p className="t2">{refused ?? error ?? ''}</p> : null}
      <dl className="kv da-refs">
        {(value ?? [])
          .filter(({ count }) => count > 0)
          .map(({ entity: from, field, count, ids }) => (
            <div key={`${from} ${field}`} className="cf-try-line">
              <dt className="mono">
                {formatCount(count)} <Name text={`${from}.${field}`} most={60} />
              </dt>
              <dd className="mono">
                {ids.map((one) => (
                  <LinkButton key={one} title={`Open ${from}/${one}`.slice(0, 100)} onPress={() => open(from, one)}>
                    <Name text={one} most={40} />
                  </LinkButton>
                ))}
                {count > ids.length ? <span className="t2"> and {formatCount(count - ids.length)} more</span> : null}
              </dd>
            </div>
          ))}
      </dl>
    </>
  );
}

const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : JSON.stringify(value ?? null));
