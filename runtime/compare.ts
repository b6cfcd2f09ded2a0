import { AppError } from '../shared/base/app-error.ts';
import { rowKey } from '../shared/core/change.ts';
import { digestOf, rowHash, type Hash64 } from '../shared/core/digest.ts';
import { rowOfChange } from '../shared/core/outbox/apply-changes.ts';
import { valueOf, type ConfirmedRow } from '../shared/core/row.ts';
import type { RegistryRow } from '../shared/core/registry-row.ts';
import { decodeRow, type StoredRow } from '../shared/partition/row-codec.ts';
import type { SqliteHandle } from '../shared/partition/sqlite.ts';
import type { CompareReport, ComparedRow, ControlPort, StateReport } from './control.ts';
import type { PartitionReader } from './partition-reader.ts';
import { ServerReader, type Reach } from './server-reader.ts';
import { checkSnapshot } from './storage/snapshot-check.ts';
import type { StoreFiles } from './storage/store-files.ts';

const MOST_DIFFERENCES = 500;
/** Asked for one by one: as many as a person looks at. */
const MOST_NAMED = 50;
const CATCH_UP_DEADLINE = 10_000;

interface KeyedRow {
  readonly entity: string;
  readonly id: string;
  readonly row: ConfirmedRow;
}

export interface CompareParts {
  readonly control: ControlPort;
  readonly reader: PartitionReader;
  readonly files: StoreFiles;
  readonly hash: Hash64;
  readonly reach: Reach;
  monotonic(): number;
}

/**
 * DB10: the server's rows at exactly the local version, built from a snapshot and the log above it over a connection of its own, against the
 * confirmed rows of one read transaction. Names each difference with the change behind it, and changes nothing. Rejects with `OFFLINE`, with
 * `BEHIND` when this device does not reach the snapshot's version in time, or with the server's code.
 */
export async function compareWithServer(parts: CompareParts, row: RegistryRow): Promise<CompareReport> {
  const before = parts.monotonic();
  const server = await ServerReader.open(parts.reach, row.endpoint, row.contextId);
  const name = `c-${parts.files.nameOf(parts.reach.newId())}.part`;
  try {
    const ref = await server.snapshot(parts.control.schema.version);
    await parts.files.receive(name, { ...ref, endpoint: row.endpoint }, new AbortController().signal);
    await reached(parts, row, ref.version);
    const local = await readLocal(parts.reader, row);
    const { rows, changes } = readSnapshot(parts.files, name, row.contextId, ref);
    for await (const change of server.changes(ref.version, local.version)) {
      const key = rowKey(change.entity, change.entityId);
      rows.set(key, { entity: change.entity, id: change.entityId, row: rowOfChange(change).row });
      changes.set(key, { contextVersion: change.contextVersion, mutationId: change.mutationId, deviceId: change.deviceId });
    }
    const differences = differencesOf(local.rows, rows, changes);
    await nameChanges(server, differences, ref.horizon, local.version);
    return { version: local.version, rows: rows.size, durationMs: parts.monotonic() - before, identical: differences.length === 0, localDigest: local.digest, serverDigest: digestOfRows(parts.hash, rows), differences };
  } finally {
    server.close();
    parts.files.remove(name);
  }
}

/** The change behind a difference that is older than the snapshot, as far as the log still has it. */
async function nameChanges(server: ServerReader, differences: CompareReport['differences'], horizon: number, version: number): Promise<void> {
  for (const [at, difference] of differences.slice(0, MOST_NAMED).entries()) {
    if (difference.change !== undefined) continue;
    const change = await server.lastChange(difference.entity, difference.id, horizon, version);
    if (change !== undefined) differences[at] = { ...difference, change: { contextVersion: change.contextVersion, mutationId: change.mutationId, deviceId: change.deviceId } };
  }
}

/**
 * The server's rows as of `version`: a snapshot of now, with every row that changed since taken back to its last change at or before that
 * version. Where that change is behind the horizon the row's value of then is known to nobody.
 */
export async function stateAtVersion(parts: CompareParts, row: RegistryRow, version: number, limit: number): Promise<StateReport> {
  const server = await ServerReader.open(parts.reach, row.endpoint, row.contextId);
  const name = `c-${parts.files.nameOf(parts.reach.newId())}.part`;
  try {
    const ref = await server.snapshot(parts.control.schema.version);
    if (version < ref.horizon) throw new AppError('COMPACTED', `The log no longer reaches back before version ${ref.horizon}`, { details: { horizon: ref.horizon } });
    if (version > ref.head) throw new AppError('NOT_YET', `The server is at version ${ref.head}`, { details: { head: ref.head } });
    await parts.files.receive(name, { ...ref, endpoint: row.endpoint }, new AbortController().signal);
    const { rows } = readSnapshot(parts.files, name, row.contextId, ref);
    // A ready snapshot may be a little behind the head.
    for await (const change of server.changes(ref.version, version)) rows.set(rowKey(change.entity, change.entityId), { entity: change.entity, id: change.entityId, row: rowOfChange(change).row });
    const then = new Map<string, KeyedRow>();
    for await (const change of server.changes(ref.horizon, Math.min(version, ref.version))) then.set(rowKey(change.entity, change.entityId), { entity: change.entity, id: change.entityId, row: rowOfChange(change).row });
    let unknown = 0;
    const found: KeyedRow[] = [];
    for (const [key, now] of rows) {
      const kept = now.row.version <= version ? now : then.get(key);
      if (kept === undefined) {
        // Made after that version, or made before the horizon and changed since: the log tells which, the value it does not.
        if (ref.horizon > 0) unknown++;
      } else if (kept.row.text !== null) found.push(kept);
    }
    return { rows: found.slice(0, limit).map(shown), total: found.length, unknown };
  } finally {
    server.close();
    parts.files.remove(name);
  }
}

