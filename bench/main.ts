import { writeFileSync } from 'node:fs';
import { active } from './active.ts';
import { deltaSync } from './delta-sync.ts';
import { firstSync } from './first-sync.ts';
import { fleetLaunch } from './fleet-launch.ts';
import { giant } from './giant.ts';
import { hub } from './hub.ts';
import { inspectorOverhead } from './inspector-overhead.ts';
import { liveEvents } from './live-events.ts';
import { metadata } from './metadata.ts';
import { prune } from './prune.ts';
import { reExecuting } from './re-execute.ts';
import { recording } from './recording.ts';
import { resync } from './resync.ts';
import { scaling } from './scaling.ts';
import { measureLatency } from './server-latency.ts';
import { measurePushes } from './server-push.ts';
import { runBench, type Bench, type Figure } from './support/bench.ts';
import { switching, switching100 } from './switch.ts';

// `npm run bench`: a table with progress, and `bench/results.json`. Names run some, `--list` names them, `--quick` takes small sizes.

const BENCHES: readonly Bench[] = [
  // First, while nothing else is in memory.
  scaling,
  switching,
  switching100,
  firstSync,
  deltaSync,
  resync,
  active,
  metadata,
  prune,
  fleetLaunch,
  reExecuting,
  inspectorOverhead,
  hub,
  recording,
  liveEvents,
  { name: 'latency', about: 'a write until it is on 1, 10 and 100 others, against a bare relay with a commit', run: ({ progress }) => measureLatency(progress) },
  { name: 'server', about: 'pushes a second, against the same rows as one UPDATE and one INSERT', run: ({ progress }) => measurePushes(progress) },
  giant,
];

async function main(args: readonly string[]): Promise<number> {
  const flags = args.filter((arg) => arg.startsWith('-'));
  const names = args.filter((arg) => !arg.startsWith('-'));
  const badFlag = flags.find((flag) => flag !== '--list' && flag !== '--quick');
  if (badFlag !== undefined) return refuse(`There is no option ${badFlag}; there are --list and --quick`);
  const unknown = names.find((name) => !BENCHES.some((bench) => bench.name === name));
  if (unknown !== undefined) return refuse(`There is no benchmark ${unknown}; npm run bench -- --list names them`);
  if (flags.includes('--list')) {
    for (const { name, about, heavy } of BENCHES) console.log(`${name.padEnd(20)} ${about}${heavy === true ? ' (only by name)' : ''}`);
    return 0;
  }
  const chosen = names.length === 0 ? BENCHES.filter((bench) => bench.heavy !== true) : BENCHES.filter((bench) => names.includes(bench.name));
  const figures: Figure[] = [];
  const failed: string[] = [];
  for (const [at, bench] of chosen.entries()) {
    const say = (line: string): void => console.log(`[${at + 1}/${chosen.length}] ${bench.name}: ${line}`);
    const started = performance.now();
    try {
      const made = await runBench(bench, { quick: flags.includes('--quick'), progress: say });
      figures.push(...made);
      for (const figure of made) console.log(lineOf(figure));
      say(`done in ${((performance.now() - started) / 1_000).toFixed(1)} s`);
    } catch (thrown) {
      failed.push(bench.name);
      say(`failed: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
    }
  }
  console.log(`\n${'figure'.padEnd(30)}${'value'.padStart(20)}${'floor'.padStart(12)}${'ratio'.padStart(9)}  ${'to reach'.padEnd(22)}`);
  for (const figure of figures) console.log(lineOf(figure));
  writeFileSync(new URL('results.json', import.meta.url), `${JSON.stringify(figures, null, 2)}\n`);
  const missed = figures.filter((figure) => !figure.ok).length;
  console.log(`\n${figures.length} figures, ${missed} short of what is to be reached${failed.length === 0 ? '' : `; failed: ${failed.join(', ')}`}; written to bench/results.json`);
  return failed.length === 0 ? 0 : 1;
}

const short = (value: number): string => (Number.isInteger(value) ? String(value) : Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3));

function lineOf({ name, value, unit, floor, ratio, target, ok, detail }: Figure): string {
  return `${name.padEnd(30)}${`${short(value)} ${unit}`.padStart(20)}${short(floor).padStart(12)}${short(ratio).padStart(9)}  ${target.padEnd(22)} ${ok ? 'yes ' : 'NO  '} ${detail}`;
}

function refuse(line: string): number {
  console.error(line);
  return 2;
}

process.exitCode = await main(process.argv.slice(2));
