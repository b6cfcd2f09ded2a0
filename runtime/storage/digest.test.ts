import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Version } from '../../shared/core/ids.ts';
import type { RowWrite } from '../../shared/core/outbox/commit.ts';
import { rowState } from '../../shared/core/row.ts';
import { MemoryPartition } from '../../shared/engine/memory-partition.ts';
import { commitOf, confirmedRow, logged } from '../../shared/engine/testing/storage-contract.ts';
import { createPartition, PartitionDb } from '../../shared/partition/partition-db.ts';
import { xxHash64 } from '../platform/node/index.ts';
import { openNodeSqlite } from '../platform/node/node-sqlite.ts';

const hash = await xxHash64();
const change = fc.record({ id: fc.constantFrom('p-1', 'p-2', 'p-3', 'p-4'), text: fc.option(fc.constantFrom('{"a":1}', '{"a":2}', '"é"'), { nil: null }), pending: fc.boolean() });

test('SY5 OB6: the digest that is kept is the digest that is counted, in both drivers, whatever is written, deleted or pending', () => {
  fc.assert(
    fc.property(fc.array(fc.array(change, { minLength: 1, maxLength: 4 }), { maxLength: 12 }), (commits) => {
      const handle = openNodeSqlite(':memory:');
      createPartition(handle, { contextId: 'clinic-a', logId: null, schemaVersion: 1, readableFrom: 1 });
      const db = new PartitionDb(handle, hash);
      const memory = new MemoryPartition();
      const waits = new Set<string>();
      let version = 0;
      for (const changes of commits) {
        const expectVersion = version as Version;
        // One state per row and commit, as a draft gives it.
        const rows = [...new Map(changes.map((one) => [one.id, one])).values()].map(({ id, text, pending }): RowWrite => {
          const hadBase = waits.has(id);
          if (pending) waits.add(id);
          else waits.delete(id);
          return { ...logged(id, text, ++version), confirmed: confirmedRow(text, version), visible: pending ? rowState('{"mine":1}', [1, 'me'], {}, 1) : null, hadBase };
        });
        const commit = commitOf({ expectVersion, rows, meta: { localVersion: version as Version }, durable: false });
        memory.write(commit, hash);
        const digest = db.commit(commit);
        expect(digest).toBe(db.countDigest().digest);
        expect(digest).toBe(memory.digest);
      }
      // Opened again it is the same one.
      expect(new PartitionDb(handle, hash).digest).toBe(db.digest);
      handle.close();
    }),
    { numRuns: 60 },
  );
});
