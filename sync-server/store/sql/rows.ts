import type { Resolves, Stamps } from '../../../shared/core/change.ts';
import type { ContextId, DeviceId, LogId, MutationId, UserId, Version } from '../../../shared/core/ids.ts';
import type { ContextKind, Role } from '../../../shared/core/registry-row.ts';
import type { MutationOutcome } from '../../../shared/core/change.ts';
import type { ContextRecord, Member, Revocation, StoredChange, StoredServerRow } from '../log-store.ts';
import type { Row } from './database.ts';
import { fromSql } from './text.ts';

// Rows of the database as the server's types. What is in these tables was parsed when it came in, so its ids need no second parse.

const textAt = (row: Row, column: string): string => row[column] as string;
const id = <T>(row: Row, column: string): T => fromSql(textAt(row, column)) as T;
const versionAt = (row: Row, column: string): Version => Number(row[column]) as Version;
const jsonAt = <T>(row: Row, column: string): T | null => (row[column] === null ? null : (JSON.parse(textAt(row, column)) as T));
export const hashAt = (row: Row): bigint => BigInt.asUintN(64, BigInt(textAt(row, 'hash')));

export const RECORD_COLUMNS = 'h.context_id, h.kind, h.log_id, h.head, h.horizon, h.digest, h.schema_version, h.readable_from, h.importing';

export const recordOf = (row: Row): ContextRecord => ({
  contextId: id<ContextId>(row, 'context_id'),
  kind: row['kind'] as ContextKind,
  logId: row['log_id'] as LogId,
  head: versionAt(row, 'head'),
  horizon: versionAt(row, 'horizon'),
  digest: textAt(row, 'digest'),
  schemaVersion: Number(row['schema_version']),
  readableFrom: Number(row['readable_from']),
  importing: row['importing'] === true,
  title: typeof row['title'] === 'string' ? fromSql(row['title']) : null,
});

export const memberOf = (row: Row): Member => ({ userId: id<UserId>(row, 'user_id'), contextId: id<ContextId>(row, 'context_id'), role: row['role'] as Role });

export const revocationOf = (row: Row): Revocation => ({
  ...memberOf(row),
  acceptUntil: row['accept_until'] === null ? null : Number(row['accept_until']),
  at: Number(row['at']),
});

export const CHANGE_COLUMNS = 'version, entity, entity_id, value, timestamp, stamps, device_id, mutation_id, schema_version, resolves, digest, hash, at';

export const changeOf = (contextId: ContextId, row: Row): StoredChange => ({
  contextId,
  version: versionAt(row, 'version'),
  entity: id(row, 'entity'),
  entityId: id(row, 'entity_id'),
  op: row['value'] === null ? 'delete' : 'put',
  text: row['value'] as string | null,
  timestamp: Number(row['timestamp']),
  stamps: jsonAt<Stamps>(row, 'stamps'),
  deviceId: id<DeviceId>(row, 'device_id'),
  mutationId: id<MutationId>(row, 'mutation_id'),
  schemaVersion: Number(row['schema_version']),
  resolves: jsonAt<Resolves>(row, 'resolves'),
  digest: textAt(row, 'digest'),
  hash: hashAt(row),
  at: Number(row['at']),
});

export const serverRowOf = (row: Row): StoredServerRow => ({
  entity: id(row, 'entity'),
  entityId: id(row, 'entity_id'),
  version: versionAt(row, 'version'),
  text: row['value'] as string | null,
  timestamp: Number(row['timestamp']),
  deviceId: id<DeviceId>(row, 'device_id'),
  stamps: jsonAt<Stamps>(row, 'stamps'),
  schemaVersion: Number(row['schema_version']),
  hash: hashAt(row),
});

export const outcomeOf = (row: Row): MutationOutcome => ({
  mutationId: id<MutationId>(row, 'mutation_id'),
  outcome: row['outcome'] as MutationOutcome['outcome'],
  ...(row['context_version'] === null ? {} : { contextVersion: versionAt(row, 'context_version') }),
  ...(row['current_version'] === null ? {} : { currentVersion: versionAt(row, 'current_version') }),
  ...(row['code'] === null ? {} : { code: row['code'] as NonNullable<MutationOutcome['code']> }),
  ...(row['message'] === null ? {} : { message: textAt(row, 'message') }),
});
