import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { Clinic, isLive, until, type ClinicClient } from './testing/clinic.ts';

/** Every file of a store: what it is called and what is in it. */
const contentsOf = (dir: string): string[] =>
  readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(dir, name)).isFile() && !name.startsWith('flight') && !name.endsWith('-shm'))
    .map((name) => `${name} ${createHash('sha256').update(readFileSync(join(dir, name))).digest('hex')}`)
    .sort();

async function withRows(client: ClinicClient, contextId: string, rows: number): Promise<void> {
  const handle = await client.activate(contextId);
  await until(isLive(client, contextId), 'live');
  for (let i = 0; i < rows; i++) await handle.put('patient', `p-${i}`, { name: `Patient ${i}` });
  await until(async () => (await handle.outbox()).length === 0, 'settled');
}

const fileOf = (client: ClinicClient, contextId: string): string => client.control.files().find((file) => file.contextId === contextId && file.kind === 'partition')?.file ?? '';
const ALL = { disk: true, server: true };

test('DB1 row, file and server agree, of an active context and of a dormant one, and reading leaves every file as it is', async () => {
  await using clinic = await Clinic.open(['clinic-a', 'clinic-b', 'clinic-c']);
  const { client, dir } = await clinic.device('device-a');
  await withRows(client, 'clinic-b', 3);
  await client.deactivate('clinic-b');
  await withRows(client, 'clinic-a', 5);
  const before = { files: contentsOf(dir), registry: client.registry() };
  const found = await client.control.check(ALL);
  expect(found.map(({ contextId, check }) => [contextId, check])).toEqual([['clinic-a', 'agrees'], ['clinic-b', 'agrees'], ['clinic-c', 'agrees']]);
  expect(found[1]).toMatchObject({
    row: { localVersion: 3, pendingWrites: 0, partition: { file: fileOf(client, 'clinic-b') } },
    disk: { file: fileOf(client, 'clinic-b'), localVersion: 3, schemaVersion: 1, pendingWrites: 0, logId: found[1]?.server?.logId },
    server: { headVersion: 3, role: 'writer', schemaVersion: 1 },
  });
  expect(found[2]?.disk).toBeUndefined();
  expect({ files: contentsOf(dir), registry: client.registry() }).toEqual(before);
});

test('DB1 a query and a look at the rows of a dormant context leave its files as they are', async () => {
  await using clinic = await Clinic.open();
  const { client, dir } = await clinic.device('device-a');
  await withRows(client, 'clinic-a', 3);
  await client.deactivate('clinic-a');
  const before = contentsOf(dir);
  await client.control.dataRows('clinic-a', { entity: 'patient', after: null, limit: 10, search: null, only: null });
  await client.control.verify('clinic-a');
  await client.control.query('clinic-a', { sql: 'SELECT count(*) FROM rows', params: [], maxRows: 1, maxBytes: 1_000, timeoutMs: 5_000 });
  expect(contentsOf(dir)).toEqual(before);
  expect(readdirSync(dir).filter((name) => name.startsWith('p-'))).toEqual([fileOf(client, 'clinic-a')]);
});

test('pending writes are in the row and in the file, and agree', async () => {
  await using clinic = await Clinic.open();
  const { client } = await clinic.device('device-a');
  await withRows(client, 'clinic-a', 1);
  client.control.network.emulate({ offline: true });
  const handle = await client.activate('clinic-a');
  await handle.put('patient', 'p-9', { name: 'Waits' });
  const active = await client.control.check({ ...ALL, contextId: 'clinic-a' });
  expect(active).toMatchObject([{ check: 'agrees', row: { pendingWrites: 1 }, disk: { pendingWrites: 1, localVersion: 1 } }]);
  await client.deactivate('clinic-a', { force: true });
  await until(() => client.control.status('clinic-a')?.lifecycle === 'dormant', 'dormant');
  expect(await client.control.check({ ...ALL, contextId: 'clinic-a' })).toMatchObject([{ check: 'agrees', row: { pendingWrites: 1 }, disk: { pendingWrites: 1 } }]);
});

