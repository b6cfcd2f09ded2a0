import { expect, test } from 'vitest';
import { hash64 } from '../../tests/support/hash.ts';
import { BenchLog, EngineBench, schemaOf, START, type BenchOptions, type Call } from '../testing/engine-bench.ts';

const hash = await hash64();
const bench = (options: BenchOptions = {}): EngineBench => new EngineBench(hash, options);
const DAY = 86_400_000;

const prune = (b: EngineBench, contexts: readonly string[] | null, choice: 'refuse' | 'quarantine' | 'discard' = 'refuse', dryRun = false): Call =>
  b.call((callId) => ({ type: 'prune', callId, contexts: contexts as never, choice, dryRun }));
const items = (call: Call): { contextId: string; outcome: string; pending: number; reason?: string }[] => (call.result as unknown as { items: never }).items;
const close = (b: EngineBench, contextId: string): Call => b.call((callId) => ({ type: 'deactivate', callId, contextId: contextId as never, force: true }));

/** A dormant clinic-a with one write that is not on the server. */
function withWrite(b: EngineBench): void {
  b.connect(['clinic-a']);
  b.log('clinic-a').append('reg', 'r-1', { v: 1 });
  b.live('clinic-a');
  b.disconnect();
  b.write('clinic-a', 'reg', 'r-1', { v: 'mine' });
  close(b, 'clinic-a');
  b.connect(['clinic-a']);
}

test('AM1 LC3: ambient contexts are subscribed while connected, count for nothing, and a switch touches none of them', () => {
  using b = bench();
  b.connect(['clinic-a', 'clinic-b'], { ambient: ['shared'] });
  b.answer('shared');
  b.live('clinic-a');
  const [state, frames] = [b.state('shared'), b.sent('ACTIVATE_CONTEXT', 'shared').length];
  b.live('clinic-b', true);
  expect(b.state('shared')).toBe(state);
  expect([b.sent('ACTIVATE_CONTEXT', 'shared').length, b.engine.state.activations['shared']?.purpose]).toEqual([frames, 'ambient']);
});

test('AM1: a call goes before an ambient context, and one that cannot be opened is not tried again at once', () => {
  using b = bench();
  b.activate('clinic-a');
  b.connect(['clinic-a'], { ambient: ['shared'] });
  expect(b.sent('ACTIVATE_CONTEXT').map((frame) => frame.contextId)).toEqual(['clinic-a']);
  b.answer('clinic-a');
  const { activationId } = b.lastSent('ACTIVATE_CONTEXT', 'shared');
  b.say({ type: 'ERROR', code: 'FORBIDDEN', message: 'no', retryable: false, contextId: 'shared', activationId: activationId as string });
  expect(b.sent('ACTIVATE_CONTEXT', 'shared')).toHaveLength(1);
  b.advance(15_000);
  expect(b.sent('ACTIVATE_CONTEXT', 'shared')).toHaveLength(2);
});

test('AM3: a write to an ambient context is refused before it is one', () => {
  using b = bench();
  b.connect([], { ambient: ['shared'] });
  b.answer('shared');
  expect(b.write('shared', 'reg', 'r-1', { v: 1 }).error).toMatchObject({ code: 'FORBIDDEN' });
  expect(b.sent('PUSH')).toEqual([]);
});

test('PR1: candidates are dormant contexts by last access, counted only against a clock that a server confirmed within a day', () => {
  using b = bench();
  b.connect(['clinic-a', 'clinic-b', 'clinic-c']);
  for (const id of ['clinic-a', 'clinic-b']) {
    b.live(id, true);
    close(b, id);
    b.disconnect();
    b.now += 20 * DAY;
    b.connect(['clinic-a', 'clinic-b', 'clinic-c']);
  }
  b.disconnect();
  b.now += 2 * DAY;
  // Two days without a server: the clock may be anything by now.
  expect(items(prune(b, null, 'refuse', true))).toEqual([]);
  b.connect(['clinic-a', 'clinic-b', 'clinic-c']);
  const dry = items(prune(b, null, 'refuse', true));
  expect(dry.map(({ contextId, outcome }) => [contextId, outcome])).toEqual([['clinic-a', 'would-prune']]);
  expect(b.row('clinic-a')?.partition.present).toBe(true);
  expect(items(prune(b, null))).toMatchObject([{ contextId: 'clinic-a', outcome: 'pruned' }]);
  expect([b.row('clinic-a')?.partition.present, b.row('clinic-b')?.partition.present]).toEqual([false, true]);
});

test('PR1: under a quota the least recently used goes first, also offline', () => {
  using b = bench({ policy: { quotaBytes: 1, pruneAfterDays: null } });
  b.connect(['clinic-a', 'clinic-b']);
  for (const id of ['clinic-b', 'clinic-a']) {
    b.live(id, true);
    close(b, id);
    b.advance(10);
  }
  b.disconnect();
  expect(items(prune(b, null, 'refuse', true)).map(({ contextId }) => contextId)).toEqual(['clinic-b', 'clinic-a']);
});

