import { expect, test } from 'vitest';
import { seededRandom } from '../shared/base/random.ts';
import type { RuntimeEvent } from '../shared/core/events.ts';
import { HandClock } from '../tests/support/hand-clock.ts';
import { startAgent } from './agent/index.ts';
import { Clinic, isLive, until } from './testing/clinic.ts';
import { PlainHub } from './testing/plain-hub.ts';

/** A hub on a hand-cranked clock: what the agent sent, and a way to answer. */
function handHub() {
  const clock = new HandClock();
  const sockets: { sent: { id?: number; method?: string; result?: unknown; error?: { code: string }; params?: never }[]; closed: string | null; say(message: unknown): void; open(): void }[] = [];
  const platform = {
    clock,
    random: seededRandom(1),
    dial: (_url: string, handlers: { opened(): void; message(text: string): void; closed(reason: string): void }) => {
      const socket = {
        sent: [] as never[],
        closed: null as string | null,
        say: (message: unknown) => handlers.message(JSON.stringify(message)),
        open: () => handlers.opened(),
      };
      sockets.push(socket);
      return {
        send: (text: string) => void (socket.sent as unknown[]).push(JSON.parse(text)),
        close: (reason: string) => {
          socket.closed = reason;
          handlers.closed(reason);
        },
      };
    },
  };
  const crank = (ms: number): void => clock.crank(ms);
  return { platform, sockets, crank };
}

const welcome = (id: number, credit: number) => ({ id, result: { protocol: 1, hub: 'h', sessionId: 's', mode: 'control', contexts: null, haveSeq: 0, credit } });

test('DB7: an agent whose hub falls silent dials again', async () => {
  await using clinic = await Clinic.open();
  const { client } = await clinic.device('device-a');
  const { platform, sockets, crank } = handHub();
  const agent = startAgent(client, { platform, hub: 'ws://hub' });
  sockets[0]?.open();
  sockets[0]?.say(welcome(1, 1_000_000));
  await until(() => agent.connected, 'welcomed');
  crank(30_000);
  sockets[0]?.say({ id: 7, method: 'Client.getInfo', params: {} });
  crank(30_000);
  expect(sockets[0]?.closed).toBeNull();
  crank(60_000);
  expect(sockets[0]?.closed).toBe('the hub is silent');
  expect(sockets.length).toBeGreaterThan(1);
  agent.stop();
});

test('DB2: a command that is asked for twice is done once, and told with who asked', async () => {
  await using clinic = await Clinic.open();
  const { client, events } = await clinic.device('device-a');
  await client.activate('clinic-a');
  await until(isLive(client, 'clinic-a'), 'live');
  const { platform, sockets } = handHub();
  const agent = startAgent(client, { platform, hub: 'ws://hub' });
  sockets[0]?.open();
  sockets[0]?.say(welcome(1, 1_000_000));
  await until(() => agent.connected, 'welcomed');
  const command = { method: 'Context.deactivate', params: { commandId: 'c-1', contextId: 'clinic-a' }, by: 'ada at the page' };
  sockets[0]?.say({ id: 5, ...command });
  sockets[0]?.say({ id: 6, ...command });
  await until(() => sockets[0]?.sent.some((message) => message.id === 6), 'both are answered');
  expect(sockets[0]?.sent.filter((message) => message.id === 5 || message.id === 6).map((message) => message.result)).toEqual([
    { lifecycle: 'dormant', pendingWrites: 0 },
    { lifecycle: 'dormant', pendingWrites: 0 },
  ]);
  expect(events.filter((event) => event.kind === 'command').map((event) => event.data)).toEqual([{ commandId: 'c-1', method: 'Context.deactivate', by: 'ada at the page', outcome: 'done' }]);
  agent.stop();
});

