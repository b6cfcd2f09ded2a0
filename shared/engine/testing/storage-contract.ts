import { describe, expect, test } from 'vitest';
import type { LoadedPartition } from '../../core/context/messages.ts';
import { rowHash, digestOf, type Digest, type Hash64 } from '../../core/digest.ts';
import type { ContextId, LogId, MutationId, ServerId, UserId, Version } from '../../core/ids.ts';
import type { ConflictRecord, OutboxPut, PartitionCommit, RowWrite } from '../../core/outbox/commit.ts';
import type { RegistryRow } from '../../core/registry-row.ts';
import { ABSENT_ROW, rowState, type ConfirmedRow } from '../../core/row.ts';
import type { MemorySnapshot } from '../memory-partition.ts';
import type { ContextStore, Staged, StageRequest, Storage } from '../storage.ts';

/** A driver on a disk of its own, which outlives the processes on it. */
export interface StorageBench extends AsyncDisposable {
  readonly hash: Hash64;
  /** The sync server whose snapshots `offer` makes. */
  readonly endpoint: string;
  /** Starts a process: opens the store as it is on the disk. */
  start(): Storage;
  /** Ends the process without a word; what it wrote stays. */
  kill(): void;
  /** Puts a snapshot where `stage` finds it. */
  offer(contextId: ContextId, snapshot: MemorySnapshot): Promise<StageRequest>;
  /** How many partition files there are, whoever points to them. */
  partitions(): number;
}

export const LOG = 'log-1' as unknown as LogId;
export const SERVER = 'server-1' as unknown as ServerId;
export const CLINIC = 'clinic-a' as unknown as ContextId;
const v = (n: number): Version => n as Version;

export const registryRow = (contextId: ContextId, more: Partial<RegistryRow> = {}): RegistryRow => ({
  contextId,
  serverId: SERVER,
  userId: 'amelie' as unknown as UserId,
  kind: 'tenant',
  endpoint: 'ws://127.0.0.1/sync',
  role: 'writer',
  lifecycle: 'dormant',
  partition: { present: false, generation: 0 },
  logId: null,
  schemaVersion: 1,
  localVersion: v(0),
  serverVersion: v(0),
  pendingWrites: 0,
  oldestWriteAt: null,
  title: null,
  serverSchemaVersion: 1,
  acceptUntil: null,
  lastAccessAt: null,
  lastSyncedAt: null,
  lastError: null,
  listed: 'yes',
  quarantine: null,
  ...more,
});

export const confirmedRow = (text: string | null, version: number): ConfirmedRow => ({ ...rowState(text, [1_000 + version, 'device-b'], {}, 1), version: v(version) });

export const commitOf = (more: Partial<PartitionCommit>): PartitionCommit => ({
  expectVersion: v(0),
  rows: [],
  outboxPut: [],
  outboxRemove: [],
  conflicts: [],
  conflictsSettled: [],
  meta: {},
  durable: true,
  ...more,
});

export const logged = (entityId: string, text: string | null, version: number): RowWrite => ({
  entity: 'patient',
  entityId,
  confirmed: confirmedRow(text, version),
  logText: text,
  visible: null,
  hadBase: false,
});

/** A pending write of `patient/p-1` upon a row that is confirmed at version 1. */
export const pendingEntry = (mutationId: string, text: string): OutboxPut => ({
  seq: 1,
  mutationId: mutationId as unknown as MutationId,
  entity: 'patient',
  entityId: 'p-1',
  row: rowState(text, [5_000, 'device-a'], {}, 1),
  base: confirmedRow('{"a":1}', 1),
  baseVersion: v(1),
  state: { name: 'pending' },
  resolves: null,
  writtenAt: 5_000,
});

const conflict = (conflictId: string): ConflictRecord => ({
  conflictId,
  at: 6_000,
  entity: 'patient',
  entityId: 'p-1',
  state: 'open',
  strategy: 'ask',
  winner: 'theirs',
  base: ABSENT_ROW,
  mine: confirmedRow('{"mine":1}', 0),
  theirs: confirmedRow('{"theirs":1}', 2),
  result: confirmedRow('{"theirs":1}', 2),
  decided: [],
  mutationIds: ['m-0' as unknown as MutationId],
  resultId: null,
  code: null,
  message: null,
});

