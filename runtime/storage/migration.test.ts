import { expect, test } from 'vitest';
import type { Json } from '../../shared/base/json.ts';
import type { Version } from '../../shared/core/ids.ts';
import { CLINIC, commitOf, confirmedRow, logged, openContext, pendingEntry, SERVER, SNAPSHOT, stage, withPending } from '../../shared/engine/testing/storage-contract.ts';
import type { RegistryRow } from '../../shared/core/registry-row.ts';
import { rowState } from '../../shared/core/row.ts';
import type { SchemaFunctions } from '../../shared/engine/functions.ts';
import type { SqlValue } from '../../shared/partition/row-codec.ts';
import type { StoreFiles } from './store-files.ts';
import { plainSchema, sqliteBench, type SqliteBench } from '../testing/sqlite-bench.ts';
import { readConflicts } from '../partition-reads.ts';
import { SqliteContextStore } from './context-store.ts';
import { SqliteStorage } from './sqlite-storage.ts';

const v = (n: number): Version => n as Version;
const to5: SchemaFunctions = { ...plainSchema(5), upgrade: (_entity, value, from) => ({ ...(value as { [key: string]: Json }), schema: 5, from }) };

/** A context in schema 2 with rows, a sent write, a pending one behind it, and a conflict. */
function inSchema2(bench: SqliteBench): void {
  const storage = bench.start(plainSchema(2));
  const store = openContext(bench, storage);
  store.open();
  store.create({ logId: SNAPSHOT.logId, schemaVersion: 2, readableFrom: 1, clockOffset: 0 });
  const old = (text: string, version: number) => ({ ...confirmedRow(text, version), schemaVersion: 2 });
  store.commit(commitOf({ rows: [{ ...logged('p-1', '{"a":1}', 1), confirmed: old('{"a":1}', 1) }, { ...logged('p-2', '{"b":1}', 2), confirmed: old('{"b":1}', 2) }], meta: { localVersion: v(2) } }));
  const sent = { ...pendingEntry('m-sent', '{"a":2}'), row: { ...rowState('{"a":2}', [5_000, 'device-a'], {}, 2) }, state: { name: 'sent' } as const };
  const behind = { ...sent, seq: 2, mutationId: 'm-behind' as never, row: rowState('{"a":3}', [5_001, 'device-a'], {}, 2), base: sent.row, baseVersion: null, state: { name: 'pending' } as const };
  const conflict = { conflictId: 'k-1', at: 5_000, entity: 'patient', entityId: 'p-2', state: 'open', strategy: 'ask', winner: 'theirs', base: old('{"b":0}', 1), mine: old('{"b":2}', 1), theirs: old('{"b":1}', 2), result: old('{"b":1}', 2), decided: [], mutationIds: ['m-lost' as never], resultId: null, code: null, message: null } as const;
  store.commit(commitOf({ expectVersion: v(2), rows: [{ entity: 'patient', entityId: 'p-1', confirmed: old('{"a":1}', 1), visible: behind.row, hadBase: false }], outboxPut: [sent, behind], conflicts: [conflict] }));
  store.close();
  storage.registry.close();
  bench.kill();
}

/** What the core decides to write with the migration: the pending write anew, the sent one as it left. */
const migration = commitOf({
  expectVersion: v(2),
  rows: [{ entity: 'patient', entityId: 'p-1', confirmed: { ...confirmedRow('{"a":1,"from":2,"schema":5}', 1), schemaVersion: 5 }, visible: rowState('{"a":3,"from":2,"schema":5}', [5_001, 'device-a'], {}, 5), hadBase: true }],
  outboxRemove: ['m-behind' as never],
  outboxPut: [{ ...pendingEntry('m-new', '{"a":3,"from":2,"schema":5}'), seq: 2, baseVersion: null }],
});

const conflictsOf = (store: ReturnType<typeof openContext>) => (store instanceof SqliteContextStore && store.db !== null ? readConflicts(store.db.db, 10).map(({ conflictId, state, mine }) => `${conflictId} ${state} ${mine.text}`) : []);

const facts = (bench: SqliteBench, schema: SchemaFunctions) => {
  const store = openContext(bench, bench.start(schema));
  const opened = store.open();
  if (opened.kind !== 'ready') throw new Error(opened.kind);
  const { schemaVersion, pending, digest } = opened.partition;
  const found = { schemaVersion, digest, ids: pending.flatMap(({ chain }) => chain.map((entry) => `${entry.mutationId} ${entry.state.name}`)), sees: ['p-1', 'p-2'].map((id) => store.visible('patient', id)), conflicts: conflictsOf(store) };
  store.close();
  bench.kill();
  return found;
};

const OLD = { schemaVersion: 2, ids: ['m-sent sent', 'm-behind pending'], sees: ['{"a":3}', '{"b":1}'], conflicts: ['k-1 open {"b":2}'] };
const NEW = { schemaVersion: 5, ids: ['m-sent sent', 'm-new pending'], sees: ['{"a":3,"from":2,"schema":5}', '{"b":1,"from":2,"schema":5}'], conflicts: ['k-1 open {"b":2}'] };

