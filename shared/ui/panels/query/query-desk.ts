import { AppError, codeOf, messageOf } from '../../../base/app-error.ts';
import type { Json } from '../../../base/json.ts';
import { bisect, bisectSource, checksFor, type BisectCheck, type BisectResult } from '../../../views/bisect.ts';
import { planSteps, type PlanStep } from '../../../views/query-plan.ts';
import type { SqlValue } from '../../../views/reader.ts';
import { errorPlace, type SqlErrorPlace } from '../../../views/sql-error.ts';
import { bareStatement, comparisonOf, isSeveral } from '../../../views/sql-text.ts';
import { infoOf } from '../../state/client-state.ts';
import type { Inspector } from '../../state/inspector.ts';
import { keptBy } from '../../state/kept.ts';
import { Store } from '../../state/store.ts';
import { SavedQueries } from './saved-queries.ts';
import type { Target } from './templates.ts';

/** What is asked, of whom. */
export interface Question {
  readonly sql: string;
  readonly target: Target;
  /** Of a context: which. */
  readonly contextId: string | null;
  readonly limit: number;
}

export interface Shown extends Question {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly SqlValue[])[];
  readonly truncated: boolean;
  readonly durationMs: number;
  readonly at: number;
  /** Of a context: where it stood when it was read. */
  readonly localVersion: number | null;
  /** Of the recording: how many events it held. */
  readonly events: number;
}

export interface ShownPlan extends Question {
  readonly steps: readonly PlanStep[];
  /** How many rows its tables hold, as far as that is known. */
  readonly sizes: ReadonlyMap<string, number>;
}

export interface ShownBisect {
  readonly sql: string;
  readonly at: number;
  readonly durationMs: number;
  readonly first: number;
  readonly last: number;
  readonly runId: string;
  /** What was compared with what, where the condition is a comparison. */
  readonly measure: string | null;
  readonly limit: number | null;
  readonly result: BisectResult;
}

export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly question: Question;
  readonly place: SqlErrorPlace | null;
}

export interface Running {
  readonly what: 'run' | 'bisect' | 'export';
  readonly since: number;
  readonly done: number;
  /** 0: not known. */
  readonly total: number;
  readonly checks: readonly BisectCheck[];
}

export interface Whole extends Pick<Shown, 'columns' | 'rows'> {
  /** False: rows changed between two parts. */
  readonly isOneState: boolean;
}

/** The most that one call of a client gives. */
const PART = 10_000;
const MOST_EXPORTED = 1_000_000;
const TIMEOUT_MS = 10_000;
const MOST_STARTS = 20;

/** What the panel Query works with; it goes on while another panel is shown. */
export class QueryDesk {
  readonly queries: SavedQueries;
  readonly result = new Store<Shown | null>(null);
  readonly plan = new Store<ShownPlan | null>(null);
  readonly bisected = new Store<ShownBisect | null>(null);
  readonly failure = new Store<Failure | null>(null);
  readonly running = new Store<Running | null>(null);
  readonly #inspector: Inspector;
  #stop = new AbortController();
  #client: string | null = null;

