import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ContextId, Version } from '../../shared/core/ids.ts';
import { CLINIC, commitOf, digestOfRows, logged, openContext, registryRow, SNAPSHOT, stage, withPending } from '../../shared/engine/testing/storage-contract.ts';
import type { SqliteHandle } from '../../shared/partition/sqlite.ts';
import { plainSchema, sqliteBench, type SqliteBench } from '../testing/sqlite-bench.ts';
import type { SqliteContextStore } from './context-store.ts';

const v = (n: number): Version => n as Version;
const other = 'clinic-b' as unknown as ContextId;

/** Overwrites what a partition file holds, from a share of its length on. */
function spoilFile(bench: SqliteBench, prefix: string, from: number, how: 'zeros' | 'cut'): void {
  const [name] = bench.files(prefix);
  const path = join(bench.dir, name as string);
  const bytes = readFileSync(path);
  const at = Math.floor(bytes.length * from);
  writeFileSync(path, how === 'cut' ? bytes.subarray(0, at) : Buffer.concat([bytes.subarray(0, at), Buffer.alloc(bytes.length - at, 0x55)]));
}

const SPOILT: readonly (readonly [string, (db: SqliteHandle) => void])[] = [
  ['a trigger', (db) => db.exec('CREATE TRIGGER evil AFTER INSERT ON rows BEGIN DELETE FROM meta; END')],
  ['a view', (db) => db.exec('CREATE VIEW patient AS SELECT 1')],
  ['a table more', (db) => db.exec('CREATE TABLE outbox (x)')],
  ['an index of its own', (db) => db.exec('CREATE INDEX mine ON rows (value)')],
  ['a table that is another', (db) => db.exec('ALTER TABLE rows ADD COLUMN more TEXT')],
  ['a table too few', (db) => db.exec('DROP TABLE rows')],
  ['another context', (db) => db.exec(`UPDATE meta SET value = 'clinic-b' WHERE key = 'contextId'`)],
  ['another log', (db) => db.exec(`UPDATE meta SET value = 'log-9' WHERE key = 'logId'`)],
  ['another version', (db) => db.exec(`UPDATE meta SET value = 2 WHERE key = 'localVersion'`)],
  ['another layout', (db) => db.exec('PRAGMA user_version = 99')],
  ['no mark of a partition', (db) => db.exec('PRAGMA application_id = 1')],
];

test.for(SPOILT)('SY4: a snapshot with %s is refused, and the partition stays as it is', async ([, spoil]) => {
  await using bench = await sqliteBench();
  const store = withPending(bench, bench.start());
  await expect(stage(store, await bench.offerSpoilt(CLINIC, SNAPSHOT, spoil))).rejects.toThrow('BAD_SNAPSHOT');
  expect(store.visible('patient', 'p-1')).toBe('{"a":2}');
  expect([bench.partitions(), bench.files('d-')]).toEqual([1, []]);
});

test('SY4: a snapshot that is another file than was promised, no database, or elsewhere is refused, and asked for again it comes', async () => {
  await using bench = await sqliteBench();
  const store = withPending(bench, bench.start());
  const good = await bench.offer(CLINIC, SNAPSHOT);
  await expect(stage(store, { ...good, sha256: 'f'.repeat(64) })).rejects.toThrow('CHECKSUM_MISMATCH');
  await expect(stage(store, { ...good, bytes: good.bytes - 100 })).rejects.toThrow('CHECKSUM_MISMATCH');
  await expect(stage(store, { ...good, bytes: good.bytes + 100 })).rejects.toThrow('DOWNLOAD_FAILED');
  await expect(stage(store, { ...good, url: 'http://127.0.0.1:1/elsewhere' })).rejects.toThrow('DOWNLOAD_FAILED');
  expect((await stage(store, good)).version).toBe(3);
});

test('IS2: a partition that was cut short is moved aside, with its outbox where that can still be read', async () => {
  await using bench = await sqliteBench();
  withPending(bench, bench.start()).close();
  bench.kill();
  spoilFile(bench, 'p-', 0.05, 'cut');
  const store = openContext(bench, bench.start());
  const opened = store.open();
  expect(opened).toMatchObject({ kind: 'damaged', saved: null });
  expect(opened.kind === 'damaged' && opened.message).toMatch(/moved aside as x-p-/);
  expect(bench.partitions()).toBe(0);
  expect(bench.files('x-')).toHaveLength(1);
  const staged = await stage(store, await bench.offer(CLINIC, SNAPSHOT));
  store.adopt(staged.generation, commitOf({ expectVersion: v(3) }), 1);
  expect(store.visible('patient', 'p-1')).toBe('{"a":3}');
});

