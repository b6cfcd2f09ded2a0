import { AppError } from '../base/app-error.ts';
import { number, type Reader, type SqlValue } from './reader.ts';
import { bareStatement, comparisonOf, numbered } from './sql-text.ts';

// RP4: the event of a recording at which a condition turns true, found by halving. The condition is a statement that is asked for the state
// after an event; what it says of one event is taken to be true of all between it and the turn, and that is checked afterwards.

export interface Asked {
  /** What was compared where the condition is a comparison, else what the condition gave. */
  readonly value: SqlValue;
  readonly holds: boolean;
}

/** What is halved: the events of one run by seq, and the condition. */
export interface BisectSource {
  readonly first: number;
  readonly last: number;
  /** The event at a seq, or the first one behind it. */
  eventFrom(seq: number): Promise<number | null>;
  ask(seq: number): Promise<Asked>;
}

export interface BisectCheck extends Asked {
  readonly seq: number;
  /** The seq that was meant: no event has it, so the next one behind was asked. */
  readonly movedFrom: number | null;
  /** Seqs that were possible before this check, ends included. */
  readonly from: number;
  readonly to: number;
  /** How many were left after it. */
  readonly left: number;
  /** Whether it looks for the turn, or checks that it was the only one. */
  readonly part: 'search' | 'after';
}

export interface BisectResult {
  /** The first event after which the condition holds; null: it held at none that was asked. */
  readonly found: number | null;
  readonly checks: readonly BisectCheck[];
  readonly holdsAtEnd: boolean;
  /** Later events that were asked whether it still holds. */
  readonly later: number;
  /** Events at which it turned false again. */
  readonly falseAgain: readonly number[];
}

export interface BisectOptions {
  readonly signal?: AbortSignal;
  readonly onCheck?: (check: BisectCheck) => void;
}

const LATER = 8;

/** How many checks a search among so many events takes at most, when the condition turns once. */
export const checksFor = (events: number): number => 1 + Math.ceil(Math.log2(Math.max(2, events))) + LATER;

/** Rejects with `CANCELLED` when the signal is aborted, and with what the condition throws. */
export async function bisect(source: BisectSource, { signal, onCheck }: BisectOptions = {}): Promise<BisectResult> {
  const { first, last } = source;
  const checks: BisectCheck[] = [];
  const ask = async (seq: number, meant: number, part: BisectCheck['part'], open: readonly [from: number, to: number], leftOf: (holds: boolean) => number): Promise<boolean> => {
    if (signal?.aborted === true) throw new AppError('CANCELLED', 'The bisect was stopped');
    const asked = await source.ask(seq);
    const check: BisectCheck = { ...asked, seq, movedFrom: meant === seq ? null : meant, from: open[0], to: open[1], left: leftOf(asked.holds), part };
    checks.push(check);
    onCheck?.(check);
    return asked.holds;
  };

  /** The first event behind `before`, up to `end`, from which on the condition is as `wanted`: at `end` it is, at `before` it is not. */
  const turnTo = async (wanted: boolean, before: number, end: number, part: BisectCheck['part']): Promise<number> => {
    let found = end;
    let [low, high] = [before, end];
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      const seq = await source.eventFrom(middle);
      if (seq === null || seq >= high) {
        // Nothing but a gap up to there.
        high = middle;
        continue;
      }
      const open = [low + 1, high - 1] as const;
      // Between what was meant and what was asked there is no event, so the turn is not there either.
      const holds = await ask(seq, middle, part, open, (now) => (now === wanted ? middle - low - 1 : high - seq - 1));
      if (holds === wanted) [found, high] = [seq, middle];
      else low = seq;
    }
    return found;
  };

  /** Events spread evenly behind one, with what the condition says there. */
  const spread = async (after: number, part: BisectCheck['part']): Promise<(readonly [seq: number, holds: boolean])[]> => {
    const out: (readonly [number, boolean])[] = [];
    for (let i = 1; i <= LATER; i++) {
      const meant = Math.round(after + ((last - after) * i) / (LATER + 1));
      const seq = await source.eventFrom(meant);
      if (seq === null || seq <= (out.at(-1)?.[0] ?? after) || seq >= last) continue;
      out.push([seq, await ask(seq, meant, part, [after + 1, last - 1], () => 0)]);
    }
    return out;
  };

  const holdsAtEnd = await ask(last, last, 'search', [first, last], () => last - first);
  let known: (readonly [seq: number, holds: boolean])[] = [];
  let end: number | undefined = last;
  if (!holdsAtEnd) {
    known = await spread(first - 1, 'search');
    end = known.find(([, holds]) => holds)?.[0];
    if (end === undefined) return { found: null, checks, holdsAtEnd, later: 0, falseAgain: [] };
  }
  const before = known.findLast(([seq]) => seq < (end ?? last))?.[0] ?? first - 1;
  const found = await turnTo(true, before, end, 'search');
  const later = [...known.filter(([seq]) => seq > found), ...(await spread(found, 'after'))].toSorted(([a], [b]) => a - b);
  const falseAgain: number[] = [];
  let previous: readonly [seq: number, holds: boolean] = [found, true];
  for (const next of [...later, [last, holdsAtEnd] as const]) {
    if (previous[1] && !next[1]) falseAgain.push(await turnTo(false, previous[0], next[0], 'after'));
    previous = next;
  }
  return { found, checks, holdsAtEnd, later: later.length, falseAgain };
}