test('DB8: with the value policy structure no value leaves, and SQL over values is refused', async () => {
  await using clinic = await Clinic.open();
  const { client } = await clinic.device('device-a');
  const handle = await client.activate('clinic-a');
  await handle.put('patient', 'p-1', { name: 'A very secret name' });
  const { platform, sockets } = handHub();
  const agent = startAgent(client, { platform, hub: 'ws://hub' });
  sockets[0]?.open();
  sockets[0]?.say(welcome(1, 1_000_000));
  await until(() => agent.connected, 'welcomed');
  sockets[0]?.say({ id: 5, method: 'Data.rows', params: { contextId: 'clinic-a', entity: 'patient' } });
  sockets[0]?.say({ id: 6, method: 'Data.query', params: { contextId: 'clinic-a', sql: 'SELECT value FROM rows' } });
  await until(() => sockets[0]?.sent.some((message) => message.id === 5) && sockets[0].sent.some((message) => message.id === 6), 'both are answered');
  const all = JSON.stringify(sockets[0]?.sent);
  expect(all).not.toContain('secret name');
  expect(all).toContain('18 characters');
  expect(sockets[0]?.sent.find((message) => message.id === 6)?.error?.code).toBe('MASKED');
  agent.stop();
});

test('DB4: out of credit an agent sends nothing and blocks nobody; with credit it goes on where it was', async () => {
  await using clinic = await Clinic.open();
  const { client } = await clinic.device('device-a');
  const { platform, sockets, crank } = handHub();
  const agent = startAgent(client, { platform, hub: 'ws://hub' });
  sockets[0]?.open();
  sockets[0]?.say(welcome(1, 0));
  await until(() => agent.connected, 'welcomed');
  const handle = await client.activate('clinic-a');
  for (let i = 0; i < 20; i++) await handle.put('visit', `v-${i}`, { at: i, text: 'x' });
  crank(1_000);
  const batches = () => sockets[0]?.sent.filter((message) => message.method === 'Client.events') ?? [];
  expect(batches()).toEqual([]);
  sockets[0]?.say({ method: 'Hub.credit', params: { bytes: 1_000_000 } });
  crank(1_000);
  const seqs = batches().flatMap((batch) => (batch.params as unknown as { events: { seq: number }[] }).events.map((event) => event.seq));
  expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, i) => (seqs[0] ?? 0) + i));
  expect(seqs.length).toBeGreaterThan(20);
  agent.stop();
});

test('DB8 frame events hold what a frame held, never a token, and values only where the policy lets them go', async () => {
  await using clinic = await Clinic.open();
  const { client } = await clinic.device('device-a');
  const hub = new PlainHub(client, { values: 'structure' });
  const full: RuntimeEvent[] = [];
  client.control.onEvent((event) => void full.push(event));
  await hub.call('Client.enable', { frames: true });
  const handle = await client.activate('clinic-a');
  await until(isLive(client, 'clinic-a'), 'live');
  await handle.put('patient', 'p-1', { name: 'A very secret name' });
  const pushed = (kind: string): boolean => hub.events.some((event) => event.kind === kind && event.data['pushId'] !== undefined);
  await until(() => pushed('result') && pushed('frame') && hub.events.some(({ data }) => data['type'] === 'DELTA'), 'answered and told');
  const frames = hub.events.filter(({ kind }) => kind === 'frame');
  const [push] = frames.filter(({ data }) => data['type'] === 'PUSH');
  expect(push?.data).toMatchObject({ direction: 'out', changes: 1, frame: { type: 'PUSH', mutations: [{ entity: 'patient', entityId: 'p-1', value: { name: '«text, 18 characters»' } }] } });
  expect(frames.find(({ data }) => data['type'] === 'PUSH_RESULT')?.data).toMatchObject({ direction: 'in', pushId: push?.data['pushId'], outcome: { applied: 1, conflict: 0, rejected: 0 } });
  expect(JSON.stringify(hub.events)).not.toContain('secret name');
  expect(JSON.stringify(full)).toContain('secret name');
  const told = full.find(({ kind }) => kind === 'push');
  expect(told?.bytes).toBe(full.find(({ kind, data }) => kind === 'frame' && data['type'] === 'PUSH')?.bytes);
  // A token is sent again while frames are watched.
  client.control.network.emulate({ offline: true });
  client.control.network.emulate(null);
  await until(() => full.some(({ data }) => data['type'] === 'HELLO'), 'greeted again');
  const hello = full.find(({ data }) => data['type'] === 'HELLO');
  expect(hello).toMatchObject({ bytes: 0, data: { frame: { type: 'HELLO', deviceId: 'device-a' } } });
  expect(JSON.stringify(hello)).not.toContain('token');
  hub.agent.stop();
});