export const digestOfRows = (hash: Hash64, rows: readonly (readonly [id: string, version: number, text: string])[]): Digest =>
  digestOf(rows.reduce((sum, [id, version, text]) => sum + rowHash(hash, 'patient', id, v(version), text), 0n));

export const SNAPSHOT: MemorySnapshot = {
  logId: LOG,
  version: v(3),
  schemaVersion: 1,
  readableFrom: 1,
  rows: [
    { entity: 'patient', entityId: 'p-1', row: confirmedRow('{"a":3}', 3) },
    { entity: 'patient', entityId: 'p-2', row: confirmedRow('{"b":2}', 2) },
  ],
};

export function openContext({ endpoint }: StorageBench, storage: Storage, contextId: ContextId = CLINIC): ContextStore {
  if (!storage.loadRegistry().some((row) => row.contextId === contextId)) storage.commitRegistry({ put: [registryRow(contextId)], remove: [], durable: true });
  return storage.context(contextId, SERVER, endpoint);
}

export function create(store: ContextStore): LoadedPartition {
  expect(store.open().kind).toBe('absent');
  return store.create({ logId: LOG, schemaVersion: 1, readableFrom: 1, clockOffset: 0 });
}

export const stage = (store: ContextStore, request: StageRequest): Promise<Staged> =>
  new Promise((resolve, reject) => void store.stage(request, resolve, (error) => reject(new Error(error.code, { cause: error }))));

/** A partition at version 1 with one row and one pending write on it. */
export function withPending(bench: StorageBench, storage: Storage): ContextStore {
  const store = openContext(bench, storage);
  create(store);
  store.commit(commitOf({ rows: [logged('p-1', '{"a":1}', 1)], meta: { localVersion: v(1), seenVersion: v(1) } }));
  const visible = rowState('{"a":2}', [5_000, 'device-a'], {}, 1);
  const row = { entity: 'patient', entityId: 'p-1', confirmed: confirmedRow('{"a":1}', 1), visible, hadBase: false };
  store.commit(commitOf({ expectVersion: v(1), rows: [row], outboxPut: [pendingEntry('m-1', '{"a":2}')], conflicts: [conflict('c-1')] }));
  return store;
}

