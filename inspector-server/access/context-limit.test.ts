import { afterEach, beforeEach, expect, test } from 'vitest';
import { AppError } from '../../shared/base/app-error.ts';
import { METHODS, type MethodName } from '../../shared/protocol/debug/index.ts';
import type { ScriptedAgent } from '../testing/scripted-agent.ts';
import { HubKit, until, type TestInspector } from '../testing/hub-kit.ts';
import { ScriptedSession } from '../testing/scripted-session.ts';
import { readHubFile, type Hub } from '../index.ts';

// A session that is limited to clinic-a asks for clinic-b by every method there is, and learns not even its name.

let kit: HubKit;
let hub: Hub;
let agent: ScriptedAgent;
let limited: TestInspector;
const CLIENT = '/client/client-rounds';

beforeEach(async () => {
  kit = new HubKit();
  hub = await kit.hub();
  const session = new ScriptedSession(Date.now(), 3);
  const history = session.history(Date.now(), 3);
  // Texts of one context that name another: what structure alone would let through.
  history.push({ at: Date.now(), kind: 'lifecycle', contextId: 'clinic-a', activationId: 'act-9', data: { from: 'active', to: 'deactivating', reason: 'clinic-b (Riverside Pediatrics) took its place' } });
  history.push({ at: Date.now(), kind: 'error', data: { code: 'X', message: 'clinic-b failed' } });
  agent = await kit.agent(hub, {
    session,
    answers: {
      'Context.explain': ({ contextId }) => ({ contextId, lifecycle: 'active', since: 1, why: [{ text: 'It is open beside clinic-b, Riverside Pediatrics.', eventSeq: 41 }], notPruned: [], blockers: [] }),
      'Conflict.get': () => Promise.reject(new Error('clinic-b is locked')),
      'Context.stateAt': () => Promise.reject(new AppError('COMPACTED', 'The log begins at 9, as that of clinic-b', { details: { horizon: 9, beside: 'clinic-b' } })),
    },
  });
  agent.emit(history);
  limited = await kit.inspector(hub, CLIENT, await kit.paired(hub, { mode: 'control', contexts: ['clinic-a'] }));
});
afterEach(() => kit.end());

const NAMES = /clinic-[b-m]|Riverside|Northgate|Eastside|shared|ICD-10/;

/** Every method with params that name `contextId`. */
function calls(contextId: string): { method: MethodName; params: unknown }[] {
  const all = { contextId, contexts: [contextId, contextId], commandId: 'c-x', rounds: 1, mode: 'compare', conflictId: 'k-1', choice: 'mine', strategy: 'lww', entity: 'patient', from: 0, to: 9, version: 1, sql: 'SELECT 1', disk: true, server: true, dryRun: true, file: `p-${contextId}-1.sqlite`, offset: 0, limit: 10, segment: null, format: 'csv' };
  return (Object.keys(METHODS) as MethodName[])
    .filter((method) => method !== 'Hub.hello' && !method.startsWith('Client.'))
    .map((method) => {
      const { mode: _mode, ...withoutMode } = all;
      if (method === 'Hub.pairing') return { method, params: { contexts: [contextId] } };
      if (method === 'Network.emulate') return { method, params: { commandId: 'c-n', conditions: { offline: true, latencyMs: 0, jitterMs: 0, dropRate: 0, duplicateRate: 0, reorderRate: 0, bandwidthKbps: 0, contexts: [contextId] } } };
      return { method, params: method === 'Context.replay' ? all : withoutMode };
    });
}

test('asking for another context is refused by every method, and no answer names one', async () => {
  const asked = agent.calls.length;
  for (const { method, params } of calls('clinic-b')) {
    const outcome = await limited.refusal(method, params as never);
    const isAboutOne = !['Registry.list', 'Registry.files', 'Registry.policy', 'Migration.status', 'Network.conditions', 'Telemetry.get', 'Hub.targets'].includes(method);
    if (isAboutOne) expect(outcome, method).toBe('NOT_PERMITTED');
  }
  expect(agent.calls.slice(asked).filter(({ params }) => JSON.stringify(params).includes('clinic-b'))).toEqual([]);
  expect(limited.texts.join('\n')).not.toMatch(NAMES);
});

