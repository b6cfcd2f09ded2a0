import type { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { RecordingReader, reExecuteRecording } from '../../shared/recording/index.ts';
import { Clinic, isLive, openReport, until, type ClinicClient } from '../testing/clinic.ts';
import { PlainHub } from '../testing/plain-hub.ts';

const report = async (client: ClinicClient): Promise<DatabaseSync> => openReport(await client.exportReport({ values: 'full' }));

test('RP1 RP3 a session with a conflict, a switch and a rebuild is exported, and runs again to identical', async () => {
  await using clinic = await Clinic.open();
  const { client: a, events } = await clinic.device('device-a', { flightRecorder: true });
  const { client: b } = await clinic.device('device-b');
  const here = await a.activate('clinic-a');
  await here.put('patient', 'p-1', { name: 'Ada', ward: 'W1' });
  const there = await b.activate('clinic-a');
  await until(() => there.get('patient', 'p-1'), 'the patient arrives');
  await until(isLive(b, 'clinic-a'), 'b is live');
  a.control.network.emulate({ offline: true });
  await until(() => a.control.status('clinic-a')?.connection === 'offline', 'offline');
  await here.patch('patient', 'p-1', { ward: 'W2' });
  await there.patch('patient', 'p-1', { ward: 'W3' });
  await until(async () => (await there.outbox()).length === 0, 'b is settled');
  a.control.network.emulate(null);
  await until(async () => (await here.conflicts()).length > 0, 'a conflict');
  await until(async () => (await here.outbox()).length === 0, 'a is settled');
  await a.replay('clinic-a');
  const second = await a.switchTo('clinic-b');
  await second.put('visit', 'v-1', { at: 1, text: 'x' });
  const db = await report(a);
  const verdict = reExecuteRecording(db);
  expect(verdict).toMatchObject({ verdict: 'identical', runs: 1, core: { same: true } });
  expect(verdict.verdict === 'identical' && verdict.steps).toBeGreaterThan(40);
  const reader = RecordingReader.open(db);
  // The test listens from the second event on, the recorder from the first.
  expect(reader.events({ limit: 100_000 }).slice(1).map(({ event }) => event)).toEqual(events.slice(0, reader.summary().events - 1));
  expect(reader.entries().map((entry) => entry.row.contextId)).toEqual(['clinic-a', 'clinic-b']);
  expect(reader.clients()[0]).toMatchObject({ deviceId: 'device-a', runId: a.control.identity.runId });
});

test('RP1 a frame of many changes is a bulk step: its values are not kept, the state behind it is, and the rest runs again', async () => {
  await using clinic = await Clinic.open();
  const { client: writer } = await clinic.device('device-b', { flightRecorder: false });
  const there = await writer.activate('clinic-a');
  await until(isLive(writer, 'clinic-a'), 'live');
  await Promise.all(Array.from({ length: 400 }, (_, i) => there.put('visit', `v-${i}`, { at: i, text: `bulk value ${i} ${'x'.repeat(200)}` })));
  await until(async () => (await there.outbox()).length === 0, 'settled');
  const { client } = await clinic.device('device-a', { flightRecorder: true });
  const here = await client.activate('clinic-a');
  await until(async () => (await here.query('SELECT count(*) AS n FROM visit'))[0]?.['n'] === 400, 'all of them');
  await until(isLive(client, 'clinic-a'), 'live');
  await here.put('visit', 'mine', { at: 1, text: 'a value of mine' });
  await until(async () => (await here.outbox()).length === 0, 'settled');
  const bytes = await client.exportReport({ values: 'full' });
  const db = openReport(bytes);
  const verdict = reExecuteRecording(db);
  expect(verdict, JSON.stringify(verdict)).toMatchObject({ verdict: 'identical' });
  expect(verdict.verdict === 'identical' && verdict.bulkSteps).toBeGreaterThan(0);
  const text = new TextDecoder('latin1').decode(bytes);
  expect([text.includes('bulk value 7'), text.includes('a value of mine')]).toEqual([false, true]);
  const bulk = JSON.parse(String(db.prepare('SELECT bulk FROM steps WHERE bulk IS NOT NULL').get()?.['bulk'])) as { changes: number; toVersion: number; byteHash: string; digestBefore: string; digestAfter: string };
  expect(bulk).toMatchObject({ byteHash: expect.stringMatching(/^[0-9a-f]{16}$/), digestBefore: '0000000000000000', digestAfter: expect.stringMatching(/^[0-9a-f]{16}$/) });
  expect(bulk.changes).toBeGreaterThan(100);
  db.exec(`UPDATE steps SET bulk = json_set(bulk, '$.digestBefore', 'ffffffffffffffff') WHERE bulk IS NOT NULL`);
  expect(reExecuteRecording(db)).toMatchObject({ verdict: 'diverged', what: 'digest' });
});

test('RP1 RP3 over many segments, of which the oldest are gone, with writes that wait: every checkpoint agrees', async () => {
  await using clinic = await Clinic.open();
  const { client } = await clinic.device('device-a', { flightRecorder: { bytes: 120_000 } });
  const here = await client.activate('clinic-a');
  await until(isLive(client, 'clinic-a'), 'live');
  for (let i = 0; i < 150; i++) await here.put('visit', `v-${i % 10}`, { at: i, text: `text ${i} ${'x'.repeat(100)}` });
  client.control.network.emulate({ offline: true });
  for (let i = 0; i < 50; i++) await here.put('visit', `w-${i}`, { at: i, text: 'it waits' });
  client.control.network.emulate(null);
  await until(async () => (await here.outbox()).length === 0, 'settled', 10_000);
  const status = client.control.recorder.status();
  expect(status.bytes).toBeLessThanOrEqual(120_000);
  expect(status.segments).toBeGreaterThan(2);
  const db = await report(client);
  const verdict = reExecuteRecording(db);
  expect(verdict, JSON.stringify(verdict)).toMatchObject({ verdict: 'identical' });
  expect(verdict.verdict === 'identical' && verdict.checkpoints).toBeGreaterThan(2);
  expect(db.prepare('SELECT min(step) AS first FROM steps').get()?.['first']).toBeGreaterThan(1);
  db.exec(`UPDATE checkpoints SET state = replace(state, '"localVersion":', '"localVersion":9') WHERE step = (SELECT max(step) FROM checkpoints) AND contextId = 'clinic-a'`);
  expect(reExecuteRecording(db)).toMatchObject({ verdict: 'diverged', what: 'state' });
});

test('RP1 DB2 Recorder.*: started in the middle, stopped, started again, exported in chunks; it runs again over what was missed', async () => {
  await using clinic = await Clinic.open();
  const { client } = await clinic.device('device-a', { flightRecorder: false });
  const hub = new PlainHub(client);
  const here = await client.activate('clinic-a');
  await until(isLive(client, 'clinic-a'), 'live');
  await here.put('patient', 'p-0', { name: 'unrecorded' });
  expect(await hub.call('Recorder.status', {})).toEqual({ on: false, segments: 0, bytes: 0, oldestAt: null, limitBytes: 16_777_216 });
  await hub.call('Recorder.start', { commandId: 'r-1' });
  await here.put('patient', 'p-1', { name: 'Ada' });
  await hub.call('Recorder.stop', { commandId: 'r-2' });
  await here.put('patient', 'p-2', { name: 'unrecorded' });
  await hub.call('Recorder.start', { commandId: 'r-3' });
  await here.put('patient', 'p-3', { name: 'Grace' });
  await until(async () => (await here.outbox()).length === 0, 'settled');
  const preview = await hub.call('Recorder.preview', {});
  expect(preview.steps).toBeGreaterThan(5);
  const chunks: Buffer[] = [];
  for (let offset: number | null = 0; offset !== null; ) {
    const { chunk, nextOffset, bytes }: { chunk: string; nextOffset: number | null; bytes: number } = await hub.call('Recorder.export', { offset });
    chunks.push(Buffer.from(chunk, 'base64'));
    if (nextOffset === null) expect(Buffer.concat(chunks)).toHaveLength(bytes);
    offset = nextOffset;
  }
  const db = openReport(Buffer.concat(chunks));
  expect(reExecuteRecording(db)).toMatchObject({ verdict: 'identical', runs: 1 });
  const writes = db.prepare(`SELECT input FROM steps WHERE kind = 'writes'`).all().map((row) => /"entityId":"([^"]+)"/.exec(String(row['input']))?.[1]);
  expect(writes).toEqual(['p-1', 'p-3']);
  hub.agent.stop();
  const careful = new PlainHub(client, { values: 'structure' });
  await expect(careful.call('Recorder.export', { offset: 0 })).rejects.toThrow('MASKED');
  careful.agent.stop();
});

