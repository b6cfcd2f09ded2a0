import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { sqlOfRows, type KeptOf } from './data-rows.ts';
import { Clinic, isLive, until, type ClinicClient } from './testing/clinic.ts';

const ask = (client: ClinicClient, only: KeptOf | null, part: { readonly after?: string; readonly limit?: number; readonly search?: string; readonly entity?: string } = {}) =>
  client.control.dataRows('clinic-a', { entity: part.entity ?? 'patient', after: part.after ?? null, limit: part.limit ?? 10, search: part.search ?? null, only });
const ids = async (page: ReturnType<typeof ask>): Promise<string[]> => (await page).rows.map(({ id }) => id);

test('rows with a write in the outbox are listed by id: changed, new and deleted ones, page by page and by what they hold', async () => {
  await using clinic = await Clinic.open();
  const { client } = await clinic.device('device-a');
  const handle = await client.activate('clinic-a');
  await until(isLive(client, 'clinic-a'), 'live');
  for (let i = 0; i < 5; i++) await handle.put('patient', `p-${i}`, { name: `Patient ${i}` });
  await until(async () => (await handle.outbox()).length === 0, 'settled');
  expect(await ids(ask(client, 'pending'))).toEqual([]);
  client.control.network.emulate({ offline: true });
  await handle.put('patient', 'p-3', { name: 'Grace' });
  await handle.put('patient', 'p-9', { name: 'Ada' });
  await handle.delete('patient', 'p-1');
  await handle.put('visit', 'v-1', { at: 1, text: 'of another entity' });
  const { rows, more } = await ask(client, 'pending');
  expect(more).toBe(false);
  expect(rows).toMatchObject([
    { id: 'p-1', mark: 'pending', value: null, deleted: true },
    { id: 'p-3', mark: 'pending', value: { name: 'Grace' } },
    { id: 'p-9', version: 0, mark: 'pending', value: { name: 'Ada' } },
  ]);
  expect(await ask(client, 'pending', { limit: 2 })).toMatchObject({ rows: [{ id: 'p-1' }, { id: 'p-3' }], more: true });
  expect(await ids(ask(client, 'pending', { after: 'p-1', limit: 1 }))).toEqual(['p-3']);
  expect(await ids(ask(client, 'pending', { search: 'Grace' }))).toEqual(['p-3']);
  expect(await ids(ask(client, 'pending', { search: 'p-1' }))).toEqual(['p-1']);
  expect(await ids(ask(client, null))).toEqual(['p-0', 'p-2', 'p-3', 'p-4', 'p-9']);
  expect(await ids(ask(client, 'quarantined'))).toEqual([]);
});

test('rows with a kept conflict are listed, however it was settled, and one that is deleted meanwhile is among them', async () => {
  await using clinic = await Clinic.open();
  const { client: here } = await clinic.device('device-a');
  const { client: there } = await clinic.device('device-b');
  const [mine, theirs] = [await here.activate('clinic-a'), await there.activate('clinic-a')];
  await until(() => isLive(here, 'clinic-a')() && isLive(there, 'clinic-a')(), 'live');
  for (const id of ['v-1', 'v-2', 'v-3']) await mine.put('visit', id, { at: 0, text: 'first' });
  await until(async () => (await theirs.get('visit', 'v-3')) !== undefined && (await mine.outbox()).length === 0, 'on both devices');
  here.control.network.emulate({ offline: true });
  for (const id of ['v-1', 'v-3']) await mine.put('visit', id, { at: 1, text: 'mine' });
  for (const id of ['v-1', 'v-3']) await theirs.put('visit', id, { at: 2, text: 'theirs' });
  await until(async () => (await theirs.outbox()).length === 0, 'theirs was first');
  here.control.network.emulate(null);
  await until(async () => (await here.control.conflicts('clinic-a', null, 10)).length === 2, 'two conflicts');
  await until(async () => (await mine.outbox()).length === 0, 'settled');
  await mine.delete('visit', 'v-3');
  // Which of two writes of one moment is the later one is for their clocks to say.
  const won = await mine.get('visit', 'v-1');
  expect(await ask(here, 'conflicts', { entity: 'visit' })).toMatchObject({ rows: [{ id: 'v-1', value: won }, { id: 'v-3', value: null, deleted: true }], more: false });
  expect(await ids(ask(here, 'conflicts', { entity: 'patient' }))).toEqual([]);
});

test('PR2 writes that were set aside are listed from the file of the quarantine, and the context tells how many of which entity', async () => {
  await using clinic = await Clinic.open();
  const { client } = await clinic.device('device-a', { drain: false });
  const handle = await client.activate('clinic-a');
  await until(isLive(client, 'clinic-a'), 'live');
  await handle.put('patient', 'p-1', { name: 'Ada' });
  await until(async () => (await handle.outbox()).length === 0, 'settled');
  client.control.network.emulate({ offline: true });
  await handle.put('patient', 'p-1', { name: 'Grace' });
  await handle.put('patient', 'p-2', { name: 'Barbara' });
  await handle.delete('visit', 'v-1');
  await client.deactivate('clinic-a', { force: true });
  expect(await ids(ask(client, 'pending'))).toEqual(['p-1', 'p-2']);
  expect(await ids(ask(client, 'quarantined'))).toEqual([]);
  await client.prune({ contexts: ['clinic-a'], pending: 'quarantine' });
  expect(await ask(client, 'quarantined')).toMatchObject({ rows: [{ id: 'p-1', version: 1, mark: 'pending', value: { name: 'Grace' } }, { id: 'p-2', version: 0, value: { name: 'Barbara' } }], more: false });
  expect(await ids(ask(client, 'quarantined', { after: 'p-1' }))).toEqual(['p-2']);
  expect(await client.control.entities('clinic-a')).toMatchObject([{ entity: 'consent', pending: 0 }, { entity: 'letter' }, { entity: 'patient', rows: 0, pending: 2 }, { entity: 'visit', rows: 0 }]);
  await expect(ask(client, null)).rejects.toMatchObject({ code: 'NO_PARTITION' });
});

test('no list of kept rows walks over the rows of the context', async () => {
  await using clinic = await Clinic.open();
  const { client, dir } = await clinic.device('device-a');
  await client.activate('clinic-a');
  await until(isLive(client, 'clinic-a'), 'live');
  const file = client.control.files().find(({ contextId, kind }) => contextId === 'clinic-a' && kind === 'partition')?.file ?? '';
  const db = new DatabaseSync(join(dir, file), { readOnly: true });
  const planOf = (only: KeptOf | null): string[] => db.prepare(`EXPLAIN QUERY PLAN ${sqlOfRows(only)}`).all('patient', '', null, '%%', 10).map(({ detail }) => String(detail));
  for (const only of ['pending', 'conflicts'] as const) expect(planOf(only).filter((line) => /\bs\b/.test(line))).toEqual(['SEARCH s USING PRIMARY KEY (entity=? AND id=?) LEFT-JOIN']);
  expect(planOf('quarantined').join('\n')).not.toMatch(/\brows\b/);
  // All rows of an entity come in the order of their key, so that a page is as much work as it is long.
  expect(planOf(null).join('\n')).not.toMatch(/TEMP B-TREE/);
  db.close();
});
