import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openPostgresStore } from '../../sync-server/index.ts';
import type { LogStore } from '../../sync-server/store/log-store.ts';
import { hash64 } from '../support/hash.ts';
import { startPostgres, type Postgres } from '../support/postgres.ts';
import { StoreReplay } from './replay-store.ts';
import type { ServerBugs } from './sim-server.ts';
import type { StoreOperation } from './store-trace.ts';
import { World } from './world.ts';

// A simulated run is synchronous, and PostgreSQL is not. So each seed runs on its store in memory, which notes every operation with its
// answer; then the same operations are done, in the same order, to the server's log store on a real PostgreSQL, through the function that
// sockets push through, and every answer, head, digest, change, row and recorded outcome has to be the same. A run whose store gives
// the same answers in the same order is the same run, so what the simulation proves of its store holds for PostgreSQL, with two limits.
// The operations of one context come one after the other, as the lock of SV1 makes them: that it does so under pushes that race is shown
// by the tests of the store and of several processes. And a failing database is no part of it: that is in the tests of faults.
//
// `SEEDS=2000 npx vitest run --project sim postgres.fuzz` for more of them, `FIRST_SEED=n SEEDS=1` to see one again.

const SEEDS = Number(process.env['SEEDS'] ?? 200);
const FIRST_SEED = Number(process.env['FIRST_SEED'] ?? 70_000);
/** Seeds that are replayed at one time. */
const AT_ONCE = 4;

const hash = await hash64();
let postgres: Postgres;
let store: LogStore;
let operator: pg.Pool;

beforeAll(async () => {
  postgres = await startPostgres();
  store = await openPostgresStore({ url: postgres.url });
  operator = new pg.Pool({ connectionString: postgres.url, max: AT_ONCE });
  // The pool is done with a client before its socket is: the database's farewell must find somebody, at the client and, of an idle one, at the pool.
  operator.on('connect', (client) => client.on('error', () => undefined));
  operator.on('error', () => undefined);
});
afterAll(async () => {
  await operator.end();
  await store.close();
  await postgres.stop();
});

function operationsOf(seed: number, bugs: ServerBugs = {}): { failure: string | null; operations: StoreOperation[] } {
  const operations: StoreOperation[] = [];
  const { failure } = new World({ seed, hash, bugs, observeStore: (operation) => operations.push(operation) }).run();
  return { failure, operations };
}

test(`SV1 SV3 SV4 SY5 SY7 OB4 CF1: the stores of ${SEEDS} simulated runs answer and hold the same on a real PostgreSQL`, async () => {
  const seeds = Array.from({ length: SEEDS }, (_, i) => FIRST_SEED + i);
  const kinds: Record<string, number> = {};
  const work = async (): Promise<void> => {
    for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift()) {
      const { failure, operations } = operationsOf(seed);
      expect(failure, `npm run simulate -- --seed ${seed}`).toBeNull();
      for (const { type } of operations) kinds[type] = (kinds[type] ?? 0) + 1;
      await new StoreReplay({ store, operator, hash }, `seed ${seed}`).run(operations);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  // Many runs in which something was never done would prove less than their number says.
  if (SEEDS >= 100) for (const kind of ['push', 'remember', 'compact', 'digest', 'rename', 'backup', 'restore']) expect(kinds[kind], kind).toBeGreaterThan(0);
});

test.each([
  ['SV1', 'versions from a sequence', { sequence: true }],
  ['CF1', 'a version that is compared before the lock', { checkBeforeLock: true }],
])('%s: the comparison sees a store with %s', async (_rule, name, bugs) => {
  const seen: string[] = [];
  for (let seed = 1; seed <= 20 && seen.length === 0; seed++) {
    await new StoreReplay({ store, operator, hash }, `${name} ${seed}`).run(operationsOf(seed, bugs).operations).catch((thrown: Error) => seen.push(thrown.message));
  }
  expect(seen[0]).toMatch(/differ/);
});
