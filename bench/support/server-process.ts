import { createReadStream } from 'node:fs';
import { rename, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocketServer } from 'ws';
import { digestOf, rowHash } from '../../shared/core/digest.ts';
import { contextId, deviceId, version } from '../../shared/core/ids.ts';
import { loadHash } from '../../sync-server/hash.ts';
import { openMemoryStore, startSyncServer, type Admin } from '../../sync-server/index.ts';
import { PartitionFile } from '../../sync-server/snapshots/partition-file.ts';
import { measure, SnapshotDir } from '../../sync-server/snapshots/snapshot-dir.ts';
import type { StoredServerRow } from '../../sync-server/store/log-store.ts';
import { code, patient, patientId } from './data.ts';
import type { ContextSpec, FromServer, ToServer } from './server.ts';

// A real sync server in a process of its own, and beside it what the floors need: a plain HTTP server of files, and a socket that echoes.
// The log is in memory. A context begins as an import would leave it: rows of version 1, which a snapshot file that is kept holds.

const hash = await loadHash();
const store = openMemoryStore();
const PAGE = 1_000;

async function seed(spec: ContextSpec, dir: SnapshotDir): Promise<string> {
  const id = contextId(spec.contextId);
  await store.createContext({ contextId: id, kind: spec.kind, schemaVersion: 1 });
  await store.setMember({ contextId: id, userId: 'ann' as never, role: 'writer' });
  if (spec.rows === 0) return '';
  const path = dir.scratch();
  const file = PartitionFile.create(path);
  let sum = 0n;
  for (let from = 1; from <= spec.rows; from += PAGE) {
    const page: StoredServerRow[] = [];
    for (let n = from; n < Math.min(spec.rows + 1, from + PAGE); n++) page.push(rowOf(spec, n));
    for (const row of page) sum += row.hash;
    file.insert(page);
  }
  const digest = digestOf(sum);
  const { logId } = await store.importRows(id, (async function* () {})(), () => digest);
  await file.finish({ contextId: id, logId, localVersion: version(1), digest, schemaVersion: 1 });
  const record = { contextId: id, logId, version: version(1), ...(await measure(path)) };
  await rename(path, dir.pathOf(record));
  await store.keepSnapshot(dir.home, record);
  return dir.pathOf(record);
}

function rowOf(spec: ContextSpec, n: number): StoredServerRow {
  const [entity, entityId, value] = spec.kind === 'ambient' ? ['code', code(n).code, code(n)] : ['patient', patientId(n), patient(n)];
  const text = JSON.stringify(value);
  return { entity, entityId, version: version(1), text, timestamp: 1_760_000_000_000, deviceId: deviceId('import'), stamps: null, schemaVersion: 1, hash: rowHash(hash, entity, entityId, version(1), text) };
}

let next = 1_000_000_000;

/** New rows, as a back office writes them. */
async function write(admin: Admin, id: string, count: number, together: boolean): Promise<void> {
  if (!together) {
    for (let i = 0; i < count; i++) {
      await write(admin, id, 1, true);
      await sleep(2);
    }
    return;
  }
  const changes = Array.from({ length: count }, () => ({ entity: 'patient', entityId: patientId(next++), op: 'put' as const, value: patient(next) as never }));
  await admin.backOfficeChanges(id, changes, { actor: 'bench', requestId: String(next) });
}

async function start(message: Extract<ToServer, { op: 'start' }>): Promise<FromServer> {
  // Before the server looks into its folder: what lies there then is kept.
  const dir = new SnapshotDir(message.dir, 64 * 1_073_741_824);
  const files: Record<string, string> = {};
  for (const spec of message.contexts) files[spec.contextId] = await seed(spec, dir);
  const server = await startSyncServer({ port: 0, store, auth: { jwtSecret: Buffer.from(message.secret, 'hex') }, snapshotDir: message.dir, snapshotBudget: 64 * 1_073_741_824, compaction: null });
  const plain = createServer((request, response) => {
    const path = files[new URL(request.url ?? '/', 'http://localhost').searchParams.get('context') ?? ''] ?? '';
    void stat(path).then(({ size }) => {
      response.writeHead(200, { 'content-length': size });
      createReadStream(path, { highWaterMark: 262_144 }).pipe(response);
    });
  });
  const echo = new WebSocketServer({ server: plain, perMessageDeflate: false });
  // A number asks for that many rows; anything else comes back as it is.
  echo.on('connection', (socket) => {
    socket.on('message', (data: Buffer) => {
      const wanted = Number(data.toString());
      socket.send(wanted > 0 ? newRows(wanted) : data.toString());
    });
  });
  await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
  handle = (one) => (one.op === 'write' ? write(server.admin, one.contextId, one.count, one.together) : Promise.resolve());
  return { id: message.id, wsUrl: server.wsUrl, url: server.url, plainPort: (plain.address() as AddressInfo).port, files };
}

const texts: string[] = [];

/** Rows with ids of their own; their values are made once, so that the making is no part of a floor. */
function newRows(count: number): string {
  while (texts.length < count) texts.push(JSON.stringify(patient(texts.length)));
  const rows = texts.slice(0, count).map((text) => `{"id":"${patientId(next)}","version":${next++},"value":${text}}`);
  return `[${rows.join(',')}]`;
}

let handle: (message: ToServer) => Promise<void> = () => Promise.resolve();

process.on('message', (message: ToServer) => {
  const done = message.op === 'start' ? start(message) : handle(message).then(() => ({ id: message.id }));
  done.then(
    (answer) => process.send?.(answer),
    (thrown: unknown) => process.send?.({ id: message.id, error: String(thrown) }),
  );
});
process.on('disconnect', () => process.exit());
