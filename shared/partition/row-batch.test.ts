import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import xxhash from 'xxhash-wasm';
import type { Version } from '../core/ids.ts';
import type { RowWrite } from '../core/outbox/commit.ts';
import { createPartition, PartitionDb } from './partition-db.ts';
import type { SqliteHandle } from './sqlite.ts';

const { h64 } = await xxhash();
const ROWS = 120;

const move = (n: number, version: number, text: string | null): RowWrite => ({
  entity: 'patient',
  entityId: `p${n}`,
  confirmed: { version: version as Version, text, stamp: [version, 'device'], stamps: {}, schemaVersion: 1 },
  logText: text,
  visible: null,
  hadBase: false,
});

test('SY5: rows that go by the batch leave the digest that counting gives, when they are new, changed and deleted', () => {
  const handle = new DatabaseSync(':memory:') as unknown as SqliteHandle;
  createPartition(handle, { contextId: 'clinic', logId: null, schemaVersion: 1, readableFrom: 1 });
  const db = new PartitionDb(handle, h64);
  const take = (from: number, to: number, rows: readonly RowWrite[]): void => {
    const meta = { localVersion: to as Version };
    const digest = db.commit({ expectVersion: from as Version, rows, outboxPut: [], outboxRemove: [], conflicts: [], conflictsSettled: [], meta, durable: false });
    expect(digest).toBe(db.countDigest().digest);
    for (const size of [1, 7, rows.length]) {
      const parts = db.countDigestInParts(size);
      const told: number[] = [];
      let part = parts.next();
      for (; part.done !== true; part = parts.next()) told.push(part.value);
      expect(part.value, `in parts of ${size}`).toEqual(db.countDigest());
      expect(told.length, `in parts of ${size}`).toBeGreaterThanOrEqual(Math.floor(db.countDigest().rows / size));
    }
  };
  const numbers = Array.from({ length: ROWS }, (_, n) => n);
  take(0, ROWS, numbers.map((n) => move(n, n + 1, `{"n":${n}}`)));
  expect(db.countDigest().rows).toBe(ROWS);
  // Every third deleted, the others changed, and as many new ones between them.
  const second = numbers.flatMap((n) => [move(n, ROWS + 2 * n + 1, n % 3 === 0 ? null : `{"n":${-n}}`), move(1_000 + n, ROWS + 2 * n + 2, '{}')]);
  take(ROWS, ROWS * 3, second);
  expect(db.countDigest().rows).toBe(ROWS + (ROWS - ROWS / 3));
  expect(db.visible('patient', 'p4')).toBe('{"n":-4}');
  expect(db.visible('patient', 'p3')).toBeNull();
  expect(db.confirmed('patient', 'p119').version).toBe(ROWS + 239);
  db.close();
});