/** The files of a process that dies at the `at`-th statement it runs: from then on no statement does anything. */
function dyingAt(files: StoreFiles, at: number): { readonly files: StoreFiles; readonly count: () => number } {
  let done = 0;
  const live = <A extends readonly SqlValue[], R>(work: (...args: A) => R) => (...args: A): R => {
    if (++done > at) throw new Error('killed');
    return work(...args);
  };
  const opened: StoreFiles['open'] = (name) => {
    const db = files.open(name);
    return {
      exec: live((sql: string) => db.exec(sql)),
      close: () => undefined,
      prepare: (sql) => {
        const statement = db.prepare(sql);
        return { run: live((...params) => statement.run(...params)), get: live((...params) => statement.get(...params)), all: live((...params) => statement.all(...params)) };
      },
    };
  };
  return { files: new Proxy(files, { get: (target, name) => (name === 'open' ? opened : (target[name as keyof StoreFiles] as (...args: unknown[]) => unknown).bind(target)) }), count: () => done };
}

test('MG1: a migration from schema 2 to 5, killed at every statement, leaves the one or the other, whole, with every write', async () => {
  let finished = false;
  let [before, after] = [0, 0];
  for (let at = 1; !finished; at++) {
    await using bench = await sqliteBench();
    inSchema2(bench);
    const storage = bench.start(to5);
    const dying = dyingAt(storage.files, at);
    try {
      const process = new SqliteStorage(dying.files, 'amelie' as never, to5, bench.hash);
      process.loadRegistry();
      const store = process.context(CLINIC, SERVER, bench.endpoint);
      if (store.open().kind !== 'ready') throw new Error('killed');
      store.migrate(2, 5, migration);
      finished = dying.count() <= at;
    } catch (thrown) {
      expect((thrown as Error).message).toMatch(/killed/);
    }
    bench.kill();
    const found = facts(bench, to5);
    expect(found).toMatchObject(found.schemaVersion === 2 ? OLD : NEW);
    if (found.schemaVersion === 2) before++;
    else after++;
    expect(after === 0 || found.schemaVersion === 5).toBe(true);
  }
  expect([before > 5, after > 0]).toEqual([true, true]);
}, 60_000);

test('MG1 PR2: a context that was quarantined in schema 2 comes back in schema 5', async () => {
  await using bench = await sqliteBench();
  inSchema2(bench);
  const storage = bench.start(plainSchema(2));
  const [row] = storage.loadRegistry() as [RegistryRow];
  const { quarantine } = storage.prepareRemoval(CLINIC, SERVER, true);
  storage.commitRegistry({ put: [{ ...row, partition: { present: false, generation: row.partition.generation }, quarantine }], remove: [], durable: true });
  storage.deleteFiles(CLINIC, SERVER, false);
  bench.kill();
  const store = openContext(bench, bench.start(to5));
  expect(store.open()).toMatchObject({ kind: 'quarantined', partition: { schemaVersion: 2, pending: [{ chain: [{ mutationId: 'm-sent' }, { mutationId: 'm-behind' }] }] } });
  const staged = await stage(store, await bench.offer(CLINIC, SNAPSHOT));
  expect(Object.values(store.readStaged(staged.generation, [{ entity: 'patient', entityId: 'p-1' }]))).toMatchObject([{ text: '{"a":3,"from":1,"schema":5}', schemaVersion: 5 }]);
  store.adopt(staged.generation, commitOf({ expectVersion: v(3) }), 5);
  expect(store.visible('patient', 'p-2')).toBe('{"b":2,"from":1,"schema":5}');
});

test('MG3: a rehearsal runs on a copy, says what it met, and touches nothing', async () => {
  await using bench = await sqliteBench();
  inSchema2(bench);
  const storage = bench.start(to5);
  const [row] = storage.loadRegistry() as [RegistryRow];
  expect(storage.rehearse(row, () => performance.now())).toMatchObject({ ok: true, fromSchema: 2, toSchema: 5, rows: 4 });
  bench.kill();
  const broken: SchemaFunctions = {
    ...to5,
    upgrade: () => {
      throw new Error('this step is broken');
    },
  };
  const other = bench.start(broken);
  expect(other.rehearse(other.loadRegistry()[0] as RegistryRow, () => 0)).toMatchObject({ ok: false, error: 'this step is broken' });
  expect([bench.files('r-'), bench.partitions()]).toEqual([[], 1]);
  bench.kill();
  expect(facts(bench, plainSchema(2))).toMatchObject(OLD);
});

test('MG1: what fails in a migration is rolled back as a whole', async () => {
  await using bench = await sqliteBench();
  withPending(bench, bench.start()).close();
  bench.kill();
  let calls = 0;
  const failing: SchemaFunctions = {
    ...plainSchema(2),
    upgrade: (_entity, value) => {
      if (++calls > 1) throw new Error('the second value');
      return value;
    },
  };
  const store = openContext(bench, bench.start(failing));
  store.open();
  expect(() => store.migrate(1, 2, null)).toThrow('the second value');
  expect([store.visible('patient', 'p-1'), store.open()]).toMatchObject(['{"a":2}', { partition: { schemaVersion: 1 } }]);
});
