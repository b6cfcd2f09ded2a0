import type { Json } from '../../../shared/base/json.ts';
import type { ContextId, DeviceId, LogId, Version } from '../../../shared/core/ids.ts';
import { ACTIVITY_LIFE, REVOCATION_LIFE, type Activity, type AuditEntry, type SnapshotRecord } from '../log-store.ts';
import type { Database } from './database.ts';
import { fromSql, toSql } from './text.ts';

const MAINTENANCE = { role: 'maintenance' } as const;
const HOUR = 3_600_000;

export async function readSnapshots(db: Database, contextId: ContextId, home: string): Promise<SnapshotRecord[]> {
  const [rows] = await db.read(
    { role: 'tenant', context: toSql(contextId) },
    { name: 'snapshots', text: 'SELECT log_id, version, bytes, sha256 FROM sync.snapshots WHERE home = $1 ORDER BY version DESC', values: [home] },
  );
  return (rows ?? []).map((row) => ({
    contextId,
    logId: row['log_id'] as LogId,
    version: Number(row['version']) as Version,
    bytes: Number(row['bytes']),
    sha256: row['sha256'] as string,
  }));
}

export async function keepSnapshot(db: Database, home: string, one: SnapshotRecord): Promise<void> {
  const key = [toSql(one.contextId), home, one.logId, one.version];
  await db.write(
    { role: 'tenant', context: toSql(one.contextId) },
    { name: 'forget_snapshot', text: 'DELETE FROM sync.snapshots WHERE context_id = $1 AND home = $2 AND log_id = $3 AND version = $4', values: key },
    { name: 'keep_snapshot', text: 'INSERT INTO sync.snapshots (context_id, home, log_id, version, bytes, sha256) VALUES ($1, $2, $3, $4, $5, $6)', values: [...key, one.bytes, one.sha256] },
  );
}

export async function dropSnapshot(db: Database, home: string, one: SnapshotRecord): Promise<void> {
  await db.write(
    { role: 'tenant', context: toSql(one.contextId) },
    { name: 'forget_snapshot', text: 'DELETE FROM sync.snapshots WHERE context_id = $1 AND home = $2 AND log_id = $3 AND version = $4', values: [toSql(one.contextId), home, one.logId, one.version] },
  );
}

export async function writeAudit(db: Database, entry: AuditEntry): Promise<void> {
  await db.write(MAINTENANCE, {
    name: 'audit',
    text: 'INSERT INTO sync.audit (context_id, at, actor, action, details) VALUES ($1, $2, $3, $4, $5)',
    values: [toSql(entry.contextId ?? ''), entry.at, toSql(entry.actor), entry.action, JSON.stringify(entry.details)],
  });
}

export async function readAudit(db: Database, limit: number): Promise<AuditEntry[]> {
  const [rows] = await db.read(MAINTENANCE, { name: 'audit_log', text: 'SELECT context_id, at, actor, action, details FROM sync.audit ORDER BY id DESC LIMIT $1', values: [limit] });
  return (rows ?? []).map((row) => ({
    at: Number(row['at']),
    actor: fromSql(row['actor'] as string),
    action: row['action'] as string,
    contextId: row['context_id'] === '' ? null : (fromSql(row['context_id'] as string) as ContextId),
    details: JSON.parse(row['details'] as string) as { [key: string]: Json },
  }));
}

const ADD_ACTIVITY = `INSERT INTO sync.activity (context_id, device_id, hour, applied, refused, resolved, caused, rejected)
  SELECT c, d, $2, a, f, s, u, j FROM json_to_recordset($1::json) AS x(c text, d text, a bigint, f bigint, s bigint, u bigint, j bigint) ORDER BY c, d
  ON CONFLICT (context_id, device_id, hour) DO UPDATE SET applied = activity.applied + excluded.applied, refused = activity.refused + excluded.refused,
    resolved = activity.resolved + excluded.resolved, caused = activity.caused + excluded.caused, rejected = activity.rejected + excluded.rejected`;

export async function addActivity(db: Database, at: number, activity: readonly Activity[]): Promise<void> {
  const rows = activity.map((one) => ({ c: toSql(one.contextId), d: toSql(one.deviceId), a: one.applied, f: one.refused, s: one.resolved, u: one.caused, j: one.rejected }));
  await db.write(MAINTENANCE, { name: 'add_activity', text: ADD_ACTIVITY, values: [JSON.stringify(rows), Math.floor(at / HOUR)] });
}

export async function readActivity(db: Database, since: number): Promise<Activity[]> {
  const [rows] = await db.read(MAINTENANCE, {
    name: 'activity',
    text: `SELECT context_id, device_id, sum(applied) AS applied, sum(refused) AS refused, sum(resolved) AS resolved, sum(caused) AS caused, sum(rejected) AS rejected
      FROM sync.activity WHERE hour >= $1 GROUP BY context_id, device_id ORDER BY sum(refused + resolved + caused) DESC LIMIT 10000`,
    values: [Math.floor(since / HOUR)],
  });
  return (rows ?? []).map((row) => ({
    contextId: fromSql(row['context_id'] as string) as ContextId,
    deviceId: fromSql(row['device_id'] as string) as DeviceId,
    applied: Number(row['applied']),
    refused: Number(row['refused']),
    resolved: Number(row['resolved']),
    caused: Number(row['caused']),
    rejected: Number(row['rejected']),
  }));
}

export async function forgetOld(db: Database, now: number): Promise<void> {
  await db.write(
    MAINTENANCE,
    { name: 'old_revocations', text: 'DELETE FROM sync.revocations WHERE at < $1', values: [now - REVOCATION_LIFE] },
    { name: 'old_activity', text: 'DELETE FROM sync.activity WHERE hour < $1', values: [Math.floor((now - ACTIVITY_LIFE) / HOUR)] },
    // The sweep reads the newest of these only.
    { name: 'old_access', text: 'DELETE FROM sync.access_log WHERE at < $1', values: [now - 24 * HOUR] },
  );
}