/** What every storage driver has to do. No driver is a mock of another. */
export function storageContract(name: string, open: () => Promise<StorageBench>): void {
  describe(name, () => {
    test('IS2 SY1: a partition that was made and written is there after the process ended, with its version and its outbox', async () => {
      await using bench = await open();
      withPending(bench, bench.start());
      bench.kill();
      const again = bench.start();
      expect(again.loadRegistry()).toMatchObject([{ contextId: CLINIC, lifecycle: 'dormant', partition: { present: true }, localVersion: 1, pendingWrites: 1 }]);
      const opened = openContext(bench, again).open();
      expect(opened).toMatchObject({ kind: 'ready', partition: { localVersion: 1, seenVersion: 1, logId: LOG, nextSeq: 2 } });
      const [pending] = opened.kind === 'ready' ? opened.partition.pending : [];
      expect(pending).toMatchObject({ entity: 'patient', entityId: 'p-1', confirmed: { text: '{"a":1}', version: 1 }, chain: [{ mutationId: 'm-1', row: { text: '{"a":2}' }, state: { name: 'pending' } }] });
    });

    test('OB6 SY5: the app sees its write, the digest is of the confirmed rows alone, and moves as if it were counted anew', async () => {
      await using bench = await open();
      const store = withPending(bench, bench.start());
      expect(store.visible('patient', 'p-1')).toBe('{"a":2}');
      const { hash } = bench;
      const settled = { entity: 'patient', entityId: 'p-1', confirmed: confirmedRow('{"a":2}', 2), logText: '{"a":2}', visible: null, hadBase: true };
      const first = store.commit(commitOf({ expectVersion: v(1), rows: [settled, logged('p-2', '{"b":1}', 3)], outboxRemove: ['m-1' as unknown as MutationId], meta: { localVersion: v(3) } }));
      expect(first).toBe(digestOfRows(hash, [['p-1', 2, '{"a":2}'], ['p-2', 3, '{"b":1}']]));
      const second = store.commit(commitOf({ expectVersion: v(3), rows: [logged('p-1', null, 4)], meta: { localVersion: v(4) } }));
      expect(second).toBe(digestOfRows(hash, [['p-2', 3, '{"b":1}']]));
      expect(store.visible('patient', 'p-1')).toBeNull();
      expect(store.confirmed('patient', 'p-1')).toMatchObject({ text: null, version: 4 });
      expect(store.confirmed('patient', 'never')).toEqual(ABSENT_ROW);
    });

    test('SY1: a commit that was decided at another version is refused and changes nothing', async () => {
      await using bench = await open();
      const store = withPending(bench, bench.start());
      const late = commitOf({ expectVersion: v(0), rows: [logged('p-9', '{}', 1)], meta: { localVersion: v(7) } });
      expect(() => store.commit(late)).toThrow(expect.objectContaining({ code: 'VERSION_CONFLICT' }));
      expect(store.visible('patient', 'p-9')).toBeNull();
      expect(store.commit(commitOf({ expectVersion: v(1) }))).toBe(digestOfRows(bench.hash, [['p-1', 1, '{"a":1}']]));
    });

    test('SY4: a snapshot becomes a new generation beside the old one; adopting it carries outbox and conflicts over, and the old one goes', async () => {
      await using bench = await open();
      const store = withPending(bench, bench.start());
      const staged = await stage(store, await bench.offer(CLINIC, SNAPSHOT));
      expect(staged).toMatchObject({ version: 3, logId: LOG, digest: digestOfRows(bench.hash, [['p-1', 3, '{"a":3}'], ['p-2', 2, '{"b":2}']]) });
      expect(store.visible('patient', 'p-1')).toBe('{"a":2}');
      expect(bench.partitions()).toBe(2);
      expect(store.readStaged(staged.generation, [{ entity: 'patient', entityId: 'p-1' }, { entity: 'patient', entityId: 'p-7' }])).toEqual({ '7:patientp-1': confirmedRow('{"a":3}', 3) });
      store.topUp(staged.generation, commitOf({ expectVersion: v(3), rows: [logged('p-3', '{"c":1}', 4)], meta: { localVersion: v(4) }, durable: false }));
      const visible = rowState('{"a":2}', [5_000, 'device-a'], {}, 1);
      const carried = { entity: 'patient', entityId: 'p-1', confirmed: confirmedRow('{"a":3}', 3), visible, hadBase: false };
      store.adopt(staged.generation, commitOf({ expectVersion: v(4), rows: [carried], outboxPut: [pendingEntry('m-2', '{"a":2}')] }), 1);
      expect(store.visible('patient', 'p-1')).toBe('{"a":2}');
      expect(store.visible('patient', 'p-3')).toBe('{"c":1}');
      expect(bench.partitions()).toBe(1);
      bench.kill();
      const again = openContext(bench, bench.start()).open();
      expect(again).toMatchObject({ kind: 'ready', partition: { generation: staged.generation, localVersion: 4, pending: [{ chain: [{ mutationId: 'm-2' }] }] } });
    });

    test('SY4 IS2: a generation that was staged and not adopted is gone after a start, and the old one is the partition', async () => {
      await using bench = await open();
      const store = withPending(bench, bench.start());
      await stage(store, await bench.offer(CLINIC, SNAPSHOT));
      bench.kill();
      const again = bench.start();
      again.loadRegistry();
      expect(bench.partitions()).toBe(1);
      expect(openContext(bench, again).open()).toMatchObject({ kind: 'ready', partition: { localVersion: 1, pending: [{ chain: [{ mutationId: 'm-1' }] }] } });
    });

    test('SY4: the pointer of the registry never goes back, whatever an older row says', async () => {
      await using bench = await open();
      const storage = bench.start();
      const store = withPending(bench, storage);
      const before = storage.loadRegistry()[0] as RegistryRow;
      const staged = await stage(store, await bench.offer(CLINIC, SNAPSHOT));
      store.adopt(staged.generation, commitOf({ expectVersion: v(3) }), 1);
      storage.commitRegistry({ put: [{ ...before, lifecycle: 'active' }], remove: [], durable: false });
      bench.kill();
      expect(bench.start().loadRegistry()).toMatchObject([{ partition: { present: true, generation: staged.generation } }]);
    });

    test('PR2 PR3: quarantine keeps the outbox while the partition goes, takes answers, and comes back with the next snapshot', async () => {
      await using bench = await open();
      const storage = bench.start();
      withPending(bench, storage).close();
      const row = storage.loadRegistry()[0] as RegistryRow;
      const prepared = storage.prepareRemoval(CLINIC, SERVER, true);
      expect(prepared).toMatchObject({ mutationIds: ['m-1'], conflicts: 1, error: null });
      storage.commitRegistry({ put: [{ ...row, partition: { present: false, generation: row.partition.generation }, quarantine: prepared.quarantine }], remove: [], durable: true });
      storage.deleteFiles(CLINIC, SERVER, false);
      expect(bench.partitions()).toBe(0);
      bench.kill();
      const store = openContext(bench, bench.start());
      const opened = store.open();
      expect(opened).toMatchObject({ kind: 'quarantined', partition: { logId: LOG, localVersion: 1, pending: [{ confirmed: { text: '{"a":1}', version: 1 }, chain: [{ mutationId: 'm-1' }] }] } });
      const sent = { ...pendingEntry('m-1', '{"a":2}'), state: { name: 'accepted', contextVersion: v(2) } as const };
      store.commit(commitOf({ expectVersion: v(1), outboxPut: [sent] }));
      const staged = await stage(store, await bench.offer(CLINIC, SNAPSHOT));
      store.adopt(staged.generation, commitOf({ expectVersion: v(3) }), 1);
      expect(store.visible('patient', 'p-1')).toBe('{"a":3}');
      store.close();
      bench.kill();
      const after = bench.start();
      expect(after.loadRegistry()).toMatchObject([{ partition: { present: true }, quarantine: null, pendingWrites: 0 }]);
      expect(after.prepareRemoval(CLINIC, SERVER, false)).toMatchObject({ mutationIds: [], conflicts: 1 });
    });

    test('PR3 PR5: a removal that a crash interrupted is finished by the next start; forgetting leaves nothing', async () => {
      await using bench = await open();
      const storage = bench.start();
      withPending(bench, storage).close();
      storage.commitRegistry({ put: [], remove: [CLINIC], durable: true });
      bench.kill();
      const again = bench.start();
      expect(again.loadRegistry()).toEqual([]);
      expect(bench.partitions()).toBe(0);
    });

    test('IS1: ids with slashes, dots, Unicode, 200 characters, twins by case and __proto__ are contexts and rows of their own', async () => {
      await using bench = await open();
      const storage = bench.start();
      const names = ['../../etc/passwd', '..', '.', 'a/b\\c:d*?', 'Clinic', 'clinic', 'CLINIC', '__proto__', 'constructor', 'Ω≈ç√ 診療所 👩‍⚕️', 'é', 'e\u0301', 'x'.repeat(200), ' ', "it's; --"];
      for (const name of names) {
        const store = openContext(bench, storage, name as unknown as ContextId);
        create(store);
        store.commit(commitOf({ rows: names.map((id) => logged(id, JSON.stringify({ of: name, id }), 1)), meta: { localVersion: v(1) } }));
        store.close();
      }
      expect(bench.partitions()).toBe(names.length);
      bench.kill();
      const again = bench.start();
      expect(again.loadRegistry().map((row) => row.contextId).sort()).toEqual([...names].sort());
      for (const name of names) {
        const store = openContext(bench, again, name as unknown as ContextId);
        expect(store.open()).toMatchObject({ kind: 'ready', partition: { localVersion: 1 } });
        for (const id of names) expect(store.visible('patient', id)).toBe(JSON.stringify({ of: name, id }));
        store.close();
      }
    });
  });
}
