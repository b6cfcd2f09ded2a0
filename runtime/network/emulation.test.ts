import { expect, test } from 'vitest';
import type { Clock } from '../../shared/base/clock.ts';
import { seededRandom } from '../../shared/base/random.ts';
import type { SocketHandlers } from '../../shared/engine/host.ts';
import { Clinic, isLive, until } from '../testing/clinic.ts';
import { PlainHub } from '../testing/plain-hub.ts';
import { contextOfFrame } from './conditions.ts';
import { NetworkEmulation } from './emulation.ts';

/** A socket that keeps what is sent, on a clock turned by hand. */
function wire(seed = 1) {
  let now = 0;
  let tasks: { at: number; run: () => void }[] = [];
  const clock: Clock = {
    now: () => now,
    monotonic: () => now,
    after: (delay, run) => {
      const task = { at: now + delay, run };
      tasks.push(task);
      return () => void (tasks = tasks.filter((other) => other !== task));
    },
  };
  const sent: { at: number; text: string }[] = [];
  const got: { at: number; text: string }[] = [];
  let real: SocketHandlers | null = null;
  const emulation = new NetworkEmulation({
    clock,
    random: seededRandom(seed),
    dial: (_url, handlers) => {
      real = handlers;
      return { send: (text) => void sent.push({ at: now, text }), close: (reason) => handlers.closed(reason) };
    },
  });
  const dial = () =>
    emulation.dial('ws://x', { opened: () => void got.push({ at: now, text: 'opened' }), message: (text) => void got.push({ at: now, text }), closed: (reason) => void got.push({ at: now, text: `closed: ${reason}` }) });
  const advance = (ms: number): void => {
    for (const end = now + ms; ; ) {
      const next = tasks.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) return void (now = end);
      tasks = tasks.filter((task) => task !== next);
      now = next.at;
      next.run();
    }
  };
  return { emulation, dial, advance, sent, got, timers: () => tasks.length, real: () => real as unknown as SocketHandlers };
}

const frame = (contextId: string, n = 0): string => JSON.stringify({ type: 'DELTA', contextId, n });

test('without conditions a frame passes at once, counted, and no timer is set', () => {
  const { dial, sent, got, real, timers, emulation } = wire();
  const socket = dial();
  real().opened();
  socket.send('abc');
  real().message('defgh');
  expect([sent, got]).toEqual([[{ at: 0, text: 'abc' }], [{ at: 0, text: 'opened' }, { at: 0, text: 'defgh' }]]);
  expect(emulation.traffic('ws://x')).toEqual({ bytesIn: 5, bytesOut: 3 });
  expect(timers()).toBe(0);
});

test('latency, jitter and bandwidth delay frames in each direction and keep their order', () => {
  const { emulation, dial, sent, got, real, advance, timers } = wire();
  emulation.emulate({ latencyMs: 100, jitterMs: 50, bandwidthKbps: 8 });
  const socket = dial();
  real().opened();
  for (let i = 0; i < 20; i++) socket.send(`${i}`.padStart(10, '0'));
  real().message('hello');
  advance(99);
  expect([sent, got]).toEqual([[], []]);
  advance(1_000);
  expect(got.map(({ text }) => text)).toEqual(['opened', 'hello']);
  expect(sent.map(({ text }) => Number(text))).toEqual(Array.from({ length: 20 }, (_, i) => i));
  // 8 kbit/s are 1,000 bytes a second: 20 frames of 10 bytes take 200 ms to leave.
  expect(sent.at(-1)?.at).toBeGreaterThanOrEqual(300);
  expect(sent.at(-1)?.at).toBeLessThanOrEqual(350);
  expect(timers()).toBe(0);
});

test('loss, duplicates and reordering come by chance, the same for the same seed', () => {
  const run = (seed: number): string[] => {
    const { emulation, dial, sent, advance } = wire(seed);
    emulation.emulate({ latencyMs: 10, dropRate: 0.2, duplicateRate: 0.2, reorderRate: 0.2 });
    const socket = dial();
    for (let i = 0; i < 500; i++) {
      socket.send(String(i));
      advance(5);
    }
    advance(1_000);
    return sent.map(({ text }) => text);
  };
  const first = run(7);
  expect(run(7)).toEqual(first);
  expect(run(8)).not.toEqual(first);
  const kinds = new Set(first);
  expect(kinds.size).toBeGreaterThan(350);
  expect(kinds.size).toBeLessThan(450);
  expect(first.length).toBeGreaterThan(kinds.size + 40);
  expect(first.some((text, i) => i > 0 && Number(text) < Number(first[i - 1]))).toBe(true);
});

