import { expect, test } from 'vitest';
import { hash64 } from '../../tests/support/hash.ts';
import { contextId } from '../../shared/core/ids.ts';
import { BenchLog, EngineBench, schemaOf, START, type BenchOptions, type Frame } from '../testing/engine-bench.ts';

const hash = await hash64();
const bench = (options: BenchOptions = {}): EngineBench => new EngineBench(hash, options);
const local = (b: EngineBench): unknown => b.state('clinic-a')?.partition?.localVersion;

/** Asks for a rebuild of clinic-a, which can be given up. */
function rebuild(b: EngineBench) {
  let id = '';
  const call = b.callContext('clinic-a', (callId) => ({ type: 'rebuild', callId: (id = callId) }));
  return { call, abort: () => b.engine.tellContext(contextId('clinic-a'), { type: 'abort-rebuild', callId: id }) };
}

test('SY1: an overlap is cut, a gap is filled from localVersion while later deltas wait, and the app sees neither', () => {
  using b = bench();
  b.connect(['clinic-a']);
  const id = b.live('clinic-a');
  const log = b.log('clinic-a');
  for (let i = 1; i <= 6; i++) log.append('reg', `r-${i}`, { v: i });
  b.say(log.delta(id, 0, 2));
  b.say(log.delta(id, 1, 3));
  expect(local(b)).toBe(3);
  b.say(log.delta(id, 4, 6));
  expect(local(b)).toBe(3);
  const fetch = b.lastSent('FETCH_LOG');
  expect(fetch).toMatchObject({ fromVersion: 3, toVersion: 4 });
  b.say({ type: 'LOG', requestId: fetch['requestId'], contextId: 'clinic-a', changes: [log.changes[3]?.change] as never, more: false, horizon: 0 });
  expect(local(b)).toBe(6);
  expect(b.state('clinic-a')?.partition?.digest).toBe(log.digest);
  expect(b.sent('APPLIED').map((frame) => frame['version'])).toEqual([2, 3, 4, 6]);
});

test('SY1: after three fills that came to nothing a snapshot is taken', () => {
  using b = bench();
  b.connect(['clinic-a']);
  const id = b.live('clinic-a');
  const log = b.log('clinic-a');
  for (let i = 1; i <= 4; i++) log.append('reg', `r-${i}`, { v: i });
  b.say(log.delta(id, 3, 4));
  for (let i = 0; i < 3; i++) {
    const { requestId } = b.lastSent('FETCH_LOG');
    b.say({ type: 'LOG', requestId: requestId, contextId: 'clinic-a', changes: [], more: false, horizon: 0 });
  }
  expect(b.lastSent('ACTIVATE_CONTEXT')).toMatchObject({ snapshot: true, sinceVersion: 0 });
  b.answerWithSnapshot('clinic-a');
  b.advance(10);
  expect(local(b)).toBe(4);
});

test('SY1: what waits is bounded in bytes, and every CONTEXT_ACTIVATED empties it', () => {
  using b = bench();
  b.connect(['clinic-a']);
  const id = b.live('clinic-a');
  const log = b.log('clinic-a');
  for (let i = 1; i <= 9; i++) log.append('reg', `r-${i}`, { v: 'x'.repeat(2_000) });
  for (let i = 1; i < 9; i++) b.say(log.delta(id, i, i + 1));
  const held = b.state('clinic-a')?.held ?? [];
  expect(held.length).toBeGreaterThan(1);
  expect(held.reduce((sum, delta) => sum + delta.bytes, 0)).toBeLessThanOrEqual(10_000);
  b.disconnect();
  b.connect(['clinic-a']);
  b.say(log.delta(id, 5, 6));
  b.answer('clinic-a');
  expect(b.state('clinic-a')?.held).toEqual([]);
  expect(local(b)).toBe(9);
});

