import { expect, test } from 'vitest';
import type { Json } from '../shared/base/json.ts';
import type { ParamsOf, ResultOf } from '../shared/protocol/debug/index.ts';
import { Clinic, isLive, until, type ClinicClient } from './testing/clinic.ts';
import { PlainHub } from './testing/plain-hub.ts';
import { csvCell } from './agent/export-format.ts';

type Chunk = ResultOf<'Data.export'>;

async function exported(hub: PlainHub, asked: Omit<ParamsOf<'Data.export'>, 'cursor'>): Promise<{ text: string; chunks: Chunk[] }> {
  const chunks: Chunk[] = [];
  for (let cursor: string | null = ''; cursor !== null; cursor = chunks.at(-1)?.next ?? null) chunks.push(await hub.call('Data.export', { ...asked, ...(cursor === '' ? {} : { cursor }) }));
  return { text: chunks.map(({ chunk }) => chunk).join(''), chunks };
}

async function filled(clinic: Clinic): Promise<ClinicClient> {
  const { client } = await clinic.device('device-a');
  const handle = await client.activate('clinic-a');
  await until(isLive(client, 'clinic-a'), 'live');
  await handle.put('patient', 'p-1', { name: 'Ada, "the first"', ward: 'Ärzte\n2' });
  await handle.put('patient', 'p-2', { name: '=HYPERLINK("x")' });
  await handle.put('visit', 'v-1', { at: -5, text: '@later' });
  await handle.put('visit', 'v-2', { at: 1, text: 'gone' });
  await handle.delete('visit', 'v-2');
  await until(async () => (await handle.outbox()).length === 0, 'settled');
  return client;
}

test('DB6 ndjson holds every live row once, in order, with its version, mark and value', async () => {
  await using clinic = await Clinic.open();
  const client = await filled(clinic);
  const hub = new PlainHub(client);
  client.control.network.emulate({ offline: true });
  const handle = await client.activate('clinic-a');
  await handle.put('patient', 'p-3', { name: 'Waits' });
  const { text, chunks } = await exported(hub, { contextId: 'clinic-a', format: 'ndjson' });
  const lines = text.trimEnd().split('\n').map((line) => JSON.parse(line) as { [key: string]: Json });
  expect(lines).toEqual([
    { entity: 'patient', id: 'p-1', version: 1, mark: 'confirmed', value: { name: 'Ada, "the first"', ward: 'Ärzte\n2' } },
    { entity: 'patient', id: 'p-2', version: 2, mark: 'confirmed', value: { name: '=HYPERLINK("x")' } },
    { entity: 'patient', id: 'p-3', version: 0, mark: 'pending', value: { name: 'Waits' } },
    { entity: 'visit', id: 'v-1', version: 3, mark: 'confirmed', value: { at: -5, text: '@later' } },
  ]);
  expect(chunks).toMatchObject([{ rows: 4, total: 4, next: null, masked: false }]);
  hub.agent.stop();
});

test('CSV is RFC 4180: the fields of one entity, or the values of all as JSON, and nothing that a spreadsheet would run', async () => {
  await using clinic = await Clinic.open();
  const client = await filled(clinic);
  const hub = new PlainHub(client);
  expect((await exported(hub, { contextId: 'clinic-a', entity: 'patient', format: 'csv' })).text).toBe('id,version,name,ward\r\np-1,1,"Ada, ""the first""","Ärzte\n2"\r\np-2,2,"\'=HYPERLINK(""x"")",\r\n');
  // Of an entity without declared fields, its value.
  expect((await exported(hub, { contextId: 'clinic-a', entity: 'visit', format: 'csv' })).text).toBe('id,version,value\r\nv-1,3,"{""at"":-5,""text"":""@later""}"\r\n');
  expect((await exported(hub, { contextId: 'clinic-a', format: 'csv' })).text.split('\r\n')[0]).toBe('entity,id,version,value');
  expect(['=1', '+1', '-1', '@a', '\tx', '\rx', 'plain', ''].map(csvCell)).toEqual(["'=1", "'+1", "'-1", "'@a", "'\tx", '"\'\rx"', 'plain', '']);
  expect([-1, 0.5, true, null].map(csvCell)).toEqual(['-1', '0.5', 'true', '']);
  hub.agent.stop();
});

