import { fork } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'ws';
import { readHubFile } from '../inspector-server/index.ts';
import { creditOf } from '../shared/protocol/debug/credit.ts';
import { median } from './server-figure.ts';
import { inTurns, type Bench } from './support/bench.ts';

// Events a second from an agent through the hub, which records them to disk, to an inspector that follows; against the same batches through a
// bare relay of sockets in the hub's process. Agent and inspector are this process in both cases, and the receiver parses what it gets.

const BATCH = 200;
const AT_LEAST = 0.5;

export const hub: Bench = {
  name: 'hub',
  about: 'events a second from client through hub to inspector with recording on disk, against a bare relay',
  run: async (run) => {
    const dataDir = join(run.folder(), 'data');
    const child = fork(fileURLToPath(new URL('support/hub-process.ts', import.meta.url)), [], { execArgv: ['--disable-warning=ExperimentalWarning'] });
    try {
      child.send(dataDir);
      const { url, relayUrl } = await new Promise<{ url: string; relayUrl: string }>((resolve, reject) => {
        child.once('message', resolve as (message: unknown) => void);
        child.once('exit', (exit) => reject(new Error(`The hub ended (${exit})`)));
      });
      const batches = run.quick ? 50 : 500;
      const { ours, floor } = await inTurns(run.quick ? 2 : 9, { ours: () => throughHub(url, dataDir, batches), floor: () => throughRelay(relayUrl, batches) });
      const [value, against] = [median(ours), median(floor)];
      const ratio = value / against;
      return [{ name: 'hub', value, unit: 'events/s', floor: against, ratio, target: `≥ ${AT_LEAST} × floor`, ok: ratio >= AT_LEAST, detail: `${batches * BATCH} events in batches of ${BATCH}` }];
    } finally {
      child.disconnect();
    }
  },
};

function batchOf(runId: string, n: number): string {
  const events = Array.from({ length: BATCH }, (_, i) => {
    const seq = n * BATCH + i + 1;
    return { seq, at: 1_760_000_000_000 + seq, kind: 'delta', contextId: `clinic-${seq % 12}`, activationId: 'a-1', fromVersion: seq, toVersion: seq + 1, bytes: 480, mutationIds: [`m-${seq}`], data: { changes: 1, own: 0, serverVersion: seq + 1, filled: false } };
  });
  return JSON.stringify({ method: 'Client.events', params: { runId, events } });
}

const opened = (socket: WebSocket): Promise<void> => new Promise((resolve) => socket.once('open', resolve));

async function throughHub(url: string, dataDir: string, batches: number): Promise<number> {
  const [clientId, runId] = [crypto.randomUUID(), crypto.randomUUID()];
  const texts = Array.from({ length: batches }, (_, n) => batchOf(runId, n));
  const agent = new WebSocket(`${url.replace(/^http/, 'ws')}/agent`);
  let [credit, next, sending] = [0, 0, false];
  const pump = (): void => {
    for (; sending && credit > 0 && next < batches; next++) {
      const text = texts[next] ?? '';
      credit -= text.length;
      agent.send(text);
    }
  };
  const welcomed = new Promise<void>((resolve) => {
    agent.on('message', (data) => {
      const message = JSON.parse((data as Buffer).toString()) as { id?: number; method?: string; params?: { bytes: number }; result?: { credit?: number } };
      if (message.id === 1) resolve();
      else if (message.id !== undefined) agent.send(JSON.stringify({ id: message.id, result: { runId, nextSeq: next * BATCH + 1 } }));
      credit += message.result?.credit ?? (message.method === 'Hub.credit' ? (message.params?.bytes ?? 0) : 0);
      pump();
    });
  });
  await opened(agent);
  const client = { clientId, runId, deviceId: 'd', title: 'bench', type: 'node', app: 'bench', platform: 'node', runtimeVersion: '0', userId: 'ann', startedAt: Date.now(), capabilities: [], valuePolicy: 'full' };
  agent.send(JSON.stringify({ id: 1, method: 'Hub.hello', params: { protocol: 1, role: 'agent', client, firstSeq: 1 } }));
  await welcomed;
  const inspector = await follow(`${url.replace(/^http/, 'ws')}/client/${clientId}`, readHubFile(dataDir)?.token ?? '', batches * BATCH);
  const started = performance.now();
  sending = true;
  pump();
  await inspector.all;
  const seconds = (performance.now() - started) / 1_000;
  inspector.close();
  agent.terminate();
  await atRest(dataDir);
  return (batches * BATCH) / seconds;
}

/** Until the hub has put the recording to rest, so that the relay is not measured beside it. */
async function atRest(dataDir: string): Promise<void> {
  while (readdirSync(join(dataDir, 'recordings')).some((name) => name.endsWith('-wal'))) await setTimeout(10);
}

/** An inspector that gives credit for what it takes and looks at it no closer than the relay's receiver does. */
async function follow(address: string, token: string, count: number) {
  const socket = new WebSocket(address);
  await opened(socket);
  let [id, taken] = [0, 0];
  const call = (method: string, params: object): void => socket.send(JSON.stringify({ id: ++id, method, params }));
  let enabled = (): void => undefined;
  const ready = new Promise<void>((resolve) => (enabled = resolve));
  const all = new Promise<void>((resolve) => {
    socket.on('message', (data) => {
      const message = JSON.parse((data as Buffer).toString()) as { id?: number; method?: string; params?: { events: Parameters<typeof creditOf>[0] } };
      if (message.id === 3) enabled();
      const events = message.method === 'Client.events' ? (message.params?.events ?? []) : [];
      if (events.length === 0) return;
      taken += events.length;
      call('Client.credit', { bytes: creditOf(events) });
      if (taken >= count) resolve();
    });
  });
  call('Hub.hello', { protocol: 1, role: 'inspector', token, name: 'bench' });
  call('Client.credit', { bytes: 8_000_000 });
  call('Client.enable', { sinceSeq: 0 });
  await ready;
  return { all, close: () => socket.terminate() };
}

async function throughRelay(relayUrl: string, batches: number): Promise<number> {
  const texts = Array.from({ length: batches }, (_, n) => batchOf('run', n));
  const [from, to] = [new WebSocket(relayUrl), new WebSocket(relayUrl)];
  await Promise.all([opened(from), opened(to)]);
  let taken = 0;
  const finished = new Promise<void>((resolve) => {
    to.on('message', (data) => {
      const message = JSON.parse((data as Buffer).toString()) as { params: { events: readonly unknown[] } };
      taken += message.params.events.length;
      if (taken >= batches * BATCH) resolve();
    });
  });
  const started = performance.now();
  for (const text of texts) from.send(text);
  await finished;
  const seconds = (performance.now() - started) / 1_000;
  from.terminate();
  to.terminate();
  return (batches * BATCH) / seconds;
}
