import { hash64 } from '../../tests/support/hash.ts';
import type { SchemaFunctions } from './functions.ts';
import { MemoryDisk } from './memory-disk.ts';
import type { MemorySnapshot } from './memory-partition.ts';
import { MemoryStorage } from './memory-storage.ts';
import { storageContract } from './testing/storage-contract.ts';

const schema: SchemaFunctions = { info: { version: 1, readableFrom: 1, entities: {}, migrations: [] }, custom: (_entity, _base, mine) => mine, upgrade: (_entity, value) => value };

storageContract('storage in memory', async () => {
  const hash = await hash64();
  const disk = new MemoryDisk(hash);
  const offered = new Map<string, MemorySnapshot>();
  return {
    hash,
    endpoint: 'ws://127.0.0.1/sync',
    start: () =>
      new MemoryStorage(disk, schema, (request, done, failed) => {
        const snapshot = offered.get(request.url);
        if (snapshot === undefined) failed({ code: 'DOWNLOAD_FAILED', message: 'not offered' });
        else done(snapshot);
        return () => undefined;
      }),
    kill: () => undefined,
    offer: (contextId, snapshot) => {
      const url = `/contexts/${contextId}/snapshot`;
      offered.set(url, snapshot);
      return Promise.resolve({ url, bytes: 1, sha256: '0'.repeat(64), version: snapshot.version, logId: snapshot.logId });
    },
    partitions: () => disk.files.size,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
});
