import { number, text, type Reader } from './reader.ts';

// A switching stress run, as the events of the recording show it beside its own report.

/** What must hold, by the rules that a run watches. */
export const STRESS_RULES: readonly { readonly id: string; readonly text: string }[] = [
  { id: 'IS3', text: 'Nothing is applied under an ended activation' },
  { id: 'LC3', text: 'The old context is closed before the next opens' },
  { id: 'LC6', text: 'A closed context holds no file and no timer' },
];

export interface StressSeen {
  /** Activations that were asked for, and those of them that became active. */
  readonly opened: number;
  readonly completed: number;
  readonly staleFrames: number;
  readonly staleCalls: number;
  readonly frames: number;
  /** How long they took, by powers of two: the first bar is below 2 ms, each next one from its `from` on. */
  readonly bars: readonly { readonly from: number; readonly count: number }[];
}

const BARS = 8;

/** Where a command ended in the recording; null: its event is not there yet. */
export async function commandPlace(read: Reader, commandId: string): Promise<number | null> {
  const [row] = await read(`SELECT place FROM events WHERE kind = 'command' AND json_extract(data, '$.commandId') = ? ORDER BY place DESC LIMIT 1`, [commandId]);
  return row === undefined ? null : number(row['place']) - 1;
}

/** What is told of a run by the events behind `from` and up to `to`, both places. */
export async function stressSeen(read: Reader, from: number, to: number): Promise<StressSeen> {
  const span = [from + 1, to + 1];
  const times = await read(
    `SELECT min(CASE json_extract(data, '$.to') WHEN 'activating' THEN at END) AS asked, min(CASE json_extract(data, '$.to') WHEN 'active' THEN at END) AS active
     FROM events WHERE kind = 'lifecycle' AND place > ? AND place <= ? AND activationId IS NOT NULL GROUP BY activationId`,
    span,
  );
  const counts = await read(`SELECT kind, json_extract(data, '$.what') AS what, count(*) AS n FROM events WHERE kind IN ('stale', 'frame') AND place > ? AND place <= ? GROUP BY 1, 2`, span);
  const took = times.flatMap(({ asked, active }) => (typeof asked === 'number' && typeof active === 'number' ? [active - asked] : []));
  const bars = Array.from({ length: BARS }, (_, at) => ({ from: at === 0 ? 0 : 2 ** at, count: 0 }));
  for (const ms of took) {
    const bar = bars[Math.max(0, Math.min(BARS - 1, Math.floor(Math.log2(Math.max(1, ms)))))];
    if (bar !== undefined) bar.count += 1;
  }
  const many = (kind: string, what: string | null): number => number(counts.find((row) => text(row['kind']) === kind && (what === null || text(row['what']) === what))?.['n']);
  return { opened: times.filter(({ asked }) => asked !== null).length, completed: took.length, staleFrames: many('stale', 'frame'), staleCalls: many('stale', 'call'), frames: many('frame', null), bars };
}