test('SY2 SY3 OB8: a write is seen at once, survives a power cut once it is acknowledged, and lands once', () => {
  using b = bench();
  b.connect(['clinic-a']);
  b.live('clinic-a');
  const call = b.write('clinic-a', 'reg', 'r-1', { v: 1 });
  expect([call.result, b.see('clinic-a', 'reg', 'r-1')]).toEqual([{ mutationId: b.chain('clinic-a', 'reg', 'r-1')[0]?.mutationId }, { v: 1 }]);
  const [first] = b.pushed('clinic-a');
  b.restart({ power: true });
  b.connect(['clinic-a']);
  b.activate('clinic-a');
  expect(b.see('clinic-a', 'reg', 'r-1')).toEqual({ v: 1 });
  const id = b.answer('clinic-a');
  // The step to `sent` was on the disk before the frame left: the same mutation goes again.
  expect(b.pushed('clinic-a')).toEqual([first]);
  b.accept('clinic-a');
  expect(local(b)).toBe(0);
  b.say(b.log('clinic-a').delta(id, 0));
  expect([local(b), b.chain('clinic-a', 'reg', 'r-1'), b.see('clinic-a', 'reg', 'r-1')]).toEqual([1, [], { v: 1 }]);
  expect(b.told('delta').at(-1)?.data).toMatchObject({ changes: 1, own: 1 });
});

test('SY4 OB4: before a swap every sent write has its answer and nothing new is sent; then the outbox goes over, rebased', () => {
  using b = bench();
  b.connect(['clinic-a']);
  b.live('clinic-a');
  b.write('clinic-a', 'reg', 'r-1', { v: 1 });
  const [sent] = b.pushed('clinic-a');
  b.callContext('clinic-a', (callId) => ({ type: 'rebuild', callId }));
  b.log('clinic-a').append('reg', 'r-2', { v: 'theirs' }, { at: START - 5 });
  b.answerWithSnapshot('clinic-a');
  b.write('clinic-a', 'reg', 'r-2', { v: 'mine' });
  b.advance(10);
  expect(b.state('clinic-a')?.swap?.step.name).toBe('ready');
  expect(b.pushed('clinic-a').map(({ mutationId }) => mutationId)).toEqual([sent?.mutationId]);
  b.result('clinic-a', [{ mutationId: sent?.mutationId as string, outcome: 'applied', contextVersion: 2 }]);
  expect([local(b), b.state('clinic-a')?.swap]).toEqual([1, null]);
  expect(b.chain('clinic-a', 'reg', 'r-1').map(({ state, mutationId }) => [state.name, mutationId])).toEqual([['accepted', sent?.mutationId]]);
  expect(b.chain('clinic-a', 'reg', 'r-2')).toMatchObject([{ baseVersion: 1, row: { text: '{"v":"mine"}' } }]);
  expect(b.told('snapshot').map(({ data }) => data['step'])).toEqual(['started', 'downloaded', 'adopted']);
});

test('SY4: a snapshot below localVersion is brought up to it before the swap: nobody goes back in time', () => {
  using b = bench();
  b.connect(['clinic-a']);
  const log = b.log('clinic-a');
  log.append('reg', 'r-1', { v: 1 });
  const old = log.snapshot();
  log.append('reg', 'r-1', { v: 2 });
  b.live('clinic-a');
  b.callContext('clinic-a', (callId) => ({ type: 'rebuild', callId }));
  b.answerWithSnapshot('clinic-a', 'snapshot', old);
  b.advance(10);
  const fetch = b.lastSent('FETCH_LOG');
  expect(fetch).toMatchObject({ fromVersion: 1, toVersion: 2 });
  expect(b.see('clinic-a', 'reg', 'r-1')).toEqual({ v: 2 });
  b.say({ type: 'LOG', requestId: fetch['requestId'], contextId: 'clinic-a', changes: [log.changes[1]?.change] as never, more: false, horizon: 0 });
  expect([local(b), b.see('clinic-a', 'reg', 'r-1'), b.state('clinic-a')?.generation]).toEqual([2, { v: 2 }, 2]);
});

