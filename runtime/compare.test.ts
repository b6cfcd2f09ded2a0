import { DatabaseSync } from 'node:sqlite';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Clinic, isLive, until, type ClinicClient } from './testing/clinic.ts';

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

test('DB10 a compare as of an earlier version leaves out what changed since, and says how much; a version that is not there is a clear error', async () => {
  await using clinic = await Clinic.open();
  const { client, dir } = await clinic.device('device-a');
  await put(client, 'clinic-a', 'p-1', 'Ada');
  await put(client, 'clinic-a', 'p-2', 'Grace');
  await put(client, 'clinic-a', 'p-1', 'Ada Lovelace');
  await put(client, 'clinic-a', 'p-3', 'Hedy');
  // p-2 is at version 2 throughout; p-1 and p-3 are not what they were at version 2.
  expect(await client.control.compare('clinic-a', { toVersion: 2 })).toMatchObject({ identical: true, version: 2, rows: 1, unknown: 2, differences: [] });
  expect(await client.control.compare('clinic-a', { toVersion: 4 })).toMatchObject({ identical: true, version: 4, rows: 3, unknown: 0 });
  await client.deactivate('clinic-a');
  const file = readdirSync(dir).find((name) => name.startsWith('p-') && name.endsWith('.sqlite'));
  const db = new DatabaseSync(join(dir, String(file)));
  db.prepare(`UPDATE rows SET value = '{"name":"Eve"}' WHERE id = 'p-2'`).run();
  db.close();
  // Of a dormant context too.
  const report = await client.control.compare('clinic-a', { toVersion: 2 });
  expect(report.differences).toMatchObject([{ id: 'p-2', kind: 'differs', local: { value: { name: 'Eve' } }, server: { value: { name: 'Grace' } }, change: { contextVersion: 2 } }]);
  expect(report.localDigest).not.toBe(report.serverDigest);
  await expect(client.control.compare('clinic-a', { toVersion: 9 })).rejects.toMatchObject({ code: 'NOT_YET', details: { head: 4 } });
  await clinic.server.admin.compact('clinic-a', { upTo: 3 });
  await expect(client.control.compare('clinic-a', { toVersion: 2 })).rejects.toMatchObject({ code: 'COMPACTED', details: { horizon: 3 } });
  expect(leftovers(client)).toEqual([]);
});

test('RP4 what is below the horizon is an error with the oldest version there is, of an active context and of a dormant one', async () => {
  await using clinic = await Clinic.open();
  const { client } = await clinic.device('device-a');
  for (const name of ['Ada', 'Ada L.', 'Ada Lovelace']) await put(client, 'clinic-a', 'p-1', name);
  const all = { fromVersion: 0, toVersion: 100, limit: 10 };
  const versions = async (request: typeof all): Promise<unknown[]> => (await client.control.history('clinic-a', request)).changes.map((change) => (change as { contextVersion: number }).contextVersion);
  expect(await versions(all)).toEqual([1, 2, 3]);
  await clinic.server.admin.compact('clinic-a', { upTo: 2 });
  for (const state of ['active', 'dormant']) {
    if (state === 'dormant') await client.deactivate('clinic-a');
    await expect(client.control.history('clinic-a', all), state).rejects.toMatchObject({ code: 'COMPACTED', details: { horizon: 2 } });
    expect(await versions({ ...all, fromVersion: 2 }), state).toEqual([3]);
    await expect(client.control.stateAt('clinic-a', 1, 10), state).rejects.toMatchObject({ code: 'COMPACTED', details: { horizon: 2 } });
    expect(await client.control.stateAt('clinic-a', 2, 10), state).toMatchObject({ total: 0, unknown: 1 });
  }
  expect(client.control.status('clinic-a')?.lifecycle).toBe('dormant');
});

