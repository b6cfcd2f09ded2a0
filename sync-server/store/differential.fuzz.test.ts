import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPostgres, type Postgres } from '../../tests/support/postgres.ts';
import { seededRandom } from '../../shared/base/random.ts';
import type { Mutation } from '../../shared/core/change.ts';
import type { Hash64 } from '../../shared/core/digest.ts';
import { contextId, deviceId, logId, userId, version, type LogId } from '../../shared/core/ids.ts';
import { createAdmin, type Admin } from '../admin.ts';
import { loadHash } from '../hash.ts';
import { pushToStore } from '../push.ts';
import type { LogStore } from './log-store.ts';
import { openMemoryStore } from './memory-store.ts';
import { openPgliteStore } from './sql/pglite.ts';
import { openPostgresStore } from './sql/postgres.ts';

// The same random life of a context on all three stores: pushes of many kinds, sent twice, from the past and under other logs, back-office
// writes, compaction, restores, members who come and go. After every step each store must have said and hold the same.
// `SEEDS=2000 npx vitest run --project sim sync-server` for more of them, `FIRST_SEED=n` to see one again.

const SEEDS = Number(process.env['SEEDS'] ?? 40);
const FIRST_SEED = Number(process.env['FIRST_SEED'] ?? 1);
const STEPS = 25;
const NOW = 1_800_000_000_000;

interface Side {
  readonly store: LogStore;
  readonly admin: Admin;
}

let postgres: Postgres;
let sides: Side[];
let hash: Hash64;

beforeAll(async () => {
  hash = await loadHash();
  postgres = await startPostgres();
  const stores = [openMemoryStore(), await openPostgresStore({ url: postgres.url }), await openPgliteStore({ memory: true })];
  sides = await Promise.all(stores.map(async (store) => ({ store, admin: await createAdmin(store, { hash, now: () => NOW }) })));
});
afterAll(async () => {
  for (const { store } of sides) await store.close();
  await postgres.stop();
});

/** Calls every store, and returns what they said when they said the same. */
async function onAll<T>(call: (side: Side) => Promise<T>, note: () => string): Promise<T> {
  const answers = await Promise.all(sides.map((side) => call(side).catch((thrown: unknown) => ({ failed: (thrown as { code?: string }).code ?? String(thrown) }) as T)));
  for (const answer of answers.slice(1)) expect(answer, note()).toEqual(answers[0]);
  return answers[0] as T;
}

test(`SV1 SV3 SY7 OB4 CF1: ${SEEDS} random lives of a context go alike in memory, on PGlite and on PostgreSQL`, async () => {
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) await live(seed);
});

async function live(seed: number): Promise<void> {
  const random = seededRandom(seed);
  const id = contextId(`life-${seed}`);
  const done: string[] = [];
  const note = (): string => `FIRST_SEED=${seed} SEEDS=1\n${done.join('\n')}`;
  const sent: Mutation[] = [];
  let log: LogId = logId('first');
  let logs = 0;
  let count = 0;
  for (const { store, admin } of sides) {
    const made = await admin.createContext({ contextId: id, kind: 'tenant', schemaVersion: 2, readableFrom: 1 });
    await store.renameLog(id, made.logId, log);
    await admin.setMember(id, 'ann', 'writer');
  }
  const mutationOf = (): Mutation => {
    if (sent.length > 0 && random.next() < 0.15) return random.pick(sent);
    const op = random.next() < 0.25 ? 'delete' : 'put';
    const made = {
      mutationId: `${seed}-${++count}`,
      entity: random.pick(['a', 'b']),
      entityId: `r${random.int(4)}`,
      op,
      ...(op === 'put' ? { value: random.pick([{ n: count }, null, 'text', [count], '\u0000']) } : {}),
      baseVersion: random.int(random.next() < 0.5 ? 1 : 8),
      timestamp: NOW + (random.next() < 0.05 ? 1e9 : -random.int(1e6)),
      ...(random.next() < 0.3 ? { stamps: { n: [NOW - 5, 'd'] } } : {}),
      schemaVersion: random.next() < 0.05 ? 0 : 2,
    } as unknown as Mutation;
    sent.push(made);
    return made;
  };
  for (let step = 0; step < STEPS; step++) {
    const dice = random.next();
    if (dice < 0.6) {
      const mutations = Array.from({ length: 1 + random.int(5) }, mutationOf);
      const request = { contextId: id, logId: random.next() < 0.9 ? log : logId('older'), localVersion: version(random.int(20)), mutations };
      const user = userId(random.next() < 0.9 ? 'ann' : 'bob');
      done.push(`push by ${user} at ${request.localVersion} under ${request.logId}: ${JSON.stringify(mutations)}`);
      await onAll(async ({ store }) => (await pushToStore(store, { now: NOW + step, hash }, { deviceId: deviceId('d'), userId: user }, request)).decision, note);
    } else if (dice < 0.7) {
      const change = { entity: 'a', entityId: `r${random.int(4)}`, op: 'put' as const, value: step };
      done.push(`back office: ${JSON.stringify(change)}`);
      await onAll(({ admin }) => admin.backOfficeChanges(id, [change], { actor: 'x', requestId: `${seed}-${step}` }), note);
    } else if (dice < 0.8) {
      const upTo = random.int(25);
      done.push(`compact up to ${upTo}`);
      await onAll(({ admin }) => admin.compact(id, { upTo, keepMs: 1e12, keepBytes: 1e12 }), note);
    } else if (dice < 0.85) {
      const to = logId(`log-${++logs}`);
      done.push(`rename to ${to}`);
      const from = log;
      log = to;
      await onAll(({ store }) => store.renameLog(id, from, to), note);
    } else if (dice < 0.92) {
      done.push('bob comes or goes');
      const comes = random.next() < 0.5;
      const acceptUntil = random.next() < 0.5 ? NOW + random.int(STEPS) : undefined;
      await onAll(({ admin }) => (comes ? admin.setMember(id, 'bob', 'writer') : admin.revoke(id, 'bob', { acceptUntil })), note);
    } else {
      const readableFrom = random.int(3);
      done.push(`readable from ${readableFrom}`);
      await onAll(({ admin }) => admin.updateContext(id, { readableFrom }), note);
    }
    const since = version(random.int(20));
    const state = await onAll(
      async ({ store }) => ({
        facts: await store.activation(userId('bob'), id, since),
        rows: await store.rows(id, null, 100, 1e6),
        changes: await store.changes(id, { after: since, limit: 7, maxBytes: 1e6 }),
      }),
      note,
    );
    const head = Number(state.facts?.record.head);
    expect(state.changes.every((change) => change.version <= head), note()).toBe(true);
  }
}
