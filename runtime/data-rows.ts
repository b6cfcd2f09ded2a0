import type { Json } from '../shared/base/json.ts';
import type { SqliteHandle, SqlRow } from '../shared/partition/sqlite.ts';
import type { DataRow } from './control.ts';

// Rows as tools read them: those of an entity, or only those of it that sync has kept something about.

export type KeptOf = 'pending' | 'conflicts' | 'quarantined';

export interface RowsRequest {
  readonly entity: string;
  /** Behind this id; null: from the first one on. */
  readonly after: string | null;
  readonly limit: number;
  readonly search: string | null;
  /** Null: all that are visible. */
  readonly only: KeptOf | null;
}

export interface RowsPage {
  readonly rows: readonly DataRow[];
  readonly more: boolean;
}

const MARKS = `EXISTS (SELECT 1 FROM base b WHERE b.entity = :entity AND b.id = r.id) AS pending,
  EXISTS (SELECT 1 FROM conflicts c WHERE c.entity = :entity AND c.id = r.id AND c.state = 'open') AS conflicted`;

export const COLUMNS_OF_DATA = `r.id, r.version, r.device, r.timestamp, r.value, ${MARKS.replaceAll(':entity', 'r.entity')}`;

/** What a table has kept of an entity, joined to its rows by their key: a deleted row, and one that is in no row any more, are in it too. */
const keptIn = (table: 'outbox' | 'conflicts'): string => `SELECT r.id, coalesce(s.version, 0) AS version, s.device, s.timestamp, s.value, ${MARKS}
  FROM (SELECT DISTINCT id FROM ${table} WHERE entity = :entity AND id > :after) r LEFT JOIN rows s ON s.entity = :entity AND s.id = r.id`;

/** A quarantine has no rows: what is shown is the newest write of each, which stands upon the base that was set aside with it. */
const SET_ASIDE = `SELECT r.id, coalesce(b.version, 0) AS version, NULL AS device, r.timestamp, r.value, 1 AS pending,
  EXISTS (SELECT 1 FROM conflicts c WHERE c.entity = :entity AND c.id = r.id AND c.state = 'open') AS conflicted
  FROM (SELECT id, max(seq), timestamp, value FROM outbox WHERE entity = :entity AND id > :after GROUP BY id) r LEFT JOIN base b ON b.entity = :entity AND b.id = r.id`;

const SOURCES: { readonly [K in KeptOf | 'all']: string } = {
  all: `SELECT ${COLUMNS_OF_DATA} FROM rows r WHERE r.entity = :entity AND r.id > :after AND r.value IS NOT NULL`,
  pending: keptIn('outbox'),
  conflicts: keptIn('conflicts'),
  quarantined: SET_ASIDE,
};

/** The statement behind a page of rows; its parameters are entity, after, search, pattern and limit, in the order of `rowsIn`. */
export const sqlOfRows = (only: KeptOf | null): string =>
  `SELECT * FROM (${SOURCES[only ?? 'all']}) WHERE (:search IS NULL OR id LIKE :pattern OR value LIKE :pattern) ORDER BY id LIMIT :most`.replaceAll(/:(entity|after|search|pattern|most)/g, (_, name: string) => `?${PARAMETERS.indexOf(name) + 1}`);

const PARAMETERS = ['entity', 'after', 'search', 'pattern', 'most'];

/** One page by id. `only: quarantined` is for the file of a quarantine, everything else for a partition. */
export function rowsIn(db: SqliteHandle, { entity, after, limit, search, only }: RowsRequest): RowsPage {
  const found = db.prepare(sqlOfRows(only)).all(entity, after ?? '', search, `%${search ?? ''}%`, limit + 1);
  return { rows: found.slice(0, limit).map(dataRowOf), more: found.length > limit };
}

export const dataRowOf = (stored: SqlRow): DataRow => ({
  id: String(stored['id']),
  version: Number(stored['version']),
  deviceId: stored['device'] === null ? null : String(stored['device']),
  timestamp: stored['timestamp'] === null ? null : Number(stored['timestamp']),
  mark: stored['conflicted'] === 1 ? 'conflicted' : stored['pending'] === 1 ? 'pending' : 'confirmed',
  ...(stored['value'] === null ? { value: null, deleted: true } : { value: JSON.parse(String(stored['value'])) as Json }),
});