test('DB6 a compare, a look at an earlier version and a history tell how far they are, end when they are cancelled, and leave nothing behind', async () => {
  await using clinic = await Clinic.open();
  const { client } = await clinic.device('device-a');
  await put(client, 'clinic-a', 'p-1', 'Ada');
  const told: number[] = [];
  await client.control.compare('clinic-a', { progress: (done, total = 0) => void told.push(done / total) });
  expect(told).toEqual([...told].sort((a, b) => a - b));
  expect(told[0]).toBe(0);
  expect(told.at(-1)).toBeGreaterThan(0.5);
  // Each at another moment: before it began, while the server is asked, and once the snapshot is here.
  for (const at of [-1, 0, 50]) {
    const abort = new AbortController();
    if (at < 0) abort.abort();
    const job = { signal: abort.signal, progress: (done: number) => void (done >= at && abort.abort()) };
    await expect(client.control.compare('clinic-a', job)).rejects.toMatchObject({ code: 'CANCELLED' });
    const again = new AbortController();
    if (at < 0) again.abort();
    await expect(client.control.stateAt('clinic-a', 1, 10, { signal: again.signal, progress: (done) => void (done >= at && again.abort()) })).rejects.toMatchObject({ code: 'CANCELLED' });
  }
  const abort = new AbortController();
  const history = client.control.history('clinic-a', { fromVersion: 0, toVersion: 9, limit: 10 }, { signal: abort.signal });
  abort.abort();
  await expect(client.control.verify('clinic-a', { signal: abort.signal })).rejects.toMatchObject({ code: 'CANCELLED' });
  await expect(history).rejects.toMatchObject({ code: 'CANCELLED' });
  expect(leftovers(client)).toEqual([]);
  expect(await client.control.compare('clinic-a')).toMatchObject({ identical: true });
});

test('several tools read from one server at once', async () => {
  await using clinic = await Clinic.open();
  const { client } = await clinic.device('device-a');
  await put(client, 'clinic-a', 'p-1', 'Ada');
  await client.deactivate('clinic-a');
  const history = { fromVersion: 0, toVersion: 9, limit: 9 };
  const { control } = client;
  const found = await Promise.all([control.compare('clinic-a'), control.compare('clinic-a'), control.stateAt('clinic-a', 1, 9), control.history('clinic-a', history), control.history('clinic-a', history), control.check({ disk: true, server: true })]);
  expect(found).toMatchObject([{ identical: true }, { identical: true }, { total: 1 }, { horizon: 0 }, { horizon: 0 }, [{ check: 'agrees' }, { check: 'agrees' }]]);
  expect(leftovers(client)).toEqual([]);
});

async function put(client: ClinicClient, contextId: string, id: string, name: string): Promise<void> {
  const handle = await client.activate(contextId);
  await until(isLive(client, contextId), 'live');
  await handle.put('patient', id, { name });
  await until(async () => (await handle.outbox()).length === 0, 'settled');
}

const leftovers = (client: ClinicClient): unknown[] => client.control.files().filter(({ kind }) => kind !== 'registry' && kind !== 'partition');

test('DB6 a rebuild tells how much of it is here, and is as if nobody had asked when it is cancelled', async () => {
  await using clinic = await Clinic.open();
  const { client } = await clinic.device('device-a');
  const handle = await client.activate('clinic-a');
  await until(isLive(client, 'clinic-a'), 'live');
  for (let i = 0; i < 50; i++) await handle.put('patient', `p-${i}`, { name: 'x'.repeat(500) });
  await until(async () => (await handle.outbox()).length === 0, 'settled');
  const before = client.registry()[0]?.partition.generation;
  client.control.network.emulate({ bandwidthKbps: 160, contexts: ['clinic-a'] });
  const abort = new AbortController();
  const told: (readonly [number, number])[] = [];
  const rebuild = client.control.rebuild('clinic-a', { signal: abort.signal, progress: (done, total = 0) => void told.push([done, total]) });
  await until(() => told.length >= 2, 'it tells');
  expect(client.control.status('clinic-a')?.doing).toMatchObject({ text: 'Fetching a snapshot', total: told[0]?.[1] });
  abort.abort();
  await expect(rebuild).rejects.toMatchObject({ code: 'CANCELLED' });
  expect(told.every(([done, total]) => done <= total && total > 20_000)).toBe(true);
  client.control.network.emulate(null);
  await until(isLive(client, 'clinic-a'), 'live again');
  expect((await handle.get('patient', 'p-1')) as object).toEqual({ name: 'x'.repeat(500) });
  expect(client.registry()[0]?.partition.generation).toBe(before);
  abort.abort();
  await expect(client.control.rebuild('clinic-a', { signal: abort.signal })).rejects.toMatchObject({ code: 'CANCELLED' });
  await expect(client.control.rebuild('clinic-a')).resolves.toMatchObject({ version: 50 });
});