test('SY4: a rebuild that nobody waits for any more leaves the partition as it is, wherever it stands', () => {
  const bytes = (b: EngineBench): unknown => [b.state('clinic-a')?.generation, b.see('clinic-a', 'reg', 'r-1')];
  for (const at of ['asked', 'fetching', 'fetched'] as const) {
    using b = bench();
    b.connect(['clinic-a']);
    b.log('clinic-a').append('reg', 'r-1', { v: 1 });
    b.live('clinic-a');
    // A write without an answer keeps a file that is here from being swapped in.
    if (at === 'fetched') b.write('clinic-a', 'reg', 'r-2', { v: 'mine' });
    const before = bytes(b);
    const [first, second] = [rebuild(b), rebuild(b)];
    if (at !== 'asked') b.answerWithSnapshot('clinic-a');
    if (at === 'fetched') b.advance(10);
    if (at === 'fetched') expect(b.state('clinic-a')?.swap?.step.name).toBe('ready');
    first.abort();
    expect([first.call.error?.code, second.call.error, b.told('replay').at(-1)?.data['outcome']], at).toEqual(['CANCELLED', undefined, 'started']);
    second.abort();
    expect([second.call.error?.code, b.told('replay').at(-1)?.data['outcome']], at).toEqual(['CANCELLED', 'cancelled']);
    if (at === 'asked') b.answerWithSnapshot('clinic-a');
    expect(b.lastSent('ACTIVATE_CONTEXT'), at).not.toHaveProperty('snapshot');
    expect(b.state('clinic-a')?.swap, at).toBeNull();
    b.answer('clinic-a');
    b.advance(100);
    expect([bytes(b), b.state('clinic-a')?.link.name], at).toEqual([before, 'live']);
    second.abort();
    // And it can be asked for again.
    const third = rebuild(b);
    if (at === 'fetched') b.accept('clinic-a');
    b.answerWithSnapshot('clinic-a');
    b.advance(10);
    if (b.state('clinic-a')?.swap?.step.name === 'ready') b.accept('clinic-a');
    expect(third.call.result, at).toMatchObject({ version: at === 'fetched' ? 2 : 1 });
  }
});

test('SY4: a snapshot that the server insists on is taken though the rebuild that met it is given up', () => {
  using b = bench();
  b.connect(['clinic-a']);
  b.live('clinic-a');
  b.log('clinic-a').append('reg', 'r-1', { v: 1 });
  const asked = rebuild(b);
  asked.abort();
  b.answerWithSnapshot('clinic-a');
  b.answerWithSnapshot('clinic-a');
  b.advance(10);
  expect([local(b), b.state('clinic-a')?.generation, b.state('clinic-a')?.swap]).toEqual([1, 2, null]);
});

test('SY5: a digest that differs is told, heals itself by a rebuild, and does so once an hour', () => {
  using b = bench();
  b.connect(['clinic-a']);
  const id = b.live('clinic-a');
  const log = b.log('clinic-a');
  log.append('reg', 'r-1', { v: 1 });
  b.say({ ...log.delta(id, 0), digest: 'ffffffffffffffff' });
  expect(b.told('error').map(({ data }) => data['code'])).toEqual(['DIGEST_MISMATCH']);
  expect(b.lastSent('ACTIVATE_CONTEXT')).toMatchObject({ snapshot: true });
  b.answerWithSnapshot('clinic-a');
  b.advance(10);
  b.answer('clinic-a', { digest: 'eeeeeeeeeeeeeeee' });
  expect(b.told('error').map(({ data }) => data['code'])).toEqual(['DIGEST_MISMATCH', 'DIGEST_MISMATCH']);
  expect(b.state('clinic-a')?.wants).toBeNull();
});

test('SY6: a lost socket is dialled again at once when it worked, and after a growing, random while when it did not', () => {
  using b = bench();
  b.connect(['clinic-a']);
  b.disconnect();
  expect(b.sockets).toHaveLength(2);
  const waits: number[] = [];
  for (let i = 0; i < 6; i++) {
    b.disconnect();
    waits.push(Number(b.told('connection').filter(({ data }) => data['state'] === 'backoff').at(-1)?.data['retryInMs']));
    const sockets = b.sockets.length;
    b.advance((waits.at(-1) ?? 0) + 1);
    expect(b.sockets).toHaveLength(sockets + 1);
  }
  waits.forEach((wait, at) => expect(wait).toBeLessThanOrEqual(500 * 2 ** (at + 1)));
  expect(new Set(waits).size).toBe(waits.length);
});

