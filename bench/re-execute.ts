import type { DeviceId } from '../shared/core/ids.ts';
import type { StepRecord } from '../shared/engine/step-record.ts';
import { reExecute } from '../shared/recording/re-execute.ts';
import { DEFAULT_SYNC } from '../runtime/options.ts';
import { median } from './server-figure.ts';
import { inTurns, type Bench, type BenchRun } from './support/bench.ts';
import { live, openClient, welcomed } from './support/client.ts';
import { patient, schemaOf } from './support/data.ts';
import { SEAM_URL, seamServer } from './support/seam.ts';

// Steps a second that a report runs again, with the comparison of every output, against the same steps when they were recorded: switches and
// local writes on real files, the server a function of this process.

const AT_LEAST = 20_000;

export const reExecuting: Bench = {
  name: 'reexecute',
  about: 'steps re-executed a second, against the same steps when they were recorded',
  run: async (run) => {
    const switches = run.quick ? 20 : 300;
    let last: readonly StepRecord[] = [];
    const { ours, floor } = await inTurns(run.quick ? 3 : 7, {
      floor: async () => {
        const { steps, seconds } = await record(run, switches);
        last = steps;
        return steps.length / seconds;
      },
      ours: () => {
        const started = performance.now();
        const verdict = reExecute(last, { deviceId: 'bench-device' as unknown as DeviceId, schema: schemaOf(1).functions.info, sync: DEFAULT_SYNC });
        if (verdict.verdict !== 'identical') throw new Error(`The run diverged at step ${verdict.step}`);
        return (last.length / (performance.now() - started)) * 1_000;
      },
    });
    const [value, against] = [median(ours), median(floor)];
    const ratio = value / against;
    return [{ name: 'reexecute', value, unit: 'steps/s', floor: against, ratio, target: `≥ 1 ×, ≥ ${AT_LEAST}/s`, ok: ratio >= 1 && value >= AT_LEAST, detail: `${last.length} steps of ${switches} switches with 10 writes each` }];
  },
};

async function record(run: BenchRun, switches: number): Promise<{ readonly steps: readonly StepRecord[]; readonly seconds: number }> {
  const steps: StepRecord[] = [];
  const seam = seamServer(Array.from({ length: 10 }, (_, n) => ({ contextId: `clinic-${n}`, head: 0 })));
  const client = await openClient({ dir: run.folder(), endpoint: SEAM_URL, token: 'none', dial: seam.dial, more: { recorder: { record: (step) => void steps.push(step) }, policy: { drain: false, graceMs: 0 } } });
  await welcomed(client);
  const started = performance.now();
  for (let round = 0; round < switches; round++) {
    const contextId = `clinic-${round % 10}`;
    const isLive = live(client, contextId);
    const handle = await client.switchTo(contextId);
    await isLive;
    for (let n = 0; n < 10; n++) await (handle.put as (entity: string, id: string, value: unknown) => Promise<void>).call(handle, 'patient', `p${n}`, patient(round * 10 + n));
  }
  const seconds = (performance.now() - started) / 1_000;
  await client.close();
  // What is kept of a step is its text: the text of an input is taken here, after the time is.
  return { steps: JSON.parse(JSON.stringify(steps)) as StepRecord[], seconds };
}