test('DB1 a dormant context is exported without an activation; without rows there is the head alone; an unknown one is refused', async () => {
  await using clinic = await Clinic.open();
  const client = await filled(clinic);
  await client.deactivate('clinic-a');
  const before = client.registry();
  const hub = new PlainHub(client);
  expect((await exported(hub, { contextId: 'clinic-a', format: 'ndjson' })).chunks).toMatchObject([{ rows: 3, total: 3 }]);
  expect(await hub.call('Data.export', { contextId: 'clinic-a', entity: 'letter', format: 'csv' })).toEqual({ chunk: 'id,version,value\r\n', next: null, rows: 0, total: 0, masked: false });
  expect(client.registry()).toEqual(before);
  await expect(hub.call('Data.export', { contextId: 'clinic-x', format: 'csv' })).rejects.toThrow(/UNKNOWN_CONTEXT/);
  await expect(hub.call('Data.export', { contextId: 'clinic-b', format: 'csv' })).rejects.toThrow(/NO_PARTITION/);
  hub.agent.stop();
});

test('DB6 many rows come in chunks of at most half a MiB, each row once, also while others are written', async () => {
  await using clinic = await Clinic.open();
  const { client } = await clinic.device('device-a');
  const handle = await client.activate('clinic-a');
  await until(isLive(client, 'clinic-a'), 'live');
  const text = '"'.repeat(5_000);
  const ids = Array.from({ length: 120 }, (_, i) => `v-${String(i).padStart(3, '0')}`);
  await Promise.all(ids.map((id, at) => handle.put('visit', id, { at, text })));
  const hub = new PlainHub(client);
  const chunks: Chunk[] = [];
  for (let cursor: string | null = ''; cursor !== null; cursor = chunks.at(-1)?.next ?? null) {
    chunks.push(await hub.call('Data.export', { contextId: 'clinic-a', entity: 'visit', format: 'ndjson', ...(cursor === '' ? {} : { cursor }) }));
    await handle.put('visit', 'v-000', { at: chunks.length, text });
  }
  expect(chunks.length).toBeGreaterThan(2);
  for (const { chunk, total, rows } of chunks) {
    expect(chunk.length).toBeLessThanOrEqual(524_288);
    expect([total, chunk.trimEnd().split('\n').length]).toEqual([120, rows]);
  }
  const found = chunks.flatMap(({ chunk }) => chunk.trimEnd().split('\n').map((line) => (JSON.parse(line) as { id: string }).id));
  expect(found).toEqual(ids);
  // A cursor goes on where it was, and nowhere else; it spells nothing that somebody on the way might take for a name.
  const cursor = chunks[0]?.next ?? '';
  expect(cursor).not.toMatch(/visit|v-\d/);
  expect(await hub.call('Data.export', { contextId: 'clinic-a', entity: 'visit', format: 'ndjson', cursor })).toMatchObject({ rows: chunks[1]?.rows });
  for (const [entity, text] of [['patient', cursor], ['visit', cursor.slice(0, 8)], ['visit', `x${cursor}`]] as const) await expect(hub.call('Data.export', { contextId: 'clinic-a', entity, format: 'ndjson', cursor: text })).rejects.toThrow(/BAD_PARAMS/);
  hub.agent.stop();
});

test('a cursor that this export did not give is refused, whatever is in it', async () => {
  await using clinic = await Clinic.open();
  const client = await filled(clinic);
  const hub = new PlainHub(client);
  for (const cursor of ['', 'x', '1:', '1:3:ab', '1:999:patient', '-1:7:patientp-1', '1:7:patient', '1:5:visitv-1', `${'9'.repeat(40)}:7:patientp-1`, '{"entity":1}']) {
    await expect(hub.call('Data.export', { contextId: 'clinic-a', entity: 'patient', format: 'csv', cursor }), cursor).rejects.toThrow(/BAD_PARAMS/);
  }
  hub.agent.stop();
});

test('DB8 with the value policy structure values are masked in every format, and said to be', async () => {
  await using clinic = await Clinic.open();
  const client = await filled(clinic);
  const hub = new PlainHub(client, { values: 'structure' });
  for (const asked of [{ format: 'ndjson' }, { format: 'csv' }, { format: 'csv', entity: 'patient' }] as const) {
    const { text, chunks } = await exported(hub, { contextId: 'clinic-a', ...asked });
    expect(chunks.every(({ masked }) => masked)).toBe(true);
    expect(text).not.toMatch(/Ada|Ärzte|HYPERLINK|later/);
    expect(text).toContain('«text, 16 characters»');
  }
  hub.agent.stop();
});
