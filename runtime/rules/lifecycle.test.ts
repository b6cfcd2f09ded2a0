import { expect, test } from 'vitest';
import { hash64 } from '../../tests/support/hash.ts';
import { EngineBench, type BenchOptions } from '../testing/engine-bench.ts';

const hash = await hash64();
const bench = (options: BenchOptions = {}): EngineBench => new EngineBench(hash, options);

const phases = (b: EngineBench, contextId: string): unknown[] => b.told('phase', contextId).map((event) => [event.data['phase'], event.data['outcome'], event.durationMs !== undefined]);

test('LC1 TE1: an activation goes through its phases, each timed and told; the lifecycle moves only as it may', () => {
  using b = bench();
  b.connect(['clinic-a']);
  b.log('clinic-a').append('reg', 'r-1', { v: 1 });
  b.live('clinic-a');
  expect(phases(b, 'clinic-a')).toEqual([
    ['open', 'done', true],
    ['connect', 'done', true],
    ['catch-up', 'done', true],
    ['hydrate', 'done', true],
  ]);
  b.call((callId) => ({ type: 'deactivate', callId, contextId: 'clinic-a' as never, force: false }));
  expect(b.told('lifecycle', 'clinic-a').map(({ data }) => [data['from'], data['to']])).toEqual([
    ['dormant', 'activating'],
    ['activating', 'active'],
    ['active', 'deactivating'],
    ['deactivating', 'dormant'],
  ]);
});

test('LC1: what fails while activating ends in dormant with the error in its row', () => {
  using b = bench();
  b.connect(['clinic-a']);
  const call = b.activate('clinic-a');
  const { activationId } = b.lastSent('ACTIVATE_CONTEXT');
  b.say({ type: 'ERROR', code: 'INTERNAL', message: 'no', retryable: false, contextId: 'clinic-a', activationId: activationId as string });
  expect(call.error).toMatchObject({ code: 'INTERNAL' });
  expect(b.row('clinic-a')).toMatchObject({ lifecycle: 'dormant', lastError: { code: 'INTERNAL' } });
});

test('LC2: concurrent calls share one activation, and aborting one does not abort the others', () => {
  using b = bench();
  b.connect(['clinic-a']);
  const [first, third] = [b.activate('clinic-a'), { error: undefined as unknown }];
  const callId = b.engine.call((id) => ({ type: 'activate', callId: id, contextId: 'clinic-a' as never, switching: false }), { resolve: () => undefined, reject: (error) => void (third.error = error) });
  b.engine.feed({ type: 'abort', callId });
  expect(third.error).toMatchObject({ code: 'ABORTED' });
  expect(b.sent('ACTIVATE_CONTEXT')).toHaveLength(1);
  b.answer('clinic-a');
  const second = b.activate('clinic-a');
  expect([first.result, second.result].map((result) => (result as { activationId: string }).activationId)).toEqual([b.state('clinic-a')?.activationId, b.state('clinic-a')?.activationId]);
});

test('LC3: a switch closes the old context first, waits for no push, and with maxActive 2 the least recently used one goes', () => {
  using b = bench({ policy: { maxActive: 2 } });
  b.connect(['clinic-a', 'clinic-b', 'clinic-c']);
  b.live('clinic-a');
  b.live('clinic-b');
  b.write('clinic-a', 'reg', 'r-1', { v: 1 });
  expect(b.sent('PUSH')).toHaveLength(1);
  b.activate('clinic-a');
  const call = b.activate('clinic-c', true);
  expect([b.state('clinic-a')?.stage.name, b.state('clinic-b'), b.state('clinic-c')?.stage.name]).toEqual(['active', undefined, 'fetching']);
  expect(b.sent('DEACTIVATE_CONTEXT', 'clinic-b')).toHaveLength(1);
  b.answer('clinic-c');
  expect(call.result).toBeDefined();
});

