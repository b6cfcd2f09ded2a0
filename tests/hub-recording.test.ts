import type { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { HubKit } from '../inspector-server/testing/hub-kit.ts';
import type { Hub, HubOptions } from '../inspector-server/index.ts';
import { startAgent, type Agent, type AgentOptions } from '../runtime/agent/index.ts';
import { nodePlatform } from '../runtime/platform/node/index.ts';
import { Clinic, isLive, openReport, until, type ClinicClient } from '../runtime/testing/clinic.ts';
import { RecordingReader, reExecuteRecording } from '../shared/recording/index.ts';

// A client's recording on the hub's disk and the one of its own flight recorder: the same events, and both run again.

let kit: HubKit;
let agents: Agent[] = [];
beforeEach(() => (kit = new HubKit()));
afterEach(async () => {
  for (const agent of agents) agent.stop();
  agents = [];
  await kit.end();
});

const hubOf = (limits: HubOptions['limits'] = {}, port = 0): Promise<Hub> => kit.hub({ port, limits: { stepsEveryMs: 20, ...limits } });

async function attach(clinic: Clinic, client: ClinicClient, hub: Hub, values: AgentOptions['values'] = 'full'): Promise<Agent> {
  const agent = startAgent(client, { platform: await nodePlatform({ dir: clinic.folder() }), hub: hub.agentUrl.replace(/\/agent$/, ''), values });
  agents.push(agent);
  await until(() => agent.connected, 'attached');
  return agent;
}

const bytesFrom = async (hub: Hub): Promise<Uint8Array> => {
  const inspector = await kit.inspector(hub, '/hub');
  const [recording] = (await inspector.call('Hub.recordings', {})).recordings;
  const response = await fetch(`${hub.url}/recordings/${recording?.file ?? ''}`, { headers: { authorization: `Bearer ${kit.token}` } });
  expect(response.status).toBe(200);
  return new Uint8Array(await response.arrayBuffer());
};

const eventsOf = (db: DatabaseSync) => RecordingReader.open(db).events({ limit: 100_000 }).map(({ event }) => event);
const stepsOf = (db: DatabaseSync) => db.prepare('SELECT runId, step, seq, contextId, kind, input, outputHash, bulk FROM steps ORDER BY runId, step').all();

async function work(client: ClinicClient, contextId: string, count: number): Promise<void> {
  const handle = await client.switchTo(contextId);
  for (let i = 0; i < count; i++) await handle.put('visit', `v-${i}`, { at: i, text: `it is ${contextId}` });
  await until(isLive(client, contextId), 'live');
  await until(async () => (await handle.outbox()).length === 0, 'settled');
}

/** Until the hub has heard of everything. */
async function heard(client: ClinicClient, hub: Hub): Promise<DatabaseSync> {
  let db = openReport(await bytesFrom(hub));
  await until(async () => {
    const last = client.control.lastSeq;
    db = openReport(await bytesFrom(hub));
    return (eventsOf(db).at(-1)?.seq ?? -1) >= last;
  }, 'the hub heard everything');
  return db;
}

test('RP1 RP3 DB5 a recording taken through the hub and one of the flight recorder hold the same events and steps, and both run again', async () => {
  await using clinic = await Clinic.open();
  const hub = await hubOf();
  const { client } = await clinic.device('device-a', { flightRecorder: true });
  await attach(clinic, client, hub);
  await work(client, 'clinic-a', 30);
  await client.replay('clinic-a');
  await work(client, 'clinic-b', 10);
  const ours = await heard(client, hub);
  const theirs = openReport(await client.exportReport({ values: 'full' }));
  expect(eventsOf(ours)).toEqual(eventsOf(theirs));
  expect(stepsOf(ours)).toEqual(stepsOf(theirs));
  for (const db of [ours, theirs]) expect(reExecuteRecording(db)).toMatchObject({ verdict: 'identical', runs: 1, core: { same: true } });
});

test('RP3 DB5 a hub that was away, and one that starts again, goes on where it was: steps and events are whole', async () => {
  await using clinic = await Clinic.open();
  const first = await hubOf();
  const { client } = await clinic.device('device-a', { flightRecorder: true });
  const agent = await attach(clinic, client, first);
  await work(client, 'clinic-a', 10);
  await first.close();
  await until(() => !agent.connected, 'cut off');
  await work(client, 'clinic-b', 10);
  const again = await hubOf({}, first.port);
  await until(() => agent.connected, 'attached again');
  await work(client, 'clinic-a', 10);
  const db = await heard(client, again);
  expect(eventsOf(db)).toEqual(eventsOf(openReport(await client.exportReport({ values: 'full' }))));
  expect(reExecuteRecording(db)).toMatchObject({ verdict: 'identical', runs: 1 });
});

test('PR5 RP3 a context that the app forgets is in no byte of the hub’s recording, and the rest runs again', async () => {
  await using clinic = await Clinic.open(['clinic-a', 'clinic-secret']);
  const hub = await hubOf();
  const { client } = await clinic.device('device-a', { flightRecorder: true, drain: false });
  await attach(clinic, client, hub);
  await work(client, 'clinic-secret', 5);
  await work(client, 'clinic-a', 5);
  expect(new TextDecoder('latin1').decode(await bytesFrom(hub))).toContain('it is clinic-secret');
  await client.forget('clinic-secret');
  await work(client, 'clinic-a', 5);
  const db = await heard(client, hub);
  expect(new TextDecoder('latin1').decode(await bytesFrom(hub))).not.toContain('it is clinic-secret');
  expect(stepsOf(db).length).toBeGreaterThan(5);
  expect(reExecuteRecording(db)).toMatchObject({ verdict: 'identical' });
});

test('DB8 RP3 what is too much goes, steps with their events, and what is left runs again', async () => {
  await using clinic = await Clinic.open();
  const hub = await hubOf({ recordingBytes: 400_000 });
  const { client } = await clinic.device('device-a', { flightRecorder: { bytes: 400_000 } });
  await attach(clinic, client, hub);
  for (let round = 0; round < 6; round++) await work(client, round % 2 === 0 ? 'clinic-a' : 'clinic-b', 40);
  await heard(client, hub);
  await hub.retain();
  const db = await heard(client, hub);
  const [firstSeq, firstStep] = [eventsOf(db)[0]?.seq ?? 0, stepsOf(db)[0]];
  expect(firstSeq).toBeGreaterThan(50);
  expect(Number(firstStep?.['seq'])).toBeGreaterThanOrEqual(firstSeq - 1);
  expect(reExecuteRecording(db)).toMatchObject({ verdict: 'identical' });
});

test('DB8 of a client whose values stay on the device no step comes, and a report of it says that it cannot run again', async () => {
  await using clinic = await Clinic.open();
  const hub = await hubOf();
  const { client } = await clinic.device('device-a', { flightRecorder: true });
  const agent = await attach(clinic, client, hub, 'structure');
  expect(agent.info.capabilities).not.toContain('Recorder.lines');
  await work(client, 'clinic-a', 5);
  const db = await heard(client, hub);
  expect(stepsOf(db)).toEqual([]);
  expect(reExecuteRecording(db)).toMatchObject({ verdict: 'incomplete' });
});