const NAMES = ['seq', 'step', 'runId'] as const;

/**
 * A condition in SQL over one run of a recording, by default its last. `:seq` is the event, `:step` the last step that was taken by then, `:runId` the run. It
 * holds when the first column of its first row is neither null nor zero. Rejects with `EMPTY`, `NO_POINT` or `NO_STEPS`.
 */
export async function bisectSource(read: Reader, condition: string, run?: string): Promise<BisectSource> {
  const statement = bareStatement(condition);
  const comparison = comparisonOf(statement);
  const { sql, used, needs } = numbered(comparison?.sql ?? statement, NAMES);
  if (!used.has('seq') && !used.has('step')) throw new AppError('NO_POINT', 'The condition names neither :seq nor :step, so it is the same at every event');
  const [newest] = run === undefined ? await read('SELECT runId FROM events ORDER BY place DESC LIMIT 1') : [{ runId: run }];
  const runId = newest?.['runId'] ?? null;
  const [ends] = await read('SELECT min(seq) AS first, max(seq) AS last FROM events WHERE runId = ?', [runId]);
  if (ends === undefined || ends['first'] === null) throw new AppError('EMPTY', 'There are no events to look at');
  const needsStep = used.has('step');
  if (needsStep && (await read('SELECT step FROM steps WHERE runId = ? LIMIT 1', [runId])).length === 0) throw new AppError('NO_STEPS', 'This recording holds events but no steps, so :step says nothing. Use :seq');
  const stepAt = async (seq: number): Promise<SqlValue> => (needsStep ? ((await read('SELECT max(step) AS step FROM steps WHERE runId = ? AND seq <= ?', [runId, seq]))[0]?.['step'] ?? null) : null);
  return {
    first: number(ends['first']),
    last: number(ends['last']),
    async eventFrom(seq) {
      const [row] = await read('SELECT min(seq) AS seq FROM events WHERE runId = ? AND seq >= ?', [runId, seq]);
      return row === undefined || row['seq'] === null ? null : number(row['seq']);
    },
    async ask(seq) {
      // Inside another statement it can only read, whatever it is.
      const [row] = await read(`SELECT * FROM (${sql}\n) LIMIT 1`, [seq, await stepAt(seq), runId].slice(0, needs));
      const [first = null, second] = row === undefined ? [] : Object.values(row);
      return { holds: isTrue(first), value: second === undefined ? first : second };
    },
  };
}

/** What SQLite takes for true. */
const isTrue = (value: SqlValue): boolean => (typeof value === 'string' ? Number.parseFloat(value) || 0 : (value ?? 0)) !== 0;
