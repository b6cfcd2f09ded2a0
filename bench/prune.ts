import { copyFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { median } from './server-figure.ts';
import { against, inTurns, megabytes, timed, type Bench, type BenchRun, type Figure } from './support/bench.ts';
import { live, openClient, welcomed } from './support/client.ts';
import { startServer, type BenchServer } from './support/server.ts';

// Twelve clinics, the last access of each a month before the next one's: what a prune by the default policy frees, and its time against
// deleting copies of the same files.

const CLINICS = 12;
const MONTH = 365 * 86_400_000 / CLINICS;
/** Of 4.2 GB, 800 MB are left in the published case. */
const LEFT = 0.8 / 4.2;

export const prune: Bench = {
  name: 'prune',
  about: 'bytes and time of a prune of 12 clinics with last access spread over a year, against unlinking the same files',
  run: async (run) => {
    const rows = run.quick ? 1_000 : 20_000;
    run.progress(`making ${CLINICS} clinics of ${rows} rows`);
    await using server = await startServer(run.folder(), Array.from({ length: CLINICS }, (_, n) => ({ contextId: `clinic-${n}`, kind: 'tenant' as const, rows })));
    const shares: number[] = [];
    let freed = 0;
    const { ours, floor } = await inTurns(run.quick ? 2 : 7, {
      ours: async () => {
        const { took, before, after } = await pruned(run, server);
        shares.push(after / before);
        freed = before - after;
        return took;
      },
      floor: () => unlinked(run, server),
    });
    const left = median(shares);
    const share: Figure = { name: 'prune bytes left', value: left * 100, unit: '%', floor: LEFT * 100, ratio: left / LEFT, target: `≤ ${(LEFT * 100).toFixed(0)} %`, ok: left <= LEFT, detail: `frees ${megabytes(freed)}` };
    return [share, against('prune', ours, floor, 1.5, `11 of ${CLINICS} clinics go; the registry's pointer to each is on the disk before its file is deleted`)];
  },
};

const bytesIn = (dir: string): number => readdirSync(dir).filter((name) => name.startsWith('p-')).reduce((sum, name) => sum + statSync(join(dir, name)).size, 0);

async function pruned(run: BenchRun, server: BenchServer): Promise<{ took: number; before: number; after: number }> {
  const dir = run.folder();
  const options = { dir, endpoint: server.wsUrl, token: server.token, deviceId: crypto.randomUUID(), indexes: [] };
  const filler = await openClient(options);
  await welcomed(filler);
  for (let n = 0; n < CLINICS; n++) {
    const isLive = live(filler, `clinic-${n}`);
    await filler.switchTo(`clinic-${n}`);
    await isLive;
  }
  await filler.close();
  setBack(join(dir, 'registry.sqlite'));
  const client = await openClient(options);
  await welcomed(client);
  const before = bytesIn(dir);
  const took = await timed(() => client.prune());
  const after = bytesIn(dir);
  await client.close();
  rmSync(dir, { recursive: true });
  return { took, before, after };
}

/** The year that has passed since, in the registry. */
function setBack(path: string): void {
  const db = new DatabaseSync(path);
  const put = db.prepare(`UPDATE contexts SET row = json_set(row, '$.lastAccessAt', ?) WHERE context_id = ?`);
  for (let n = 0; n < CLINICS; n++) put.run(Date.now() - n * MONTH, `clinic-${n}`);
  db.close();
}

async function unlinked(run: BenchRun, server: BenchServer): Promise<number> {
  const dir = run.folder();
  const paths = Array.from({ length: CLINICS - 1 }, (_, n) => join(dir, `${n}.sqlite`));
  for (const [n, path] of paths.entries()) copyFileSync(server.file(`clinic-${n}`), path);
  return timed(() => {
    for (const path of paths) rmSync(path);
  });
}
