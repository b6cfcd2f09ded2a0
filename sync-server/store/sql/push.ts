import { rowKey, type MutationOutcome } from '../../../shared/core/change.ts';
import { AppError } from '../../../shared/base/app-error.ts';
import { isEmptyObject } from '../is-empty-object.ts';
import type { ContextId, DeviceId, MutationId, UserId, Version } from '../../../shared/core/ids.ts';
import type { PushDecision, ServerRow } from '../../../shared/core/server/decide-push.ts';
import type { PushTransaction, Touched, WrittenFacts } from '../log-store.ts';
import type { Database, Row, Statement } from './database.ts';
import { RECORD_COLUMNS, hashAt, memberOf, outcomeOf, recordOf, revocationOf } from './rows.ts';
import { fromSql, toSql } from './text.ts';

// SV1: the context's row is locked before anything is read, so that what the core decides on is still true when it is written.
// READ COMMITTED gives each statement behind the lock a fresh look.

/** The membership is of the same moment: whoever is revoked while a push waits for its turn may still have this one applied. */
const lockHead = (userId: UserId | null): Statement => ({
  name: 'lock_head',
  text: `SELECT ${RECORD_COLUMNS}, m.role AS member_role, r.role AS revoked_role, r.accept_until, r.at
    FROM sync.heads h LEFT JOIN sync.members m ON m.user_id = $1 AND m.context_id = h.context_id
    LEFT JOIN sync.revocations r ON r.user_id = $1 AND r.context_id = h.context_id FOR UPDATE OF h`,
  values: [toSql(userId ?? '')],
});

/** OFFSET 0 keeps the planner at one index look-up per key, whatever it believes about the size of a tenant. */
const readRows = (keys: readonly { e: string; i: string }[]): Statement => ({
  name: 'read_rows',
  text: `SELECT r.* FROM json_to_recordset($1::json) AS k(e text, i text) CROSS JOIN LATERAL (
    SELECT entity, entity_id, version, deleted, timestamp, hash, device_id FROM sync.rows WHERE entity = k.e AND entity_id = k.i OFFSET 0) r`,
  values: [JSON.stringify(keys)],
});

const readOutcomes = (ids: readonly MutationId[]): Statement => ({
  name: 'read_outcomes',
  text: `SELECT m.* FROM json_array_elements_text($1::json) AS k(id) CROSS JOIN LATERAL (
    SELECT mutation_id, outcome, context_version, current_version, code, message FROM sync.mutations WHERE mutation_id = k.id OFFSET 0) m`,
  values: [JSON.stringify(ids.map(toSql))],
});

/**
 * One statement for the log, the rows, the outcomes and the head. An applied mutation's outcome is made of its change. A row that was not there
 * behind the lock is not there now, and a plain INSERT costs less than ON CONFLICT.
 */
const WRITE = `WITH
input AS MATERIALIZED (SELECT * FROM json_to_recordset($2::json)
  AS x(v bigint, e text, i text, x text, t float8, s text, m text, c integer, r text, g text, h bigint, old boolean, k boolean)),
log AS (INSERT INTO sync.changes (context_id, version, entity, entity_id, value, timestamp, stamps, device_id, mutation_id, schema_version, resolves, digest, hash, bytes, at)
  SELECT $1, v, e, i, x, t, s, $5, m, c, r, g, h, coalesce(octet_length(x), 0), $4::float8 FROM input),
fresh AS (INSERT INTO sync.rows (context_id, entity, entity_id, version, deleted, value, timestamp, device_id, stamps, schema_version, hash)
  SELECT $1, e, i, v, x IS NULL, x, t, $5, s, c, h FROM input WHERE old IS NULL AND k IS NULL),
state AS (INSERT INTO sync.rows (context_id, entity, entity_id, version, deleted, value, timestamp, device_id, stamps, schema_version, hash)
  SELECT $1, e, i, v, x IS NULL, x, t, $5, s, c, h FROM input WHERE old IS NULL AND k
  ON CONFLICT (context_id, entity, entity_id) DO UPDATE SET version = excluded.version, deleted = excluded.deleted, value = excluded.value,
    timestamp = excluded.timestamp, device_id = excluded.device_id, stamps = excluded.stamps, schema_version = excluded.schema_version, hash = excluded.hash),
outcomes AS (INSERT INTO sync.mutations (context_id, mutation_id, outcome, context_version, current_version, log_version, code, message, device_id, at)
  SELECT $1, m, 'applied', v, NULL, $6::bigint, NULL, NULL, $5, $4::float8 FROM input
  UNION ALL SELECT $1, m, o, NULL, c, $6::bigint, e, t, $5, $4::float8 FROM json_to_recordset($3::json) AS x(m text, o text, c bigint, e text, t text))
UPDATE sync.heads SET head = $6, digest = $7 WHERE context_id = $1`;