test('a file that says something else, one that is gone, one that is damaged, and one that nobody knows', async () => {
  await using clinic = await Clinic.open(['clinic-a', 'clinic-b', 'clinic-c']);
  const { client, dir } = await clinic.device('device-a');
  for (const contextId of ['clinic-a', 'clinic-b', 'clinic-c']) {
    await withRows(client, contextId, 2);
    await client.deactivate(contextId);
  }
  const [a, b, c] = ['clinic-a', 'clinic-b', 'clinic-c'].map((contextId) => fileOf(client, contextId)) as [string, string, string];
  const db = new DatabaseSync(join(dir, a));
  db.exec(`UPDATE meta SET value = 1 WHERE key = 'localVersion'; UPDATE meta SET value = 'another' WHERE key = 'logId'`);
  db.close();
  // A partition of nobody: a whole one under a name that no row stands for.
  renameSync(join(dir, b), join(dir, `p-${'0'.repeat(32)}-1.sqlite`));
  writeFileSync(join(dir, c), 'no database at all, and longer than the head of one would have to be to look like one');
  const found = await client.control.check({ disk: true, server: false });
  expect(found.map(({ contextId, file, check }) => [contextId ?? file, check])).toEqual([
    ['clinic-a', 'version-differs'],
    ['clinic-b', 'file-missing'],
    ['clinic-c', 'unreadable'],
    [`p-${'0'.repeat(32)}-1.sqlite`, 'unknown-file'],
  ]);
  expect(found[0]?.message).toBe(`localVersion is 2 in the row and 1 in the file, logId is ${client.registry()[0]?.logId ?? ''} in the row and another in the file`);
  expect(found[3]?.disk).toMatchObject({ localVersion: 2, schemaVersion: 1, pendingWrites: 0 });
});

test('the server’s side comes from a fresh WELCOME: another role, a membership that was revoked', async () => {
  await using clinic = await Clinic.open(['clinic-a', 'clinic-b', 'clinic-c']);
  const { client } = await clinic.device('device-a');
  for (const contextId of ['clinic-a', 'clinic-b', 'clinic-c']) {
    await withRows(client, contextId, 1);
    await client.deactivate(contextId);
  }
  // The client's own connection hears of nothing; the fresh one does.
  client.control.network.emulate({ offline: true });
  await until(() => client.control.endpoints().every(({ state }) => state !== 'ready'), 'cut off');
  await clinic.server.admin.setMember('clinic-a', 'amelie', 'reader');
  await clinic.server.admin.revoke('clinic-b', 'amelie');
  const before = client.registry();
  const found = await client.control.check({ disk: false, server: true });
  expect(found.map(({ contextId, check }) => [contextId, check])).toEqual([['clinic-a', 'role-differs'], ['clinic-b', 'revoked'], ['clinic-c', 'agrees']]);
  expect(found[0]).toMatchObject({ message: 'role: writer here, reader there', row: { role: 'writer' }, server: { role: 'reader' } });
  expect(client.registry()).toEqual(before);
});

test('a server that is not there is unreachable and holds up nothing else; without the question it is not compared', async () => {
  await using clinic = await Clinic.open();
  const { client } = await clinic.device('device-a');
  await withRows(client, 'clinic-a', 1);
  await clinic.server.close();
  const found = await client.control.check({ ...ALL, contextId: 'clinic-a' });
  expect(found).toMatchObject([{ check: 'server-unreachable', disk: { localVersion: 1 } }]);
  expect(found[0]?.server).toBeUndefined();
  expect(await client.control.check({ disk: true, server: false, contextId: 'clinic-a' })).toMatchObject([{ check: 'not-compared', message: 'Row and file agree; the server was not asked' }]);
});

test('DB6 a check that is cancelled ends', async () => {
  await using clinic = await Clinic.open();
  const { client } = await clinic.device('device-a');
  await until(() => client.registry().length === 2, 'welcomed');
  const abort = new AbortController();
  const running = client.control.check(ALL, { signal: abort.signal });
  abort.abort();
  await expect(running).rejects.toMatchObject({ code: 'CANCELLED' });
});
