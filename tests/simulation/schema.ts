import type { Json } from '../../shared/base/json.ts';
import { isJsonObject } from '../../shared/base/json.ts';
import type { EntitySchema, SchemaInfo } from '../../shared/core/app-schema.ts';
import type { StrategyName } from '../../shared/core/change.ts';
import type { SchemaFunctions } from '../../shared/engine/functions.ts';

const entity = (strategy: StrategyName, textFields: string[] = []): EntitySchema => ({ strategy, textFields, enumFields: [], indexes: [], fields: [], references: {} });

/** Values that make loss and doubling visible: `list` is a list of write ids merged as a set that keeps doubles. */
export const ENTITIES = { list: entity('custom'), doc: entity('fields'), reg: entity('lww'), note: entity('text', ['t']), form: entity('ask') };
export type EntityName = keyof typeof ENTITIES;

export const schemaInfo = (version: number): SchemaInfo => ({ version, readableFrom: 1, entities: ENTITIES, migrations: [1, 2, 3, 4] });

const asList = (value: Json | null): number[] => (Array.isArray(value) ? (value as number[]) : []);

/** Three-way merge of lists: what mine added is added, what mine removed is removed; an id that was added twice stays twice. */
export function mergeLists(base: Json | null, mine: Json | null, theirs: Json | null): Json | null {
  const [b, m, t] = [asList(base), asList(mine), asList(theirs)];
  const value = [...t.filter((id) => m.includes(id) || !b.includes(id)), ...m.filter((id) => !b.includes(id))];
  return value.length === 0 ? null : value;
}

/** Each schema version marks the objects that it has touched. */
export const functions = (version: number): SchemaFunctions => ({
  info: schemaInfo(version),
  custom: (_entity, base, mine, theirs) => mergeLists(base, mine, theirs),
  upgrade: (_entity, value) => (isJsonObject(value) ? { ...value, schema: version } : value),
});
