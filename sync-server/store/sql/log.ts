import type { ContextId, UserId, Version } from '../../../shared/core/ids.ts';
import type { Digest } from '../../../shared/core/digest.ts';
import type { ActivationFacts, ReadRange, StoredChange, StoredServerRow } from '../log-store.ts';
import type { Database, Statement } from './database.ts';
import { CHANGE_COLUMNS, RECORD_COLUMNS, changeOf, memberOf, recordOf, revocationOf, serverRowOf } from './rows.ts';
import { toSql } from './text.ts';

// Reads of one context. None of these statements says which context: row-level security is what isolates, and a test that drops the
// policy sees another tenant's rows through them.

const head: Statement = { name: 'head', text: `SELECT ${RECORD_COLUMNS}, c.title FROM sync.heads h LEFT JOIN sync.contexts c USING (context_id) WHERE h.context_id = $1`, values: [] };

const accessStatements = (contextId: ContextId): Statement[] => [
  { name: 'member', text: 'SELECT user_id, context_id, role FROM sync.members WHERE context_id = $1', values: [toSql(contextId)] },
  { name: 'revocation', text: 'SELECT user_id, context_id, role, accept_until, at FROM sync.revocations WHERE context_id = $1', values: [toSql(contextId)] },
];

const digestAt = (since: Version): Statement => ({
  name: 'digest_at',
  text: `SELECT digest FROM sync.changes WHERE version = $1
    UNION ALL SELECT horizon_digest FROM sync.heads WHERE horizon = $1
    UNION ALL SELECT digest FROM sync.heads WHERE head = $1 LIMIT 1`,
  values: [since],
});

export async function readActivation(db: Database, userId: UserId, contextId: ContextId, since: Version): Promise<ActivationFacts | null> {
  const scope = { role: 'tenant', context: toSql(contextId), user: toSql(userId) } as const;
  const [heads, members, revocations, digests] = await db.read(scope, { ...head, values: [toSql(contextId)] }, ...accessStatements(contextId), digestAt(since));
  const record = heads?.[0];
  if (record === undefined) return null;
  const member = members?.[0];
  const revocation = revocations?.[0];
  return {
    record: recordOf(record),
    member: member === undefined ? null : memberOf(member),
    revocation: revocation === undefined ? null : revocationOf(revocation),
    digest: (digests?.[0]?.['digest'] as Digest | undefined) ?? null,
  };
}

/** The sum runs over sizes alone: a value that will not be returned is not read from its page. */
const page = (filter: string): string => `SELECT ${CHANGE_COLUMNS} FROM (
    SELECT *, sum(bytes + 400) OVER (ORDER BY version) - bytes - 400 AS before FROM (
      SELECT ${CHANGE_COLUMNS}, bytes FROM sync.changes WHERE version > $1 AND version <= $2 ${filter} ORDER BY version LIMIT $3) newest) sized
  WHERE before < $4 ORDER BY version`;

export async function readChanges(db: Database, contextId: ContextId, range: ReadRange): Promise<StoredChange[]> {
  const values: unknown[] = [range.after, range.to ?? Number.MAX_SAFE_INTEGER, range.limit, range.maxBytes];
  let name = 'changes';
  let filter = '';
  if (range.entity !== undefined) {
    values.push(toSql(range.entity));
    name += '_entity';
    filter += ` AND entity = $${values.length}`;
  }
  if (range.entityId !== undefined) {
    values.push(toSql(range.entityId));
    name += '_id';
    filter += ` AND entity_id = $${values.length}`;
  }
  const [rows] = await db.read({ role: 'tenant', context: toSql(contextId) }, { name, text: page(filter), values });
  return (rows ?? []).map((row) => changeOf(contextId, row));
}

const ROWS_PAGE = `SELECT entity, entity_id, version, value, timestamp, device_id, stamps, schema_version, hash FROM (
    SELECT *, sum(coalesce(octet_length(value), 0) + 200) OVER (ORDER BY entity, entity_id ROWS UNBOUNDED PRECEDING) - coalesce(octet_length(value), 0) - 200 AS before FROM (
      SELECT entity, entity_id, version, value, timestamp, device_id, stamps, schema_version, hash FROM sync.rows
      WHERE (entity, entity_id) > ($1, $2) ORDER BY entity, entity_id LIMIT $3) next) sized
  WHERE before < $4 ORDER BY entity, entity_id`;

export async function readRows(db: Database, contextId: ContextId, after: { entity: string; entityId: string } | null, limit: number, maxBytes: number): Promise<StoredServerRow[]> {
  const statement: Statement = { name: 'rows_page', text: ROWS_PAGE, values: [toSql(after?.entity ?? ''), toSql(after?.entityId ?? ''), limit, maxBytes] };
  const [rows] = await db.read({ role: 'tenant', context: toSql(contextId) }, statement);
  return (rows ?? []).map(serverRowOf);
}
