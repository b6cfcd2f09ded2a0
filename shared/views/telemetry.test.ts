import { expect, test } from 'vitest';
import type { DebugEvent } from '../protocol/debug/index.ts';
import { emulatedSpans } from './emulated-spans.ts';
import { EventIndex } from './event-index.ts';
import { lastFetches } from './fetches.ts';
import { openingsIn, switchHistogram } from './opens.ts';
import { patternPays } from './pattern-pays.ts';
import type { Reader } from './reader.ts';
import { durationsIn, perMinute, unsyncedSeries } from './series.ts';
import { resultsIn } from './server-side.ts';
import { recorded } from './testing/recorded.ts';
import { crossings, limitsOf } from './thresholds.ts';

const event = (seq: number, at: number, kind: DebugEvent['kind'], part: Partial<DebugEvent> = {}): DebugEvent => ({ seq, at, kind, contextId: 'a', data: {}, ...part });

function story(events: readonly DebugEvent[]): { readonly index: EventIndex; readonly read: Reader } {
  const index = new EventIndex();
  index.add('r', events);
  return { index, read: recorded(events).read };
}

const opening = (seq: number, at: number, activationId: string, reason: string, contextId = 'a'): readonly DebugEvent[] => [
  event(seq, at, 'lifecycle', { contextId, activationId, data: { from: 'dormant', to: 'activating', reason } }),
  event(seq + 1, at + 3, 'phase', { contextId, activationId, durationMs: 3, data: { phase: 'open', outcome: 'done' } }),
  event(seq + 2, at + 5, 'phase', { contextId, activationId, durationMs: 2, data: { phase: 'hydrate', outcome: 'done' } }),
];

test('TE1 an opening counts until its data can be read: from the disk before the server is asked, with the snapshot where there was nothing', async () => {
  const { index, read } = story([
    ...opening(1, 1_000, 'x1', 'switch'),
    event(4, 1_006, 'lifecycle', { activationId: 'x1', data: { from: 'activating', to: 'active' } }),
    event(5, 1_046, 'phase', { activationId: 'x1', durationMs: 40, data: { phase: 'connect', outcome: 'done' } }),
    ...opening(6, 2_000, 'x2', 'switch', 'b'),
    event(9, 2_010, 'snapshot', { contextId: 'b', activationId: 'x2', data: { mode: 'snapshot', step: 'started' } }),
    event(10, 2_300, 'snapshot', { contextId: 'b', activationId: 'x2', data: { mode: 'snapshot', step: 'adopted' } }),
    event(11, 2_301, 'phase', { contextId: 'b', activationId: 'x2', durationMs: 300, data: { phase: 'catch-up', outcome: 'done' } }),
    ...opening(12, 3_000, 'x3', 'drain'),
  ]);
  const all = await openingsIn(read, index, 0, 10_000, []);
  expect(all.map(({ activationId, fetched, readyMs, totalMs, ended }) => ({ activationId, fetched, readyMs, totalMs, ended }))).toEqual([
    { activationId: 'x1', fetched: false, readyMs: 5, totalMs: 45, ended: false },
    { activationId: 'x2', fetched: true, readyMs: 305, totalMs: 305, ended: true },
    { activationId: 'x3', fetched: false, readyMs: null, totalMs: 5, ended: false },
  ]);
  expect((await openingsIn(read, index, 0, 10_000, ['b'])).map(({ activationId }) => activationId)).toEqual(['x2']);
  expect((await openingsIn(read, index, 1_500, 2_500, [])).map(({ activationId }) => activationId)).toEqual(['x2']);
  expect(switchHistogram(all).filter(({ disk, fetched }) => disk + fetched > 0)).toEqual([{ upToMs: 8, disk: 1, fetched: 0 }, { upToMs: 512, disk: 0, fetched: 1 }]);
});

test('conflicts in a minute are those of the minute before, wherever it begins', () => {
  const { index } = story([10, 50, 65, 80, 100].map((second, i) => event(i + 1, second * 1_000, 'conflict')));
  expect(perMinute(index, ['conflict'], 0, 120_000, 30_000, []).map(({ value }) => value)).toEqual([1, 2, 3, 3]);
  expect(perMinute(index, ['conflict'], 0, 120_000, 30_000, ['b']).map(({ value }) => value)).toEqual([0, 0, 0, 0]);
});

test('durations of named contexts leave out the others', () => {
  const { index } = story([event(1, 1_000, 'result', { durationMs: 5 }), event(2, 1_100, 'result', { contextId: 'b', durationMs: 7 })]);
  expect(durationsIn(index, 'result', 0, 9_000).map(({ ms }) => ms)).toEqual([5, 7]);
  expect(durationsIn(index, 'result', 0, 9_000, ['b']).map(({ ms }) => ms)).toEqual([7]);
});

