import { afterAll, beforeAll } from 'vitest';
import { startPostgres, type Postgres } from '../../tests/support/postgres.ts';
import { logHistoryContract } from '../testing/contract-history.ts';
import { logStoreContract } from '../testing/contract-suite.ts';
import type { LogStore } from './log-store.ts';
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

const STORES: Readonly<Record<string, () => Promise<LogStore>>> = {
  memory: async () => openMemoryStore(),
  pglite: () => openPgliteStore({ memory: true }),
  postgres: () => openPostgresStore({ url: postgres.url }),
};

for (const [name, open] of Object.entries(STORES)) {
  logStoreContract(name, open);
  logHistoryContract(`${name} `, open);
}
