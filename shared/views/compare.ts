import { isJsonObject, sameJson, type Json } from '../base/json.ts';
import type { ResultOf } from '../protocol/debug/index.ts';
import { eventsAt, type PlacedEvent } from './event-queries.ts';
import { formatCount } from './format.ts';
import { number, type Reader } from './reader.ts';

// DB10: what a comparison with the server found, as a person reads it.

export type Comparison = ResultOf<'Context.replay'>;
export type Difference = NonNullable<Comparison['differences']>[number];

export interface EntityCount {
  readonly entity: string;
  readonly differs: number;
  readonly onlyHere: number;
  readonly onlyThere: number;
}

export const COMPARED_WORDS = { differs: 'Differs', 'only-here': 'Only here', 'missing-here': 'Only there' } as const;

/** Differences by entity, most first, with every entity that is known. */
export function byEntity(differences: readonly Difference[], entities: readonly string[] = []): readonly EntityCount[] {
  const counts = new Map([...entities, ...differences.map(({ entity }) => entity)].map((entity) => [entity, { entity, differs: 0, onlyHere: 0, onlyThere: 0 }]));
  for (const { entity, kind } of differences) {
    const count = counts.get(entity);
    if (count !== undefined) count[kind === 'differs' ? 'differs' : kind === 'only-here' ? 'onlyHere' : 'onlyThere'] += 1;
  }
  const all = ({ differs, onlyHere, onlyThere }: EntityCount): number => differs + onlyHere + onlyThere;
  return [...counts.values()].toSorted((a, b) => all(b) - all(a) || (a.entity < b.entity ? -1 : 1));
}

export interface ComparedField {
  readonly field: string;
  readonly here: Json | undefined;
  readonly there: Json | undefined;
  readonly differs: boolean;
}

const fieldsOf = (row: Difference['local']): { readonly [field: string]: Json } | null => {
  if (row === null || row.deleted) return {};
  return isJsonObject(row.value ?? undefined) ? (row.value as { readonly [field: string]: Json }) : null;
};

/** Both rows field by field, those that differ first; a value that is no object is one field, `value`. */
export function comparedFields({ local, server }: Difference): readonly ComparedField[] {
  const [here, there] = [fieldsOf(local), fieldsOf(server)];
  if (here === null || there === null) return [{ field: 'value', here: local?.value ?? undefined, there: server?.value ?? undefined, differs: !sameJson(local?.value ?? undefined, server?.value ?? undefined) }];
  const names = [...new Set([...Object.keys(here), ...Object.keys(there)])];
  return names.map((field): ComparedField => ({ field, here: here[field], there: there[field], differs: !sameJson(here[field], there[field]) })).toSorted((a, b) => Number(b.differs) - Number(a.differs));
}

/** Which fields are not equal, in a few words. */
export function differingText(difference: Difference): string {
  const { local, server, kind } = difference;
  if (kind === 'only-here') return server?.deleted === true ? `deleted there at ${formatCount(server.version)}` : 'not there';
  if (kind === 'missing-here') return local?.deleted === true ? `deleted here at ${formatCount(local.version)}` : 'not here';
  const fields = comparedFields(difference).flatMap(({ field, differs }) => (differs ? [field] : []));
  return fields.length === 0 ? 'version' : fields.join(', ');
}

/** What the server's log says of how it came about. */
export function whatTheLogShows({ local, server, change }: Difference): string {
  if (change === undefined) return 'The log no longer holds the change';
  const version = formatCount(change.contextVersion);
  const deed = server === null || server.deleted ? `Delete ${version}` : `Change ${version}`;
  const here = local?.version ?? 0;
  if (here < change.contextVersion) return `${deed} was not applied here`;
  return here === change.contextVersion ? `${deed} was applied here otherwise` : `${deed} is older than what stands here`;
}

/** What the recording tells of a row, and of the versions that its change came with, in order. */
export async function eventsOfRow(read: Reader, contextId: string, { entity, id, change }: Difference, limit: number): Promise<readonly PlacedEvent[]> {
  const version = change?.contextVersion ?? -1;
  const rows = await read(
    `SELECT place - 1 AS place FROM events WHERE contextId = ?1 AND kind <> 'frame'
     AND ((entity = ?2 AND entityId = ?3) OR (kind IN ('delta', 'snapshot') AND fromVersion < ?4 AND toVersion >= ?4)) ORDER BY place DESC LIMIT ?5`,
    [contextId, entity, id, version, limit],
  );
  return await eventsAt(read, rows.map((row) => number(row['place'])));
}
