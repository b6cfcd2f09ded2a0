import { expect, test } from 'vitest';
import { exchangesOf, type WireFrame } from './exchanges.ts';
import { Script } from './testing/recorded.ts';

const lines = (script: Script): string[] => exchangesOf(script.placed).map(({ type, status }) => `${type}: ${status}`);
const pairs = (frames: readonly WireFrame[]): number[] => frames.map(({ exchange }) => exchange);

test('a push and its answer are one exchange, timed, with what came of it', () => {
  const script = new Script().out('PUSH', { pushId: 'p1', changes: 2 }).out('PUSH', { pushId: 'p2', changes: 1 }, { contextId: 'b', activationId: 'y1' });
  script.later(40).in('PUSH_RESULT', { pushId: 'p2', outcome: { applied: 0, conflict: 1, rejected: 0 } }, { contextId: 'b', activationId: 'y1' });
  script.later(13).in('PUSH_RESULT', { pushId: 'p1', outcome: { applied: 2, conflict: 0, rejected: 0 } });
  const frames = exchangesOf(script.placed);
  expect(pairs(frames)).toEqual([0, 1, 1, 0]);
  expect(frames.map(({ latencyMs }) => latencyMs)).toEqual([53, 40, 40, 53]);
  expect(frames.map(({ status }) => status)).toEqual(['2 applied', '1 conflict', '1 conflict', '2 applied']);
  expect(frames.map(({ isOpen }) => isOpen)).toEqual([false, false, false, false]);
  expect(frames.map(({ rule }) => rule)).toEqual(['SY2', 'SY2', 'CF1', 'SY2']);
});

test('SY8 what gets no answer is sent again: one exchange, and a second answer does no harm', () => {
  const script = new Script().out('PUSH', { pushId: 'p1' }).later(10_000).out('PUSH', { pushId: 'p1' });
  script.later(20).in('PUSH_RESULT', { pushId: 'p1', outcome: { applied: 1, conflict: 0, rejected: 0 } }).in('PUSH_RESULT', { pushId: 'p1', outcome: { applied: 1, conflict: 0, rejected: 0 } });
  const frames = exchangesOf(script.placed);
  expect(pairs(frames)).toEqual([0, 0, 0, 0]);
  expect(frames.map(({ status }) => status)).toEqual(['No answer, sent again', '1 applied', '1 applied', 'Came twice, no effect']);
  expect(frames[0]?.rule).toBe('SY8');
});

test('what is asked and not answered is open, until its socket closes', () => {
  const script = new Script().out('PUSH', { pushId: 'p1' }, { bytes: 300 }).out('PING', { nonce: '1' }, { contextId: undefined, activationId: undefined });
  expect(exchangesOf(script.placed).map(({ isOpen, status }) => [isOpen, status])).toEqual([[true, 'Waiting'], [true, 'Waiting']]);
  script.socket('closed', { reason: 'gone' });
  expect(exchangesOf(script.placed).map(({ isOpen, state }) => [isOpen, state])).toEqual([[false, 'lost'], [false, 'lost']]);
});

test('LC3 IS3 the close of an activation holds what came too late for it', () => {
  const script = new Script().out('ACTIVATE_CONTEXT', {}, { fromVersion: 4 }).later(30).in('CONTEXT_ACTIVATED', { mode: 'delta' }, { toVersion: 4 });
  script.out('PUSH', { pushId: 'p1' }).out('DEACTIVATE_CONTEXT').later(20).in('CONTEXT_DEACTIVATED').later(5).in('DELTA', { changes: 1 }, { fromVersion: 4, toVersion: 5 });
  script.event('stale', { data: { what: 'frame', type: 'DELTA', expected: null, got: 'x1' } });
  const frames = exchangesOf(script.placed);
  expect(pairs(frames)).toEqual([0, 0, 2, 3, 3, 3]);
  expect(lines(script)).toEqual(['ACTIVATE_CONTEXT: Mode delta', 'CONTEXT_ACTIVATED: Mode delta', 'PUSH: No answer, stays in the outbox', 'DEACTIVATE_CONTEXT: Confirmed', 'CONTEXT_DEACTIVATED: Confirmed', 'DELTA: Dropped, stale']);
  expect(frames.at(-1)).toMatchObject({ state: 'stale', rule: 'IS3', latencyMs: null });
});

test('LC3 an activation that is closed before its answer is overtaken, not slow', () => {
  const script = new Script().out('ACTIVATE_CONTEXT').out('DEACTIVATE_CONTEXT').later(9).in('CONTEXT_ACTIVATED', { mode: 'delta' }).event('stale', { data: { what: 'frame', type: 'CONTEXT_ACTIVATED', expected: null, got: 'x1' } }).in('CONTEXT_DEACTIVATED');
  expect(lines(script)).toEqual(['ACTIVATE_CONTEXT: Overtaken', 'DEACTIVATE_CONTEXT: Confirmed', 'CONTEXT_ACTIVATED: Dropped, stale', 'CONTEXT_DEACTIVATED: Confirmed']);
});

