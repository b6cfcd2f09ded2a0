import { afterAll, beforeAll } from 'vitest';
import { startPostgres, type Postgres } from '../../tests/support/postgres.ts';
import { logStoreContract } from '../testing/contract-suite.ts';
import { openMemoryStore } from './memory-store.ts';
import { openPgliteStore } from './sql/pglite.ts';
import { openPostgresStore } from './sql/postgres.ts';

let postgres: Postgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(async () => {
  await postgres.stop();
});

logStoreContract('memory', async () => openMemoryStore());
logStoreContract('pglite', () => openPgliteStore({ memory: true }));
logStoreContract('postgres', () => openPostgresStore({ url: postgres.url }));
