import { statSync } from 'node:fs';
import { join } from 'node:path';
import { readdirSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DatabaseSync } from 'node:sqlite';
import { WebSocket } from 'ws';
import { DEBUG_PROTOCOL } from '../shared/protocol/debug/index.ts';
import { HubKit, until } from './testing/hub-kit.ts';
import type { Draft } from './testing/scripted-session.ts';

let kit: HubKit;
beforeEach(() => (kit = new HubKit()));
afterEach(() => kit.end());

const CLIENT = '/client/client-rounds';
const drafts = (count: number): Draft[] => Array.from({ length: count }, (_, i) => ({ at: i, kind: 'delta', contextId: 'clinic-a', fromVersion: i, toVersion: i + 1, bytes: 480, data: { changes: 1, own: 0, serverVersion: i + 1 } }));
const covered = (events: readonly { seq: number }[], dropped: readonly { fromSeq: number; toSeq: number }[]): number => events.length + dropped.reduce((sum, { fromSeq, toSeq }) => sum + toSeq - fromSeq + 1, 0);

test('DB4 an agent that is out of credit leaves events out, and the gap is in the recording and before the inspector', async () => {
  const hub = await kit.hub({ limits: { agentCreditBytes: 20_000, flushMs: 60_000, flushBytes: 10_000_000 } });
  const agent = await kit.agent(hub, { budgetBytes: 50_000 });
  // Nothing is written, so no credit comes back: what is over the agent's budget is lost, and it says so.
  agent.emit(drafts(2_000));
  const inspector = await kit.inspector(hub, CLIENT);
  await inspector.follow();
  await until(() => inspector.isUpToDate);
  agent.emit(drafts(1));
  await inspector.call('Client.enable', { sinceSeq: 0 });
  inspector.events.length = 0;
  inspector.dropped.length = 0;
  await until(async () => {
    inspector.events.length = 0;
    inspector.dropped.length = 0;
    inspector.isUpToDate = false;
    await inspector.call('Client.enable', { sinceSeq: 0 });
    await until(() => inspector.isUpToDate);
    return covered(inspector.events, inspector.dropped) === 2_001;
  });
  expect(inspector.dropped).toEqual([expect.objectContaining({ reason: 'the agent was out of credit' })]);
  expect(inspector.events.at(-1)?.seq).toBe(2_000);
});

test('DB4 credit comes back as events are written, so that a busy agent loses nothing', async () => {
  const hub = await kit.hub({ limits: { agentCreditBytes: 100_000 } });
  const agent = await kit.agent(hub);
  const inspector = await kit.inspector(hub, CLIENT);
  await inspector.follow();
  for (let i = 0; i < 20; i++) agent.emit(drafts(500));
  await until(() => inspector.events.length === 10_000);
  expect(inspector.events.map(({ seq }) => seq)).toEqual(Array.from({ length: 10_000 }, (_, i) => i));
});

test('DB4 an inspector without credit is sent nothing, and everything when it gives some', async () => {
  const hub = await kit.hub();
  const agent = await kit.agent(hub);
  const inspector = await kit.inspector(hub, CLIENT);
  await inspector.call('Client.enable', { sinceSeq: 0 });
  agent.emit(drafts(3_000));
  const fast = await kit.inspector(hub, CLIENT);
  await fast.follow();
  await until(() => fast.events.length === 3_000);
  expect(inspector.events).toEqual([]);
  await inspector.call('Client.credit', { bytes: 1 });
  await until(() => inspector.events.length > 0);
  // One page, then it is out of credit again.
  const first = inspector.events.length;
  await inspector.call('Registry.list', {});
  expect(inspector.events.length).toBe(first);
  await inspector.call('Client.credit', { bytes: 100_000_000 });
  await until(() => inspector.events.length === 3_000);
});

test('DB4 an inspector that falls too far behind is told what it missed, and goes on with the newest', async () => {
  const hub = await kit.hub({ limits: { inspectorLagEvents: 5_000 } });
  const agent = await kit.agent(hub);
  const slow = await kit.inspector(hub, CLIENT);
  await slow.follow({ sinceSeq: 0 }, 1);
  await until(() => slow.isUpToDate);
  const fast = await kit.inspector(hub, CLIENT);
  await fast.follow();
  agent.emit(drafts(1));
  await until(() => slow.events.length === 1);
  for (let i = 0; i < 20; i++) {
    agent.emit(drafts(1_000));
    await until(() => fast.events.length === 1 + (i + 1) * 1_000);
  }
  await slow.call('Client.credit', { bytes: 100_000_000 });
  await until(() => covered(slow.events, slow.dropped) === 20_001);
  expect(slow.dropped.every(({ reason }) => reason === 'the inspector was too slow')).toBe(true);
  expect(slow.events.length).toBeLessThan(10_000);
  expect(slow.events.at(-1)?.seq).toBe(20_000);
  expect(fast.dropped).toEqual([]);
});

