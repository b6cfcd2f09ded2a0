import { afterEach, beforeEach, expect, test } from 'vitest';
import { AppError, codeOf } from '../shared/base/app-error.ts';
import { DEBUG_PROTOCOL } from '../shared/protocol/debug/index.ts';
import { HubKit, until } from './testing/hub-kit.ts';
import { ScriptedSession } from './testing/scripted-session.ts';

let kit: HubKit;
beforeEach(() => (kit = new HubKit()));
afterEach(() => kit.end());

const CLIENT = '/client/client-rounds';
const history = (minutes = 2) => new ScriptedSession(Date.now(), 3).history(Date.now(), minutes);

test('lists its targets as Chrome and Node do', async () => {
  const hub = await kit.hub();
  await kit.agent(hub);
  const version = (await (await fetch(`${hub.url}/json/version`)).json()) as Record<string, string>;
  expect(version).toMatchObject({ Browser: expect.stringMatching(/^Contextscope\//), 'Protocol-Version': String(DEBUG_PROTOCOL), webSocketDebuggerUrl: `ws://127.0.0.1:${hub.port}/hub` });
  const list = (await (await fetch(`${hub.url}/json/list`)).json()) as unknown[];
  expect(list).toEqual([{ id: 'client-rounds', title: 'Rounds', type: 'node', description: expect.any(String), webSocketDebuggerUrl: `ws://127.0.0.1:${hub.port}/client/client-rounds` }]);
});

test('DB3 the first frame says who is there, and each side learns of the other', async () => {
  const hub = await kit.hub();
  const agent = await kit.agent(hub);
  expect(agent.welcome).toMatchObject({ protocol: DEBUG_PROTOCOL, haveSeq: -1, credit: 8_388_608 });
  const inspector = await kit.dial(hub, CLIENT);
  expect(await inspector.hello(kit.token)).toMatchObject({ protocol: DEBUG_PROTOCOL, mode: 'control', contexts: null, client: agent.info, connected: true });
});

test('DB3 another protocol version is refused, and the error says which side to upgrade', async () => {
  const hub = await kit.hub();
  await expect(kit.agent(hub, { protocol: DEBUG_PROTOCOL + 1 })).rejects.toThrow(/upgrade the hub/);
  await expect(kit.agent(hub, { protocol: DEBUG_PROTOCOL - 1 })).rejects.toThrow(/upgrade the agent/);
  const inspector = await kit.dial(hub, '/hub');
  await expect(inspector.hello(kit.token, DEBUG_PROTOCOL + 1)).rejects.toMatchObject({ code: 'PROTOCOL_VERSION' });
});

test('DB3 what a client does not declare, it refuses, and the refusal passes through', async () => {
  const hub = await kit.hub();
  await kit.agent(hub, { answers: { 'Context.verify': () => Promise.reject(new AppError('NOT_AVAILABLE_OFFLINE', 'No network', { details: { since: 5 } })) } });
  const inspector = await kit.inspector(hub, CLIENT);
  expect(await inspector.refusal('Migration.rehearse', { contextId: 'clinic-a' })).toBe('UNSUPPORTED');
  await expect(inspector.call('Context.verify', { contextId: 'clinic-a' })).rejects.toMatchObject({ code: 'NOT_AVAILABLE_OFFLINE', message: 'No network', details: { data: { since: 5 } } });
});

test('many inspectors call one client, and each gets its own answer', async () => {
  const hub = await kit.hub();
  await kit.agent(hub);
  const inspectors = await Promise.all([0, 1, 2, 3].map(() => kit.inspector(hub, CLIENT)));
  const answers = await Promise.all(inspectors.flatMap((inspector) => ['clinic-a', 'clinic-b', 'clinic-c'].map((contextId) => inspector.call('Registry.get', { contextId }))));
  expect(answers.map(({ row }) => row.contextId)).toEqual(Array.from({ length: 4 }, () => ['clinic-a', 'clinic-b', 'clinic-c']).flat());
});

test('DB5 an inspector that attaches late gets everything that was recorded, then what happens', async () => {
  const hub = await kit.hub();
  const agent = await kit.agent(hub);
  agent.emit(history());
  const count = agent.ring.length;
  const inspector = await kit.inspector(hub, CLIENT);
  await inspector.follow();
  await until(() => inspector.isUpToDate && inspector.events.length >= count);
  agent.emit([{ at: 1, kind: 'error', data: { code: 'X', message: 'live' } }]);
  await until(() => inspector.events.length === count + 1);
  expect(inspector.events).toEqual(agent.ring);
  expect(inspector.dropped).toEqual([]);
});

test('DB5 a page that was reloaded goes on where it was, and one that asks for live events gets only those', async () => {
  const hub = await kit.hub();
  const agent = await kit.agent(hub);
  agent.emit(history());
  const first = await kit.inspector(hub, CLIENT);
  await first.follow();
  await until(() => first.events.length === agent.ring.length);
  const seq = first.events[10]?.seq ?? 0;
  first.drop();
  const second = await kit.inspector(hub, CLIENT);
  await second.follow({ sinceSeq: seq, runId: agent.info.runId });
  const live = await kit.inspector(hub, CLIENT);
  await live.follow({});
  await until(() => second.isUpToDate && live.isUpToDate);
  expect(second.events).toEqual(agent.ring.slice(10));
  expect(live.events).toEqual([]);
});

test('DB4 DB5 what the agent could not send while the hub was away is sent when it is back, and nothing twice', async () => {
  const hub = await kit.hub();
  const agent = await kit.agent(hub);
  agent.emit(history(1));
  const inspector = await kit.inspector(hub, CLIENT);
  await inspector.follow();
  await until(() => inspector.events.length === agent.ring.length);
  await hub.close();
  agent.emit(history(1));
  const again = await kit.hub({ port: hub.port });
  await agent.dial();
  expect(agent.welcome?.haveSeq).toBe(inspector.events.at(-1)?.seq);
  const after = await kit.inspector(again, CLIENT);
  await after.follow();
  await until(() => after.isUpToDate && after.events.length >= agent.ring.length);
  expect(after.events).toEqual(agent.ring);
});

test('DB7 a client that comes back keeps its identity and its recording, also as a new run', async () => {
  const hub = await kit.hub();
  const agent = await kit.agent(hub, { client: { runId: 'run-1' } });
  agent.emit(history(1));
  const inspector = await kit.inspector(hub, CLIENT);
  await inspector.follow({ sinceSeq: 0, runId: 'run-1' });
  await until(() => inspector.events.length === agent.ring.length);
  agent.drop();
  await until(() => inspector.told.some(({ event, params }) => event === 'Hub.client' && !(params as { connected: boolean }).connected));
  const back = await kit.agent(hub, { client: { runId: 'run-2', title: 'Rounds again' } });
  back.emit(history(1));
  await until(() => inspector.events.length === agent.ring.length + back.ring.length);
  expect(inspector.told.find(({ event, params }) => event === 'Hub.client' && (params as { connected: boolean }).connected)?.params).toMatchObject({ client: { clientId: 'client-rounds', runId: 'run-2' } });
  const late = await kit.inspector(hub, CLIENT);
  await late.follow({ sinceSeq: 0, runId: 'run-1' });
  await until(() => late.isUpToDate);
  expect(late.events).toEqual([...agent.ring, ...back.ring]);
  expect((await (await kit.inspector(hub, '/hub')).call('Hub.targets', {})).targets).toHaveLength(1);
});

test('DB7 a client that is gone stays listed, its recording can be attached, and nothing can be asked of it', async () => {
  const hub = await kit.hub();
  const agent = await kit.agent(hub);
  agent.emit(history(1));
  const watcher = await kit.inspector(hub, '/hub');
  agent.close();
  await until(() => watcher.told.some(({ params }) => (params as { targets?: { connected: boolean }[] }).targets?.[0]?.connected === false));
  const inspector = await kit.inspector(hub, CLIENT);
  await inspector.follow();
  await until(() => inspector.isUpToDate);
  expect(inspector.events).toEqual(agent.ring);
  expect(inspector.told).toContainEqual({ event: 'Hub.client', params: { connected: false } });
  expect((await inspector.call('Registry.list', {})).entries).toHaveLength(14);
  expect((await inspector.call('Client.getInfo', {})).runId).toBe(agent.info.runId);
  expect(await inspector.refusal('Context.explain', { contextId: 'clinic-a' })).toBe('CLIENT_GONE');
  expect(await inspector.refusal('Context.activate', { commandId: 'c', contextId: 'clinic-a' })).toBe('CLIENT_GONE');
});

test('DB7 an agent that stops answering is gone after three heartbeats', async () => {
  const hub = await kit.hub({ limits: { heartbeatMs: 15 } });
  const agent = await kit.agent(hub);
  const mute = await kit.dial(hub, '/agent');
  await mute.call('Hub.hello', { protocol: DEBUG_PROTOCOL, role: 'agent', client: { ...agent.info, clientId: 'mute' } });
  // Its socket lives, and answers pings, but nobody answers calls.
  mute.socket.removeAllListeners('message');
  await until(() => mute.closedBecause !== null);
  expect(mute.closedBecause).toBe('no heartbeat');
  expect(agent.closedBecause).toBeNull();
  expect(agent.calls.filter(({ method }) => method === 'Client.getInfo').length).toBeGreaterThan(0);
});

test('DB7 a call that is open when the client goes ends with CLIENT_GONE', async () => {
  const hub = await kit.hub();
  const agent = await kit.agent(hub, { answers: { 'Context.verify': () => new Promise(() => undefined) } });
  const inspector = await kit.inspector(hub, CLIENT);
  const asked = inspector.refusal('Context.verify', { contextId: 'clinic-a' });
  await until(() => agent.calls.some(({ method }) => method === 'Context.verify'));
  agent.drop();
  expect(await asked).toBe('CLIENT_GONE');
});

test('DB2 a command reaches the client with who asked, and is in the audit log with its outcome', async () => {
  const hub = await kit.hub();
  const agent = await kit.agent(hub);
  const inspector = await kit.inspector(hub, CLIENT);
  await inspector.call('Context.activate', { commandId: 'c-1', contextId: 'clinic-a' });
  await inspector.call('Registry.list', {});
  expect(await inspector.refusal('Context.prune', { commandId: 'c-2', contexts: ['nowhere'] })).toBe('UNKNOWN_CONTEXT');
  const asked = agent.calls.find(({ method }) => method === 'Context.activate');
  expect(asked?.by).toMatch(/^test \(s-[0-9a-f]{12}\)$/);
  const { entries } = await (await kit.inspector(hub, '/hub')).call('Hub.audit', {});
  expect(entries.map(({ method, outcome, commandId, by, clientId }) => ({ method, outcome, commandId, by, clientId }))).toEqual([
    { method: 'Context.prune', outcome: 'UNKNOWN_CONTEXT', commandId: 'c-2', by: 'test', clientId: 'client-rounds' },
    { method: 'Context.activate', outcome: 'done', commandId: 'c-1', by: 'test', clientId: 'client-rounds' },
  ]);
});

test('DB2 nobody can say who asked but the hub', async () => {
  const hub = await kit.hub();
  const agent = await kit.agent(hub);
  const inspector = await kit.inspector(hub, CLIENT);
  inspector.socket.send(JSON.stringify({ id: 900, method: 'Context.activate', params: { commandId: 'c-9', contextId: 'clinic-a' }, by: 'the director' }));
  await until(() => agent.calls.some(({ method }) => method === 'Context.activate'));
  expect(agent.calls.find(({ method }) => method === 'Context.activate')?.by).toMatch(/^test /);
});

test('DB6 progress of long work reaches the inspectors', async () => {
  const hub = await kit.hub();
  const agent = await kit.agent(hub);
  const inspector = await kit.inspector(hub, CLIENT);
  agent.progress({ commandId: 'c-1', done: 3, total: 9 });
  await until(() => inspector.told.some(({ event }) => event === 'Context.progress'));
  expect(inspector.told.find(({ event }) => event === 'Context.progress')?.params).toEqual({ commandId: 'c-1', done: 3, total: 9 });
});

test('DB6 a call that an inspector cancels ends at the client too, and so does a reading call of one that goes; a command goes on', async () => {
  const hub = await kit.hub();
  const aborted: string[] = [];
  const never = (name: string) => (_params: unknown, _by: string | undefined, signal: AbortSignal) =>
    new Promise<never>((_resolve, reject) =>
      signal.addEventListener('abort', () => {
        aborted.push(name);
        reject(new AppError('CANCELLED', 'It was cancelled'));
      }),
    );
  const agent = await kit.agent(hub, { answers: { 'Context.verify': never('verify'), 'Context.history': never('history'), 'Context.replay': never('replay') } });
  const [staying, going] = [await kit.inspector(hub, CLIENT), await kit.inspector(hub, CLIENT)];
  const abort = new AbortController();
  const cancelled = staying.rpc.call('Context.verify', { contextId: 'clinic-a' }, { signal: abort.signal }).catch(codeOf);
  void going.rpc.call('Context.history', { contextId: 'clinic-a', from: 0, to: 1 }).catch(codeOf);
  void going.rpc.call('Context.replay', { commandId: 'c-1', contextId: 'clinic-a', mode: 'rebuild' }).catch(codeOf);
  await until(() => agent.calls.filter(({ method }) => method.startsWith('Context.')).length === 3);
  abort.abort();
  expect(await cancelled).toBe('CANCELLED');
  going.drop();
  await until(() => aborted.length === 2);
  expect(aborted).toEqual(['verify', 'history']);
});

test('frames are off until an inspector wants them, and only that one gets them', async () => {
  const hub = await kit.hub();
  const agent = await kit.agent(hub);
  const plain = await kit.inspector(hub, CLIENT);
  await plain.follow();
  const wire = await kit.inspector(hub, CLIENT);
  await wire.follow({ sinceSeq: 0, frames: true });
  const wanted = () => agent.calls.filter(({ method }) => method === 'Client.enable').map(({ params }) => (params as { frames?: boolean }).frames);
  await until(() => wanted().length === 2);
  agent.emit([{ at: 1, kind: 'frame', contextId: 'clinic-a', data: { direction: 'in', type: 'DELTA' } }, ...history(1)]);
  await until(() => wire.events.length === agent.ring.length);
  await until(() => plain.events.length === agent.ring.length - 1);
  wire.drop();
  await until(() => wanted().length === 3);
  expect(wanted()).toEqual([false, true, false]);
});

test('registry rows are kept with the recording and passed on', async () => {
  const hub = await kit.hub();
  const agent = await kit.agent(hub);
  const inspector = await kit.inspector(hub, CLIENT);
  agent.session.set('clinic-a', { localVersion: 77 });
  agent.changed(['clinic-a']);
  await until(() => inspector.told.some(({ event }) => event === 'Registry.changed'));
  agent.close();
  await until(() => inspector.told.some(({ event }) => event === 'Hub.client'));
  const { entries } = await inspector.call('Registry.list', {});
  expect(entries.find(({ row }) => row.contextId === 'clinic-a')?.row.localVersion).toBe(77);
});
