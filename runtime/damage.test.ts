import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Clinic, isLive, until } from './testing/clinic.ts';

test('IS2 SY4: a partition that is cut short on the disk is moved aside and built again from the server, and an event says so', async () => {
  await using clinic = await Clinic.open();
  const { client, dir } = await clinic.device('device-a');
  const here = await client.activate('clinic-a');
  await here.put('patient', 'p-1', { name: 'Ada' });
  await until(async () => (await here.outbox()).length === 0, 'settled');
  await client.close();
  const [name] = readdirSync(dir).filter((file) => /^p-.*\.sqlite$/.test(file));
  const path = join(dir, name as string);
  writeFileSync(path, readFileSync(path).subarray(0, 100));
  const { client: again, events } = await clinic.device('device-a', { dir });
  const back = await again.activate('clinic-a');
  expect(await back.get('patient', 'p-1')).toEqual({ name: 'Ada' });
  expect(events.find((event) => event.kind === 'error')?.data).toMatchObject({ code: 'PARTITION_DAMAGED' });
  expect(events.some((event) => event.kind === 'snapshot' || event.kind === 'delta')).toBe(true);
  expect(readdirSync(dir).filter((file) => /^x-p-.*-\d+$/.test(file))).toHaveLength(1);
  expect((await again.control.verify('clinic-a')).ok).toBe(true);
});

test('IS2: a registry that is gone is made again from WELCOME, and the write that was not sent yet is still there and goes', async () => {
  await using clinic = await Clinic.open();
  const { client, dir } = await clinic.device('device-a', { drain: false });
  const here = await client.activate('clinic-a');
  await until(isLive(client, 'clinic-a'), 'live');
  const written = here.put('patient', 'p-1', { name: 'Ada' });
  const closed = client.deactivate('clinic-a', { force: true });
  await Promise.allSettled([written, closed]);
  await client.close();
  writeFileSync(join(dir, 'registry.sqlite'), 'this is no database, whatever it was before, and it is longer than a header of one hundred bytes is, by a bit');
  const { client: again } = await clinic.device('device-a', { dir, drain: false });
  const back = await until(() => again.activate('clinic-a').catch(() => null), 'the context is known again');
  expect(again.registry().map((row) => row.contextId)).toEqual(['clinic-a', 'clinic-b']);
  const kept = await written.then(() => true, () => false);
  expect(await back.get('patient', 'p-1')).toEqual(kept ? { name: 'Ada' } : undefined);
  await until(async () => (await back.outbox()).length === 0, 'on the server');
});

test('AM2: a reference to the ambient tier is pending, found or missing, and tells when it arrives', async () => {
  await using clinic = await Clinic.open();
  const { admin } = clinic.server;
  await admin.createContext({ contextId: 'shared', kind: 'ambient', title: 'Shared', schemaVersion: 1 });
  await admin.setMember('shared', 'amelie', 'reader');
  const { client } = await clinic.device('device-a');
  const told: string[] = [];
  client.ambient.subscribe('user', 'u-1', ({ state }) => void told.push(state));
  expect(told).toEqual(['pending']);
  await until(() => client.ambient.resolve('user', 'u-1').state === 'missing', 'the ambient context is live');
  await admin.backOfficeChanges('shared', [{ entity: 'user', entityId: 'u-1', op: 'put', value: { name: 'Ada' } }], { actor: 'office', requestId: 'r-1' });
  await until(() => client.ambient.resolve('user', 'u-1').state === 'found', 'the user arrives');
  expect(client.ambient.resolve('user', 'u-1')).toEqual({ state: 'found', value: { name: 'Ada' } });
  expect(told.at(-1)).toBe('found');
});