test('RP1 without values a report cannot be made yet, and says so; without a recording neither', async () => {
  await using clinic = await Clinic.open();
  const { client } = await clinic.device('device-a', { flightRecorder: false });
  await expect(client.exportReport({ values: 'full' })).rejects.toMatchObject({ code: 'NOT_RECORDING' });
  await expect(client.exportReport({ values: 'redacted' } as never)).rejects.toMatchObject({ code: 'NOT_REDACTED' });
});

test('PR5 RP1 a context that the app forgets is not in its report any more, and the rest runs again', async () => {
  await using clinic = await Clinic.open(['clinic-a', 'clinic-secret']);
  const { client } = await clinic.device('device-a', { flightRecorder: true, drain: false });
  const secret = await client.switchTo('clinic-secret');
  await secret.put('visit', 'v-1', { at: 1, text: 'a word that nobody may read' });
  const other = await client.switchTo('clinic-a');
  await clinic.server.admin.revoke('clinic-secret', 'amelie');
  await until(() => client.registry().every((row) => row.contextId !== 'clinic-secret'), 'the server took it away');
  await other.put('visit', 'v-2', { at: 1, text: 'another' });
  await client.close();
  const bytes = await client.exportReport({ values: 'full' });
  const text = new TextDecoder('latin1').decode(bytes);
  expect([text.includes('nobody may read'), text.includes('another')]).toEqual([false, true]);
  expect(reExecuteRecording(openReport(bytes))).toMatchObject({ verdict: 'identical' });
});