  constructor(inspector: Inspector) {
    this.#inspector = inspector;
    this.queries = new SavedQueries(inspector.host);
    this.#client = infoOf(inspector.session.client.get())?.clientId ?? null;
    inspector.session.client.listen((client) => {
      const clientId = infoOf(client)?.clientId ?? null;
      if (clientId === null || clientId === this.#client) return;
      this.#client = clientId;
      this.#forget();
    });
  }

  stop(): void {
    this.#stop.abort();
  }

  /** Runs a statement. An error leaves the last result as it is. */
  async run(question: Question): Promise<void> {
    let rows: number | null = null;
    const took = await this.#work('run', question, async (signal) => {
      const shown = await this.#ask(question, signal);
      this.result.set(shown);
      rows = shown.rows.length;
      return shown.durationMs;
    });
    if (took !== undefined) this.queries.ran({ sql: question.sql, target: question.target, at: Date.now(), durationMs: took, rows });
  }

  /** How SQLite would read for it; nothing is run. */
  async explain(question: Question): Promise<void> {
    await this.#work('run', question, async (signal) => {
      const plan = await this.#ask({ ...question, sql: `explain query plan ${bareStatement(question.sql)}`, limit: PART }, signal);
      const steps = planSteps(plan.columns, plan.rows, question.sql);
      this.plan.set({ ...question, steps, sizes: await this.#sizes(question, steps, signal) });
      return plan.durationMs;
    });
  }

  /** RP4: finds the event at which a condition turns true, in the run that is shown. */
  async bisect(sql: string): Promise<void> {
    const { db, index } = this.#inspector.session;
    const runId = index.runs.at(this.#inspector.place()) ?? index.runs.last ?? '';
    const start = performance.now();
    const took = await this.#work('bisect', { sql, target: 'recording', contextId: null, limit: 1 }, async (signal) => {
      const source = await bisectSource(db.all, sql, runId);
      const total = checksFor(source.last - source.first + 1);
      const result = await bisect(source, {
        signal,
        onCheck: (check) => this.running.update((running) => (running === null ? null : { ...running, done: running.done + 1, total: Math.max(total, running.done + 1), checks: [...running.checks, check] })),
      });
      const comparison = comparisonOf(bareStatement(sql));
      const durationMs = performance.now() - start;
      this.bisected.set({ sql, at: Date.now(), durationMs, first: source.first, last: source.last, runId, measure: comparison?.measure ?? null, limit: comparison?.limit ?? null, result });
      return durationMs;
    });
    if (took !== undefined) this.queries.ran({ sql, target: 'bisect', at: Date.now(), durationMs: took, rows: null });
  }

  /** How many rows there are without the limit. */
  async count(shown: Shown): Promise<number | null> {
    let rows: number | null = null;
    await this.#work('run', shown, async (signal) => {
      const { rows: [row] } = await this.#ask({ ...shown, sql: `select count(*) from (${bareStatement(shown.sql)}\n)`, limit: 1 }, signal);
      rows = Number(row?.[0] ?? 0);
      return 0;
    });
    return rows;
  }

  /** The whole result, asked for again part by part. Null: it was stopped, or failed. */
  async whole(shown: Shown): Promise<Whole | null> {
    let out: Whole | null = null;
    await this.#work('export', shown, async (signal) => {
      if (!shown.truncated) {
        out = { columns: shown.columns, rows: shown.rows, isOneState: true };
        return 0;
      }
      const rows: (readonly SqlValue[])[] = [];
      const states = new Set<number | null>();
      let columns = shown.columns;
      for (let more = true; more && rows.length < MOST_EXPORTED; ) {
        const part = await this.#ask({ ...shown, sql: `select * from (${bareStatement(shown.sql)}\n) limit ${PART} offset ${rows.length}`, limit: PART }, signal);
        rows.push(...part.rows);
        states.add(part.localVersion ?? part.events);
        ({ columns } = part);
        // A part ends at so many rows or at so many bytes.
        more = part.rows.length > 0 && (part.truncated || part.rows.length === PART);
        this.running.update((running) => (running === null ? null : { ...running, done: rows.length }));
      }
      out = { columns, rows, isOneState: states.size <= 1 };
      return 0;
    });
    return out;
  }

  async #ask({ sql, target, contextId, limit }: Question, signal: AbortSignal): Promise<Shown> {
    if (isSeveral(sql)) throw new AppError('BAD_SQL', 'One statement at a time: what stands behind the semicolon would not run');
    const { session } = this.#inspector;
    const asked = { sql, target, contextId, limit, at: Date.now(), events: session.index.length };
    if (target === 'recording') return { ...asked, contextId: null, localVersion: null, ...(await unlessStopped(session.db.table(sql, limit), signal)) };
    const { localVersion, rows, ...answer } = await session.call('Data.query', { contextId: contextId ?? '', sql, limit: Math.min(PART, limit), timeoutMs: TIMEOUT_MS }, { signal });
    return { ...asked, ...answer, rows: rows.map((row) => row.map(plain)), localVersion: localVersion ?? null };
  }

  async #sizes(question: Question, steps: readonly PlanStep[], signal: AbortSignal): Promise<ReadonlyMap<string, number>> {
    const tables = [...new Set(steps.flatMap(({ table }) => table ?? []))];
    const counts = await Promise.all(
      tables.map(async (table): Promise<readonly [string, number] | null> => {
        try {
          const { rows: [row] } = await this.#ask({ ...question, sql: `select count(*) from "${table.replaceAll('"', '""')}"`, limit: 1 }, signal);
          return [table, Number(row?.[0] ?? 0)];
        } catch {
          // What is read may be no table: a function, a subquery with a name.
          return null;
        }
      }),
    );
    return new Map(counts.flatMap((one) => (one === null ? [] : [one])));
  }

  /** One thing at a time: what is begun ends what ran before. Undefined: it was stopped. Null: it failed. */
  async #work(what: Running['what'], question: Question, work: (signal: AbortSignal) => Promise<number>): Promise<number | null | undefined> {
    this.#stop.abort();
    const stop = (this.#stop = new AbortController());
    this.running.set({ what, since: Date.now(), done: 0, total: 0, checks: [] });
    try {
      const took = await work(stop.signal);
      this.failure.set(null);
      return took;
    } catch (thrown) {
      if (stop.signal.aborted) return undefined;
      const failure = { code: codeOf(thrown), message: messageOf(thrown), question, place: null };
      this.failure.set(failure);
      void this.#findPlace(failure);
      return null;
    } finally {
      if (this.#stop === stop) this.running.set(null);
    }
  }

  async #findPlace(failure: Failure): Promise<void> {
    const { question, message } = failure;
    let starts = 0;
    const place = await errorPlace(question.sql, message, async (start) => {
      if (++starts > MOST_STARTS) return null;
      try {
        await this.#ask({ ...question, sql: `explain ${start}`, limit: 1 }, AbortSignal.timeout(TIMEOUT_MS));
        return null;
      } catch (thrown) {
        return messageOf(thrown);
      }
    });
    if (this.failure.get() === failure) this.failure.set({ ...failure, place });
  }

  #forget(): void {
    this.stop();
    this.result.set(null);
    this.plan.set(null);
    this.bisected.set(null);
    this.failure.set(null);
  }
}

/** The recording's worker cannot be interrupted: what is stopped is the waiting. */
function unlessStopped<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(new AppError('CANCELLED', 'It was stopped')), { once: true });
    work.then(resolve, reject);
  });
}

const plain = (value: Json): SqlValue => (value === null || typeof value === 'number' || typeof value === 'string' ? value : JSON.stringify(value));

export const deskOf = keptBy((inspector) => new QueryDesk(inspector));