test('IS2 PR2: damage that is met while writing leads to a closer look at the next activation, and the outbox is saved', async () => {
  await using bench = await sqliteBench();
  const storage = bench.start();
  const store = withPending(bench, storage);
  const many = Array.from({ length: 3_000 }, (_, i) => logged(`p-${i + 10}`, JSON.stringify({ text: 'x'.repeat(200) }), i + 2));
  store.commit(commitOf({ expectVersion: v(1), rows: many, meta: { localVersion: v(3_001) } }));
  store.close();
  bench.kill();
  spoilFile(bench, 'p-', 0.8, 'zeros');
  const again = bench.start();
  const damaged = openContext(bench, again);
  expect(damaged.open().kind).toBe('ready');
  expect(() => damaged.commit(commitOf({ expectVersion: v(3_001), rows: many.map((row) => ({ ...row, logText: null, confirmed: { ...row.confirmed, text: null } })), meta: { localVersion: v(3_002) } }))).toThrow(
    expect.objectContaining({ code: 'PARTITION_DAMAGED' }),
  );
  damaged.close();
  const row = again.loadRegistry()[0];
  again.commitRegistry({ put: [registryRow(CLINIC, { ...row, lastError: { code: 'PARTITION_DAMAGED', message: '', at: 0 } })], remove: [], durable: true });
  expect(openContext(bench, again).open()).toMatchObject({ kind: 'damaged', saved: { pending: [{ chain: [{ mutationId: 'm-1', row: { text: '{"a":2}' } }] }] } });
  bench.kill();
  expect(openContext(bench, bench.start()).open()).toMatchObject({ kind: 'quarantined', partition: { pending: [{ chain: [{ mutationId: 'm-1' }] }] } });
});

test.for(['zeros', 'cut'] as const)('IS2: a registry that is damaged (%s) or gone is made again, and no partition is thrown away for it', async (how) => {
  await using bench = await sqliteBench();
  const before = bench.start();
  withPending(bench, before).close();
  before.registry.close();
  bench.kill();
  spoilFile(bench, 'registry', how === 'cut' ? 0.3 : 0, how);
  const first = bench.start();
  expect(first.loadRegistry()).toEqual([]);
  expect(bench.partitions()).toBe(1);
  bench.kill();
  // Started once more before any server was heard.
  expect(bench.start().loadRegistry()).toEqual([]);
  expect(bench.partitions()).toBe(1);
  bench.kill();
  const third = bench.start();
  third.loadRegistry();
  third.commitRegistry({ put: [registryRow(CLINIC), registryRow(other)], remove: [], durable: true });
  bench.kill();
  const fourth = bench.start();
  expect(fourth.loadRegistry()).toMatchObject([
    { contextId: CLINIC, partition: { present: true }, localVersion: 1, pendingWrites: 1 },
    { contextId: other, partition: { present: false } },
  ]);
  expect(openContext(bench, fourth).open()).toMatchObject({ kind: 'ready', partition: { pending: [{ chain: [{ mutationId: 'm-1' }] }] } });
});

test('OB8: a full disk refuses a commit as a whole, keeps what was there, and takes it when there is room again', async () => {
  await using bench = await sqliteBench();
  const store = withPending(bench, bench.start()) as SqliteContextStore;
  const handle = store.db?.db as SqliteHandle;
  const pages = Number(handle.prepare('PRAGMA page_count').get()?.['page_count']);
  handle.exec(`PRAGMA max_page_count = ${pages + 2}`);
  const big = Array.from({ length: 100 }, (_, i) => logged(`p-${i + 10}`, JSON.stringify({ text: 'x'.repeat(1_000) }), i + 2));
  const commit = commitOf({ expectVersion: v(1), rows: big, meta: { localVersion: v(101) } });
  const digest = store.commit(commitOf({ expectVersion: v(1) }));
  expect(() => store.commit(commit)).toThrow(expect.objectContaining({ code: 'DISK_FULL' }));
  expect(store.commit(commitOf({ expectVersion: v(1) }))).toBe(digest);
  expect([store.visible('patient', 'p-10'), store.visible('patient', 'p-1')]).toEqual([null, '{"a":2}']);
  handle.exec('PRAGMA max_page_count = 100000');
  expect(store.commit(commit)).toBe(digestOfRows(bench.hash, [['p-1', 1, '{"a":1}'], ...big.map((row, i): [string, number, string] => [row.entityId, i + 2, row.logText as string])]));
});

test('IS1: a second process is told that the store is in use, and can have it once the first one has ended', async () => {
  await using bench = await sqliteBench();
  bench.start();
  expect(() => bench.start()).toThrow(expect.objectContaining({ code: 'STORE_LOCKED' }));
  bench.kill();
  bench.start(plainSchema());
});

test('IS2: another user sees none of the rows, and the files of the first one stay', async () => {
  await using bench = await sqliteBench();
  withPending(bench, bench.start()).close();
  bench.kill();
  const theirs = bench.start(plainSchema(), 'bernd');
  expect(theirs.loadRegistry()).toEqual([]);
  expect(bench.partitions()).toBe(1);
  bench.kill();
  expect(bench.start().loadRegistry()).toMatchObject([{ contextId: CLINIC, partition: { present: true } }]);
});
