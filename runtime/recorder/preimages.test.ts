import { expect, test } from 'vitest';
import { rowsAt } from '../../shared/recording/index.ts';
import { Clinic, isLive, openReport, until, type ClinicClient } from '../testing/clinic.ts';

type Handle = Awaited<ReturnType<ClinicClient['activate']>>;

/** What the app sees of all visits. */
const seen = async (handle: Handle): Promise<{ [id: string]: unknown }> => Object.fromEntries((await handle.query(`SELECT _id AS id, json_extract(_value, '$.text') AS text FROM visit ORDER BY _id`)).map((row) => [String(row['id']), row['text']]));

const textOf = (text: string | null): unknown => (text === null ? null : (JSON.parse(text) as { text: unknown }).text);

test('RP1 RP4 rows that a recording touches are known at every moment of it, also where the segment that wrote them is gone', async () => {
  await using clinic = await Clinic.open();
  const { client } = await clinic.device('device-a', { flightRecorder: { bytes: 300_000 } });
  const { client: other } = await clinic.device('device-b', { flightRecorder: false });
  const [here, there] = [await client.activate('clinic-a'), await other.activate('clinic-a')];
  await until(isLive(other, 'clinic-a'), 'b is live');
  const settled = async (): Promise<void> => {
    for (const handle of [here, there]) await until(async () => (await handle.outbox()).length === 0, 'settled');
    await until(async () => JSON.stringify(await seen(here)) === JSON.stringify(await seen(there)), 'both see the same');
  };
  const moments: { seq: number; rows: { [id: string]: unknown } }[] = [];
  for (let round = 0; round < 40; round++) {
    const [mine, theirs] = [`v-${round % 7}`, `w-${round % 5}`];
    if (round % 11 === 10) await here.delete('visit', mine);
    else await here.put('visit', mine, { at: round, text: `mine ${round} ${'x'.repeat(300)}` });
    await there.put('visit', theirs, { at: round, text: `theirs ${round} ${'x'.repeat(300)}` });
    await settled();
    // One that waits, so that what the app sees is not what the log has.
    client.control.network.emulate({ offline: true });
    await here.put('visit', theirs, { at: round, text: `waits ${round}` });
    moments.push({ seq: client.control.lastSeq, rows: await seen(here) });
    client.control.network.emulate(null);
    await settled();
  }
  const db = openReport(await client.exportReport({ values: 'full' }));
  const [runId, first] = [client.control.identity.runId, Number(db.prepare('SELECT min(seq) AS seq FROM steps').get()?.['seq'])];
  const kept = moments.filter(({ seq }) => seq > first);
  expect(first).toBeGreaterThan(moments[0]?.seq ?? 0);
  expect(kept.length).toBeGreaterThan(3);
  for (const { seq, rows } of kept) {
    const then = rowsAt(db, { runId, contextId: 'clinic-a', seq }).filter(({ entity }) => entity === 'visit');
    for (const { id, confirmed, visible } of then) expect([seq, id, textOf((visible ?? confirmed).text)]).toEqual([seq, id, rows[id] ?? null]);
    // Those that the rest of the recording touches are all there.
    expect(then.length).toBeGreaterThan(1);
  }
  const last = rowsAt(db, { runId, contextId: 'clinic-a', seq: client.control.lastSeq });
  expect(last.some(({ visible }) => visible !== null)).toBe(false);
  expect(rowsAt(db, { runId, contextId: 'clinic-b', seq: client.control.lastSeq })).toEqual([]);
});

test('RP1 a segment holds one preimage a row, as it stood before the step that touched it first', async () => {
  await using clinic = await Clinic.open();
  const { client } = await clinic.device('device-a', { flightRecorder: true });
  const handle = await client.activate('clinic-a');
  await until(isLive(client, 'clinic-a'), 'live');
  for (let i = 0; i < 5; i++) {
    await handle.put('visit', 'v-1', { at: i, text: `text ${i}` });
    await until(async () => (await handle.outbox()).length === 0, 'settled');
  }
  await client.replay('clinic-a');
  await handle.put('visit', 'v-1', { at: 9, text: 'after the rebuild' });
  await until(async () => (await handle.outbox()).length === 0, 'settled');
  const rows = openReport(await client.exportReport({ values: 'full' })).prepare(`SELECT entityId, row FROM preimages ORDER BY step`).all();
  // None before it was made; the other one is of the generation that the rebuild brought.
  expect(rows.map(({ entityId, row }) => [entityId, row === null ? null : (JSON.parse(String(row)) as { text: string; version: number }).text])).toEqual([['v-1', null], ['v-1', '{"at":4,"text":"text 4"}']]);
});