test('PR5 RP1 forgetting reaches what an earlier run recorded, also while nothing is recorded', async () => {
  await using clinic = await Clinic.open(['clinic-a', 'clinic-secret']);
  const { client, dir } = await clinic.device('device-a', { flightRecorder: true, drain: false });
  const secret = await client.switchTo('clinic-secret');
  await secret.put('visit', 'v-1', { at: 1, text: 'a word that nobody may read' });
  await client.close();
  const { client: later } = await clinic.device('device-a', { dir, flightRecorder: false, drain: false });
  await later.forget('clinic-secret');
  expect(new TextDecoder('latin1').decode(await later.exportReport({ values: 'full' }))).not.toContain('nobody may read');
});

test('RP1 DB5 the flight recorder and the hub hear the same events of the same run', async () => {
  await using clinic = await Clinic.open();
  const { client } = await clinic.device('device-a', { flightRecorder: true });
  const hub = new PlainHub(client);
  const here = await client.switchTo('clinic-a');
  for (let i = 0; i < 20; i++) await here.put('visit', `v-${i}`, { at: i, text: 'x' });
  await until(async () => (await here.outbox()).length === 0, 'settled');
  await client.switchTo('clinic-b');
  const recorded = RecordingReader.open(await report(client)).events({ limit: 100_000 });
  const last = recorded.at(-1)?.event.seq ?? 0;
  await until(() => hub.events.some(({ seq }) => seq >= last), 'the hub has them too');
  expect(recorded[0]?.runId).toBe(hub.agent.info.runId);
  // The agent started after the first ones.
  const first = hub.events[0]?.seq ?? 0;
  expect(recorded.map(({ event }) => event).filter(({ seq }) => seq >= first)).toEqual(hub.events.filter(({ seq }) => seq <= last));
});
