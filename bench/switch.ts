import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openMonolith } from './monolith.ts';
import { median, quantile } from './server-figure.ts';
import { against, inTurns, several, timed, type Bench, type BenchRun, type Figure } from './support/bench.ts';
import { live, openClient, welcomed } from './support/client.ts';
import { SIZES } from './support/data.ts';
import { startServer, type Echo } from './support/server.ts';

// `switchTo` from one large context to another until it is live, on a connection that is open, with the ambient tier loaded and 48 more
// contexts on the server for which changes wait; against opening the file, one query and two round trips over a socket of the same process.

const CHANGES = 100;
const TENANTS = 50;
/** Samples of a turn. */
const A_TURN = 6;

export const switching: Bench = {
  name: 'switch',
  about: 'switchTo an up-to-date context until it is live, against a file, a query and two round trips, and against a monolith',
  run: (run) => measure(run, 0),
};

export const switching100: Bench = {
  name: 'switch-100',
  about: 'the same with 100 changes waiting on the server',
  run: (run) => measure(run, CHANGES),
};

async function measure(run: BenchRun, waiting: number): Promise<readonly Figure[]> {
  const rows = run.quick ? 5_000 : SIZES.large;
  run.progress('starting a server with fifty contexts');
  const contexts = Array.from({ length: TENANTS }, (_, n) => ({ contextId: `clinic-${n}`, kind: 'tenant' as const, rows: n < 2 ? rows : 0 }));
  await using server = await startServer(run.folder(), [{ contextId: 'shared', kind: 'ambient', rows: run.quick ? 500 : SIZES.ambient }, ...contexts]);
  const client = await openClient({ dir: run.folder(), endpoint: server.wsUrl, token: server.token });
  const ambient = live(client, 'shared');
  await welcomed(client);
  await ambient;
  const toLive = async (contextId: string): Promise<void> => {
    const isLive = live(client, contextId);
    await client.switchTo(contextId);
    await isLive;
  };
  for (const contextId of ['clinic-0', 'clinic-1', 'clinic-0']) await toLive(contextId);
  for (const { contextId, rows: own } of contexts) if (own === 0) await server.write(contextId, CHANGES);

  const echo = await server.echo();
  const files = [0, 1].map((n) => join(run.folder(), `floor-${n}.sqlite`));
  for (const [n, path] of files.entries()) copyFileSync(server.file(`clinic-${n}`), path);
  let target = 0;
  const ours = (): Promise<readonly number[]> =>
    several(A_TURN, async () => {
      target = 1 - target;
      if (waiting > 0) await server.write(`clinic-${target}`, waiting);
      return timed(() => toLive(`clinic-${target}`));
    });
  const floor = (): Promise<readonly number[]> => several(A_TURN, (n) => timed(() => bareSwitch(files[n & 1] as string, echo, waiting)));
  const rounds = run.quick ? 3 : 20;
  if (waiting > 0) {
    const sampled = await inTurns(rounds, { floor, ours });
    await client.close();
    echo.close();
    return [against('switch-100', sampled.ours, sampled.floor, 4, detail(sampled.ours, rows))];
  }
  run.progress('filling the monolith');
  const monolith = openMonolith(join(run.folder(), 'monolith.sqlite'), echo, { tenants: TENANTS, rows, waiting: CHANGES });
  const sampled = await inTurns(rounds, { floor, ours, rival: () => several(A_TURN, (n) => timed(() => monolith.switchTo(n & 1))) });
  monolith.close();
  await client.close();
  echo.close();
  const [value, rival] = [median(sampled.ours), median(sampled.rival)];
  const times = rival / value;
  return [
    against('switch', sampled.ours, sampled.floor, 10, detail(sampled.ours, rows)),
    { name: 'switch monolith', value, unit: 'ms', floor: rival, ratio: times, target: '≥ 20 × faster', ok: times >= 20, detail: monolith.about },
  ];
}

const detail = (ours: readonly number[], rows: number): string => `p95 ${quantile(ours, 0.95).toFixed(2)} ms; two contexts of ${rows} rows, ambient tier loaded`;

async function bareSwitch(path: string, echo: Echo, rows: number): Promise<void> {
  const db = new DatabaseSync(path);
  db.prepare(`SELECT id, value FROM rows WHERE entity = 'patient' LIMIT 20`).all();
  await echo.ask('ask');
  const text = await echo.ask(rows === 0 ? 'ask' : String(rows));
  if (rows > 0) {
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; BEGIN');
    const insert = db.prepare(`INSERT OR REPLACE INTO rows (entity, id, version, value, timestamp, device, schema) VALUES ('patient', ?, ?, ?, 0, '', 1)`);
    for (const { id, version, value } of JSON.parse(text) as { id: string; version: number; value: unknown }[]) insert.run(id, version, JSON.stringify(value));
    db.exec('COMMIT');
  }
  db.close();
}