test('PR2: a prune refuses what is not on the server, a quarantine keeps it, and the next activation brings it back upon a snapshot', () => {
  using b = bench();
  withWrite(b);
  expect(items(prune(b, ['clinic-a']))).toMatchObject([{ outcome: 'refused', pending: 1 }]);
  expect(items(prune(b, ['clinic-a'], 'quarantine'))).toMatchObject([{ outcome: 'pruned', pending: 1 }]);
  expect(b.row('clinic-a')).toMatchObject({ partition: { present: false }, quarantine: 'quarantine', pendingWrites: 1 });
  b.log('clinic-a').append('reg', 'r-2', { v: 2 });
  const call = b.activate('clinic-a');
  b.answerWithSnapshot('clinic-a');
  b.advance(10);
  b.answer('clinic-a');
  expect(call.result).toBeDefined();
  expect([b.see('clinic-a', 'reg', 'r-1'), b.see('clinic-a', 'reg', 'r-2')]).toEqual([{ v: 'mine' }, { v: 2 }]);
  expect(b.pushed('clinic-a')).toMatchObject([{ baseVersion: 1, value: { v: 'mine' } }]);
});

test('PR2 OB4: a sent write that was set aside is pushed again unchanged before anything is rebased', () => {
  using b = bench();
  b.connect(['clinic-a']);
  b.live('clinic-a');
  b.write('clinic-a', 'reg', 'r-1', { v: 'sent' });
  const before = b.pushed('clinic-a');
  close(b, 'clinic-a');
  prune(b, ['clinic-a'], 'quarantine');
  b.activate('clinic-a');
  b.answerWithSnapshot('clinic-a');
  b.advance(10);
  expect(b.pushed('clinic-a')).toEqual(before);
  expect(b.state('clinic-a')?.swap?.step.name).toBe('ready');
  b.accept('clinic-a');
  b.answer('clinic-a');
  expect(b.see('clinic-a', 'reg', 'r-1')).toEqual({ v: 'sent' });
});

test('PR2: what is discarded is on record with its ids', () => {
  using b = bench();
  withWrite(b);
  expect(items(prune(b, ['clinic-a'], 'discard'))).toMatchObject([{ outcome: 'pruned', pending: 1 }]);
  const [event] = b.told('prune');
  expect([event?.mutationIds?.length, event?.data]).toEqual([1, expect.objectContaining({ choice: 'discard', pending: 1 })]);
  expect(b.row('clinic-a')).toMatchObject({ pendingWrites: 0, quarantine: null });
});

test('PR3: a prune leaves the row, the ambient tier and other contexts alone; active and ambient contexts are refused', () => {
  using b = bench();
  b.connect(['clinic-a', 'clinic-b'], { ambient: ['shared'] });
  b.answer('shared');
  b.live('clinic-a');
  close(b, 'clinic-a');
  b.live('clinic-b');
  expect(items(prune(b, ['clinic-a', 'clinic-b', 'shared'])).map(({ outcome }) => outcome).sort()).toEqual(['pruned', 'refused', 'refused']);
  expect([b.row('clinic-a')?.listed, b.row('clinic-b')?.partition.present, b.row('shared')?.partition.present]).toEqual(['yes', true, true]);
});

test('PR4: absence from the list stops the sync and deletes nothing; a revocation forgets, writes and all, and says so without values', () => {
  using b = bench();
  withWrite(b);
  b.disconnect();
  b.connect(['clinic-b']);
  expect(b.row('clinic-a')).toMatchObject({ listed: 'unlisted', partition: { present: true } });
  b.activate('clinic-a');
  expect(b.sent('ACTIVATE_CONTEXT', 'clinic-a')).toEqual([]);
  b.say({ type: 'MEMBERSHIP', granted: [], revoked: [{ contextId: 'clinic-a' }] });
  expect([b.row('clinic-a'), b.disk.files.size, b.engine.open.contexts]).toEqual([undefined, 0, 0]);
  const [event] = b.told('forget');
  expect(event?.data).toEqual({ reason: 'revoked', discarded: 1 });
  expect(JSON.stringify(event)).not.toContain('mine');
});

test('PR4: with acceptUntil still to come, the writes go first, and then the context', () => {
  using b = bench({ policy: { drain: true } });
  b.connect(['clinic-a']);
  b.live('clinic-a');
  b.disconnect();
  b.write('clinic-a', 'reg', 'r-1', { v: 'mine' });
  b.connect([], { revoked: [{ contextId: 'clinic-a', acceptUntil: START + 60_000 }] });
  expect(b.engine.state.activations['clinic-a']?.purpose).toBe('drain');
  const id = b.answer('clinic-a');
  b.accept('clinic-a');
  b.say(b.log('clinic-a').delta(id, 0));
  expect([b.row('clinic-a'), b.told('forget')[0]?.data['discarded']]).toEqual([undefined, 0]);
});

