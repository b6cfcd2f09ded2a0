import { median } from './server-figure.ts';
import { inTurns, several, timed, type Bench, type BenchRun, type Figure } from './support/bench.ts';
import { openClient, toggler, welcomed } from './support/client.ts';
import { SEAM_URL, seamServer } from './support/seam.ts';

// Time of a switch until live, and memory, with more and more contexts in the registry of which two are used; the server is a function of
// this process, so that what is measured is the client's.

const AT_MOST = 1.2;

export const scaling: Bench = {
  name: 'scaling',
  about: 'activation time and memory with 10 to 10,000 contexts in the registry, against itself at 10',
  run: async (run) => {
    const sizes = run.quick ? [10, 100, 1_000] : [10, 100, 1_000, 10_000];
    const before = memoryNow();
    const stages: ({ readonly size: number } & Awaited<ReturnType<typeof open>>)[] = [];
    for (const size of sizes) {
      stages.push({ size, ...(await open(run, size)) });
    }
    const samples = await inTurns(run.quick ? 3 : 20, Object.fromEntries<() => Promise<readonly number[]>>(stages.map(({ size, toggle }) => [String(size), () => several(6, () => timed(toggle))])));
    for (const { close } of stages) await close();
    const first = median(samples[String(sizes[0])] ?? []);
    const base = stages[0]?.heap ?? 0;
    return stages.flatMap(({ size, heap }): Figure[] => {
      const value = median(samples[String(size)] ?? []);
      const perRow = size < 1_000 ? '' : `; ${((heap - base) / (size - (sizes[0] ?? 0))).toFixed(0)} bytes of heap for each further row`;
      const [now, then] = [before + heap, before + base];
      return [
        { name: `scaling ${size}`, value, unit: 'ms', floor: first, ratio: value / first, target: `≤ ${AT_MOST} × at 10`, ok: value / first <= AT_MOST, detail: 'switch until live' },
        { name: `scaling ${size} memory`, value: now / 1_048_576, unit: 'MB', floor: then / 1_048_576, ratio: now / then, target: `≤ ${AT_MOST} × at 10`, ok: now / then <= AT_MOST, detail: `heap of the process after a collection${perRow}` },
      ];
    });
  },
};

const memoryNow = (): number => {
  globalThis.gc?.();
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
};

async function open(run: BenchRun, size: number) {
  run.progress(`a registry of ${size} contexts`);
  const dir = run.folder();
  // The first run makes the registry; the second is the launch of an app that finds it.
  const seam = seamServer(Array.from({ length: size }, (_, n) => ({ contextId: `clinic-${n}`, head: 0 })));
  const options = { dir, endpoint: SEAM_URL, token: 'none', dial: seam.dial };
  const maker = await openClient(options);
  await welcomed(maker);
  await maker.close();
  const before = memoryNow();
  const client = await openClient(options);
  await welcomed(client);
  if (client.registry().length !== size) throw new Error('The registry is not as large as it should be');
  const toggle = toggler(client);
  for (let i = 0; i < 20; i++) await toggle();
  const after = memoryNow();
  return { toggle, heap: after - before, close: () => client.close() };
}
