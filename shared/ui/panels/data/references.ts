import { createContext, useContext } from 'react';
import { isJsonObject, type Json } from '../../../base/json.ts';
import { isReference } from '../../../views/value-type.ts';
import { useContexts, useInspector, useRefusal } from '../../state/inspector.ts';
import { useAnswer } from '../../state/use-read.ts';
import type { DataRow, Entity } from './value.tsx';

/** Names of rows that references point to, by `entity/id`; null: there is no such row on this device. */
export type Names = ReadonlyMap<string, string | null>;

const NONE: Names = new Map();
const MOST = 2_000;
const NAMING = ['name', 'title', 'label', 'displayName', 'code'];

export const NamesContext = createContext<Names>(NONE);

export function useNameOf(entity: string, id: string): string | null | undefined {
  return useContext(NamesContext).get(`${entity}/${id}`);
}

/** Reads late, as an app does, what the references of some rows mean: in the ambient contexts of the server, and in the context itself. */
export function useReferencedNames(contextId: string | null, entity: Entity | undefined, rows: readonly Pick<DataRow, 'value'>[]): Names {
  const inspector = useInspector();
  const refused = useRefusal('Data.query');
  const contexts = useContexts();
  const here = contexts.find((one) => one.contextId === contextId);
  const places = contexts.filter(({ row }) => row.partition.present && (row.contextId === contextId || (row.kind === 'ambient' && row.serverId === here?.row.serverId))).map((one) => one.contextId);
  const wanted = JSON.stringify(wantedOf(entity, rows));
  const { value } = useAnswer(`names ${places.join(' ')} ${entity?.entity ?? ''}`, refused !== null || wanted === '[]' ? null : async (): Promise<Names> => {
    const names = new Map<string, string | null>((JSON.parse(wanted) as readonly (readonly [string, string])[]).map(([name, id]) => [`${name}/${id}`, null]));
    for (const place of places) {
      const found = await inspector.session.call('Data.query', { contextId: place, sql: SQL, params: [wanted], limit: MOST });
      for (const [name, id, text] of found.rows) names.set(`${textOf(name)}/${textOf(id)}`, nameIn(JSON.parse(textOf(text)) as Json));
    }
    return names;
  }, wanted);
  return value ?? NONE;
}

const SQL = "SELECT rows.entity, rows.id, rows.value FROM json_each(?1) AS j JOIN rows ON rows.entity = j.value ->> 0 AND rows.id = j.value ->> 1 WHERE rows.value IS NOT NULL";

function wantedOf(entity: Entity | undefined, rows: readonly Pick<DataRow, 'value'>[]): readonly (readonly [string, string])[] {
  const wanted = new Map<string, readonly [string, string]>();
  for (const { value } of rows) {
    if (!isJsonObject(value)) continue;
    for (const [field, one] of Object.entries(value)) {
      const to = entity?.references[field];
      const parts: readonly Json[] = Array.isArray(one) ? (one as readonly Json[]) : [one];
      for (const part of parts) if (isReference(part)) wanted.set(`${part.$ref}/${part.id}`, [part.$ref, part.id]);
      if (to !== undefined && typeof one === 'string' && one !== '') wanted.set(`${to}/${one}`, [to, one]);
    }
  }
  return [...wanted.values()].slice(0, MOST);
}

export const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : 'null');

function nameIn(value: Json): string {
  if (!isJsonObject(value)) return JSON.stringify(value);
  for (const field of NAMING) {
    const name = value[field];
    if (typeof name === 'string') return name;
  }
  return JSON.stringify(value).slice(0, 60);
}