test('PR5: forget leaves no row, no file and no quarantine; its dry run touches nothing', () => {
  using b = bench();
  withWrite(b);
  const dry = b.call((callId) => ({ type: 'forget', callId, contextId: 'clinic-a' as never, dryRun: true }));
  expect([dry.result, b.row('clinic-a')?.pendingWrites]).toMatchObject([{ pending: 1, dryRun: true }, 1]);
  prune(b, ['clinic-a'], 'quarantine');
  b.call((callId) => ({ type: 'forget', callId, contextId: 'clinic-a' as never, dryRun: false }));
  expect([b.row('clinic-a'), b.disk.files.size, b.disk.quarantine.size, b.disk.registry.rows.size]).toEqual([undefined, 0, 0, 0]);
});

test('IS3: one contextId on two servers is one context: the second is left out and told', () => {
  using b = bench();
  b.connect(['clinic-a']);
  b.disconnect();
  b.socket.handlers.opened();
  const log = new BenchLog('clinic-a', 'log-x', hash);
  b.say({ type: 'WELCOME', protocol: 1, serverId: 'server-2', serverTime: b.now, userId: 'amelie', contexts: [{ contextId: 'clinic-a', kind: 'tenant', role: 'writer', headVersion: 0, logId: log.logId, schemaVersion: 1, readableFrom: 1 }], revoked: [] });
  expect(b.row('clinic-a')?.serverId).toBe('server-1');
  expect(b.told('error').map(({ data }) => data['code'])).toEqual(['TWIN_CONTEXT']);
});

test('IS2: a token of another user is not served', () => {
  using b = bench();
  b.socket.handlers.opened();
  b.say({ type: 'WELCOME', protocol: 1, serverId: 'server-1', serverTime: b.now, userId: 'bernd', contexts: [], revoked: [] });
  expect([b.socket.closed, b.engine.state.endpoints['ws://bench/sync']?.phase]).toMatchObject([true, { name: 'refused', code: 'UNAUTHENTICATED' }]);
});

test('MG1: a context is migrated when it is next activated, in one go: rows, base and pending writes as new mutations, sent ones as they left', () => {
  using b = bench();
  b.connect(['clinic-a']);
  b.log('clinic-a').append('reg', 'r-1', { v: 1 });
  b.log('clinic-a').append('reg', 'r-2', { v: 2 });
  b.live('clinic-a');
  b.write('clinic-a', 'reg', 'r-1', { v: 'sent' });
  b.write('clinic-a', 'reg', 'r-1', { v: 'behind' });
  const [sent, behind] = b.chain('clinic-a', 'reg', 'r-1');
  const digest = b.state('clinic-a')?.partition?.digest;
  b.restart({ schema: schemaOf(5) });
  expect(b.row('clinic-a')?.schemaVersion).toBe(1);
  b.activate('clinic-a');
  expect([b.see('clinic-a', 'reg', 'r-1'), b.see('clinic-a', 'reg', 'r-2')]).toEqual([{ v: 'behind', schema: 5 }, { v: 2, schema: 5 }]);
  const chain = b.chain('clinic-a', 'reg', 'r-1');
  expect(chain[0]).toEqual(sent);
  expect(chain[1]).toMatchObject({ row: { text: '{"schema":5,"v":"behind"}', schemaVersion: 5 } });
  expect(chain[1]?.mutationId).not.toBe(behind?.mutationId);
  expect(b.state('clinic-a')?.partition?.digest).toBe(digest);
  expect(b.told('migration').map(({ data }) => data)).toMatchObject([{ fromSchema: 1, toSchema: 5, outcome: 'done' }]);
});

test('MG1: a migration that throws leaves the partition whole and the context dormant with the error', () => {
  using b = bench();
  b.connect(['clinic-a']);
  b.log('clinic-a').append('reg', 'r-1', { v: 1 });
  b.live('clinic-a');
  const broken = schemaOf(2, 2, {
    upgrade: () => {
      throw new Error('this step is broken');
    },
  });
  b.restart({ schema: broken });
  const call = b.activate('clinic-a');
  expect([call.error?.message, b.row('clinic-a')?.lifecycle, b.row('clinic-a')?.lastError?.message]).toEqual(['this step is broken', 'dormant', 'this step is broken']);
  b.restart({ schema: schemaOf(1) });
  b.activate('clinic-a');
  expect(b.see('clinic-a', 'reg', 'r-1')).toEqual({ v: 1 });
});

test('MG4: a partition newer than the app opens for reading where readableFrom allows it, and is left untouched where not', () => {
  using b = bench({ schema: schemaOf(3) });
  b.connect(['clinic-a']);
  b.live('clinic-a');
  b.write('clinic-a', 'reg', 'r-1', { v: 1 });
  const file = [...b.disk.files.values()][0];
  if (file !== undefined) file.current.readableFrom = 2;
  b.restart({ schema: schemaOf(2) });
  expect(b.activate('clinic-a').result).toBeDefined();
  expect(b.see('clinic-a', 'reg', 'r-1')).toEqual({ v: 1 });
  expect(b.write('clinic-a', 'reg', 'r-1', { v: 2 }).error).toMatchObject({ code: 'SCHEMA_AHEAD' });
  b.restart({ schema: schemaOf(1) });
  expect(b.activate('clinic-a').error).toMatchObject({ code: 'SCHEMA_AHEAD' });
  expect(b.disk.files.size).toBe(1);
});