test('SY7: another log is answered with a reset: sent and accepted writes are asked for under the old log, then resolved over the new row', () => {
  using b = bench();
  b.connect(['clinic-a']);
  b.live('clinic-a');
  b.write('clinic-a', 'reg', 'r-1', { v: 'mine' });
  b.accept('clinic-a');
  b.disconnect();
  const other = new BenchLog('clinic-a', 'log-restored', hash);
  other.append('reg', 'r-1', { v: 'theirs' }, { at: START - 9 });
  const [old] = [b.log('clinic-a')];
  b.logs.set('clinic-a', other);
  b.connect(['clinic-a']);
  expect(b.lastSent('ACTIVATE_CONTEXT')).toMatchObject({ logId: old.logId, seenVersion: 1 });
  b.answerWithSnapshot('clinic-a', 'reset');
  const push = b.lastSent('PUSH');
  expect(push).toMatchObject({ logId: old.logId, mutations: [{ entityId: 'r-1', value: { v: 'mine' } }] });
  const { mutationId } = b.pushed('clinic-a')[0] as { mutationId: string };
  b.result('clinic-a', [{ mutationId, outcome: 'conflict', currentVersion: 0 }]);
  b.advance(10);
  const [entry] = b.chain('clinic-a', 'reg', 'r-1');
  expect(entry).toMatchObject({ row: { text: '{"v":"mine"}' }, baseVersion: 1, state: { name: 'pending' } });
  expect(entry?.mutationId).not.toBe(mutationId);
  expect(b.told('error').find(({ data }) => data['code'] === 'LOG_RESET')?.data['message']).toMatch(/at 1 was replaced by log-restored at 1/);
});

test('SY8: every request has a deadline and is repeated unchanged; an answer that comes twice changes nothing', () => {
  using b = bench();
  b.connect(['clinic-a']);
  b.activate('clinic-a');
  const first = b.lastSent('ACTIVATE_CONTEXT');
  b.advance(10_000);
  expect(b.sent('ACTIVATE_CONTEXT')).toEqual([first, first]);
  const id = b.answer('clinic-a');
  b.write('clinic-a', 'reg', 'r-1', { v: 1 });
  const push = b.lastSent('PUSH');
  b.advance(10_000);
  expect(b.lastSent('PUSH')).toEqual(push);
  expect(b.sent('PUSH')).toHaveLength(2);
  b.accept('clinic-a');
  const result: Frame = { type: 'PUSH_RESULT', contextId: 'clinic-a', activationId: id, pushId: push['pushId'], results: [{ mutationId: b.pushed('clinic-a')[0]?.mutationId as string, outcome: 'conflict', currentVersion: 9 }] };
  b.say(result);
  expect(b.chain('clinic-a', 'reg', 'r-1').map(({ state }) => state.name)).toEqual(['accepted']);
});

test('SY8: APPLIED is said again with each PING, and a server that no longer answers is left for a new socket', () => {
  using b = bench();
  b.connect(['clinic-a']);
  b.log('clinic-a').append('reg', 'r-1', { v: 1 });
  b.live('clinic-a');
  const before = b.sent('APPLIED');
  b.advance(15_000);
  expect(b.sent('APPLIED')).toEqual([...before, before.at(-1)]);
  b.say({ type: 'PONG', nonce: b.lastSent('PING')['nonce'] });
  b.advance(15_000);
  expect([b.sockets.length, b.sent('PING').length]).toEqual([1, 2]);
  b.advance(10_000);
  expect([b.sockets.length, b.sockets[0]?.closed]).toEqual([2, true]);
});

test('MG4: below readableFrom the context is not synced, and reads and local writes go on', () => {
  using b = bench({ schema: schemaOf(1) });
  b.connect(['clinic-a']);
  b.live('clinic-a');
  b.disconnect();
  b.connect(['clinic-a']);
  b.answer('clinic-a', { schemaVersion: 3, readableFrom: 2 });
  expect(b.state('clinic-a')?.link).toMatchObject({ name: 'refused', code: 'SCHEMA_AHEAD' });
  expect(b.write('clinic-a', 'reg', 'r-1', { v: 1 }).result).toBeDefined();
  expect(b.see('clinic-a', 'reg', 'r-1')).toEqual({ v: 1 });
  expect(b.sent('PUSH')).toEqual([]);
});
