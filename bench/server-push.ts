import pg from 'pg';
import { contextId, deviceId, userId, version, type LogId } from '../shared/core/ids.ts';
import { createAdmin } from '../sync-server/admin.ts';
import { loadHash } from '../sync-server/hash.ts';
import { pushToStore } from '../sync-server/push.ts';
import { openPostgresStore } from '../sync-server/store/sql/postgres.ts';
import { startPostgres } from '../tests/support/postgres.ts';
import { median, rowValue, type ServerFigure } from './server-figure.ts';

// `server`: pushes a second through the store, against the same rows as one UPDATE and one INSERT in a transaction, bare. Both on one
// PostgreSQL that syncs to disk, in turns.

const ROUNDS = 7;
const ROUND_MS = 400;
const AT_ONCE = 8;

interface Target {
  readonly id: string;
  readonly logId: LogId;
}

export async function measurePushes(progress: (line: string) => void): Promise<ServerFigure[]> {
  const postgres = await startPostgres({ durable: true });
  const store = await openPostgresStore({ url: postgres.url });
  const bare = new pg.Pool({ connectionString: postgres.url, max: 10 });
  // The database ends before the last of its connections does.
  bare.on('error', () => undefined);
  bare.on('connect', (client) => client.on('error', () => undefined));
  try {
    const hash = await loadHash();
    const admin = await createAdmin(store, { hash });
    await bare.query(`CREATE TABLE bare_heads (id text PRIMARY KEY, head bigint);
      CREATE TABLE bare (id text, version bigint, entity text, entity_id text, value text, timestamp float8, device text, mutation text, PRIMARY KEY (id, version))`);
    let rows = 0;
    const ours = async (to: Target, size: number): Promise<void> => {
      const mutations = Array.from({ length: size }, () => mutationOf(rows++));
      const request = { contextId: contextId(to.id), logId: to.logId, localVersion: version(0), mutations };
      const { decision } = await pushToStore(store, { now: Date.now(), hash }, { deviceId: deviceId('bench'), userId: userId('bench') }, request);
      if (decision.applied.length !== size) throw new Error('a push was not applied');
    };
    const floor = async (to: Target, size: number): Promise<void> => {
      const client = await bare.connect();
      await client.query('BEGIN');
      const { rows: heads } = await client.query<{ head: string }>({ name: 'head', text: 'UPDATE bare_heads SET head = head + $2 WHERE id = $1 RETURNING head', values: [to.id, size] });
      const first = Number(heads[0]?.head) - size;
      const batch = Array.from({ length: size }, (_, i) => {
        const one = mutationOf(rows++);
        return { v: first + 1 + i, e: one.entity, i: one.entityId, x: JSON.stringify(one.value), t: one.timestamp, d: 'bench', m: one.mutationId };
      });
      const text = 'INSERT INTO bare SELECT $1, v, e, i, x, t, d, m FROM json_to_recordset($2::json) AS b(v bigint, e text, i text, x text, t float8, d text, m text)';
      await client.query({ name: 'insert', text, values: [to.id, JSON.stringify(batch)] });
      await client.query('COMMIT');
      client.release();
    };

    const figures: ServerFigure[] = [];
    for (const contexts of [1, 10, 100]) {
      for (const size of [1, 100]) {
        const targets: Target[] = [];
        for (let i = 0; i < contexts; i++) {
          const id = `${contexts}-${size}-${i}`;
          const { logId } = await admin.createContext({ contextId: id, kind: 'tenant', schemaVersion: 1 });
          await admin.setMember(id, 'bench', 'writer');
          await bare.query('INSERT INTO bare_heads VALUES ($1, 0)', [id]);
          targets.push({ id, logId });
        }
        const [a, b]: [number[], number[]] = [[], []];
        for (let round = 0; round < ROUNDS; round++) {
          a.push(await rate((to) => floor(to, size), targets));
          b.push(await rate((to) => ours(to, size), targets));
        }
        const [value, against] = [median(b), median(a)];
        figures.push({ name: `server ${contexts} × ${size}`, value, unit: 'pushes/s', floor: against, ratio: value / against, target: '≥ 0.5', ok: value / against >= 0.5, detail: `${contexts} contexts, ${size} mutations a push, ${Math.round(value * size)} changes/s` });
        progress(`server ${contexts} × ${size}: ${Math.round(value)} pushes/s, floor ${Math.round(against)}`);
      }
    }
    return figures;
  } finally {
    await store.close();
    await bare.end();
    await postgres.stop();
  }
}

function mutationOf(n: number) {
  return { mutationId: crypto.randomUUID() as never, entity: 'patient', entityId: `p${n}`, op: 'put' as const, value: rowValue(n), baseVersion: version(0), timestamp: Date.now(), schemaVersion: 1 };
}

/** Calls a second, by as many workers as there are contexts, eight at most. */
async function rate(call: (to: Target) => Promise<void>, targets: readonly Target[]): Promise<number> {
  const started = performance.now();
  let done = 0;
  const worker = async (first: number): Promise<void> => {
    for (let i = first; performance.now() - started < ROUND_MS; i += AT_ONCE) {
      const to = targets[i % targets.length];
      if (to === undefined) return;
      await call(to);
      done++;
    }
  };
  await Promise.all(Array.from({ length: Math.min(targets.length, AT_ONCE) }, (_, i) => worker(i)));
  return (done / (performance.now() - started)) * 1_000;
}

if (import.meta.main) console.table(await measurePushes(console.log));
