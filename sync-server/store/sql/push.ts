import { rowKey, type Mutation, type MutationOutcome } from '../../../shared/core/change.ts';
import { must } from '../../../shared/base/assert.ts';
import { AppError } from '../../../shared/base/app-error.ts';
import { isEmptyObject } from '../is-empty-object.ts';
import type { ContextId, DeviceId, MutationId, UserId, Version } from '../../../shared/core/ids.ts';
import type { PushDecision, ServerRow } from '../../../shared/core/server/decide-push.ts';
import type { PushTransaction } from '../log-store.ts';
import type { Database, Row, Statement, Transaction } from './database.ts';
import { RECORD_COLUMNS, hashAt, memberOf, outcomeOf, recordOf, revocationOf } from './rows.ts';
import { fromSql, toSql } from './text.ts';

// SV1: the context's row is locked before anything is read, so that what the core decides on is still true when it is written.
// READ COMMITTED gives each statement behind the lock a fresh look.

const lockHead: Statement = { name: 'lock_head', text: `SELECT ${RECORD_COLUMNS} FROM sync.heads h FOR UPDATE`, values: [] };

export const accessStatements = (contextId: ContextId): Statement[] => [
  { name: 'member', text: 'SELECT user_id, context_id, role FROM sync.members WHERE context_id = $1', values: [toSql(contextId)] },
  { name: 'revocation', text: 'SELECT user_id, context_id, role, accept_until, at FROM sync.revocations WHERE context_id = $1', values: [toSql(contextId)] },
];

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

/** One statement for the log, the rows, the outcomes and the head. */
const WRITE = `WITH
input AS MATERIALIZED (SELECT * FROM json_to_recordset($2::json)
  AS x(v bigint, e text, i text, x text, t float8, s text, d text, m text, c integer, r text, g text, h bigint, b integer, l boolean)),
log AS (INSERT INTO sync.changes (context_id, version, entity, entity_id, value, timestamp, stamps, device_id, mutation_id, schema_version, resolves, digest, hash, bytes, at)
  SELECT $1, v, e, i, x, t, s, d, m, c, r, g, h, b, $4::float8 FROM input),
state AS (INSERT INTO sync.rows (context_id, entity, entity_id, version, deleted, value, timestamp, device_id, stamps, schema_version, hash)
  SELECT $1, e, i, v, x IS NULL, x, t, d, s, c, h FROM input WHERE l
  ON CONFLICT (context_id, entity, entity_id) DO UPDATE SET version = excluded.version, deleted = excluded.deleted, value = excluded.value,
    timestamp = excluded.timestamp, device_id = excluded.device_id, stamps = excluded.stamps, schema_version = excluded.schema_version, hash = excluded.hash),
outcomes AS (INSERT INTO sync.mutations (context_id, mutation_id, outcome, context_version, current_version, log_version, code, message, device_id, at)
  SELECT $1, m, o, v, c, $6, e, t, $5, $4::float8 FROM json_to_recordset($3::json) AS x(m text, o text, v bigint, c bigint, e text, t text))
UPDATE sync.heads SET head = $6, digest = $7 WHERE context_id = $1`;

function writeDecision(contextId: ContextId, decision: PushDecision, deviceId: DeviceId, at: number): Statement {
  const last = new Map<string, Version>();
  for (const { change } of decision.applied) last.set(rowKey(change.entity, change.entityId), change.contextVersion);
  const changes = decision.applied.map(({ change, text, hash, digest }) => ({
    v: change.contextVersion,
    e: toSql(change.entity),
    i: toSql(change.entityId),
    x: text,
    t: change.timestamp,
    s: isEmptyObject(change.stamps) ? null : JSON.stringify(change.stamps),
    d: toSql(change.deviceId),
    m: toSql(change.mutationId),
    c: change.schemaVersion,
    r: change.resolves === undefined ? null : JSON.stringify(change.resolves),
    g: digest,
    h: String(BigInt.asIntN(64, hash)),
    b: text === null ? 0 : Buffer.byteLength(text),
    // A row that is written twice in one push is one row.
    l: last.get(rowKey(change.entity, change.entityId)) === change.contextVersion,
  }));
  const outcomes = decision.record.map((one) => ({
    m: toSql(one.mutationId),
    o: one.outcome,
    v: one.contextVersion ?? null,
    c: one.currentVersion ?? null,
    e: one.code ?? null,
    t: one.message ?? null,
  }));
  return {
    name: 'write_push',
    text: WRITE,
    values: [toSql(contextId), JSON.stringify(changes), JSON.stringify(outcomes), at, toSql(deviceId), decision.head, decision.digest],
  };
}

export async function pushInto<T>(db: Database, contextId: ContextId, userId: UserId | null, work: (tx: PushTransaction) => Promise<T>): Promise<T> {
  const scope = { role: 'tenant', context: toSql(contextId), user: toSql(userId ?? '') } as const;
  return await db.transaction(scope, [lockHead, ...(userId === null ? [] : accessStatements(contextId))], async (tx, [heads, members, revocations]) => {
    const head = heads?.[0];
    if (head === undefined) throw new AppError('UNKNOWN_CONTEXT', 'There is no such context');
    const log = recordOf(head);
    if (log.importing) throw new AppError('INTERNAL', 'An import into this context is under way', { details: { retryable: true } });
    const member = members?.[0];
    const revocation = revocations?.[0];
    return await work({
      log,
      member: member === undefined ? null : memberOf(member),
      revocation: revocation === undefined ? null : revocationOf(revocation),
      facts: (mutations) => readFacts(tx, mutations),
      commit: async (decision, deviceId, at) => {
        await (decision.record.length === 0 ? tx.commit() : tx.commit(writeDecision(contextId, decision, deviceId, at)));
      },
    });
  });
}

async function readFacts(tx: Transaction, mutations: readonly Mutation[]) {
  const keys = new Map(mutations.map((one) => [rowKey(one.entity, one.entityId), { e: toSql(one.entity), i: toSql(one.entityId) }]));
  const ids = new Set(mutations.map((one) => one.mutationId));
  const [rows, outcomes] = await tx.run(readRows([...keys.values()]), readOutcomes([...ids]));
  const found = new Map<string, ServerRow>();
  const writers = new Map<string, DeviceId>();
  for (const row of must(rows, 'rows were read')) {
    const key = rowKey(fromSql(row['entity'] as string), fromSql(row['entity_id'] as string));
    found.set(key, serverRow(row));
    writers.set(key, fromSql(row['device_id'] as string) as DeviceId);
  }
  const known = new Map<MutationId, MutationOutcome>(must(outcomes, 'outcomes were read').map((row) => [fromSql(row['mutation_id'] as string) as MutationId, outcomeOf(row)]));
  return { rows: found, known, writers };
}

const serverRow = (row: Row): ServerRow => ({
  version: Number(row['version']) as Version,
  deleted: row['deleted'] === true,
  timestamp: Number(row['timestamp']),
  hash: row['deleted'] === true ? 0n : hashAt(row),
});
