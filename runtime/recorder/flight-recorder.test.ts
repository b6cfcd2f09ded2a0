import type { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { RecordingReader, reExecuteRecording } from '../../shared/recording/index.ts';
import { Clinic, isLive, openReport, until, type ClinicClient } from '../testing/clinic.ts';

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
