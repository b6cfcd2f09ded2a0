import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { WebSocket, WebSocketServer } from 'ws';
import { openPostgresStore, startSyncServer } from '../sync-server/index.ts';
import { SECRET, TestClient, mutation } from '../sync-server/testing/test-client.ts';
import { startPostgres } from '../tests/support/postgres.ts';
import { median, quantile, rowValue, type ServerFigure } from './server-figure.ts';

// `latency`, the server's part: from a PUSH on one socket until the change is on all others, with PostgreSQL syncing to disk; against one relay
// through a bare ws server and one commit of the row in the same database.

const WRITES = 200;

export async function measureLatency(progress: (line: string) => void): Promise<ServerFigure[]> {
  const postgres = await startPostgres({ durable: true });
  const store = await openPostgresStore({ url: postgres.url });
  const snapshotDir = await mkdtemp(join(tmpdir(), 'contextscope-bench-'));
  const server = await startSyncServer({ port: 0, store, auth: { jwtSecret: SECRET }, snapshotDir, compaction: null });
  const figures: ServerFigure[] = [];
  try {
    for (const subscribers of [1, 10, 100]) {
      const floor = await relay(postgres.url, subscribers);
      const ours = await throughServer(server, subscribers);
      const [value, against] = [median(ours), median(floor)];
      const detail = `${subscribers} subscribers; p99 ${quantile(ours, 0.99).toFixed(2)} ms, floor p99 ${quantile(floor, 0.99).toFixed(2)} ms`;
      figures.push({ name: `server-latency ${subscribers}`, value, unit: 'ms p50', floor: against, ratio: value / against, target: '≤ 3', ok: value / against <= 3, detail });
      progress(`server-latency ${subscribers}: p50 ${value.toFixed(2)} ms, floor ${against.toFixed(2)} ms`);
    }
    return figures;
  } finally {
    await server.close({ graceMs: 100 });
    await store.close();
    await postgres.stop();
    await rm(snapshotDir, { recursive: true });
  }
}

async function throughServer(server: Awaited<ReturnType<typeof startSyncServer>>, subscribers: number): Promise<number[]> {
  const id = `latency-${subscribers}`;
  const { logId } = await server.admin.createContext({ contextId: id, kind: 'tenant', schemaVersion: 1 });
  await server.admin.setMember(id, 'ann', 'writer');
  const writer = await TestClient.open(server.wsUrl, 'ann');
  const readers = await Promise.all(Array.from({ length: subscribers }, () => TestClient.open(server.wsUrl, 'ann')));
  for (const one of [writer, ...readers]) await one.activate(id);
  const times: number[] = [];
  for (let i = 1; i <= WRITES; i++) {
    const started = performance.now();
    const pushed = writer.push(id, logId, [mutation(`p${i}`, { value: rowValue(i) })]);
    await Promise.all(readers.map((reader) => reader.changesUpTo(id, i)));
    times.push(performance.now() - started);
    await pushed;
    await writer.changesUpTo(id, i);
  }
  for (const one of [writer, ...readers]) await one.close();
  return times;
}

async function relay(url: string, subscribers: number): Promise<number[]> {
  const db = new pg.Client({ connectionString: url });
  await db.connect();
  await db.query('CREATE TABLE IF NOT EXISTS relayed (id bigserial PRIMARY KEY, value text)');
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  await new Promise((resolve) => server.once('listening', resolve));
  server.on('connection', (socket) => {
    socket.on('message', (data) => {
      const text = (data as Buffer).toString();
      void db.query({ name: 'relay', text: 'INSERT INTO relayed (value) VALUES ($1)', values: [text] }).then(() => {
        for (const client of server.clients) if (client !== socket) client.send(text);
      });
    });
  });
  const { port } = server.address() as { port: number };
  const open = async (): Promise<WebSocket> => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
    await new Promise((resolve) => socket.once('open', resolve));
    return socket;
  };
  const writer = await open();
  const readers = await Promise.all(Array.from({ length: subscribers }, open));
  const times: number[] = [];
  for (let i = 0; i < WRITES; i++) {
    const started = performance.now();
    const arrived = readers.map((reader) => new Promise<void>((resolve) => reader.once('message', (data) => resolve(void JSON.parse((data as Buffer).toString())))));
    writer.send(JSON.stringify(rowValue(i)));
    await Promise.all(arrived);
    times.push(performance.now() - started);
  }
  for (const socket of [writer, ...readers]) socket.terminate();
  server.close();
  await db.end();
  return times;
}

if (import.meta.main) console.table(await measureLatency(console.log));
