import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { Clinic, isLive, until } from './testing/clinic.ts';

test('SY2 OB3: a write on one device is seen on another, and settles by its own change', async () => {
  await using clinic = await Clinic.open();
  const { client: a } = await clinic.device('device-a');
  const { client: b } = await clinic.device('device-b');
  const here = await a.activate('clinic-a');
  const there = await b.activate('clinic-a');
  await here.put('patient', 'p-1', { name: 'Ada' });
  expect(await here.get('patient', 'p-1')).toEqual({ name: 'Ada' });
  await until(() => there.get('patient', 'p-1'), 'the patient arrives');
  await until(async () => (await here.outbox()).length === 0, 'the outbox is settled');
  expect(await there.query('SELECT _id, name, _version FROM patient')).toEqual([{ _id: 'p-1', name: 'Ada', _version: 1 }]);
});

test('CF2 CF4: two offline edits of one row merge by field, and the conflict is kept', async () => {
  await using clinic = await Clinic.open();
  const { client: a } = await clinic.device('device-a');
  const { client: b } = await clinic.device('device-b');
  const here = await a.activate('clinic-a');
  await here.put('patient', 'p-1', { name: 'Ada', ward: 'W1' });
  const there = await b.activate('clinic-a');
  await until(() => there.get('patient', 'p-1'), 'the patient arrives');
  await until(isLive(b, 'clinic-a'), 'b is live');
  await until(async () => (await here.outbox()).length === 0, 'a is settled');
  await Promise.all([here.patch('patient', 'p-1', { ward: 'W2' }), there.patch('patient', 'p-1', { name: 'Ada L.' })]);
  await until(async () => {
    const [x, y] = [await here.get('patient', 'p-1'), await there.get('patient', 'p-1')];
    return x?.ward === 'W2' && x.name === 'Ada L.' && y?.ward === 'W2' && y.name === 'Ada L.';
  }, 'both fields everywhere');
  const kept = [...(await here.conflicts()), ...(await there.conflicts())];
  expect(kept).toHaveLength(1);
  expect(kept[0]).toMatchObject({ strategy: 'fields', state: 'automatic', winner: 'merged' });
});

test('LC3 LC6 IS3: a switch closes the old context; its handle fails from then on and nothing of it stays open', async () => {
  await using clinic = await Clinic.open();
  const { client } = await clinic.device('device-a', { drain: false });
  const first = await client.switchTo('clinic-a');
  await first.put('visit', 'v-1', { at: 1, text: 'first' });
  const second = await client.switchTo('clinic-b');
  await expect(first.put('visit', 'v-2', { at: 2, text: 'late' })).rejects.toMatchObject({ name: 'ContextInactiveError' });
  await expect(first.get('visit', 'v-1')).rejects.toMatchObject({ code: 'CONTEXT_INACTIVE' });
  expect(client.registry().map((row) => [row.contextId, row.lifecycle])).toEqual([
    ['clinic-a', 'dormant'],
    ['clinic-b', 'active'],
  ]);
  expect(await second.get('visit', 'v-1')).toBeUndefined();
});

test('LC7: what a switch left unsent is drained while nobody uses the context', async () => {
  await using clinic = await Clinic.open();
  const { client, events } = await clinic.device('device-a');
  const first = await client.activate('clinic-a');
  await until(isLive(client, 'clinic-a'), 'live');
  await Promise.all(Array.from({ length: 50 }, (_, i) => first.put('visit', `v-${i}`, { at: i, text: 'x' })));
  await client.switchTo('clinic-b');
  await until(() => client.registry().find((row) => row.contextId === 'clinic-a')?.pendingWrites === 0, 'clinic-a is drained');
  const { client: other } = await clinic.device('device-b');
  const there = await other.activate('clinic-a');
  await until(async () => (await there.query('SELECT count(*) AS n FROM visit'))[0]?.['n'] === 50, 'all 50 on the server');
  expect(events.some((event) => event.kind === 'drained' || event.kind === 'result')).toBe(true);
});

