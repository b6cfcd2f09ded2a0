import { cpSync, rmSync } from 'node:fs';
import { quantile } from './server-figure.ts';
import { timed, type Bench, type BenchRun, type Figure } from './support/bench.ts';
import { openClient, welcomed } from './support/client.ts';
import { deltasOf, SEAM_URL, seamServer } from './support/seam.ts';

// The launch of an app after a major schema update (every value gets a field), from opening the client until the context in use can be read
// and written, without a connection: lazily, as the runtime does it, against an app that migrates all that it has before it goes on. A device
// is a store of its own on the disk; the devices are launched one after the other in this process, so that they do not measure each other.

const TIMES = 15;
const MANY = 50;

export const fleetLaunch: Bench = {
  name: 'fleet-launch',
  about: 'p95 launch after a major schema update with 24 dormant contexts, lazily against migrating all of them',
  run: async (run) => {
    const [devices, rounds, rows] = run.quick ? [2, 1, 200] : [8, 3, 2_000];
    run.progress(`making stores of up to ${MANY} contexts of ${rows} rows`);
    const [few, usual, lots] = [await store(run, 1, rows), await store(run, 25, rows), await store(run, MANY, rows)];
    const times: { readonly [launch in 'alone' | 'lazy' | 'many' | 'eager']: number[] } = { alone: [], lazy: [], many: [], eager: [] };
    for (let round = -1; round < rounds; round++) {
      for (let device = 0; device < devices; device++) {
        const took = {
          alone: await launch(run, few, 1),
          lazy: await launch(run, usual, 1),
          many: await launch(run, lots, 1),
          eager: await launch(run, usual, 25),
        };
        if (round < 0) continue;
        for (const name of ['alone', 'lazy', 'many', 'eager'] as const) times[name].push(took[name]);
      }
      if (round >= 0) run.progress(`round ${round + 1} of ${rounds}`);
    }
    const [alone, lazy, many, eager] = (['alone', 'lazy', 'many', 'eager'] as const).map((name) => quantile(times[name], 0.95)) as [number, number, number, number];
    const detail = `${devices} devices × ${rounds} rounds in one process, contexts of ${rows} rows with one declared index; p95`;
    const faster: Figure = { name: 'fleet-launch', value: lazy, unit: 'ms p95', floor: eager, ratio: eager / lazy, target: `≥ ${TIMES} × faster`, ok: eager / lazy >= TIMES, detail };
    const independent: Figure = {
      name: 'fleet-launch dormant',
      value: many,
      unit: 'ms p95',
      floor: alone,
      ratio: many / alone,
      target: '≤ 1.2 × with none',
      ok: many / alone <= 1.2,
      detail: `${MANY - 1} dormant contexts against none; with 24 ${lazy.toFixed(1)} ms`,
    };
    return [faster, independent];
  },
};

/** A store with `count` contexts in schema 1. */
async function store(run: BenchRun, count: number, rows: number): Promise<string> {
  const dir = run.folder();
  const seam = seamServer(Array.from({ length: count }, (_, n) => ({ contextId: `clinic-${n}`, head: rows })));
  const client = await openClient({ dir, endpoint: SEAM_URL, token: 'none', dial: seam.dial });
  await welcomed(client);
  for (let n = 0; n < count; n++) {
    const began = seam.activated();
    const opened = client.switchTo(`clinic-${n}`);
    const activationId = await began;
    for (const delta of await deltasOf(`clinic-${n}`, rows)) seam.say(delta.text(activationId));
    await opened;
  }
  await client.close();
  return dir;
}

async function launch(run: BenchRun, from: string, migrates: number): Promise<number> {
  const dir = run.folder();
  cpSync(from, dir, { recursive: true });
  globalThis.gc?.();
  let client: Awaited<ReturnType<typeof openClient>> | null = null;
  const took = await timed(async () => {
    client = await openClient({ dir, endpoint: SEAM_URL, token: 'none', dial: () => ({ send: () => undefined, close: () => undefined }), version: 2, more: { policy: { maxActive: 100 } } });
    for (let n = migrates - 1; n >= 0; n--) await client.activate(`clinic-${n}`);
  });
  await (client as Awaited<ReturnType<typeof openClient>> | null)?.close();
  rmSync(dir, { recursive: true });
  return took;
}
