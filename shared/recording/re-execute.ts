import { assert } from '../base/assert.ts';
import type { Json } from '../base/json.ts';
import type { SchemaInfo } from '../core/app-schema.ts';
import type { ClientInput, ClientOutput } from '../core/client/messages.ts';
import { clientState, clientStep, type ClientStart } from '../core/client/step.ts';
import type { ClientState } from '../core/client/state.ts';
import type { ContextInput, StepOutput } from '../core/context/messages.ts';
import { contextState, contextStep, type ContextStart } from '../core/context/step.ts';
import type { ContextState } from '../core/context/state.ts';
import type { DeviceId } from '../core/ids.ts';
import type { SyncPolicy } from '../core/outbox/draft.ts';
import type { Readings, StepRecord } from '../engine/step-record.ts';

/** What a run depends on besides its steps. */
export interface RunSettings {
  readonly deviceId: DeviceId;
  readonly schema: SchemaInfo;
  readonly sync: SyncPolicy;
}

export type Verdict =
  | { readonly verdict: 'identical'; readonly steps: number }
  | { readonly verdict: 'diverged'; readonly step: number; readonly target: string; readonly expected: string; readonly got: string };

/** A step without what came out of it. */
export type StepInput =
  | { readonly start: ClientStart }
  | { readonly input: ClientInput; readonly readings: Readings }
  | { readonly begin: ContextStart; readonly monotonic: number }
  | { readonly step: ContextInput; readonly readings: Readings };

export type StepResult = ClientOutput<ClientState> | StepOutput<ContextState>;

/**
 * RP3, RP8: runs recorded steps again through the core. Each step's own output is made first and then compared with the recorded one;
 * the first that differs ends the run. Results of the app's functions are recorded inputs.
 */
export function reExecute(steps: Iterable<StepRecord>, settings: RunSettings): Verdict {
  const run = new ReExecution(settings);
  let count = 0;
  for (const step of steps) {
    const result = run.take(step.target, step);
    const difference = result === null || !('output' in step) ? null : differ(step.output, JSON.stringify(result));
    if (difference !== null) return { verdict: 'diverged', step: count, target: step.target, ...difference };
    count++;
  }
  return { verdict: 'identical', steps: count };
}

/** A run that can be stepped through: after each step its states can be looked at, and set to what a checkpoint says. */
export class ReExecution {
  readonly #settings: RunSettings;
  #client: ClientState | null = null;
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

  /** Goes on from a checkpoint: these states, and no other context. */
  restore(client: ClientState, contexts: Iterable<readonly [string, ContextState]>): void {
    this.#client = client;
    this.#contexts.clear();
    for (const [contextId, state] of contexts) this.restoreContext(contextId, state);
  }

  restoreContext(contextId: string, state: ContextState): void {
    this.#contexts.set(contextId, { now: state, before: state });
  }

  /** Runs one step; null for one that only begins something. */
  take(target: string, record: StepInput): StepResult | null {
    const { schema, sync, deviceId } = this.#settings;
    if ('start' in record) {
      this.#client = clientState(record.start);
      return null;
    }
    if ('begin' in record) {
      this.restoreContext(target, contextState(record.begin, record.monotonic));
      return null;
    }
    const { now, monotonic, chance } = record.readings;
    if ('input' in record) {
      assert(this.#client !== null, 'a run starts with its client');
      const output = clientStep(this.#client, record.input, { now, monotonic, chance, schemaVersion: schema.version });
      this.#client = output.state;
      return output;
    }
    const context = this.#contexts.get(target);
    assert(context !== undefined, 'a context’s steps follow its begin');
    const { step } = record;
    const from = step.type === 'failed' && step.during === 'commit' ? context.before : context.now;
    const results = [...record.readings.results];
    const next = (): Json => {
      assert(results.length > 0, 'the step calls an app function that it did not call when it was recorded');
      return results.shift() as Json;
    };
    const output = contextStep(from, step, { deviceId, schema, policy: sync, now, monotonic, custom: next, upgrade: next });
    this.#contexts.set(target, { now: output.state, before: from });
    return output;
  }
}

const differ = (expected: string, got: string): { expected: string; got: string } | null => {
  if (expected === got) return null;
  let at = 0;
  while (expected[at] === got[at]) at++;
  const from = Math.max(0, at - 80);
  return { expected: expected.slice(from, at + 200), got: got.slice(from, at + 200) };
};