test('SY1 deltas: applied, own, overlapping, and held back until the log fills the gap', () => {
  const delta = (from: number, to: number) => [{ changes: to - from }, { fromVersion: from, toVersion: to }] as const;
  const script = new Script().out('ACTIVATE_CONTEXT', {}, { fromVersion: 10 }).in('CONTEXT_ACTIVATED', { mode: 'delta' }, { toVersion: 12 });
  script.in('DELTA', ...delta(10, 11)).later(2).event('delta', { fromVersion: 10, toVersion: 11, data: { own: 0 } });
  script.in('DELTA', ...delta(11, 12)).later(2).event('delta', { fromVersion: 11, toVersion: 12, data: { own: 1 } });
  script.in('DELTA', ...delta(11, 12));
  script.in('DELTA', ...delta(13, 14)).out('FETCH_LOG', { requestId: 'r1' }, { fromVersion: 12, toVersion: 13 });
  expect(lines(script).slice(2)).toEqual(['DELTA: Applied', 'DELTA: Applied, own', 'DELTA: Overlap, ignored', 'DELTA: Waits for 13', 'FETCH_LOG: Waiting']);
  script.later(500).in('LOG', { requestId: 'r1', changes: 1 }, { activationId: undefined, fromVersion: 12, toVersion: 13 });
  script.event('delta', { fromVersion: 12, toVersion: 13, data: { own: 0, filled: true } }).event('delta', { fromVersion: 13, toVersion: 14, data: { own: 0 } });
  const frames = exchangesOf(script.placed);
  expect(frames.slice(5).map(({ status, rule }) => [status, rule])).toEqual([['Applied', 'SY1'], ['1 change', 'SY1'], ['Applied', 'SY1']]);
  expect(frames[2]?.latencyMs).toBe(2);
  expect(frames[6]).toMatchObject({ exchange: frames[6]?.place, latencyMs: 500 });
  expect(frames[3]).toMatchObject({ own: 1, rule: 'SY3' });
});

test('what was held back is let go when the context is asked for anew, or was in the snapshot', () => {
  const held = new Script().out('ACTIVATE_CONTEXT', {}, { fromVersion: 1 }).in('DELTA', {}, { fromVersion: 3, toVersion: 4 }).out('ACTIVATE_CONTEXT', {}, { fromVersion: 1 });
  expect(lines(held)[1]).toBe('DELTA: Let go, asked for again');
  const swapped = new Script().out('ACTIVATE_CONTEXT', {}, { fromVersion: 1 }).in('DELTA', {}, { fromVersion: 3, toVersion: 4 }).event('snapshot', { toVersion: 9, durationMs: 12, bytes: 900, data: { step: 'downloaded', mode: 'snapshot' } }).event('snapshot', { toVersion: 9, data: { step: 'adopted' } });
  expect(lines(swapped)).toEqual(['ACTIVATE_CONTEXT: Waiting', 'DELTA: In the snapshot', 'SNAPSHOT: Checked, staged']);
});

test('an error answers what it names: by its request, its activation, or the socket', () => {
  const script = new Script().out('FETCH_LOG', { requestId: 'r1' }).in('ERROR', { code: 'COMPACTED', requestId: 'r1' });
  script.out('ACTIVATE_CONTEXT', {}, { contextId: 'b', activationId: 'y1' }).in('ERROR', { code: 'FORBIDDEN' }, { contextId: 'b', activationId: 'y1' });
  script.out('HELLO', {}, { contextId: undefined, activationId: undefined }).in('ERROR', { code: 'UNAUTHENTICATED' }, { contextId: undefined, activationId: undefined });
  const frames = exchangesOf(script.placed);
  expect(pairs(frames)).toEqual([0, 0, 2, 2, 4, 4]);
  expect(frames.map(({ status, rule }) => `${status} ${rule}`)).toEqual(['COMPACTED SY1', 'COMPACTED SV3', 'FORBIDDEN IS4', 'FORBIDDEN IS4', 'UNAUTHENTICATED IS4', 'UNAUTHENTICATED IS4']);
});

test('frames of an older recording, with a direction and a type alone, are paired in their order', () => {
  const bare = (direction: string, type: string) => ({ data: { direction, type } });
  const script = new Script().event('frame', bare('out', 'PUSH')).event('frame', bare('out', 'PUSH')).event('frame', bare('in', 'PUSH_RESULT')).event('frame', bare('in', 'DELTA')).event('delta', { fromVersion: 1, toVersion: 2, data: {} });
  const frames = exchangesOf(script.placed);
  expect(pairs(frames)).toEqual([0, 1, 0, 3]);
  expect(frames.map(({ status, isOpen }) => [status, isOpen])).toEqual([['Answered', false], ['Waiting', true], ['Answered', false], ['Applied', false]]);
  expect(frames.map(({ bytes, changes, endpoint }) => [bytes, changes, endpoint])).toEqual(frames.map(() => [0, null, '']));
});
