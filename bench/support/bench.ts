import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median, type ServerFigure } from '../server-figure.ts';

/** One line of `bench/results.json`. `ratio` is value / floor, or its inverse where more is better. */
export type Figure = ServerFigure;

export interface BenchRun {
  /** Small sizes: to see that it runs, not what it costs. */
  readonly quick: boolean;
  progress(line: string): void;
  /** An empty folder that is gone after the benchmark. */
  folder(): string;
}

export interface Bench {
  readonly name: string;
  /** What it measures, against what. */
  readonly about: string;
  /** Runs only when it is asked for by name. */
  readonly heavy?: boolean;
  run(run: BenchRun): Promise<readonly Figure[]>;
}

/** Runs a benchmark with folders of its own. */
export async function runBench(bench: Bench, options: { readonly quick: boolean; progress(line: string): void }): Promise<readonly Figure[]> {
  const folders: string[] = [];
  try {
    return await bench.run({
      ...options,
      folder: () => {
        const dir = mkdtempSync(join(tmpdir(), 'contextscope-bench-'));
        folders.push(dir);
        return dir;
      },
    });
  } finally {
    for (const dir of folders) rmSync(dir, { recursive: true, force: true });
  }
}

/** Runs all of them in turns, so that a noisy moment meets each; one round to warm up is not counted. A turn may give several samples. */
export async function inTurns<K extends string>(rounds: number, contestants: { readonly [name in K]: (round: number) => Promise<number | readonly number[]> | number }): Promise<{ readonly [name in K]: readonly number[] }> {
  const names = Object.keys(contestants) as K[];
  const samples = Object.fromEntries(names.map((name) => [name, [] as number[]])) as unknown as { [name in K]: number[] };
  for (let round = -1; round < rounds; round++) {
    for (const name of names) {
      globalThis.gc?.();
      const sample = await contestants[name](round);
      if (round >= 0) samples[name].push(...(typeof sample === 'number' ? [sample] : sample));
    }
  }
  return samples;
}

/** Milliseconds that `work` takes. */
export async function timed(work: () => unknown): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

/** Several samples of one turn: of what takes a millisecond, the first after others is of cold caches. */
export async function several(count: number, sample: (n: number) => Promise<number>): Promise<readonly number[]> {
  const samples: number[] = [];
  for (let n = 0; n < count; n++) samples.push(await sample(n));
  return samples;
}

/** A figure whose ratio to its floor is to stay at or below `atMost`. */
export function against(name: string, ours: readonly number[], floor: readonly number[], atMost: number, detail: string, unit = 'ms'): Figure {
  const [value, low] = [median(ours), median(floor)];
  const ratio = value / low;
  return { name, value, unit, floor: low, ratio, target: `≤ ${atMost} × floor`, ok: ratio <= atMost, detail };
}

export const megabytes = (bytes: number): string => `${(bytes / 1_048_576).toFixed(1)} MB`;
