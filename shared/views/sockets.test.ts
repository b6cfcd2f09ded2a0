import { expect, test } from 'vitest';
import { emulationEffects, emulationStart } from './emulation.ts';
import { exchangesOf } from './exchanges.ts';
import { socketEvents, socketsOf } from './sockets.ts';
import { commandPlace, stressSeen } from './stress.ts';
import { Script, recorded } from './testing/recorded.ts';

test('SY6 a socket that was lost tells each wait with its try, until it is back', async () => {
  const script = new Script().socket('connecting', { attempt: 0 }).later(30).socket('ready', { rttMs: 30 }).later(1_000).socket('closed', { reason: 'no network' }).socket('connecting', { attempt: 0 });
  script.later(5).socket('closed').socket('backoff', { retryInMs: 400, attempt: 1 }).later(400).socket('connecting', { attempt: 1 });
  const { read } = recorded([...script.events]);
  const during = socketsOf(await socketEvents(read, 99));
  expect(during).toMatchObject([{ endpoint: 'wss://s', state: 'connecting', reconnects: 2, outage: { from: 2_030, to: null, reason: 'no network', attempts: [{ at: 2_030, waitMs: 0 }, { at: 2_435, waitMs: 400 }] } }]);
  script.later(40).socket('ready', { rttMs: 40 });
  expect(socketsOf(script.placed)).toMatchObject([{ state: 'ready', rtts: [30, 40], retryAt: null, outage: { from: 2_030, to: 2_475 } }]);
});

test('a socket that waits says when it tries again', () => {
  const script = new Script().socket('connecting').socket('closed').socket('backoff', { retryInMs: 400, attempt: 1, code: 'UNAUTHENTICATED' });
  expect(socketsOf(script.placed)).toMatchObject([{ state: 'backoff', retryAt: 1_400, code: 'UNAUTHENTICATED', outage: null }]);
});

test('the effects of an emulation are those of its contexts behind its beginning', async () => {
  const script = new Script().out('PUSH', { pushId: 'p1' }).later(30).in('PUSH_RESULT', { pushId: 'p1' });
  script.event('command', { data: { method: 'Network.emulate', outcome: 'done' } });
  script.out('PUSH', { pushId: 'p2' }).later(9_000).out('PUSH', { pushId: 'p2' }).later(500).in('PUSH_RESULT', { pushId: 'p2' });
  script.out('PUSH', { pushId: 'q' }, { contextId: 'b' });
  const start = await emulationStart(recorded(script.events).read, 99);
  expect(start?.place).toBe(2);
  const frames = exchangesOf(script.placed);
  expect(emulationEffects(frames, 2, ['a'])).toEqual({ frames: 3, roundTripMs: 500, roundTripBeforeMs: 30, sentAgain: 1, gapsFilled: 0, ignored: 0, unanswered: 0 });
  expect(emulationEffects(frames, 2, [])).toMatchObject({ frames: 4, unanswered: 1 });
});

test('a stress run is seen by its events: switch times, what was dropped, and where it ended', async () => {
  const script = new Script().event('stale', { data: { what: 'frame' } });
  for (const [n, took] of [[1, 1], [2, 3], [3, 3], [4, 900]] as const) {
    script.event('lifecycle', { activationId: `s${n}`, data: { from: 'dormant', to: 'activating' } }).later(took).event('lifecycle', { activationId: `s${n}`, data: { from: 'activating', to: 'active' } });
  }
  script.event('lifecycle', { activationId: 's5', data: { from: 'dormant', to: 'activating' } }).event('stale', { data: { what: 'frame' } }).event('stale', { data: { what: 'call' } }).out('PUSH');
  script.event('command', { data: { commandId: 'c-9', method: 'Context.stressSwitch', outcome: 'done' } });
  const { read } = recorded(script.events);
  expect(await commandPlace(read, 'c-8')).toBeNull();
  const end = await commandPlace(read, 'c-9');
  expect(end).toBe(script.events.length - 1);
  const seen = await stressSeen(read, 0, end ?? 0);
  expect(seen).toMatchObject({ opened: 5, completed: 4, staleFrames: 1, staleCalls: 1, frames: 1 });
  expect(seen.bars.map(({ count }) => count)).toEqual([1, 2, 0, 0, 0, 0, 0, 1]);
});
