import { AppError, codeOf } from '../../../shared/base/app-error.ts';
import { must } from '../../../shared/base/assert.ts';
import type { Digest } from '../../../shared/core/digest.ts';
import type { ContextId, LogId } from '../../../shared/core/ids.ts';
import type { LogHead } from '../../../shared/core/server/log-head.ts';
import type { Version } from '../../../shared/core/ids.ts';
import type { CompactionBounds, ContextRecord, ContextSpec, StoredServerRow } from '../log-store.ts';
import type { Database, Statement } from './database.ts';
import { RECORD_COLUMNS, recordOf } from './rows.ts';
import { toSql } from './text.ts';

const MAINTENANCE = { role: 'maintenance' } as const;

const withTitle = (where: string): string => `SELECT ${RECORD_COLUMNS}, c.title FROM sync.heads h LEFT JOIN sync.contexts c USING (context_id) ${where}`;
const selectOne = (contextId: ContextId): Statement => ({ name: 'context', text: withTitle('WHERE h.context_id = $1'), values: [toSql(contextId)] });
const lockOne = (contextId: ContextId): Statement => ({
  name: 'lock_context',
  text: `SELECT ${RECORD_COLUMNS}, h.horizon_digest FROM sync.heads h WHERE context_id = $1 FOR UPDATE`,
  values: [toSql(contextId)],
});

const unknown = (): AppError => new AppError('UNKNOWN_CONTEXT', 'There is no such context');

export async function insertContext(db: Database, spec: ContextSpec, logId: LogId): Promise<ContextRecord> {
  const id = toSql(spec.contextId);
  const [made, , records] = await db.write(
    MAINTENANCE,
    {
      name: 'insert_head',
      text: `INSERT INTO sync.heads (context_id, kind, log_id, schema_version, readable_from) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING RETURNING context_id`,
      values: [id, spec.kind, logId, spec.schemaVersion, spec.readableFrom ?? spec.schemaVersion],
    },
    { name: 'insert_context', text: 'INSERT INTO sync.contexts (context_id, title) VALUES ($1, $2) ON CONFLICT DO NOTHING', values: [id, spec.title === undefined ? null : toSql(spec.title)] },
    selectOne(spec.contextId),
  );
  if (made?.length === 0) throw new AppError('CONTEXT_EXISTS', 'There is a context of this id already', { details: { contextId: spec.contextId } });
  return recordOf(must(records?.[0], 'the context was just made'));
}

export async function readContext(db: Database, contextId: ContextId): Promise<ContextRecord | null> {
  const [rows] = await db.read(MAINTENANCE, selectOne(contextId));
  const row = rows?.[0];
  return row === undefined ? null : recordOf(row);
}

export async function updateContext(
  db: Database,
  contextId: ContextId,
  change: { schemaVersion?: number | undefined; readableFrom?: number | undefined; title?: string | undefined },
): Promise<ContextRecord> {
  const id = toSql(contextId);
  const [, , records] = await db.write(
    MAINTENANCE,
    {
      name: 'update_head',
      text: 'UPDATE sync.heads SET schema_version = coalesce($2, schema_version), readable_from = coalesce($3, readable_from) WHERE context_id = $1',
      values: [id, change.schemaVersion ?? null, change.readableFrom ?? null],
    },
    { name: 'update_title', text: 'UPDATE sync.contexts SET title = coalesce($2, title) WHERE context_id = $1', values: [id, change.title === undefined ? null : toSql(change.title)] },
    selectOne(contextId),
  );
  const record = records?.[0];
  if (record === undefined) throw unknown();
  return recordOf(record);
}

/** No tenant value is in `heads`, which is why the feed's role may read it whole. */
export async function readHeads(db: Database, ids: readonly ContextId[] | undefined): Promise<ContextRecord[]> {
  const statement: Statement =
    ids === undefined
      ? { name: 'all_heads', text: `SELECT ${RECORD_COLUMNS} FROM sync.heads h ORDER BY h.context_id`, values: [] }
      : { name: 'heads', text: `SELECT ${RECORD_COLUMNS} FROM sync.heads h WHERE h.context_id = ANY($1)`, values: [ids.map(toSql)] };
  const [rows] = await db.read({ role: 'feed' }, statement);
  return (rows ?? []).map(recordOf);
}

export async function renameLog(db: Database, contextId: ContextId, from: LogId, to: LogId): Promise<ContextRecord> {
  const [, records] = await db.write(
    MAINTENANCE,
    { name: 'rename_log', text: 'UPDATE sync.heads SET log_id = $3 WHERE context_id = $1 AND log_id = $2', values: [toSql(contextId), from, to] },
    selectOne(contextId),
  );
  const record = records?.[0];
  if (record === undefined) throw unknown();
  return recordOf(record);
}

/** gen_random_uuid: each context gets an id of its own in one statement. */
export async function renameAllLogs(db: Database): Promise<number> {
  const [rows] = await db.write(MAINTENANCE, { name: 'rename_all', text: 'UPDATE sync.heads SET log_id = gen_random_uuid()::text RETURNING 1', values: [] });
  return rows?.length ?? 0;
}

