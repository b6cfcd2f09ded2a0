import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Hash64 } from '../../shared/core/digest.ts';
import { digestOf, rowHash } from '../../shared/core/digest.ts';
import type { ContextId, UserId } from '../../shared/core/ids.ts';
import type { SchemaFunctions } from '../../shared/engine/functions.ts';
import type { MemorySnapshot } from '../../shared/engine/memory-partition.ts';
import type { StageRequest } from '../../shared/engine/storage.ts';
import type { StorageBench } from '../../shared/engine/testing/storage-contract.ts';
import { COLUMNS_OF_ROWS, LAYOUT_VERSION, PARTITION_APPLICATION_ID, SNAPSHOT_TABLES } from '../../shared/partition/layout.ts';
import { encodeRow } from '../../shared/partition/row-codec.ts';
import type { SqliteHandle } from '../../shared/partition/sqlite.ts';
import { xxHash64 } from '../platform/node/index.ts';
import { NodeFiles } from '../platform/node/node-files.ts';
import { openNodeSqlite } from '../platform/node/node-sqlite.ts';
import { SqliteStorage } from '../storage/sqlite-storage.ts';

export const plainSchema = (version = 1): SchemaFunctions => ({
  info: { version, readableFrom: 1, entities: {}, migrations: [] },
  custom: (_entity, _base, mine) => mine,
  upgrade: (_entity, value) => value,
});

export interface SqliteBench extends StorageBench {
  readonly dir: string;
  start(schema?: SchemaFunctions, userId?: string): SqliteStorage;
  /** As `offer`, with something done to the file first. */
  offerSpoilt(contextId: ContextId, snapshot: MemorySnapshot, spoil: (db: SqliteHandle) => void, claim?: Partial<StageRequest>): Promise<StageRequest>;
  files(prefix: string): readonly string[];
}

/** A store of SQLite files in a folder of its own, and a server on this machine that hands out snapshots. */
export async function sqliteBench(): Promise<SqliteBench> {
  const hash = await xxHash64();
  const dir = mkdtempSync(join(tmpdir(), 'contextscope-store-'));
  const made = mkdtempSync(join(tmpdir(), 'contextscope-made-'));
  const offered = new Map<string, Buffer>();
  const server = createServer((request, response) => {
    const body = offered.get(request.url ?? '');
    if (body === undefined) response.writeHead(404).end();
    else response.writeHead(200, { 'content-length': body.length }).end(body);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const running: NodeFiles[] = [];
  let count = 0;
  const bench: SqliteBench = {
    hash,
    endpoint: `${origin.replace('http', 'ws')}/sync`,
    dir,
    start: (schema = plainSchema(), userId = 'amelie') => {
      const files = new NodeFiles(dir, () => 'token');
      running.push(files);
      return new SqliteStorage(files, userId as unknown as UserId, schema, hash);
    },
    // Handles stay open, as those of a process that was killed do until the system has closed them; only the lock is given up.
    kill: () => {
      for (const files of running.splice(0)) files.close();
    },
    offer: (contextId, snapshot) => bench.offerSpoilt(contextId, snapshot, () => undefined),
    offerSpoilt: (contextId, snapshot, spoil, claim = {}) => {
      const path = join(made, `${++count}.sqlite`);
      const db = openNodeSqlite(path);
      writeSnapshot(db, contextId, snapshot, hash);
      spoil(db);
      db.exec('PRAGMA journal_mode = DELETE');
      db.close();
      const body = readFileSync(path);
      const url = `${origin}/contexts/${encodeURIComponent(contextId)}/snapshot?${count}`;
      offered.set(url.slice(origin.length), body);
      const sha256 = createHash('sha256').update(body).digest('hex');
      return Promise.resolve({ url, bytes: body.length, sha256, version: snapshot.version, logId: snapshot.logId, ...claim });
    },
    partitions: () => bench.files('p-').length,
    files: (prefix) => readdirSync(dir).filter((name) => name.startsWith(prefix) && !/-(?:wal|shm|journal)$/.test(name)),
    [Symbol.asyncDispose]: async () => {
      bench.kill();
      await new Promise((resolve) => void server.close(resolve));
      for (const folder of [dir, made]) rmSync(folder, { recursive: true, force: true });
    },
  };
  return bench;
}

function writeSnapshot(db: SqliteHandle, contextId: string, snapshot: MemorySnapshot, hash: Hash64): void {
  db.exec(`PRAGMA application_id = ${PARTITION_APPLICATION_ID}; PRAGMA user_version = ${LAYOUT_VERSION}`);
  for (const ddl of Object.values(SNAPSHOT_TABLES)) db.exec(ddl);
  let sum = 0n;
  const put = db.prepare(`INSERT INTO rows (${COLUMNS_OF_ROWS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  for (const { entity, entityId, row } of snapshot.rows) {
    const part = row.text === null ? null : rowHash(hash, entity, entityId, row.version, row.text);
    sum += part ?? 0n;
    put.run(...encodeRow(entity, entityId, row, part));
  }
  const meta = { layout: LAYOUT_VERSION, contextId, logId: snapshot.logId as string, localVersion: snapshot.version as number, digest: digestOf(sum), schemaVersion: snapshot.schemaVersion, readableFrom: snapshot.readableFrom };
  for (const [key, value] of Object.entries(meta)) db.prepare('INSERT INTO meta (key, value) VALUES (?, ?)').run(key, value);
}
