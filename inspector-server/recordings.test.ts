import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { seededRandom } from '../shared/base/random.ts';
import { HEAD_BYTES, RecordingReader, checkHead } from '../shared/recording/index.ts';
import { openForeign } from './index.ts';
import { HubKit, shiftingClock, until } from './testing/hub-kit.ts';
import { ScriptedAgent } from './testing/scripted-agent.ts';
import { ScriptedSession, type Draft } from './testing/scripted-session.ts';

let kit: HubKit;
beforeEach(() => (kit = new HubKit()));
afterEach(() => kit.end());

const HOUR = 3_600_000;
const CLIENT = '/client/client-rounds';
const drafts = (count: number): Draft[] => Array.from({ length: count }, (_, i) => ({ at: i, kind: 'write', contextId: i % 2 === 0 ? 'clinic-a' : 'clinic-b', entity: 'patient', entityId: `p-${i}`, data: { op: 'put', secret: `secret-of-${i % 2 === 0 ? 'a' : 'b'}` } }));
const files = (): string[] => readdirSync(join(kit.dataDir, 'recordings'));
const bytesOnDisk = (): Buffer => Buffer.concat(files().map((name) => readFileSync(join(kit.dataDir, 'recordings', name))));

test('DB5 a recording is one SQLite file that anybody can open when its client is gone', async () => {
  const hub = await kit.hub();
  const agent = await kit.agent(hub, { client: { clientId: 'Front Desk/../2' } });
  agent.emit(drafts(500));
  const inspector = await kit.inspector(hub, `/client/${encodeURIComponent('Front Desk/../2')}`);
  await inspector.follow();
  await until(() => inspector.events.length === 500);
  await hub.close();
  expect(files()).toEqual([expect.stringMatching(/^front-desk-2-[0-9a-f]{12}\.ctxscope$/)]);
  const reader = RecordingReader.open(new DatabaseSync(join(kit.dataDir, 'recordings', files()[0] ?? ''), { readOnly: true }));
  expect(reader.events({ limit: 1_000 }).map(({ event }) => event)).toEqual(agent.ring);
  expect(reader.clients()).toEqual([agent.info]);
  expect(reader.entries()).toHaveLength(14);
});

test('DB5 RP6 a recording can be taken from the hub while it grows, as one whole file', async () => {
  const hub = await kit.hub();
  const agent = await kit.agent(hub);
  agent.emit(drafts(6_000));
  const inspector = await kit.inspector(hub, CLIENT);
  await inspector.follow();
  await until(() => inspector.events.length === 6_000);
  const { targets } = await (await kit.inspector(hub, '/hub')).call('Hub.targets', {});
  const taking = fetch(`${hub.url}/recordings/${targets[0]?.recordingFile ?? ''}`, { headers: { authorization: `Bearer ${kit.token}` } });
  agent.emit(drafts(6_000));
  const bytes = new Uint8Array(await (await taking).arrayBuffer());
  checkHead(bytes.subarray(0, HEAD_BYTES), bytes.length);
  const file = join(kit.folder, 'taken.ctxscope');
  writeFileSync(file, bytes);
  const db = openForeign(file, 1e9);
  const events = RecordingReader.open(db).events({ limit: 20_000 });
  db.close();
  expect(events.length).toBeGreaterThanOrEqual(6_000);
  expect(events.map(({ place }) => place)).toEqual(events.map((_, i) => i + 1));
  expect(events.map(({ event }) => event.seq)).toEqual(events.map((_, i) => i));
  await until(() => readdirSync(join(kit.dataDir, 'temporary')).length === 0);
});

test('DB8 PR5 what is forgotten leaves the recording, its log on disk, and what inspectors can still ask for', async () => {
  const hub = await kit.hub();
  const agent = await kit.agent(hub);
  agent.emit(drafts(2_000));
  const inspector = await kit.inspector(hub, CLIENT);
  await inspector.follow();
  await until(() => inspector.events.length === 2_000);
  expect(bytesOnDisk().includes('secret-of-b')).toBe(true);
  agent.emit([{ at: 1, kind: 'forget', contextId: 'clinic-b', data: { reason: 'revoked', discarded: ['m-1'] } }, { at: 2, kind: 'forget', contextId: 'clinic-c', data: { reason: 'revoked', discarded: [] } }]);
  // The attached inspector hears of it, and drops its own copy.
  await until(() => inspector.events.filter(({ kind }) => kind === 'forget').length === 2);
  expect(bytesOnDisk().includes('secret-of-b')).toBe(false);
  expect(bytesOnDisk().includes('secret-of-a')).toBe(true);
  const late = await kit.inspector(hub, CLIENT);
  await late.follow();
  await until(() => late.isUpToDate);
  expect(late.events.filter(({ contextId }) => contextId === 'clinic-b').map(({ kind }) => kind)).toEqual(['forget']);
  expect(late.events).toHaveLength(1_002);
  expect((await inspector.call('Hub.recordings', {})).recordings[0]?.events).toBe(1_002);
});

