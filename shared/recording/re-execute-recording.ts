import { AssertionError } from '../base/assert.ts';
import { canonicalText, isJsonObject, type Json } from '../base/json.ts';
import { readSafely } from './check.ts';
import { CORE_VERSION, behaviourHash } from './core-version.ts';
import type { SqliteHandle, SqlRow } from './handle.ts';
import { ReExecution, type RunSettings, type StepInput, type StepResult } from './re-execute.ts';
import { jsonOf, numberOf, textOf } from './row-codec.ts';
import { clientOf, contextOf, outputHash, stateText } from './states.ts';
import type { BulkStep } from './step-lines.ts';
import { CLIENT_CHECKPOINT } from './step-writer.ts';

/** How the core of the file and the one that runs it again stand to each other. */
export interface CoreInfo {
  readonly recorded: { readonly version: string; readonly behaviour: string };
  readonly here: { readonly version: string; readonly behaviour: string };
  readonly same: boolean;
}

export type RecordingVerdict = { readonly core: CoreInfo } & (
  | { readonly verdict: 'identical'; readonly runs: number; readonly steps: number; readonly bulkSteps: number; readonly checkpoints: number }
  | {
      readonly verdict: 'diverged';
      readonly runId: string;
      readonly step: number;
      readonly seq: number;
      /** The context of the step, or null: the client itself. */
      readonly contextId: string | null;
      readonly kind: string;
      /** What differs: what came out of the step, the state before it, or the digest that a bulk step stands on. */
      readonly what: 'output' | 'state' | 'digest';
      readonly expected: string;
      readonly got: string;
      readonly steps: number;
    }
  | { readonly verdict: 'incomplete'; readonly reason: string }
);

class Incomplete extends Error {}

type Divergence = Omit<Extract<RecordingVerdict, { verdict: 'diverged' }>, 'core' | 'verdict' | 'runId' | 'steps'>;

/**
 * RP3: runs every step of a recording again, from the first checkpoint of each run on. A step's own output is made first and then compared with the
 * recorded one; later checkpoints are compared with the states that the run has come to. The caller has checked the file (`checkRecording`).
 */
export function reExecuteRecording(db: SqliteHandle): RecordingVerdict {
  return readSafely(() => {
    const core = coreInfo(db);
    const runs = db.prepare('SELECT runId, count(*) AS steps FROM steps GROUP BY runId ORDER BY min(at)').all();
    if (runs.length === 0) return { core, verdict: 'incomplete', reason: 'The recording holds events, but no steps that could run again: it was not made by a flight recorder' };
    const total = { runs: 0, steps: 0, bulkSteps: 0, checkpoints: 0 };
    try {
      for (const row of runs) {
        const runId = textOf(row, 'runId');
        const divergence = new RecordedRun(db, runId, total).run(() => true);
        if (divergence !== null) return { core, verdict: 'diverged', runId, ...divergence, steps: total.steps };
        total.runs++;
      }
    } catch (thrown) {
      if (thrown instanceof Incomplete) return { core, verdict: 'incomplete', reason: thrown.message };
      throw thrown;
    }
    return { core, verdict: 'identical', ...total };
  });
}

/** A step that ran again. `result` is null for one that only begins something, and for a bulk step. */
export interface RanStep {
  readonly step: number;
  readonly seq: number;
  readonly contextId: string | null;
  readonly kind: string;
  readonly isBulk: boolean;
  readonly result: StepResult | null;
}

/**
 * Runs the steps of one run again as far as they go, and shows each to `visit`, until that answers false. A step that comes out otherwise than it was recorded
 * ends it too; so does one that lacks what it takes (`reExecuteRecording` says what).
 */
export function walkSteps(db: SqliteHandle, runId: string, visit: (step: RanStep) => boolean): void {
  readSafely(() => {
    try {
      new RecordedRun(db, runId, { steps: 0, bulkSteps: 0, checkpoints: 0 }).run(visit);
    } catch (thrown) {
      if (!(thrown instanceof Incomplete)) throw thrown;
    }
  });
}

function coreInfo(db: SqliteHandle): CoreInfo {
  const meta = new Map(db.prepare('SELECT key, value FROM meta').all().map((row) => [textOf(row, 'key'), textOf(row, 'value')]));
  const recorded = { version: meta.get('coreVersion') ?? 'unknown', behaviour: meta.get('behaviourHash') ?? 'unknown' };
  const here = { version: CORE_VERSION, behaviour: behaviourHash() };
  return { recorded, here, same: recorded.version === here.version && recorded.behaviour === here.behaviour };
}

class RecordedRun {
  readonly #db: SqliteHandle;
  readonly #runId: string;
  readonly #total: { steps: number; bulkSteps: number; checkpoints: number };
  readonly #stops: ReadonlySet<number>;
  #run: ReExecution | null = null;
  /** The context of the bulk step just before: its next checkpoint is its state, not one to compare. */
  #behindBulk: string | null = null;
  #result: StepResult | null = null;

  constructor(db: SqliteHandle, runId: string, total: { steps: number; bulkSteps: number; checkpoints: number }) {
    this.#db = db;
    this.#runId = runId;
    this.#total = total;
    this.#stops = new Set(db.prepare('SELECT DISTINCT step FROM checkpoints WHERE runId = ?').all(runId).map((row) => numberOf(row, 'step')));
  }