test('DB4 an inspector that never reads costs the hub no memory, and the others nothing', async () => {
  const hub = await kit.hub({ limits: { inspectorBufferBytes: 100_000 } });
  const agent = await kit.agent(hub);
  const deaf = new WebSocket(`${hub.url.replace('http', 'ws')}${CLIENT}`);
  await new Promise((resolve) => deaf.once('open', resolve));
  const say = (id: number, method: string, params: unknown): void => deaf.send(JSON.stringify({ id, method, params }));
  say(1, 'Hub.hello', { protocol: DEBUG_PROTOCOL, role: 'inspector', token: kit.token });
  say(2, 'Client.credit', { bytes: 1_000_000_000 });
  say(3, 'Client.enable', { sinceSeq: 0 });
  await new Promise((resolve) => deaf.once('message', resolve));
  (deaf as unknown as { _socket: { pause(): void } })._socket.pause();
  const fast = await kit.inspector(hub, CLIENT);
  await fast.follow();
  let most = 0;
  for (let i = 0; i < 60; i++) {
    agent.emit(drafts(1_000));
    await until(() => fast.events.length >= 1_000);
    fast.events.length = 0;
    fast.texts.length = 0;
    fast.told.length = 0;
    most = Math.max(most, ...hub.buffered());
  }
  // 60,000 events are some 12 MB on the wire; what waits for the deaf one is the bound and one page.
  expect(await fast.refusal('Registry.list', {})).toBe('none');
  expect(most).toBeGreaterThan(0);
  expect(most).toBeLessThan(600_000);
  deaf.terminate();
});

test('DB4 a client that floods is bounded on disk, and others are served meanwhile', async () => {
  const hub = await kit.hub({ limits: { recordingBytes: 2_000_000 } });
  const flood = await kit.agent(hub, { client: { clientId: 'flood' } });
  const calm = await kit.agent(hub);
  const inspector = await kit.inspector(hub, CLIENT);
  let answered = 0;
  for (let i = 0; i < 60; i++) {
    flood.emit(drafts(1_000));
    await inspector.call('Registry.get', { contextId: 'clinic-a' });
    answered++;
  }
  expect(answered).toBe(60);
  const watcher = await kit.inspector(hub, '/client/flood');
  await watcher.follow({});
  await until(() => watcher.isUpToDate);
  await hub.retain();
  for (const name of readdirSync(join(kit.dataDir, 'recordings')).filter((file) => file.startsWith('flood') && !file.endsWith('-shm'))) {
    expect(statSync(join(kit.dataDir, 'recordings', name)).size, name).toBeLessThan(6_000_000);
  }
  expect(calm.closedBecause).toBeNull();
});

test('DB4 a disk that does not answer holds back the agent’s credit and nothing else', async () => {
  const hub = await kit.hub({ limits: { agentCreditBytes: 100_000, heartbeatMs: 60_000 } });
  const agent = await kit.agent(hub);
  const inspector = await kit.inspector(hub, CLIENT);
  await inspector.follow();
  agent.emit(drafts(10));
  await until(() => agent.credited === 9);
  const [file = ''] = readdirSync(join(kit.dataDir, 'recordings')).filter((name) => name.endsWith('.ctxscope'));
  const other = new DatabaseSync(join(kit.dataDir, 'recordings', file));
  other.exec('BEGIN IMMEDIATE');
  agent.emit(drafts(5_000));
  for (let i = 0; i < 20; i++) await inspector.call('Registry.get', { contextId: 'clinic-a' });
  expect(agent.credited).toBe(9);
  other.exec('ROLLBACK');
  other.close();
  await until(() => inspector.events.length === 5_010);
  expect(inspector.dropped).toEqual([]);
});

test('DB4 an agent that sends far beyond its credit is cut off, and what it sent is a gap', async () => {
  const hub = await kit.hub({ limits: { agentCreditBytes: 10_000, frameBytes: 50_000, flushMs: 60_000, flushBytes: 10_000_000 } });
  const rude = await kit.dial(hub, '/agent');
  const agent = await kit.agent(hub);
  await rude.call('Hub.hello', { protocol: DEBUG_PROTOCOL, role: 'agent', client: { ...agent.info, clientId: 'rude' } });
  for (let i = 0; i < 10; i++) rude.rpc.emit('Client.events', { runId: agent.info.runId, events: drafts(50).map((draft, j) => ({ ...draft, seq: i * 50 + j })) });
  await until(() => rude.closedBecause !== null);
  expect(rude.closedBecause).toBe('sent without credit');
  const inspector = await kit.inspector(hub, '/client/rude');
  await inspector.follow();
  await until(() => inspector.isUpToDate);
  expect(inspector.dropped).toEqual([expect.objectContaining({ reason: 'sent without credit' })]);
  expect(agent.closedBecause).toBeNull();
});

test('too many calls at once are refused, the rest are answered', async () => {
  const hub = await kit.hub({ limits: { callsAtOnce: 10 } });
  await kit.agent(hub);
  const inspector = await kit.inspector(hub, CLIENT);
  const outcomes = await Promise.all(Array.from({ length: 30 }, () => inspector.refusal('Registry.get', { contextId: 'clinic-a' })));
  expect(outcomes.filter((code) => code === 'none').length).toBeGreaterThanOrEqual(10);
  expect(new Set(outcomes)).toEqual(new Set(['none', 'TOO_LARGE']));
});
