import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { WebSocket, WebSocketServer } from 'ws';
import { parseServerFrame, type ServerFrame } from '../shared/protocol/sync/index.ts';
import { issueToken, openPostgresStore, startSyncServer } from '../sync-server/index.ts';
import { startPostgres } from '../tests/support/postgres.ts';
import { median, quantile, rowValue, type ServerFigure } from './server-figure.ts';

// `latency`, the server's part: from a PUSH on one socket until the change is on all others, with PostgreSQL syncing to disk; against one relay
// through a bare ws server and one commit of the row in the same database.

const WRITES = 200;
const SECRET = new TextEncoder().encode('a secret of benchmarks, longer than 32 bytes');

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
  const writer = await open(server.wsUrl, id);
  const readers = await Promise.all(Array.from({ length: subscribers }, () => open(server.wsUrl, id)));
  const times: number[] = [];
  for (let i = 1; i <= WRITES; i++) {
    const started = performance.now();
    writer.push(i, logId);
    await Promise.all(readers.map((reader) => reader.upTo(i)));
    times.push(performance.now() - started);
    await writer.upTo(i);
  }
  for (const one of [writer, ...readers]) one.close();
  return times;
}

/** A connection that has activated the context, and takes what comes. */
async function open(wsUrl: string, contextId: string) {
  const socket = new WebSocket(wsUrl);
  const waiting = new Map<string, (frame: ServerFrame) => void>();
  const reached = (version: number): void => {
    at = version;
    waiting.get('DELTA')?.({} as ServerFrame);
  };
  let at = 0;
  const send = (frame: object): void => socket.send(JSON.stringify(frame));
  const next = (type: string): Promise<ServerFrame> => new Promise((resolve) => waiting.set(type, resolve));
  socket.on('message', (data) => {
    const frame = parseServerFrame((data as Buffer).toString('utf8'));
    if (!frame.ok) throw new Error(frame.error);
    if (frame.value.type !== 'DELTA') return waiting.get(frame.value.type)?.(frame.value);
    send({ type: 'APPLIED', contextId, activationId: 'a', version: frame.value.toVersion });
    reached(frame.value.toVersion);
  });
  await new Promise((resolve) => socket.once('open', resolve));
  const welcome = next('WELCOME');
  send({ type: 'HELLO', protocol: 1, token: await issueToken({ userId: 'ann', secret: SECRET }), deviceId: crypto.randomUUID(), app: 'bench' });
  await welcome;
  const activated = next('CONTEXT_ACTIVATED');
  send({ type: 'ACTIVATE_CONTEXT', contextId, activationId: 'a', sinceVersion: 0, seenVersion: 0, schemaVersion: 1 });
  await activated;
  return {
    push: (n: number, logId: string) => {
      const one = { mutationId: crypto.randomUUID(), entity: 'patient', entityId: `p${n}`, op: 'put', value: rowValue(n), baseVersion: 0, timestamp: Date.now(), schemaVersion: 1 };
      send({ type: 'PUSH', contextId, activationId: 'a', pushId: String(n), logId, localVersion: 0, mutations: [one] });
    },
    upTo: async (version: number) => {
      while (at < version) await next('DELTA');
    },
    close: () => socket.terminate(),
  };
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
  const connect = async (): Promise<WebSocket> => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
    await new Promise((resolve) => socket.once('open', resolve));
    return socket;
  };
  const writer = await connect();
  const readers = await Promise.all(Array.from({ length: subscribers }, connect));
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