  run(visit: (step: RanStep) => boolean): Divergence | null {
    let last: number | null = null;
    for (const row of this.#db.prepare('SELECT step, seq, contextId, kind, input, outputHash, bulk FROM steps WHERE runId = ? ORDER BY step').iterate(this.#runId)) {
      const step = numberOf(row, 'step');
      const follows = last !== null && step === last + 1;
      if (!follows) this.#resume(step, last);
      const about = { step, seq: numberOf(row, 'seq'), contextId: row['contextId'] === null ? null : textOf(row, 'contextId'), kind: textOf(row, 'kind') };
      const state = follows && this.#stops.has(step) ? this.#compare(step) : null;
      if (state !== null) return { ...about, ...state };
      const output = this.#step(row, about.contextId);
      if (output !== null) return { ...about, ...output };
      this.#total.steps++;
      last = step;
      if (!visit({ ...about, isBulk: row['bulk'] !== null, result: this.#result })) return null;
    }
    return null;
  }

  #checkpoints(step: number): ReadonlyMap<string, string> {
    const rows = this.#db.prepare('SELECT contextId, state FROM checkpoints WHERE runId = ? AND step = ?').all(this.#runId, step);
    return new Map(rows.map((row) => [textOf(row, 'contextId'), textOf(row, 'state')]));
  }

  /** Begins, or goes on behind steps that are missing, from a segment's checkpoint. */
  #resume(step: number, last: number | null): void {
    const states = this.#stops.has(step) ? this.#checkpoints(step) : new Map<string, string>();
    const own = states.get(CLIENT_CHECKPOINT);
    if (own === undefined) {
      const where = last === null ? `The run ${this.#runId} starts at step ${step}` : `Steps are missing behind step ${last} of the run ${this.#runId}`;
      throw new Incomplete(`${where}, where the recording holds no checkpoint`);
    }
    const { settings, client } = partsOf(own);
    this.#run = new ReExecution(settings);
    this.#run.restore(clientOf(client), [...states].filter(([id]) => id !== CLIENT_CHECKPOINT).map(([id, text]) => [id, contextOf(text)]));
    this.#behindBulk = null;
  }

  #compare(step: number): Pick<Divergence, 'what' | 'expected' | 'got'> | null {
    const run = this.#running();
    for (const [contextId, text] of this.#checkpoints(step)) {
      if (contextId === this.#behindBulk) {
        run.restoreContext(contextId, contextOf(text, run.context(contextId)));
        this.#behindBulk = null;
        continue;
      }
      this.#total.checkpoints++;
      const here = contextId === CLIENT_CHECKPOINT ? run.client : run.context(contextId);
      const expected = canonicalText(JSON.parse(contextId === CLIENT_CHECKPOINT ? partsOf(text).client : text) as Json);
      const got = here === undefined || here === null ? 'nothing' : canonicalText(JSON.parse(stateText(here)) as Json);
      if (expected !== got) return { what: 'state', ...excerpts(expected, got) };
    }
    if (this.#behindBulk !== null) throw new Incomplete(`The state behind the bulk step ${step - 1} is missing`);
    return null;
  }

  #running(): ReExecution {
    if (this.#run === null) throw new Incomplete('The recording starts without a checkpoint');
    return this.#run;
  }

  #step(row: SqlRow, contextId: string | null): Pick<Divergence, 'what' | 'expected' | 'got'> | null {
    const run = this.#running();
    this.#result = null;
    if (this.#behindBulk !== null) throw new Incomplete('The state behind a bulk step is missing');
    if (row['bulk'] !== null) {
      this.#total.bulkSteps++;
      const bulk = jsonOf(row, 'bulk') as unknown as BulkStep;
      const partition = contextId === null ? undefined : run.context(contextId)?.partition;
      this.#behindBulk = contextId;
      const digest = partition?.digest ?? null;
      return digest === bulk.digestBefore ? null : { what: 'digest', expected: String(bulk.digestBefore), got: String(digest) };
    }
    const expected = textOf(row, 'outputHash');
    let result: StepResult | null;
    try {
      result = run.take(contextId ?? 'client', jsonOf(row, 'input') as unknown as StepInput);
    } catch (thrown) {
      // The core of here finds a state that it holds for impossible: that is what came out.
      if (!(thrown instanceof AssertionError)) throw thrown;
      return { what: 'output', expected, got: `assertion failed: ${thrown.message}` };
    }
    this.#result = result;
    if (result === null) return null;
    const got = outputHash(result);
    if (got === expected) return null;
    const { state: _state, ...output } = result;
    return { what: 'output', expected, got: `${got} ${JSON.stringify(output).slice(0, 2_000)}` };
  }
}

function partsOf(text: string): { settings: RunSettings; client: string } {
  const parsed = JSON.parse(text) as Json;
  const settings = isJsonObject(parsed) ? parsed['settings'] : undefined;
  if (!isJsonObject(parsed) || !isJsonObject(settings)) throw new Incomplete('A checkpoint of the recording is none');
  return { settings: settings as unknown as RunSettings, client: JSON.stringify(parsed['client']) };
}

function excerpts(expected: string, got: string): { expected: string; got: string } {
  let at = 0;
  while (at < expected.length && expected[at] === got[at]) at++;
  const from = Math.max(0, at - 80);
  return { expected: expected.slice(from, at + 200), got: got.slice(from, at + 200) };
}

