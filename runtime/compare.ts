import { AppError } from '../shared/base/app-error.ts';
import { rowKey, type Change } from '../shared/core/change.ts';
import { digestOf, rowHash, type Hash64 } from '../shared/core/digest.ts';
import { rowOfChange } from '../shared/core/outbox/apply-changes.ts';
import { valueOf, type ConfirmedRow } from '../shared/core/row.ts';
import type { RegistryRow } from '../shared/core/registry-row.ts';
import { decodeRow, type StoredRow } from '../shared/partition/row-codec.ts';
import type { CompareReport, ComparedRow, ControlPort } from './control.ts';
import type { PartitionReader } from './partition-reader.ts';

const PAGE = 1_000;
const MOST_DIFFERENCES = 500;

interface KeyedRow {
  readonly entity: string;
  readonly id: string;
  readonly row: ConfirmedRow;
}

/**
 * DB10: reads the confirmed rows at one localVersion in one transaction, builds the server's rows at exactly that version from its log, and
 * names each difference with the change behind it. Changes nothing. Rejects with `OFFLINE`, or with `COMPACTED` where the log no longer
 * reaches back to the beginning: the digest is then compared by `verify`, and a rebuild mends what differs.
 */
export async function compareWithServer(control: ControlPort, reader: PartitionReader, row: RegistryRow, hash: Hash64, monotonic: () => number): Promise<CompareReport> {
  const before = monotonic();
  const local = await reader.with(row, (db) => {
    db.db.exec('BEGIN');
    const version = Number(db.meta('localVersion'));
    const rows = new Map<string, KeyedRow>();
    for (const table of ['rows', 'base']) {
      for (const stored of db.db.prepare(`SELECT entity, id, version, value, timestamp, device, stamps, schema FROM ${table}`).all()) {
        const decoded = decodeRow(stored as unknown as StoredRow);
        rows.set(rowKey(String(stored['entity']), String(stored['id'])), { entity: String(stored['entity']), id: String(stored['id']), row: decoded });
      }
    }
    const digest = String(db.meta('digest'));
    db.db.exec('ROLLBACK');
    return Promise.resolve({ version, rows, digest });
  });
  const { rows: server, last } = await serverRows(control, row.contextId, local.version);
  let sum = 0n;
  for (const { entity, id, row: confirmed } of server.values()) if (confirmed.text !== null) sum += rowHash(hash, entity, id, confirmed.version, confirmed.text);
  const differences: CompareReport['differences'] = [];
  for (const key of new Set([...local.rows.keys(), ...server.keys()])) {
    const [here, there] = [local.rows.get(key), server.get(key)];
    const [liveHere, liveThere] = [(here?.row.text ?? null) !== null, (there?.row.text ?? null) !== null];
    if (!liveHere && !liveThere) continue;
    const same = here?.row.version === there?.row.version && here?.row.text === there?.row.text;
    if (same || differences.length >= MOST_DIFFERENCES) continue;
    const { entity, id } = (here ?? there) as KeyedRow;
    const change = last.get(key);
    differences.push({
      entity,
      id,
      kind: !liveHere ? 'missing-here' : !liveThere ? 'only-here' : 'differs',
      local: here === undefined ? null : shown(here),
      server: there === undefined ? null : shown(there),
      ...(change === undefined ? {} : { change }),
    });
  }
  return { version: local.version, rows: server.size, durationMs: monotonic() - before, identical: differences.length === 0, localDigest: local.digest, serverDigest: digestOf(BigInt.asUintN(64, sum)), differences };
}

async function serverRows(control: ControlPort, contextId: string, version: number) {
  const rows = new Map<string, KeyedRow>();
  const last = new Map<string, { contextVersion: number; mutationId: string; deviceId: string }>();
  for (let at = 0; at < version; ) {
    const page = await control.fetchLog(contextId, { fromVersion: at, toVersion: version, limit: PAGE });
    const changes = page.changes as unknown as readonly Change[];
    const first = changes[0];
    if (first === undefined || first.contextVersion !== at + 1) throw new AppError('COMPACTED', `The server's log no longer reaches back before version ${page.horizon}`, { details: { horizon: page.horizon } });
    for (const change of changes) {
      if (change.contextVersion > version) break;
      const key = rowKey(change.entity, change.entityId);
      rows.set(key, { entity: change.entity, id: change.entityId, row: rowOfChange(change).row });
      last.set(key, { contextVersion: change.contextVersion, mutationId: change.mutationId, deviceId: change.deviceId });
      at = change.contextVersion;
    }
  }
  return { rows, last };
}

const shown = ({ entity, id, row }: KeyedRow): ComparedRow => ({ entity, id, version: row.version, value: valueOf(row), deleted: row.text === null, timestamp: row.stamp?.[0] ?? null, deviceId: row.stamp?.[1] ?? null });
