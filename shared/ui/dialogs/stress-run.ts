import { codeOf, messageOf } from '../../base/app-error.ts';
import type { ResultOf } from '../../protocol/debug/index.ts';
import { formatMs, plural } from '../../views/format.ts';
import type { Inspector } from '../state/inspector.ts';
import { Store } from '../state/store.ts';
import { newCommandId } from './actions.ts';

export type StressResult = ResultOf<'Context.stressSwitch'>;

export interface StressRun {
  readonly commandId: string;
  readonly contexts: readonly string[];
  readonly rounds: number;
  /** The last place of the recording before it began. */
  readonly from: number;
  readonly startedAt: number;
  readonly state: { readonly name: 'running'; readonly cancelling: boolean } | { readonly name: 'ended'; readonly at: number; readonly result: StressResult; readonly cancelled: boolean } | { readonly name: 'failed'; readonly error: string };
}

/** The stress run of one inspector: it goes on when its dialog is closed, and is there when that opens again. */
export class StressRuns {
  readonly last = new Store<StressRun | null>(null);
  /** The one before, to compare with. */
  readonly before = new Store<StressRun | null>(null);
  readonly #inspector: Inspector;
  #abort: AbortController | null = null;
  /** True while a dialog shows it, so that nobody is told twice. */
  isShown = false;

  constructor(inspector: Inspector) {
    this.#inspector = inspector;
  }

  async start(contexts: readonly string[], rounds: number): Promise<void> {
    const { session } = this.#inspector;
    const abort = new AbortController();
    this.#abort = abort;
    const earlier = this.last.get();
    if (earlier?.state.name === 'ended') this.before.set(earlier);
    const run: StressRun = { commandId: newCommandId(), contexts: [...contexts], rounds, from: session.index.length - 1, startedAt: Date.now(), state: { name: 'running', cancelling: false } };
    this.last.set(run);
    try {
      const result = await session.call('Context.stressSwitch', { commandId: run.commandId, contexts: [...contexts], rounds }, { signal: abort.signal });
      this.last.set({ ...run, state: { name: 'ended', at: Date.now(), result, cancelled: abort.signal.aborted && result.rounds < rounds } });
    } catch (thrown) {
      this.last.set({ ...run, state: { name: 'failed', error: codeOf(thrown) === 'CANCELLED' ? 'It was cancelled before it began' : `${codeOf(thrown)}: ${messageOf(thrown)}` } });
    }
    this.#abort = null;
    if (!this.isShown) this.#tell();
  }

  /** Asks the client to end it; what it did so far is its result. */
  cancel(): void {
    this.#abort?.abort();
    this.last.update((run) => (run?.state.name === 'running' ? { ...run, state: { name: 'running', cancelling: true } } : run));
  }

  #tell(): void {
    const run = this.last.get();
    if (run === null || run.state.name === 'running') return;
    const action = { label: 'Show the result', run: () => this.#inspector.dialog.set({ kind: 'stress', contextIds: run.contexts }) };
    if (run.state.name === 'failed') return void this.#inspector.toast({ icon: 'ev-error', tone: 'c-error', title: 'The switching stress failed', text: run.state.error, alert: true, action }, 0);
    const { broken, rounds, durationMs } = run.state.result;
    const text = `${plural(rounds, 'switch', 'switches')} in ${formatMs(durationMs)}`;
    if (broken.length === 0) this.#inspector.toast({ icon: 'check', tone: 'c-ok', title: 'No invariant broke', text, action });
    else this.#inspector.toast({ icon: 'alert', tone: 'c-error', title: plural(broken.length, 'invariant broke', 'invariants broke'), text, alert: true, action }, 0);
  }
}

const runs = new WeakMap<Inspector, StressRuns>();

export function stressRunsOf(inspector: Inspector): StressRuns {
  let own = runs.get(inspector);
  if (own === undefined) runs.set(inspector, (own = new StressRuns(inspector)));
  return own;
}
