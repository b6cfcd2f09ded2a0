import { assert } from '../base/assert.ts';
import type { Json } from '../base/json.ts';
import type { SchemaInfo } from '../core/app-schema.ts';
import { clientState, clientStep } from '../core/client/step.ts';
import type { ClientState } from '../core/client/state.ts';
import { contextState, contextStep } from '../core/context/step.ts';
import type { ContextState } from '../core/context/state.ts';
import type { DeviceId } from '../core/ids.ts';
import type { SyncPolicy } from '../core/outbox/draft.ts';
import type { StepRecord } from '../engine/step-record.ts';

/** What a run depends on besides its steps. */
export interface RunSettings {
  readonly deviceId: DeviceId;
  readonly schema: SchemaInfo;
  readonly sync: SyncPolicy;
}

export type Verdict =
  | { readonly verdict: 'identical'; readonly steps: number }
  | { readonly verdict: 'diverged'; readonly step: number; readonly target: string; readonly expected: string; readonly got: string };

/**
 * RP3, RP8: runs recorded steps again through the core. Each step's own output is made first and then compared with the recorded one;
 * the first that differs ends the run. Results of the app's functions are recorded inputs.
 */
export function reExecute(steps: Iterable<StepRecord>, settings: RunSettings): Verdict {
  const run = new ReExecution(settings);
  let count = 0;
  for (const step of steps) {
    const difference = run.take(step);
    if (difference !== null) return { verdict: 'diverged', step: count, target: step.target, ...difference };
    count++;
  }
  return { verdict: 'identical', steps: count };
}

/** A run that can be stepped through: after each step its states can be looked at. */
export class ReExecution {
  readonly #settings: RunSettings;
  #client: ClientState | null = null;
  #schemaVersion = 0;
  /** `before`: the state to go back to when the disk refused the step's commit. */
  readonly #contexts = new Map<string, { now: ContextState; before: ContextState }>();

  constructor(settings: RunSettings) {
    this.#settings = settings;
  }

  get client(): ClientState | null {
    return this.#client;
  }

  context(contextId: string): ContextState | undefined {
    return this.#contexts.get(contextId)?.now;
  }

  /** Runs one step; null, or what was recorded and what came out now. */
  take(record: StepRecord): { readonly expected: string; readonly got: string } | null {
    if ('start' in record) {
      this.#client = clientState(record.start);
      this.#schemaVersion = record.schemaVersion;
      return null;
    }
    if ('begin' in record) {
      const state = contextState(record.begin, record.monotonic);
      this.#contexts.set(record.target, { now: state, before: state });
      return null;
    }
    if ('input' in record) {
      assert(this.#client !== null, 'a run starts with its client');
      const { now, monotonic, chance } = record.readings;
      const output = clientStep(this.#client, record.input, { now, monotonic, chance, schemaVersion: this.#schemaVersion });
      this.#client = output.state;
      return differ(record.output, JSON.stringify(output));
    }
    const context = this.#contexts.get(record.target);
    assert(context !== undefined, 'a context’s steps follow its begin');
    const { step } = record;
    const from = step.type === 'failed' && step.during === 'commit' ? context.before : context.now;
    const results = [...record.readings.results];
    const next = (): Json => {
      assert(results.length > 0, 'the step calls an app function that it did not call when it was recorded');
      return results.shift() as Json;
    };
    const env = { ...this.#settings, policy: this.#settings.sync, now: record.readings.now, monotonic: record.readings.monotonic, custom: next, upgrade: next };
    const output = contextStep(from, step, env);
    this.#contexts.set(record.target, { now: output.state, before: from });
    return differ(record.output, JSON.stringify(output));
  }
}

const differ = (expected: string, got: string): { expected: string; got: string } | null => {
  if (expected === got) return null;
  let at = 0;
  while (expected[at] === got[at]) at++;
  const from = Math.max(0, at - 80);
  return { expected: expected.slice(from, at + 200), got: got.slice(from, at + 200) };
};