test('a context that there is and one that there is not are refused alike', async () => {
  const refusal = async (contextId: string): Promise<string> => await limited.call('Context.explain', { contextId }).then(String, String);
  expect(await refusal('clinic-b')).toBe(await refusal('clinic-zzz'));
});

test('asking for its own context is answered by every method, without the names of others', async () => {
  for (const { method, params } of calls('clinic-a')) await limited.refusal(method, params as never);
  expect((await limited.call('Registry.list', {})).entries.map(({ row }) => row.contextId)).toEqual(['clinic-a']);
  expect((await limited.call('Registry.get', { contextId: 'clinic-a' })).row.title).toBe('Harbor Family Practice');
  expect((await limited.call('Context.explain', { contextId: 'clinic-a' })).why).toEqual([{ text: 'It is open beside …, ….' }]);
  expect((await limited.call('Telemetry.get', {})).client).toEqual({});
  expect((await limited.call('Migration.status', {})).contexts.map(({ contextId }) => contextId)).toEqual(['clinic-a']);
  expect((await limited.call('Registry.files', {})).files.map(({ contextId }) => contextId)).toEqual(['clinic-a']);
  expect(limited.texts.join('\n')).not.toMatch(NAMES);
});

test('what ends or sets the whole client’s network is refused', async () => {
  expect(await limited.refusal('Network.emulate', { commandId: 'c', conditions: null })).toBe('NOT_PERMITTED');
  const whole = { offline: true, latencyMs: 0, jitterMs: 0, dropRate: 0, duplicateRate: 0, reorderRate: 0, bandwidthKbps: 0 };
  expect(await limited.refusal('Network.emulate', { commandId: 'c', conditions: whole })).toBe('NOT_PERMITTED');
});

test('events of its context come, those of others do not, recorded or live', async () => {
  await limited.follow();
  await until(() => limited.isUpToDate);
  agent.emit(agent.session.activate('clinic-b', Date.now()));
  agent.emit(agent.session.work('clinic-b', Date.now()));
  agent.changed(['clinic-b']);
  agent.progress({ commandId: 'somebody-else', done: 1 });
  agent.emit([{ at: Date.now(), kind: 'drained', contextId: 'clinic-a', data: { pushed: 1 } }]);
  agent.changed(['clinic-a']);
  await until(() => limited.events.at(-1)?.kind === 'drained' && limited.told.some(({ event }) => event === 'Registry.changed'));
  expect(limited.events).toHaveLength(agent.ring.filter(({ contextId }) => contextId === 'clinic-a').length);
  expect(limited.events.find(({ kind, data }) => kind === 'lifecycle' && typeof data['reason'] === 'string' && data['reason'].includes('place'))?.data['reason']).toBe('… (…) took its place');
  expect(limited.texts.join('\n')).not.toMatch(NAMES);
});

test('its events are numbered without the others, so that no jump tells of them, live and attached again', async () => {
  const runId = agent.info.runId;
  const own = (): number => agent.ring.filter(({ contextId }) => contextId === 'clinic-a').length;
  await limited.call('Client.credit', { bytes: 1_000_000 });
  const { nextSeq } = await limited.call('Client.enable', { sinceSeq: 0 });
  await until(() => limited.isUpToDate);
  agent.emit(agent.session.activate('clinic-b', Date.now()));
  agent.emit([{ at: Date.now(), kind: 'drained', contextId: 'clinic-a', data: { pushed: 1 } }]);
  await until(() => limited.events.length === own());
  expect(nextSeq).toBe(own() - 1);
  expect(limited.events.map(({ seq }) => seq)).toEqual(Array.from({ length: own() }, (_, i) => i));
  const token = await kit.paired(hub, { mode: 'observe', contexts: ['clinic-a'] });
  const late = await kit.inspector(hub, CLIENT, token);
  await late.call('Client.credit', { bytes: 1_000_000 });
  await late.call('Client.enable', { runId, sinceSeq: nextSeq - 2 });
  await until(() => late.isUpToDate);
  expect(late.events).toEqual(limited.events.slice(-3));
  expect([...limited.dropped, ...late.dropped]).toEqual([]);
});

