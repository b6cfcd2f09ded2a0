import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench, BenchRun, Figure } from './support/bench.ts';
import { live, openClient, welcomed } from './support/client.ts';
import { startServer, type BenchServer } from './support/server.ts';

// One client with some of fifty contexts active, while the server writes to all fifty at one rate: bytes received, CPU time and changes
// that the client checks against its pending writes, each against the number of active contexts.

const CONTEXTS = 50;
const LINEAR = 0.98;

interface Sample {
  readonly active: number;
  readonly bytes: number;
  readonly cpuMs: number;
  readonly checks: number;
}

export const active: Bench = {
  name: 'active',
  about: 'bytes, CPU and conflict checks with 1 to 20 of 50 contexts active, all 50 written to',
  run: async (run) => {
    await using server = await startServer(run.folder(), Array.from({ length: CONTEXTS }, (_, n) => ({ contextId: `clinic-${n}`, kind: 'tenant' as const, rows: 0 })));
    const writes = run.quick ? 20 : 150;
    const samples: Sample[] = [];
    for (const count of [1, 0, 1, 2, 5, 10, 20]) {
      const sample = await measure(run, server, count, writes);
      run.progress(`${count} active: ${(sample.bytes / 1_000).toFixed(0)} kB, ${sample.cpuMs.toFixed(0)} ms of CPU, ${sample.checks} changes`);
      samples.push(sample);
    }
    // The first one warms up; none active stands for what a dormant context costs.
    const [, none, ...measured] = samples;
    const of = (what: 'bytes' | 'cpuMs' | 'checks', unit: string): Figure => {
      const { slope, r2 } = line(measured.map((sample) => [sample.active, sample[what]]));
      const idle = none?.[what] ?? 0;
      const detail = `r² over 1, 2, 5, 10, 20 of ${CONTEXTS} active; ${slope.toFixed(1)} ${unit} for each active one, ${idle.toFixed(1)} with none active, ${writes} writes to each`;
      return { name: `active ${what}`, value: r2, unit: 'r²', floor: LINEAR, ratio: r2 / LINEAR, target: `≥ ${LINEAR}`, ok: r2 >= LINEAR, detail };
    };
    return [of('bytes', 'bytes'), of('cpuMs', 'ms'), of('checks', 'changes')];
  },
};

async function measure(run: BenchRun, server: BenchServer, count: number, writes: number): Promise<Sample> {
  const client = await openClient({ dir: run.folder(), endpoint: server.wsUrl, token: server.token, deviceId: crypto.randomUUID(), indexes: [], more: { policy: { maxActive: CONTEXTS } } });
  await welcomed(client);
  const ids = Array.from({ length: count }, (_, n) => `clinic-${n}`);
  for (const contextId of ids) {
    const isLive = live(client, contextId);
    await client.activate(contextId);
    await isLive;
  }
  let checks = 0;
  client.onEvent((event) => {
    if (event.kind === 'delta') checks += Number(event.data['changes']);
  });
  const received = (): number => client.control.endpoints().reduce((sum, endpoint) => sum + endpoint.bytesIn, 0);
  globalThis.gc?.();
  const [bytes, cpu] = [received(), process.cpuUsage()];
  // The server's process makes and commits the writes: this one only asks for them, once for each context.
  await Promise.all(Array.from({ length: CONTEXTS }, (_, n) => server.writeOneByOne(`clinic-${n}`, writes)));
  const deadline = performance.now() + 30_000;
  while (checks < count * writes && performance.now() < deadline) await sleep(5);
  const { user, system } = process.cpuUsage(cpu);
  const sample = { active: count, bytes: received() - bytes, cpuMs: (user + system) / 1_000, checks };
  await client.close();
  return sample;
}

/** The line through the points by least squares, and how much of their spread it explains. */
function line(points: readonly (readonly [number, number])[]): { readonly slope: number; readonly r2: number } {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [mx, my] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))];
  const sxy = points.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0);
  const sxx = points.reduce((sum, [x]) => sum + (x - mx) ** 2, 0);
  const syy = points.reduce((sum, [, y]) => sum + (y - my) ** 2, 0);
  return { slope: sxy / sxx, r2: syy === 0 ? 1 : sxy ** 2 / (sxx * syy) };
}