const INSERT_ROWS = `INSERT INTO sync.rows (context_id, entity, entity_id, version, deleted, value, timestamp, device_id, stamps, schema_version, hash)
  SELECT $1, e, i, v, false, x, t, d, s, c, h FROM json_to_recordset($2::json) AS r(e text, i text, v bigint, x text, t float8, d text, s text, c integer, h bigint)`;

/** Every batch is a transaction of its own, so that a large import holds up nobody; `importing` keeps everybody out until the end. */
export async function importRows(
  db: Database,
  contextId: ContextId,
  version: Version,
  batches: AsyncIterable<readonly StoredServerRow[]>,
  finish: () => Digest,
): Promise<ContextRecord> {
  const id = toSql(contextId);
  const tenant = { role: 'tenant', context: id } as const;
  await db.transaction(MAINTENANCE, [lockOne(contextId)], async (tx, [heads]) => {
    const head = heads?.[0];
    if (head === undefined) throw unknown();
    if (recordOf(head).head !== 0) throw new AppError('NOT_EMPTY', 'Only an empty context takes an import', { details: { contextId } });
    // What a broken import left behind goes first.
    await tx.commit(
      { name: 'import_begin', text: 'UPDATE sync.heads SET importing = true WHERE context_id = $1', values: [id] },
      tx.become(tenant),
      { name: 'import_clear', text: 'DELETE FROM sync.rows', values: [] },
    );
  });
  for await (const batch of batches) {
    const rows = batch.map((row) => ({
      e: toSql(row.entity),
      i: toSql(row.entityId),
      v: row.version,
      x: row.text,
      t: row.timestamp,
      d: toSql(row.deviceId),
      s: row.stamps === null ? null : JSON.stringify(row.stamps),
      c: row.schemaVersion,
      h: String(BigInt.asIntN(64, row.hash)),
    }));
    try {
      await db.write(tenant, { name: 'import_rows', text: INSERT_ROWS, values: [id, JSON.stringify(rows)] });
    } catch (thrown) {
      if (codeOf(thrown) === '23505') throw new AppError('BAD_VALUE', 'The import names a row twice', { details: { contextId } });
      throw thrown;
    }
  }
  const digest = finish();
  const [, records] = await db.write(
    MAINTENANCE,
    {
      name: 'import_end',
      text: 'UPDATE sync.heads SET importing = false, head = $2, horizon = $2, digest = $3, horizon_digest = $3 WHERE context_id = $1',
      values: [id, version, digest],
    },
    selectOne(contextId),
  );
  return recordOf(must(records?.[0], 'the context is there'));
}

const CANDIDATES = `SELECT
  (SELECT max(version) FROM sync.changes WHERE context_id = $1 AND at < $2) AS by_age,
  (SELECT max(version) FROM (SELECT version, sum(bytes + 200) OVER (ORDER BY version DESC) AS newer FROM sync.changes WHERE context_id = $1) sized WHERE newer > $3) AS by_size`;

/** SV3: the horizon moves first; then go the changes below it, the tombstones it passed, and outcomes that are old enough as well. */
export async function compactContext(
  db: Database,
  contextId: ContextId,
  bounds: CompactionBounds,
  decide: (log: LogHead, candidates: readonly Version[]) => Version,
): Promise<{ record: ContextRecord; changes: number; tombstones: number; outcomes: number }> {
  const id = toSql(contextId);
  const candidates: Statement = { name: 'compact_bounds', text: CANDIDATES, values: [id, bounds.before, bounds.keepBytes] };
  return await db.transaction(MAINTENANCE, [lockOne(contextId), candidates], async (tx, [heads, found]) => {
    const head = heads?.[0];
    if (head === undefined) throw unknown();
    const log = recordOf(head);
    const named = [found?.[0]?.['by_age'], found?.[0]?.['by_size']].filter((one) => one !== null && one !== undefined).map((one) => Number(one) as Version);
    const horizon = decide(log, bounds.upTo === undefined ? named : [...named, bounds.upTo]);
    const [, changes, tombstones, outcomes, records] = await tx.commit(
      {
        name: 'compact_head',
        text: `UPDATE sync.heads h SET horizon = $2, horizon_digest = coalesce(
          (SELECT digest FROM sync.changes c WHERE c.context_id = $1 AND c.version = $2), CASE WHEN $2 = h.horizon THEN h.horizon_digest WHEN $2 = h.head THEN h.digest END)
          WHERE h.context_id = $1`,
        values: [id, horizon],
      },
      { name: 'compact_changes', text: 'DELETE FROM sync.changes WHERE context_id = $1 AND version <= $2 RETURNING 1', values: [id, horizon] },
      { name: 'compact_tombstones', text: 'DELETE FROM sync.rows WHERE context_id = $1 AND deleted AND version <= $2 RETURNING 1', values: [id, horizon] },
      {
        name: 'compact_outcomes',
        text: 'DELETE FROM sync.mutations WHERE context_id = $1 AND at < $3 AND log_version <= $2 RETURNING 1',
        values: [id, horizon, bounds.outcomesBefore],
      },
      selectOne(contextId),
    );
    return { record: recordOf(must(records?.[0], 'the context is locked')), changes: changes?.length ?? 0, tombstones: tombstones?.length ?? 0, outcomes: outcomes?.length ?? 0 };
  });
}