/** A snapshot may be ahead of this device for a moment: nothing is compared until it has caught up. */
async function reached(parts: CompareParts, row: RegistryRow, version: number): Promise<void> {
  const deadline = parts.monotonic() + CATCH_UP_DEADLINE;
  while ((parts.control.status(row.contextId)?.localVersion ?? 0) < version) {
    const dormant = parts.control.status(row.contextId)?.lifecycle === 'dormant';
    if (dormant || parts.monotonic() > deadline) {
      throw new AppError('BEHIND', `This device is at ${parts.control.status(row.contextId)?.localVersion ?? 0}, the server’s snapshot at ${version}`, { hint: 'Activate the context, and compare once it is live' });
    }
    await new Promise<void>((resolve) => void parts.reach.after(50, resolve));
  }
}

async function readLocal(reader: PartitionReader, row: RegistryRow): Promise<{ version: number; digest: string; rows: Map<string, KeyedRow> }> {
  return reader.with(row, (db) => {
    db.db.exec('BEGIN');
    try {
      const rows = new Map<string, KeyedRow>();
      for (const table of ['rows', 'base'] as const) for (const [key, found] of readRows(db.db, table)) rows.set(key, found);
      return Promise.resolve({ version: Number(db.meta('localVersion')), digest: String(db.meta('digest')), rows });
    } finally {
      db.db.exec('ROLLBACK');
    }
  });
}

function readSnapshot(files: StoreFiles, name: string, contextId: string, ref: Parameters<typeof checkSnapshot>[2]) {
  const handle = files.openReadOnly(name);
  try {
    checkSnapshot(handle, contextId, ref);
    return { rows: readRows(handle, 'rows'), changes: new Map<string, { contextVersion: number; mutationId: string; deviceId: string }>() };
  } finally {
    handle.close();
  }
}

function readRows(db: SqliteHandle, table: 'rows' | 'base'): Map<string, KeyedRow> {
  const rows = new Map<string, KeyedRow>();
  for (const stored of db.prepare(`SELECT entity, id, version, value, timestamp, device, stamps, schema FROM ${table}`).all()) {
    const [entity, id] = [String(stored['entity']), String(stored['id'])];
    rows.set(rowKey(entity, id), { entity, id, row: decodeRow(stored as unknown as StoredRow) });
  }
  return rows;
}

function differencesOf(local: ReadonlyMap<string, KeyedRow>, server: ReadonlyMap<string, KeyedRow>, changes: ReadonlyMap<string, { contextVersion: number; mutationId: string; deviceId: string }>): CompareReport['differences'] {
  const differences: CompareReport['differences'] = [];
  for (const key of new Set([...local.keys(), ...server.keys()])) {
    const [here, there] = [local.get(key), server.get(key)];
    const [liveHere, liveThere] = [(here?.row.text ?? null) !== null, (there?.row.text ?? null) !== null];
    if (!liveHere && !liveThere) continue;
    if (here?.row.version === there?.row.version && here?.row.text === there?.row.text) continue;
    const { entity, id } = (here ?? there) as KeyedRow;
    const change = changes.get(key);
    const kind = !liveHere ? 'missing-here' : !liveThere ? 'only-here' : 'differs';
    differences.push({ entity, id, kind, local: here === undefined ? null : shown(here), server: there === undefined ? null : shown(there), ...(change === undefined ? {} : { change }) });
    if (differences.length >= MOST_DIFFERENCES) break;
  }
  return differences;
}

function digestOfRows(hash: Hash64, rows: ReadonlyMap<string, KeyedRow>): string {
  let sum = 0n;
  for (const { entity, id, row } of rows.values()) if (row.text !== null) sum += rowHash(hash, entity, id, row.version, row.text);
  return digestOf(BigInt.asUintN(64, sum));
}

const shown = ({ entity, id, row }: KeyedRow): ComparedRow => ({ entity, id, version: row.version, value: valueOf(row), deleted: row.text === null, timestamp: row.stamp?.[0] ?? null, deviceId: row.stamp?.[1] ?? null });
