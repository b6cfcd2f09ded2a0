import { hash64 } from '../support/hash.ts';
import { parseArgs } from 'node:util';
import { writeFailure } from './failure-report.ts';
import { World, type RunResult } from './world.ts';

// npm run simulate -- --seed N | --seeds N [--from N] [--record]

const { values } = parseArgs({
  options: { seed: { type: 'string' }, seeds: { type: 'string' }, from: { type: 'string' }, record: { type: 'boolean' }, trace: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
});

if (values.help === true) {
  console.log('npm run simulate -- --seed N            one seed, with what happened in it\nnpm run simulate -- --seeds N [--from N] a run of seeds; the first failures are printed with their command and written as recordings\n  --trace   print every event\n  --record  run every step again at the end (RP8)');
  process.exit(0);
}

const hash = await hash64();
const record = values.record === true;
const first = Number(values.seed ?? values.from ?? 1);
const count = values.seed === undefined ? Number(values.seeds ?? 200) : 1;
if (!Number.isSafeInteger(first) || !Number.isSafeInteger(count) || count < 1) {
  console.error('--seed, --seeds and --from take whole numbers');
  process.exit(2);
}
const started = performance.now();
const failures: RunResult[] = [];
const totals: Record<string, number> = {};
for (let seed = first; seed < first + count; seed++) {
  const result = new World({ seed, hash, record, ...(values.trace === true ? { trace: (line: string) => console.log(line) } : {}) }).run();
  for (const [kind, n] of Object.entries(result.counts)) totals[kind] = (totals[kind] ?? 0) + n;
  if (result.failure !== null) {
    failures.push(result);
    if (failures.length <= 5) console.log(`seed ${seed} failed ${result.failure}\n  features ${Object.entries(result.features).filter(([, on]) => on).map(([name]) => name).join(' ')}\n  npm run simulate -- --seed ${seed}\n  ${writeFailure(seed, hash, '.contextscope/failures')}`);
  } else if (count === 1) console.log(`seed ${seed}: ${result.events} events, ${result.frames} frames`);
}
const took = performance.now() - started;
console.log(`${count} seeds, ${failures.length} failed, ${(took / count).toFixed(1)} ms a seed`);
console.log(Object.entries(totals).sort(([a], [b]) => (a < b ? -1 : 1)).map(([kind, n]) => `${kind} ${n}`).join(', '));
process.exit(failures.length === 0 ? 0 : 1);