test('DB4 what it was too slow for is left out without a word of how much of others went with it', async () => {
  const slow = await kit.hub({ dataDir: `${kit.dataDir}-2`, limits: { inspectorLagEvents: 50 } });
  const flooding = await kit.agent(slow, { client: { clientId: 'client-rounds' } });
  const inspector = await kit.dial(slow, CLIENT);
  await kit.post(slow, '/pairing', { mode: 'observe', contexts: ['clinic-a'] }, readHubFile(`${kit.dataDir}-2`)?.token);
  const { token } = (await (await kit.post(slow, '/pair', { code: kit.code(), name: 'x' }, '')).json()) as { token: string };
  await inspector.hello(token);
  await inspector.call('Client.credit', { bytes: 2_000 });
  await inspector.call('Client.enable', { sinceSeq: 0 });
  const drafts = (count: number) => Array.from({ length: count }, (_, i) => ({ at: i, kind: 'write' as const, contextId: i % 3 === 0 ? 'clinic-a' : 'clinic-b', data: { i } }));
  flooding.emit(drafts(3));
  await until(() => inspector.events.length === 1);
  for (let round = 0; round < 30; round++) flooding.emit(drafts(300));
  await until(() => flooding.credited >= flooding.ring.length - 1);
  await inspector.call('Client.credit', { bytes: 10_000_000 });
  flooding.emit(drafts(3));
  await until(() => inspector.events.at(-1)?.seq === flooding.ring.filter(({ contextId }) => contextId === 'clinic-a').length - 1);
  expect(inspector.dropped).toEqual([]);
  expect(inspector.events.length).toBeLessThan(3_000);
});

test('RP4 an error keeps its numbers, the oldest version among them, and no name', async () => {
  await expect(limited.call('Context.stateAt', { contextId: 'clinic-a', version: 1 })).rejects.toMatchObject({ code: 'COMPACTED', details: { data: { horizon: 9 } } });
  expect(limited.texts.join('\n')).not.toMatch(NAMES);
});

test('the hub’s own list shows the client without counts, and the recording cannot be taken', async () => {
  const token = await kit.paired(hub, { mode: 'observe', contexts: ['clinic-a'] });
  const watcher = await kit.inspector(hub, '/hub', token);
  const { targets } = await watcher.call('Hub.targets', {});
  expect(targets).toEqual([expect.objectContaining({ recordingBytes: 0, connected: true })]);
  expect(targets[0]).not.toHaveProperty('recordingFile');
  const all = (await (await kit.inspector(hub, '/hub')).call('Hub.targets', {})).targets;
  expect((await fetch(`${hub.url}/recordings/${all[0]?.recordingFile ?? ''}`, { headers: { authorization: `Bearer ${token}` } })).status).toBe(403);
  expect(watcher.texts.join('\n')).not.toMatch(NAMES);
});

test('names that came and went are kept from it too, also after the hub was started again', async () => {
  await hub.close();
  const again = await kit.hub();
  const token = await kit.paired(again, { mode: 'observe', contexts: ['clinic-a'] });
  const late = await kit.inspector(again, CLIENT, token);
  await late.follow();
  await until(() => late.isUpToDate);
  expect(late.events.length).toBeGreaterThan(0);
  expect(late.texts.join('\n')).not.toMatch(NAMES);
});