function writeDecision(contextId: ContextId, decision: PushDecision, facts: WrittenFacts, deviceId: DeviceId, at: number): Statement {
  const last = new Map<string, Version>();
  for (const { change } of decision.applied) last.set(rowKey(change.entity, change.entityId), change.contextVersion);
  // What is not there reads NULL.
  const changes = decision.applied.map(({ change, text, hash, digest }) => ({
    v: change.contextVersion,
    e: toSql(change.entity),
    i: toSql(change.entityId),
    x: text ?? undefined,
    t: change.timestamp,
    s: isEmptyObject(change.stamps) ? undefined : JSON.stringify(change.stamps),
    m: toSql(change.mutationId),
    c: change.schemaVersion,
    r: change.resolves === undefined ? undefined : JSON.stringify(change.resolves),
    g: digest,
    h: String(BigInt.asIntN(64, hash)),
    // A row that is written twice in one push is one row.
    old: last.get(rowKey(change.entity, change.entityId)) === change.contextVersion ? undefined : true,
    k: facts.rows.has(rowKey(change.entity, change.entityId)) ? true : undefined,
  }));
  const refused = decision.record
    .filter((one) => one.outcome !== 'applied')
    .map((one) => ({ m: toSql(one.mutationId), o: one.outcome, c: one.currentVersion, e: one.code, t: one.message }));
  return {
    name: 'write_push',
    text: WRITE,
    values: [toSql(contextId), JSON.stringify(changes), JSON.stringify(refused), at, toSql(deviceId), decision.head, decision.digest],
  };
}

export async function pushInto<T>(db: Database, contextId: ContextId, userId: UserId | null, touched: readonly Touched[], work: (tx: PushTransaction) => Promise<T>): Promise<T> {
  const scope = { role: 'tenant', context: toSql(contextId), user: toSql(userId ?? '') } as const;
  const keys = new Map(touched.map((one) => [rowKey(one.entity, one.entityId), { e: toSql(one.entity), i: toSql(one.entityId) }]));
  const ids = new Set(touched.map((one) => one.mutationId));
  // One round trip: the reads behind the lock run once it is held.
  const first = [lockHead(userId), readRows([...keys.values()]), readOutcomes([...ids])];
  return await db.transaction(scope, first, async (tx, [heads, rows, outcomes]) => {
    const head = heads?.[0];
    if (head === undefined) throw new AppError('UNKNOWN_CONTEXT', 'There is no such context');
    const log = recordOf(head);
    if (log.importing) throw new AppError('INTERNAL', 'An import into this context is under way', { details: { retryable: true } });
    const who = { user_id: toSql(userId ?? ''), context_id: toSql(contextId) };
    const facts = factsOf(rows ?? [], outcomes ?? []);
    return await work({
      log,
      member: head['member_role'] === null ? null : memberOf({ ...who, role: head['member_role'] }),
      revocation: head['revoked_role'] === null ? null : revocationOf({ ...who, role: head['revoked_role'], accept_until: head['accept_until'], at: head['at'] }),
      facts,
      commit: async (decision, deviceId, at) => {
        await (decision.record.length === 0 ? tx.commit() : tx.commit(writeDecision(contextId, decision, facts, deviceId, at)));
      },
    });
  });
}

function factsOf(rows: readonly Row[], outcomes: readonly Row[]): WrittenFacts {
  const found = new Map<string, ServerRow>();
  const writers = new Map<string, DeviceId>();
  for (const row of rows) {
    const key = rowKey(fromSql(row['entity'] as string), fromSql(row['entity_id'] as string));
    found.set(key, serverRow(row));
    writers.set(key, fromSql(row['device_id'] as string) as DeviceId);
  }
  const known = new Map<MutationId, MutationOutcome>(outcomes.map((row) => [fromSql(row['mutation_id'] as string) as MutationId, outcomeOf(row)]));
  return { rows: found, known, writers };
}

const serverRow = (row: Row): ServerRow => ({
  version: Number(row['version']) as Version,
  deleted: row['deleted'] === true,
  timestamp: Number(row['timestamp']),
  hash: row['deleted'] === true ? 0n : hashAt(row),
});