test('SY4 OB4: a rebuild from the server carries a pending write over', async () => {
  await using clinic = await Clinic.open();
  const { client: a } = await clinic.device('device-a');
  const { client: b } = await clinic.device('device-b');
  const here = await a.activate('clinic-a');
  await here.put('patient', 'p-1', { name: 'Ada' });
  await until(isLive(a, 'clinic-a'), 'live');
  await until(async () => (await here.outbox()).length === 0, 'settled');
  const rebuilt = a.replay('clinic-a');
  await here.put('patient', 'p-2', { name: 'Grace' });
  const { version } = await rebuilt;
  expect(version).toBeGreaterThan(0);
  expect(await here.get('patient', 'p-2')).toEqual({ name: 'Grace' });
  const there = await b.activate('clinic-a');
  await until(() => there.get('patient', 'p-2'), 'the pending write reaches the server');
  const check = await a.control.verify('clinic-a');
  expect(check).toMatchObject({ ok: true });
});

test('PR2 PR3: a prune refuses unsynced writes, quarantine keeps them, and they come back', async () => {
  await using clinic = await Clinic.open();
  const { client, dir } = await clinic.device('device-a', { drain: false });
  const here = await client.activate('clinic-a');
  await until(isLive(client, 'clinic-a'), 'live');
  await here.put('patient', 'p-1', { name: 'Ada' });
  await until(async () => (await here.outbox()).length === 0, 'settled');
  await client.close();
  // Offline from here on: the server's address is taken away with the old client.
  const { client: offline } = await clinic.device('device-a', { dir, drain: false });
  const again = await offline.activate('clinic-a');
  await until(isLive(offline, 'clinic-a'), 'live');
  const write = again.put('patient', 'p-2', { name: 'Grace' });
  const closing = offline.deactivate('clinic-a', { force: true });
  await write.catch(() => undefined);
  await closing;
  const pending = offline.registry().find((row) => row.contextId === 'clinic-a')?.pendingWrites ?? 0;
  expect(offline.control.status('clinic-a')?.pending.map(({ op, entity, entityId, state }) => [op, entity, entityId, state])).toEqual(pending > 0 ? [['put', 'patient', 'p-2', expect.stringMatching(/^(pending|sent|accepted)$/)]] : []);
  const refused = await offline.prune({ contexts: ['clinic-a'], dryRun: true });
  expect(refused.items[0]?.outcome).toBe(pending > 0 ? 'refused' : 'would-prune');
  const kept = await offline.prune({ contexts: ['clinic-a'], pending: 'quarantine' });
  expect(kept.items[0]).toMatchObject({ outcome: 'pruned', pending });
  const back = await offline.activate('clinic-a');
  expect(await back.get('patient', 'p-1')).toEqual({ name: 'Ada' });
});

test('PR2 DB6: a prune of several tells how far it is, and when it is cancelled those behind stay', async () => {
  const ids = ['clinic-a', 'clinic-b', 'clinic-c'];
  await using clinic = await Clinic.open(ids);
  const { client } = await clinic.device('device-a');
  for (const id of ids) {
    await client.activate(id);
    await until(isLive(client, id), 'live');
    await client.deactivate(id);
  }
  const abort = new AbortController();
  const told: string[] = [];
  const report = await client.control.prune(ids, 'refuse', false, {
    signal: abort.signal,
    progress: (done, total) => {
      told.push(`${done} of ${total}`);
      if (done === 1) abort.abort();
    },
  });
  expect(told).toEqual(['0 of 3', '1 of 3']);
  expect(report.items.map(({ contextId, outcome, reason }) => [contextId, outcome, reason])).toEqual([
    ['clinic-a', 'pruned', undefined],
    ['clinic-b', 'pruned', undefined],
    ['clinic-c', 'refused', 'It was cancelled before its turn'],
  ]);
  expect(client.registry().map(({ partition }) => partition.present)).toEqual([false, false, true]);
});

