import { DatabaseSync } from 'node:sqlite';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Clinic, isLive, until } from './testing/clinic.ts';

test('DB10: compare finds no difference where there is none, leaves pending writes out, and changes nothing', async () => {
  await using clinic = await Clinic.open();
  const { client } = await clinic.device('device-a');
  const handle = await client.activate('clinic-a');
  await until(isLive(client, 'clinic-a'), 'live');
  for (let i = 0; i < 20; i++) await handle.put('patient', `p-${i}`, { name: `Patient ${i}` });
  await until(async () => (await handle.outbox()).length === 0, 'settled');
  const before = client.registry();
  const report = await client.control.compare('clinic-a');
  expect(report).toMatchObject({ identical: true, differences: [], rows: 20, version: 20 });
  expect(report.serverDigest).toBe(report.localDigest);
  expect(client.registry()).toEqual(before);
  expect(client.control.files().filter((file) => file.kind === 'unknown')).toEqual([]);
});

test('DB10 SY5: compare names the row that differs; verify and a rebuild find and mend it', async () => {
  await using clinic = await Clinic.open();
  const { client, dir } = await clinic.device('device-a');
  const handle = await client.activate('clinic-a');
  await until(isLive(client, 'clinic-a'), 'live');
  await handle.put('patient', 'p-1', { name: 'Ada' });
  await handle.put('patient', 'p-2', { name: 'Grace' });
  await until(async () => (await handle.outbox()).length === 0, 'settled');
  await client.deactivate('clinic-a');
  const file = readdirSync(dir).find((name) => name.startsWith('p-') && name.endsWith('.sqlite'));
  const db = new DatabaseSync(join(dir, String(file)));
  db.prepare(`UPDATE rows SET value = '{"name":"Eve"}' WHERE id = 'p-1'`).run();
  db.close();
  await client.activate('clinic-a');
  await until(isLive(client, 'clinic-a'), 'live again');
  const report = await client.control.compare('clinic-a');
  expect(report.identical).toBe(false);
  expect(report.differences).toHaveLength(1);
  expect(report.differences[0]).toMatchObject({ id: 'p-1', kind: 'differs', local: { value: { name: 'Eve' } }, server: { value: { name: 'Ada' } }, change: { contextVersion: 1, deviceId: 'device-a' } });
  await client.replay('clinic-a');
  await until(isLive(client, 'clinic-a'), 'live on the new generation');
  expect(await client.control.compare('clinic-a')).toMatchObject({ identical: true });
});

test('RP4: the rows as of a version come from the server’s log; a version that is not there yet is a clear error', async () => {
  await using clinic = await Clinic.open();
  const { client } = await clinic.device('device-a');
  const handle = await client.activate('clinic-a');
  await until(isLive(client, 'clinic-a'), 'live');
  for (const name of ['Ada', 'Ada L.', 'Ada Lovelace']) {
    await handle.put('patient', 'p-1', { name });
    await until(async () => (await handle.outbox()).length === 0, 'settled');
  }
  await handle.put('patient', 'p-2', { name: 'Grace' });
  await until(async () => (await handle.outbox()).length === 0, 'settled');
  expect(await client.control.stateAt('clinic-a', 2, 100)).toMatchObject({ total: 1, unknown: 0, rows: [{ id: 'p-1', version: 2, value: { name: 'Ada L.' } }] });
  expect((await client.control.stateAt('clinic-a', 4, 100)).total).toBe(2);
  // The snapshot that is ready by now is kept; what came since is read from the log.
  await handle.put('patient', 'p-3', { name: 'Hedy' });
  await until(async () => (await handle.outbox()).length === 0, 'settled');
  expect(await client.control.stateAt('clinic-a', 5, 100)).toMatchObject({ total: 3 });
  await expect(client.control.stateAt('clinic-a', 9, 100)).rejects.toMatchObject({ code: 'NOT_YET' });
});