test('writes wait from when the outbox was last empty until it is again', () => {
  const { index } = story([
    event(1, 10_000, 'write', { mutationIds: ['m1'], data: { op: 'put', replaced: [] } }),
    event(2, 20_000, 'write', { mutationIds: ['m2'], data: { op: 'put', replaced: [] } }),
    event(3, 30_000, 'delta', { mutationIds: ['m1'], fromVersion: 1, toVersion: 2 }),
    event(4, 50_000, 'delta', { mutationIds: ['m2'], fromVersion: 2, toVersion: 3 }),
    event(5, 60_000, 'delta', { fromVersion: 3, toVersion: 4 }),
  ]);
  expect(unsyncedSeries(index, 'a', 0, 60_000, 10_000).map(({ value }) => value)).toEqual([null, 5_000, 15_000, 25_000, 35_000, 0]);
});

test('what the server made of writes is summed by context and range', async () => {
  const { read } = story([
    event(1, 1_000, 'result', { data: { applied: 2, conflict: 1, rejected: 0 } }),
    event(2, 2_000, 'result', { data: { applied: 1, conflict: 0, rejected: 1 } }),
    event(3, 9_000, 'result', { data: { applied: 50, conflict: 0, rejected: 0 } }),
  ]);
  expect([...(await resultsIn(read, 0, 5_000))]).toEqual([['a', { pushes: 2, applied: 3, conflict: 1, rejected: 1 }]]);
});

test('an emulated network lasts from its command to the one that ends it', async () => {
  const emulate = (seq: number, at: number, emulates: boolean, outcome = 'done'): DebugEvent => event(seq, at, 'command', { data: { method: 'Network.emulate', outcome, emulates } });
  const { read } = story([event(1, 500, 'delta'), emulate(2, 1_000, true), emulate(3, 1_500, true), emulate(4, 2_000, false), emulate(5, 3_000, true, 'BAD_PARAMS'), emulate(6, 4_000, true)]);
  expect(await emulatedSpans(read, 0, 6_000)).toEqual([{ from: 1_000, to: 2_000 }, { from: 4_000, to: 6_000 }]);
  expect(await emulatedSpans(read, 1_200, 1_800)).toEqual([{ from: 1_200, to: 1_800 }]);
});

test('a limit that was set holds, one that does not fit does not, and the worst crossing comes first', () => {
  const limits = limitsOf({ conflicts: 5, opens: 'soon', latency: -1, nonsense: 3 });
  expect(limits).toMatchObject({ conflicts: 5, opens: 1_000, latency: 1_000 });
  const measured = [
    { id: 'opens' as const, value: 1_100, contextId: 'a', at: null },
    { id: 'conflicts' as const, value: 40, contextId: 'b', at: 7 },
    { id: 'latency' as const, value: 1_000, contextId: 'a', at: null },
  ];
  expect(crossings(measured, limits).map(({ id }) => id)).toEqual(['conflicts', 'opens']);
});

test('whether the pattern pays is said when enough is known', () => {
  const usage = { contextsUsed: 4, bytes: [30e6, 40e6], switchMs: [2, 3], quotaBytes: null };
  expect(patternPays(usage)).toMatchObject({ verdict: 'pays', facts: [{ pays: true }, { pays: true }, { pays: true }, { pays: null, value: null }] });
  expect(patternPays({ ...usage, bytes: [1e6, 2e6] }).verdict).toBe('does-not');
  expect(patternPays({ ...usage, bytes: [1e6, 2e6], quotaBytes: 10e6 }).verdict).toBe('pays');
  expect(patternPays({ ...usage, contextsUsed: 1 }).verdict).toBe('does-not');
  expect(patternPays({ ...usage, switchMs: [2, 900] }).verdict).toBe('not-yet');
  expect(patternPays({ ...usage, switchMs: [] })).toMatchObject({ verdict: 'unknown', facts: [{}, {}, { value: null, pays: null }, {}] });
});

test('what a context took to fetch is its last snapshot: bytes over the wire, download and taking it in', async () => {
  const snapshot = (seq: number, step: string, bytes: number, durationMs: number, contextId = 'a'): DebugEvent => event(seq, seq * 1_000, 'snapshot', { contextId, bytes, durationMs, data: { mode: 'snapshot', step } });
  const { read } = story([snapshot(1, 'downloaded', 90, 10), snapshot(2, 'adopted', 300, 5), snapshot(3, 'adopted', 1, 1, 'b'), snapshot(4, 'downloaded', 100, 20), snapshot(5, 'adopted', 310, 7)]);
  expect([...(await lastFetches(read, 9))]).toEqual([['a', { at: 4_000, bytes: 100, durationMs: 27 }]]);
  expect([...(await lastFetches(read, 2))]).toEqual([['a', { at: 1_000, bytes: 90, durationMs: 15 }]]);
});