test('DB8 a recording with full values expires after 24 hours by the hub’s clock; one without stays a week', async () => {
  const clock = shiftingClock();
  const hub = await kit.hub({ clock });
  const full = await kit.agent(hub, { client: { clientId: 'full', valuePolicy: 'full' } });
  const masked = await kit.agent(hub, { client: { clientId: 'masked', valuePolicy: 'structure' } });
  const watcher = await kit.inspector(hub, '/hub');
  // The client's clock says 1970 and the year 3000.
  for (const agent of [full, masked]) agent.emit([{ at: 1, kind: 'error', data: { code: 'X', message: 'old' } }, { at: 3.2e13, kind: 'error', data: { code: 'X', message: 'far' } }]);
  const count = async (): Promise<Record<string, number>> => Object.fromEntries((await watcher.call('Hub.recordings', {})).recordings.map(({ clientId, events }) => [clientId, events]));
  await until(async () => (await count())['masked'] === 2);
  await hub.retain();
  clock.shift(23 * HOUR);
  await hub.retain();
  expect(await count()).toEqual({ full: 2, masked: 2 });
  full.emit([{ at: 5, kind: 'error', data: { code: 'X', message: 'new' } }]);
  await until(async () => (await count())['full'] === 3);
  clock.shift(2 * HOUR);
  await hub.retain();
  expect(await count()).toEqual({ full: 1, masked: 2 });
  clock.shift(7 * 24 * HOUR);
  full.close();
  masked.close();
  await until(async () => (await watcher.call('Hub.targets', {})).targets.every(({ connected }) => !connected));
  await hub.retain();
  // Nothing is left of either: they are no longer listed, and their files are gone.
  expect((await watcher.call('Hub.targets', {})).targets).toEqual([]);
  expect(files()).toEqual([]);
});

test('DB8 expiry goes on where it was when the hub was down in between', async () => {
  const clock = shiftingClock();
  const hub = await kit.hub({ clock });
  const agent = await kit.agent(hub);
  agent.emit(drafts(10));
  const inspector = await kit.inspector(hub, CLIENT);
  await inspector.follow();
  await until(() => inspector.events.length === 10);
  await hub.close();
  clock.shift(25 * HOUR);
  await kit.hub({ clock });
  expect(files()).toEqual([]);
});

test('recordings are bounded: the oldest events of a large one go first', async () => {
  const hub = await kit.hub({ limits: { recordingBytes: 1_000_000 } });
  const agent = await kit.agent(hub);
  for (let i = 0; i < 10; i++) agent.emit(drafts(2_000));
  const inspector = await kit.inspector(hub, CLIENT);
  await inspector.follow({});
  await until(() => inspector.isUpToDate);
  await hub.retain();
  const { recordings } = await inspector.call('Hub.recordings', {});
  expect(recordings[0]?.bytes).toBeLessThanOrEqual(1_000_000);
  expect(recordings[0]?.events).toBeGreaterThan(500);
});

test('all recordings together are bounded: those gone longest go first, and nothing of who is here', async () => {
  const hub = await kit.hub({ limits: { allRecordingsBytes: 1_200_000 } });
  const watcher = await kit.inspector(hub, '/hub');
  for (const clientId of ['one', 'two', 'three']) {
    const agent = await kit.agent(hub, { client: { clientId } });
    agent.emit(drafts(3_000));
    await until(async () => (await watcher.call('Hub.recordings', {})).recordings.find((one) => one.clientId === clientId)?.events === 3_000);
    if (clientId !== 'three') agent.close();
    await until(async () => clientId === 'three' || (await watcher.call('Hub.targets', {})).targets.some(({ client, connected }) => client.clientId === clientId && !connected));
  }
  await hub.retain();
  const left = (await watcher.call('Hub.targets', {})).targets.map(({ client }) => client.clientId);
  expect(left).toContain('three');
  expect(left).not.toContain('one');
});

test('RP6 a damaged recording is put aside under another name, and the client records on', async () => {
  mkdirSync(join(kit.dataDir, 'recordings'), { recursive: true });
  writeFileSync(join(kit.dataDir, 'contextscope.json'), '{}');
  const hub = await kit.hub();
  const agent = await kit.agent(hub);
  agent.emit(drafts(1_000));
  const inspector = await kit.inspector(hub, CLIENT);
  await inspector.follow();
  await until(() => inspector.events.length === 1_000);
  await hub.close();
  const file = join(kit.dataDir, 'recordings', files()[0] ?? '');
  const bytes = readFileSync(file);
  bytes.fill(0x41, 0, 5_000);
  writeFileSync(file, bytes);
  writeFileSync(join(kit.dataDir, 'recordings', 'stray.ctxscope'), 'no recording');
  const again = await kit.hub();
  expect(kit.lines.filter((line) => line.includes('put aside'))).toHaveLength(2);
  const back = await kit.agent(again);
  back.emit(drafts(10));
  const after = await kit.inspector(again, CLIENT);
  await after.follow();
  await until(() => after.events.length === 10);
  expect(files().filter((name) => name.includes('.damaged-'))).toHaveLength(2);
});