test('the end of the emulation delivers what is on its way, in order, and leaves no timer', () => {
  const { emulation, dial, sent, got, real, timers } = wire();
  emulation.emulate({ latencyMs: 5_000 });
  const socket = dial();
  real().opened();
  socket.send('a');
  socket.send('b');
  real().message('c');
  expect(timers()).toBe(2);
  emulation.emulate(null);
  expect(sent.map(({ text }) => text)).toEqual(['a', 'b']);
  expect(got.map(({ text }) => text)).toEqual(['opened', 'c']);
  expect(timers()).toBe(0);
  expect(emulation.conditions).toBeNull();
});

test('offline cuts what is open, refuses to dial, and lets nothing of the old socket through', async () => {
  const { emulation, dial, sent, got, real, timers } = wire();
  const socket = dial();
  real().opened();
  emulation.emulate({ offline: true });
  expect(got.at(-1)?.text).toBe('closed: the network is emulated as offline');
  real().message('late');
  socket.send('late');
  expect(sent).toEqual([]);
  expect(got).toHaveLength(2);
  dial();
  expect(got).toHaveLength(2);
  await Promise.resolve();
  expect(got).toHaveLength(3);
  expect(timers()).toBe(0);
  emulation.emulate(null);
  dial();
  real().opened();
  expect(got.at(-1)?.text).toBe('opened');
});

test('with contexts only their frames are concerned, and the connection stays', () => {
  const { emulation, dial, sent, got, real } = wire();
  const socket = dial();
  emulation.emulate({ offline: true, contexts: ['clinic-"b"'] });
  real().opened();
  for (const contextId of ['clinic-a', 'clinic-"b"']) {
    socket.send(frame(contextId));
    real().message(frame(contextId));
  }
  socket.send('{"type":"PING","nonce":"1"}');
  expect(sent.map(({ text }) => text)).toEqual([frame('clinic-a'), '{"type":"PING","nonce":"1"}']);
  expect(got.map(({ text }) => text)).toEqual(['opened', frame('clinic-a')]);
});

test('the context of a frame is found at its head, and by its JSON where it stands elsewhere', () => {
  expect(contextOfFrame('{"type":"LOG","requestId":"a\\"b","contextId":"c-1","changes":[{"contextId":"no"}]}')).toBe('c-1');
  expect(contextOfFrame('{"changes":[{"contextId":"no"}],"contextId":"c-1","type":"LOG"}')).toBe('c-1');
  expect(contextOfFrame('{"type":"WELCOME","contexts":[{"contextId":"c-1"}]}')).toBeNull();
  expect(contextOfFrame('{"contextId"')).toBeNull();
});

test('LC4 a client under emulation: offline it works on, back online it connects at once and its write arrives', async () => {
  await using clinic = await Clinic.open();
  const { client } = await clinic.device('device-a');
  const { client: other } = await clinic.device('device-b');
  const here = await client.activate('clinic-a');
  const there = await other.activate('clinic-a');
  await until(isLive(client, 'clinic-a'), 'live');
  client.control.network.emulate({ offline: true });
  await until(() => client.control.status('clinic-a')?.connection === 'offline', 'offline');
  await here.put('patient', 'p-1', { name: 'Ada' });
  expect(await here.outbox()).toHaveLength(1);
  client.control.network.emulate(null);
  await until(() => there.get('patient', 'p-1'), 'the write arrives', 3_000);
  expect(client.control.endpoints()[0]?.bytesOut).toBeGreaterThan(100);
});

const settled = async (): Promise<void> => {
  for (let i = 0; i < 10; i++) await Promise.resolve();
};

test('a download waits for its first byte and for the bandwidth, and what is on its way comes at once when the emulation ends', async () => {
  const { emulation, advance, timers } = wire();
  const log: string[] = [];
  const download = (name: string, contextId = 'a'): void => {
    void emulation.download(contextId, 10_000, new AbortController().signal, () => Promise.resolve(void log.push(`${name} fetched`))).then(() => log.push(`${name} done`));
  };
  download('calm');
  await settled();
  expect([log, timers()]).toEqual([['calm fetched', 'calm done'], 0]);
  emulation.emulate({ latencyMs: 50, bandwidthKbps: 80, contexts: ['a'] });
  download('other', 'b');
  download('slow');
  await settled();
  expect(log.slice(2)).toEqual(['other fetched', 'other done']);
  advance(100);
  await settled();
  expect(log.slice(4)).toEqual(['slow fetched']);
  // 80 kbit/s are 10 bytes a millisecond: one second in all.
  advance(899);
  await settled();
  expect(log.slice(5)).toEqual([]);
  advance(1);
  await settled();
  expect(log.slice(5)).toEqual(['slow done']);
  download('ended');
  emulation.emulate(null);
  await settled();
  expect([log.slice(6), timers()]).toEqual([['ended fetched', 'ended done'], 0]);
});

