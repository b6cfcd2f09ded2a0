import { DatabaseSync } from 'node:sqlite';
import { beforeEach, expect, test } from 'vitest';
import { codeOf } from '../base/app-error.ts';
import { createRecording, RecordingWriter } from '../recording/index.ts';
import { bisect, bisectSource, checksFor, type BisectCheck, type BisectSource } from './bisect.ts';
import type { Reader, SqlRow } from './reader.ts';

/** Events at these seqs, and a condition that is asked only there. */
function scripted(seqs: readonly number[], holds: (seq: number) => boolean): BisectSource & { readonly asked: number[] } {
  const asked: number[] = [];
  return {
    first: seqs[0] ?? 0,
    last: seqs.at(-1) ?? 0,
    asked,
    eventFrom: (seq) => Promise.resolve(seqs.find((one) => one >= seq) ?? null),
    ask(seq) {
      expect(seqs).toContain(seq);
      asked.push(seq);
      return Promise.resolve({ value: seq, holds: holds(seq) });
    },
  };
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

test.each([1, 2, 3, 499, 500, 501, 999, 1_000])('RP4 finds the event %i at which a condition turns true, with checks in the logarithm of the events', async (turn) => {
  const source = scripted(range(1, 1_000), (seq) => seq >= turn);
  const result = await bisect(source);
  expect(result).toMatchObject({ found: turn, holdsAtEnd: true, falseAgain: [] });
  expect(result.checks.length).toBeLessThanOrEqual(checksFor(1_000));
  expect(source.asked).toEqual(result.checks.map(({ seq }) => seq));
});

test('RP4 every event of a run with gaps is found, and none in a gap is asked', async () => {
  const seqs = [...range(3, 20), ...range(400, 403), 900, ...range(1_000, 1_040)];
  for (const turn of seqs) expect((await bisect(scripted(seqs, (seq) => seq >= turn))).found).toBe(turn);
});

test('RP4 a point in a gap moves behind it, and says from where', async () => {
  const seqs = [...range(1, 100), ...range(900, 1_000)];
  const { checks } = await bisect(scripted(seqs, (seq) => seq >= 950));
  const moved = checks.filter(({ movedFrom, part }) => movedFrom !== null && part === 'search');
  expect(moved[0]).toMatchObject({ movedFrom: 500, seq: 900, holds: false });
});

test('RP4 a condition that turns false again is reported with the event at which it does', async () => {
  const result = await bisect(scripted(range(1, 1_000), (seq) => seq >= 100 && (seq < 700 || seq >= 950)));
  expect(result).toMatchObject({ found: 100, holdsAtEnd: true, falseAgain: [700] });
});

test('RP4 a condition that held for a while and does not at the end is found all the same', async () => {
  expect(await bisect(scripted(range(1, 1_000), (seq) => seq >= 300 && seq < 600))).toMatchObject({ found: 300, holdsAtEnd: false, falseAgain: [600] });
});

test('RP4 a condition that holds nowhere finds nothing', async () => {
  expect(await bisect(scripted(range(1, 50), () => false))).toMatchObject({ found: null, holdsAtEnd: false });
  expect(await bisect(scripted([7], (seq) => seq === 7))).toMatchObject({ found: 7, later: 0 });
});

test('a search stops between two checks when its signal is aborted', async () => {
  const stop = new AbortController();
  const seen: BisectCheck[] = [];
  const running = bisect(scripted(range(1, 10_000), (seq) => seq > 5_000), {
    signal: stop.signal,
    onCheck(check) {
      seen.push(check);
      if (seen.length === 3) stop.abort();
    },
  });
  await expect(running.catch(codeOf)).resolves.toBe('CANCELLED');
  expect(seen).toHaveLength(3);
});

let db: DatabaseSync;
let read: Reader;
beforeEach(() => {
  db = new DatabaseSync(':memory:');
  createRecording(db);
  read = (sql, params = []) => Promise.resolve(db.prepare(sql).all(...params) as SqlRow[]);
  const events = range(0, 99).map((seq) => ({ seq, at: seq * 10, kind: seq % 5 === 0 ? ('conflict' as const) : ('delta' as const), contextId: 'clinic-a', data: {} }));
  const writer = new RecordingWriter(db);
  writer.append([{ clientId: 'c', runId: 'earlier', events: events.slice(0, 30) }]);
  writer.append([{ clientId: 'c', runId: 'later', events: events.filter(({ seq }) => seq < 40 || seq > 60), dropped: [{ fromSeq: 40, toSeq: 60, reason: 'out of credit' }] }]);
});

test('RP4 a condition in SQL is asked with :seq bound, over the last run', async () => {
  const source = await bisectSource(read, "-- the tenth\nselect count(*) >= 10\nfrom events\nwhere runId = :runId and seq <= :seq and kind = 'conflict'; -- done");
  expect([source.first, source.last]).toEqual([0, 99]);
  const { found, checks } = await bisect(source);
  // 0, 5, … 35 are eight; the gap hides 40 to 60.
  expect(found).toBe(70);
  expect(checks.find(({ seq }) => seq === 70)).toMatchObject({ value: 10, holds: true });
});

test('RP4 :step is the last step that was taken by an event', async () => {
  db.exec("INSERT INTO steps (runId, step, seq, at, kind, input, outputHash) SELECT 'later', seq / 2, seq, at, 'x', '{}', '' FROM events WHERE runId = 'later' AND seq % 2 = 0");
  expect((await bisect(await bisectSource(read, 'select :step > 33'))).found).toBe(68);
});

test('what cannot be halved says why', async () => {
  const codes = await Promise.all(['select 1', 'select :step > 1'].map((sql) => bisectSource(read, sql).then(() => null, codeOf)));
  expect(codes).toEqual(['NO_POINT', 'NO_STEPS']);
  await expect(bisectSource(read, 'select :seq > 1', 'none').then(() => null, codeOf)).resolves.toBe('EMPTY');
});

test('a condition can only read', async () => {
  const source = await bisectSource(read, 'delete from events where seq <= :seq returning 1');
  await expect(source.ask(99)).rejects.toThrow('syntax error');
  expect(db.prepare('SELECT count(*) AS n FROM events').get()?.['n']).toBe(109);
});