test('LC3: a switch that is overtaken is aborted at once and leaves nothing open', () => {
  using b = bench();
  b.connect(['clinic-a', 'clinic-b', 'clinic-c']);
  const [first, second, third] = [b.activate('clinic-a', true), b.activate('clinic-b', true), b.activate('clinic-c', true)];
  expect([first.error, second.error]).toMatchObject([{ code: 'ABORTED' }, { code: 'ABORTED' }]);
  b.answer('clinic-c');
  expect(third.result).toBeDefined();
  expect([...b.storage.open]).toEqual(['clinic-c']);
  expect(b.engine.open.contexts).toBe(1);
});

test('LC4: activation works offline from the partition; with neither partition nor connection it fails at once', () => {
  using b = bench();
  b.connect(['clinic-a', 'clinic-b']);
  b.log('clinic-a').append('reg', 'r-1', { v: 1 });
  b.live('clinic-a');
  b.restart();
  const offline = b.activate('clinic-a');
  expect(offline.result).toBeDefined();
  expect(b.see('clinic-a', 'reg', 'r-1')).toEqual({ v: 1 });
  expect(b.state('clinic-a')?.link.name).toBe('offline');
  b.disconnect();
  expect(b.activate('clinic-b').error).toMatchObject({ code: 'NOT_AVAILABLE_OFFLINE' });
});

test('LC5: a deactivation flushes while it is live, for its grace and no longer; a forced one waits for nothing; no write is lost', () => {
  using b = bench();
  b.connect(['clinic-a']);
  b.live('clinic-a');
  b.write('clinic-a', 'reg', 'r-1', { v: 1 });
  const graceful = b.call((callId) => ({ type: 'deactivate', callId, contextId: 'clinic-a' as never, force: false }));
  expect(b.write('clinic-a', 'reg', 'r-2', { v: 2 }).error).toMatchObject({ code: 'CONTEXT_INACTIVE' });
  b.advance(1_999);
  expect(graceful.result).toBeUndefined();
  b.advance(1);
  expect(graceful.result).toEqual({ lifecycle: 'dormant', pendingWrites: 1 });
  b.live('clinic-a');
  const forced = b.call((callId) => ({ type: 'deactivate', callId, contextId: 'clinic-a' as never, force: true }));
  expect(forced.result).toEqual({ lifecycle: 'dormant', pendingWrites: 1 });
  b.live('clinic-a');
  const flushed = b.call((callId) => ({ type: 'deactivate', callId, contextId: 'clinic-a' as never, force: false }));
  const [change] = b.accept('clinic-a');
  b.say(b.log('clinic-a').delta(b.state('clinic-a')?.activationId ?? '', (change?.contextVersion ?? 1) - 1));
  expect(flushed.result).toEqual({ lifecycle: 'dormant', pendingWrites: 0 });
});

test('LC6: a dormant context has no machine, no open file and no timer, and what the server says of it goes nowhere', () => {
  using b = bench();
  b.connect(['clinic-a']);
  const idle = b.timers;
  const activationId = b.live('clinic-a');
  b.write('clinic-a', 'reg', 'r-1', { v: 1 });
  b.call((callId) => ({ type: 'deactivate', callId, contextId: 'clinic-a' as never, force: true }));
  const frames = b.socket.sent.length;
  b.log('clinic-a').append('reg', 'r-2', { v: 2 });
  b.say(b.log('clinic-a').delta(activationId, 0));
  expect([b.engine.open.contexts, b.storage.open.size, b.timers]).toEqual([0, 0, idle]);
  expect(b.socket.sent).toHaveLength(frames);
  expect(b.told('stale', 'clinic-a')).toHaveLength(1);
});