test('a download cannot be had offline, breaks off when that begins, and is nobody’s failure when it was given up', async () => {
  const { emulation } = wire();
  const outcome = (contextId: string, signal = new AbortController().signal): Promise<string> =>
    emulation
      .download(contextId, 10, signal, (own) => new Promise((_resolve, reject) => own.addEventListener('abort', () => reject(new DOMException('gone', 'AbortError')))))
      .then(() => 'done', (thrown: { code?: unknown; name: string }) => (typeof thrown.code === 'string' ? thrown.code : thrown.name));
  const [first, other] = [outcome('a'), outcome('b')];
  emulation.emulate({ offline: true, contexts: ['a'] });
  expect(await first).toBe('DOWNLOAD_FAILED');
  expect(await outcome('a')).toBe('DOWNLOAD_FAILED');
  emulation.emulate({ offline: true });
  expect(await other).toBe('DOWNLOAD_FAILED');
  emulation.emulate(null);
  const own = new AbortController();
  const givenUp = outcome('a', own.signal);
  own.abort();
  expect(await givenUp).toBe('AbortError');
});

test('SY4 a rebuild whose snapshot cannot be fetched goes on once the network is back', async () => {
  await using clinic = await Clinic.open();
  const { client, events } = await clinic.device('device-a');
  const handle = await client.activate('clinic-a');
  await handle.put('visit', 'v-1', { at: 1, text: 'x' });
  await until(async () => (await handle.outbox()).length === 0, 'settled');
  client.control.network.emulate({ bandwidthKbps: 8, contexts: ['clinic-a'] });
  const rebuilt = client.replay('clinic-a');
  await until(() => events.some(({ kind, data }) => kind === 'snapshot' && data['step'] === 'started'), 'it begins');
  client.control.network.emulate({ offline: true });
  client.control.network.emulate(null);
  await rebuilt;
  expect(await handle.get('visit', 'v-1')).toEqual({ at: 1, text: 'x' });
});

test('SY1 SY2 SY8 a client on a bad network loses nothing and doubles nothing', async () => {
  await using clinic = await Clinic.open();
  const { client } = await clinic.device('device-a');
  const { client: other } = await clinic.device('device-b');
  const there = await other.activate('clinic-a');
  client.control.network.emulate({ latencyMs: 5, jitterMs: 10, duplicateRate: 0.3, reorderRate: 0.3, bandwidthKbps: 2_000 });
  const here = await client.activate('clinic-a');
  for (let i = 0; i < 20; i++) {
    await here.put('visit', `v-${i}`, { at: i, text: 'x' });
    await there.put('visit', `w-${i}`, { at: i, text: 'y' });
  }
  const count = async (handle: typeof here): Promise<number> => Number((await handle.query('SELECT count(*) AS n FROM visit'))[0]?.['n']);
  await until(async () => (await count(here)) === 40 && (await count(there)) === 40, 'both have everything', 15_000);
  await until(async () => (await here.outbox()).length === 0, 'all is settled', 15_000);
});

test('DB1 DB2 Network.* by the protocol: set once however often it is asked for, told as an event, and ended with the agent', async () => {
  await using clinic = await Clinic.open();
  const { client } = await clinic.device('device-a');
  const hub = new PlainHub(client);
  await until(() => client.registry().length === 2, 'welcomed');
  const conditions = { offline: false, latencyMs: 5, jitterMs: 0, dropRate: 0, duplicateRate: 0, reorderRate: 0, bandwidthKbps: 0, contexts: ['clinic-a'] };
  expect(await hub.call('Network.emulate', { commandId: 'n-1', conditions })).toEqual({ conditions });
  expect(await hub.call('Network.emulate', { commandId: 'n-1', conditions: null })).toEqual({ conditions });
  const now = await hub.call('Network.conditions', {});
  expect(now).toMatchObject({ conditions, endpoints: [{ state: 'ready', reconnects: 0 }] });
  expect(Math.abs((now.endpoints[0]?.since ?? 0) - Date.now())).toBeLessThan(60_000);
  await until(() => hub.events.some(({ kind, data }) => kind === 'command' && data['method'] === 'Network.emulate' && data['outcome'] === 'done'), 'the event');
  hub.agent.stop();
  expect(client.control.network.conditions()).toBeNull();
});