test('IS1 IS2: two clients cannot have one store, and the second is told so', async () => {
  await using clinic = await Clinic.open();
  const { dir } = await clinic.device('device-a');
  await expect(clinic.device('device-a', { dir })).rejects.toMatchObject({ code: 'STORE_LOCKED' });
});

test('DB9 IS1: SQL that writes, attaches, never ends or is two statements is refused, and the client goes on', async () => {
  await using clinic = await Clinic.open();
  const { client } = await clinic.device('device-a');
  const here = await client.activate('clinic-a');
  for (const sql of ['DELETE FROM rows', "ATTACH 'x.sqlite' AS x", 'PRAGMA journal_mode = DELETE', 'SELECT load_extension(1)', 'SELECT 1; SELECT 2', 'SELECT 1; DELETE FROM rows']) {
    await expect(here.query(sql)).rejects.toMatchObject({ code: 'BAD_SQL' });
  }
  await expect(here.query('WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n', [], { timeoutMs: 200 })).rejects.toMatchObject({ code: 'TIMEOUT' });
  for (const sql of ['SELECT 1 AS one', '  SELECT 1 AS one; ', 'SELECT 1 AS one; -- and no more', '/* first */ SELECT 1 AS one /* ; */ ;; /* last */']) expect(await here.query(sql)).toEqual([{ one: 1 }]);
});

test('LC2 LC4: an unknown context and a value that is no value are clear errors', async () => {
  await using clinic = await Clinic.open();
  const { client } = await clinic.device('device-a');
  await expect(client.activate('nowhere')).rejects.toMatchObject({ code: 'UNKNOWN_CONTEXT' });
  const here = await client.activate('clinic-a');
  await expect(here.put('visit', 'v', { at: Number.NaN, text: '' })).rejects.toMatchObject({ code: 'BAD_VALUE' });
  await expect(here.put('visit', '', { at: 1, text: '' })).rejects.toMatchObject({ code: 'BAD_VALUE' });
  await expect(here.patch('patient', 'nobody', { name: 'x' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('CF6 a row carries the version of its own context and nothing of others, however busy they are', async () => {
  await using clinic = await Clinic.open(['clinic-a', 'clinic-b', 'clinic-c']);
  const { client, dir } = await clinic.device('device-a');
  for (const [contextId, count] of [['clinic-b', 40], ['clinic-c', 25], ['clinic-a', 3]] as const) {
    const handle = await client.switchTo(contextId);
    for (let i = 0; i < count; i++) {
      await handle.put('visit', 'v-1', { at: i, text: contextId });
      await until(async () => (await handle.outbox()).length === 0, 'settled');
    }
  }
  await client.close();
  const rows = readdirSync(dir).filter((name) => /^p-.*\.sqlite$/.test(name)).flatMap((name) => {
    const db = new DatabaseSync(join(dir, name), { readOnly: true });
    const found = db.prepare('SELECT entity, id, version, value, timestamp, device, stamps, schema, hash <> 0 AS hash FROM rows').all();
    expect(db.prepare('SELECT name FROM pragma_table_info(?)').all('rows')).toHaveLength(9);
    db.close();
    return found;
  });
  expect(rows.map(({ version }) => version).sort((a, b) => Number(a) - Number(b))).toEqual([3, 25, 40]);
  for (const { value, ...about } of rows) {
    const own = (JSON.parse(String(value)) as { text: string }).text;
    expect(['clinic-a', 'clinic-b', 'clinic-c'].filter((contextId) => contextId !== own && JSON.stringify(about).includes(contextId))).toEqual([]);
    // What is of the version is one number: a vector of 50 entries takes 50 of them.
    expect(Object.entries(about).filter(([column]) => column === 'version').map(([, version]) => typeof version)).toEqual(['number']);
    expect(Object.keys(about)).toEqual(['entity', 'id', 'version', 'timestamp', 'device', 'stamps', 'schema', 'hash']);
  }
});