test('LC7: dormant contexts with writes are drained one at a time, the oldest write first, and never before what a caller asks for', () => {
  using b = bench();
  b.connect(['clinic-a', 'clinic-b', 'clinic-c']);
  for (const [at, id] of ['clinic-b', 'clinic-a'].entries()) {
    b.live(id, true);
    b.write(id, 'reg', 'r-1', { v: at });
    b.advance(1_000);
  }
  b.restart({ policy: { drain: true } });
  // Asked for before there is a connection: it goes first.
  b.activate('clinic-c', true);
  b.connect(['clinic-a', 'clinic-b', 'clinic-c']);
  expect(Object.values(b.engine.state.activations).map((activation) => activation.purpose)).toEqual(['app']);
  b.answer('clinic-c');
  expect(Object.entries(b.engine.state.activations).map(([id, activation]) => [id, activation.purpose])).toEqual([['clinic-c', 'app'], ['clinic-b', 'drain']]);
  b.answer('clinic-b');
  b.accept('clinic-b');
  b.say(b.log('clinic-b').delta(b.state('clinic-b')?.activationId ?? '', 0));
  expect(b.told('drained').map((event) => event.contextId)).toEqual(['clinic-b']);
  expect(Object.entries(b.engine.state.activations).map(([id, activation]) => [id, activation.purpose])).toEqual([['clinic-c', 'app'], ['clinic-a', 'drain']]);
});

test('LC7: a drain that comes to nothing is not tried again at once', () => {
  using b = bench({ policy: { drain: true } });
  b.connect(['clinic-a', 'clinic-b']);
  b.live('clinic-a');
  b.write('clinic-a', 'reg', 'r-1', { v: 1 });
  b.live('clinic-b', true);
  expect(b.engine.state.activations['clinic-a']?.purpose).toBe('drain');
  b.advance(31_000);
  expect(b.engine.state.activations['clinic-a']).toBeUndefined();
  expect(b.row('clinic-a')?.pendingWrites).toBe(1);
});

test('LC8: the last holder’s release ends an activation, not an earlier one’s', () => {
  using b = bench();
  b.connect(['clinic-a']);
  const first = b.activate('clinic-a');
  b.answer('clinic-a');
  const second = b.activate('clinic-a');
  const release = (call: { result: unknown }) => b.engine.feed({ type: 'release', contextId: 'clinic-a' as never, holder: (call.result as { holder: string }).holder, callId: null });
  release(first);
  release(first);
  expect(b.state('clinic-a')?.stage.name).toBe('active');
  release(second);
  expect(b.state('clinic-a')).toBeUndefined();
});

test('IS3: a frame or a write under another activation is dropped, counted and told, and changes nothing', () => {
  using b = bench();
  b.connect(['clinic-a']);
  const old = b.live('clinic-a');
  b.call((callId) => ({ type: 'deactivate', callId, contextId: 'clinic-a' as never, force: true }));
  b.live('clinic-a');
  const before = b.state('clinic-a');
  b.log('clinic-a').append('reg', 'r-1', { v: 1 });
  b.say(b.log('clinic-a').delta(old, 0));
  expect(b.state('clinic-a')).toBe(before);
  expect(b.write('clinic-a', 'reg', 'r-1', { v: 2 }, old).error).toMatchObject({ code: 'CONTEXT_INACTIVE' });
  expect(b.told('stale').map(({ data }) => [data['what'], data['type'], data['got']])).toEqual([['frame', 'DELTA', old]]);
  expect(b.see('clinic-a', 'reg', 'r-1')).toBeUndefined();
});

test('IS2: after a power cut every row says dormant, and rows and files say the same', () => {
  using b = bench();
  b.connect(['clinic-a', 'clinic-b']);
  b.live('clinic-a');
  b.write('clinic-a', 'reg', 'r-1', { v: 1 });
  b.restart({ power: true });
  expect(b.row('clinic-a')).toMatchObject({ lifecycle: 'dormant', partition: { present: true }, pendingWrites: 1 });
  expect([...b.disk.files.keys()]).toHaveLength(1);
});

test('TE1: events carry a number of their own, and with no listener nothing is made of a frame', () => {
  using b = bench();
  b.connect(['clinic-a']);
  b.live('clinic-a');
  expect(b.events.map((event) => event.seq)).toEqual(b.events.map((_, at) => at + 1));
  expect(b.told('frame')).toEqual([]);
  b.engine.frames = true;
  b.write('clinic-a', 'reg', 'r-1', { v: 1 });
  expect(b.told('frame', 'clinic-a').map(({ data, bytes }) => [data['direction'], data['type'], (bytes ?? 0) > 0])).toEqual([['out', 'PUSH', true]]);
});