test('two hubs never write the same recordings', async () => {
  const hub = await kit.hub();
  writeFileSync(join(kit.dataDir, 'hub.json'), JSON.stringify({ ...(JSON.parse(readFileSync(join(kit.dataDir, 'hub.json'), 'utf8')) as object), pid: process.ppid }));
  await expect(kit.hub()).rejects.toMatchObject({ code: 'HUB_RUNNING', message: expect.stringContaining(hub.url) });
});

test('a folder that holds something else, or cannot be one, is refused and left as it is', async () => {
  mkdirSync(kit.dataDir);
  writeFileSync(join(kit.dataDir, 'thesis.txt'), 'mine');
  await expect(kit.hub()).rejects.toMatchObject({ code: 'DATA_DIR' });
  expect(readdirSync(kit.dataDir)).toEqual(['thesis.txt']);
  writeFileSync(join(kit.folder, 'file'), '');
  await expect(kit.hub({ dataDir: join(kit.folder, 'file') })).rejects.toMatchObject({ code: 'DATA_DIR' });
  await expect(kit.hub({ dataDir: join(kit.folder, 'file', 'below') })).rejects.toMatchObject({ code: 'DATA_DIR' });
});

test('a port in use is said in one line, and nothing is left behind', async () => {
  const hub = await kit.hub();
  const other = join(kit.folder, 'other');
  await expect(kit.hub({ dataDir: other, port: hub.port })).rejects.toMatchObject({ code: 'PORT_IN_USE' });
  expect(existsSync(join(other, 'hub.json'))).toBe(false);
});

/** Starts a hub in a process of its own; resolves with its port. */
async function startProcess(port: number): Promise<{ child: ChildProcess; port: number }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'testing/killed-hub-process.ts'), kit.dataDir, String(port)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const text = await new Promise<string>((resolve) => child.stdout?.once('data', (data: Buffer) => resolve(data.toString('utf8'))));
  return { child, port: Number(text) };
}

test('DB5 a hub that is killed in mid-recording, again and again, loses nothing that it has written', { timeout: 60_000 }, async () => {
  const random = seededRandom(11);
  let { child, port } = await startProcess(0);
  const agent = await ScriptedAgent.connect(`ws://127.0.0.1:${port}/agent`, { session: new ScriptedSession(1) });
  for (let round = 0; round < 6; round++) {
    const exited = new Promise((resolve) => child.once('exit', resolve));
    const chunks = 5 + random.int(40);
    for (let i = 0; i < chunks; i++) {
      agent.emit(drafts(50));
      await new Promise((resolve) => setImmediate(resolve));
    }
    child.kill('SIGKILL');
    await exited;
    await until(() => agent.closedBecause !== null);
    agent.emit(drafts(20));
    ({ child, port } = await startProcess(port));
    const before = agent.credited;
    await agent.dial();
    // Credit was given for what is on disk, so all of that is there.
    expect(agent.welcome?.haveSeq).toBeGreaterThanOrEqual(before);
  }
  const last = agent.ring.at(-1)?.seq ?? 0;
  await until(() => agent.credited >= last);
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await exited;
  agent.drop();
  const hub = await kit.hub();
  const inspector = await kit.inspector(hub, CLIENT);
  await inspector.follow();
  await until(() => inspector.isUpToDate);
  expect(inspector.events).toEqual(agent.ring);
});

test('RP1 an agent whose flight recorder sends nonsense is not followed any further, and the hub goes on', async () => {
  const hub = await kit.hub({ limits: { stepsEveryMs: 5 } });
  for (const lines of ['{"k":"step","n":1}\n', 'no json\n', `${JSON.stringify({ k: 'state', n: 1, context: 'x'.repeat(300), state: {} })}\n`]) {
    const agent = await kit.agent(hub, { client: { clientId: `k-${lines.length}`, capabilities: ['Recorder.lines'] }, answers: { 'Recorder.lines': () => ({ head: JSON.stringify({ k: 'head', about: { runId: 'r-1', deviceId: 'd', sync: {}, schema: { version: 1 } } }), lines, segment: 'f-1', offset: 10, more: true, core: { version: '0', behaviour: '0' } }) } });
    agent.emit([{ at: 1, kind: 'drained', data: {} }]);
    await until(() => kit.lines.some((line) => line.includes('cannot be followed')));
    kit.lines.length = 0;
    expect(agent.calls.filter(({ method }) => method === 'Recorder.lines')).toHaveLength(1);
  }
});