test('DB6 a stress run that is cancelled ends early and reports on what it did', async () => {
  await using clinic = await Clinic.open();
  const { client } = await clinic.device('device-a');
  await until(() => client.registry().length === 2, 'welcomed');
  const abort = new AbortController();
  const report = await client.control.stressSwitch(['clinic-a', 'clinic-b'], 100_000, { progress: (done) => void (done >= 100 && abort.abort()), signal: abort.signal });
  expect(report.broken).toEqual([]);
  expect(report.rounds).toBeGreaterThanOrEqual(100);
  expect(report.rounds).toBeLessThan(300);
});

test('DB6 a stress run leaves others their turn: offline too, where nothing it does ever waits, it can be cancelled from outside', async () => {
  await using clinic = await Clinic.open();
  const { client } = await clinic.device('device-a', { flightRecorder: false });
  for (const contextId of ['clinic-a', 'clinic-b']) {
    await client.activate(contextId);
    await until(isLive(client, contextId), 'live');
    await client.deactivate(contextId);
  }
  client.control.network.emulate({ offline: true });
  const abort = new AbortController();
  const running = client.control.stressSwitch(['clinic-a', 'clinic-b'], 20_000, { signal: abort.signal });
  setTimeout(() => abort.abort(), 20);
  const report = await running;
  expect(report.broken).toEqual([]);
  expect(report.rounds).toBeLessThan(5_000);
});

test('DB10 toVersion goes with compare only; a compare tells its progress under its commandId', async () => {
  await using clinic = await Clinic.open();
  const { client } = await clinic.device('device-a');
  const handle = await client.activate('clinic-a');
  await until(isLive(client, 'clinic-a'), 'live');
  await handle.put('patient', 'p-1', { name: 'Ada' });
  await until(async () => (await handle.outbox()).length === 0, 'settled');
  const hub = new PlainHub(client, { values: 'structure' });
  await expect(hub.call('Context.replay', { commandId: 'c-1', contextId: 'clinic-a', mode: 'rebuild', toVersion: 1 })).rejects.toThrow(/^BAD_PARAMS: toVersion goes with compare/);
  expect(await hub.call('Context.replay', { commandId: 'c-2', contextId: 'clinic-a', mode: 'compare', toVersion: 1 })).toMatchObject({ mode: 'compare', version: 1, identical: true, rows: 1, unknown: 0 });
  expect(hub.progress.every(({ commandId, total }) => commandId === 'c-2' && total === 100)).toBe(true);
  expect(hub.progress.length).toBeGreaterThan(1);
  const told = hub.progress.length;
  await hub.call('Registry.check', { commandId: 'r-1', disk: true, server: false });
  await hub.call('Context.stateAt', { commandId: 'r-2', contextId: 'clinic-a', version: 1 });
  expect([...new Set(hub.progress.slice(told).map(({ commandId }) => commandId))], 'reads tell theirs too').toEqual(['r-1', 'r-2']);
  expect(hub.events.filter(({ kind, data }) => kind === 'command' && String(data['commandId']).startsWith('r-')), 'and are no commands').toEqual([]);
  await client.deactivate('clinic-a', { force: true });
  for (const dryRun of [true, false]) await expect(hub.call('Context.replay', { commandId: `c-3-${dryRun}`, contextId: 'clinic-a', mode: 'rebuild', dryRun }), 'a dry run refuses what the deed refuses').rejects.toThrow(/^CONTEXT_INACTIVE/);
  hub.agent.stop();
});
