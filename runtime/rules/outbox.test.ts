import { expect, test } from 'vitest';
import { hash64 } from '../../tests/support/hash.ts';
import { EngineBench, schemaOf, START, type BenchOptions } from '../testing/engine-bench.ts';

const hash = await hash64();
const bench = (options: BenchOptions = {}): EngineBench => new EngineBench(hash, options);
const ids = (b: EngineBench, entity: string, id: string): string[] => b.chain('clinic-a', entity, id).map(({ mutationId }) => mutationId as string);
const states = (b: EngineBench, entity: string, id: string): string[] => b.chain('clinic-a', entity, id).map(({ state }) => state.name);

/** Live on an empty context; with `rows` of r-1 that others wrote. */
function live(b: EngineBench, rows: number = 0): string {
  b.connect(['clinic-a']);
  for (let i = 1; i <= rows; i++) b.log('clinic-a').append('reg', 'r-1', { v: i }, { at: START - 100 + i });
  return b.live('clinic-a');
}

test('OB1 OB2: a write behind one that was never sent coalesces into a new mutation, with the first base and the last value, and says which it replaced', () => {
  using b = bench();
  live(b, 1);
  b.disconnect();
  b.write('clinic-a', 'reg', 'r-1', { v: 'x' });
  const [first] = ids(b, 'reg', 'r-1');
  b.write('clinic-a', 'reg', 'r-1', { v: 'y' });
  expect(b.chain('clinic-a', 'reg', 'r-1')).toMatchObject([{ baseVersion: 1, base: { text: '{"v":1}' }, row: { text: '{"v":"y"}' } }]);
  expect(ids(b, 'reg', 'r-1')).not.toContain(first);
  expect(b.told('write').at(-1)?.data).toMatchObject({ replaced: [first] });
});

test('OB2: a sent write is frozen, one per row is out at a time, and what follows becomes one pending write behind it', () => {
  using b = bench();
  live(b, 1);
  b.write('clinic-a', 'reg', 'r-1', { v: 'sent' });
  const [sent] = ids(b, 'reg', 'r-1');
  b.write('clinic-a', 'reg', 'r-1', { v: 'one' });
  b.write('clinic-a', 'reg', 'r-1', { v: 'two' });
  expect(b.chain('clinic-a', 'reg', 'r-1')).toMatchObject([
    { mutationId: sent, state: { name: 'sent' }, baseVersion: 1 },
    { state: { name: 'pending' }, baseVersion: null, base: { text: '{"v":"sent"}' }, row: { text: '{"v":"two"}' } },
  ]);
  expect(b.sent('PUSH')).toHaveLength(1);
  b.accept('clinic-a');
  expect(b.pushed('clinic-a')).toMatchObject([{ baseVersion: 2, value: { v: 'two' } }]);
});

test('OB2: a put and a delete of a row that was never sent vanish together', () => {
  using b = bench();
  live(b);
  b.disconnect();
  b.write('clinic-a', 'reg', 'r-1', { v: 1 });
  expect(b.write('clinic-a', 'reg', 'r-1', null).result).toEqual({ mutationId: null });
  expect([ids(b, 'reg', 'r-1'), b.row('clinic-a')?.pendingWrites]).toEqual([[], 0]);
});

test('OB3: an accepted write stays until its own change comes; a change at or below its base settles nothing', () => {
  using b = bench();
  const id = live(b, 1);
  b.write('clinic-a', 'reg', 'r-1', { v: 'mine' });
  b.accept('clinic-a');
  expect([states(b, 'reg', 'r-1'), b.see('clinic-a', 'reg', 'r-1')]).toEqual([['accepted'], { v: 'mine' }]);
  b.say(b.log('clinic-a').delta(id, 0, 1));
  expect(states(b, 'reg', 'r-1')).toEqual(['accepted']);
  b.say(b.log('clinic-a').delta(id, 1));
  expect([ids(b, 'reg', 'r-1'), b.see('clinic-a', 'reg', 'r-1'), b.state('clinic-a')?.partition?.digest]).toEqual([[], { v: 'mine' }, b.log('clinic-a').digest]);
});

test('OB3: a write that another’s change overtakes while it is unanswered is settled as that change is applied, in one transaction', () => {
  using b = bench();
  const id = live(b, 1);
  b.write('clinic-a', 'reg', 'r-1', { v: 'mine' });
  const [sent] = ids(b, 'reg', 'r-1');
  b.log('clinic-a').append('reg', 'r-1', { v: 'theirs' }, { at: START - 1 });
  b.say(b.log('clinic-a').delta(id, 1));
  expect(b.chain('clinic-a', 'reg', 'r-1')).toMatchObject([{ baseVersion: 2, row: { text: '{"v":"mine"}' }, resolves: { mutationId: sent, theirsVersion: 2, strategy: 'lww' } }]);
  expect(ids(b, 'reg', 'r-1')).not.toContain(sent);
  const partition = [...b.disk.files.values()][0]?.current;
  expect([partition?.localVersion, partition?.outbox.size, partition?.conflicts.size]).toEqual([2, 1, 1]);
});

test('OB5: order is kept per row, and a refused or conflicted write holds up no other row', () => {
  using b = bench();
  live(b);
  b.disconnect();
  for (const id of ['r-1', 'r-2', 'r-3']) b.write('clinic-a', 'reg', id, { v: id });
  b.connect(['clinic-a']);
  b.answer('clinic-a');
  const [one, two, three] = b.pushed('clinic-a');
  expect(b.pushed('clinic-a').map(({ entityId }) => entityId)).toEqual(['r-1', 'r-2', 'r-3']);
  const outcome = (mutation: typeof one, what: object) => ({ mutationId: mutation?.mutationId ?? '', ...what });
  b.result('clinic-a', [outcome(one, { outcome: 'conflict', currentVersion: 4 }), outcome(two, { outcome: 'rejected', code: 'TOO_LARGE', message: 'no' }), outcome(three, { outcome: 'applied', contextVersion: 5 })] as never);
  expect([states(b, 'reg', 'r-1'), states(b, 'reg', 'r-2'), states(b, 'reg', 'r-3')]).toEqual([['parked'], [], ['accepted']]);
});

test('OB6: `rows` has what the app sees, `base` the confirmed state of exactly the rows with a pending write', () => {
  using b = bench();
  const id = live(b, 1);
  b.log('clinic-a').append('reg', 'r-2', { v: 'other' });
  b.say(b.log('clinic-a').delta(id, 1));
  b.write('clinic-a', 'reg', 'r-1', { v: 'mine' });
  const partition = [...b.disk.files.values()][0]?.current;
  expect([...(partition?.base.values() ?? [])].map(({ entityId, row }) => [entityId, row.text, row.version])).toEqual([['r-1', '{"v":1}', 1]]);
  expect([...(partition?.rows.values() ?? [])].map(({ row }) => row.text ?? '').sort()).toEqual(['{"v":"mine"}', '{"v":"other"}']);
  expect(partition?.digest).toBe(b.log('clinic-a').digest);
});

test('OB7: a refused write is kept as a conflict, its row goes back, and the write behind it is resolved over that as a new mutation', () => {
  using b = bench();
  live(b, 1);
  b.write('clinic-a', 'reg', 'r-1', { v: 'refused' });
  b.write('clinic-a', 'reg', 'r-1', { v: 'behind' });
  const [refused, behind] = ids(b, 'reg', 'r-1');
  b.result('clinic-a', [{ mutationId: refused as string, outcome: 'rejected', code: 'FORBIDDEN', message: 'no' }]);
  const [entry] = b.chain('clinic-a', 'reg', 'r-1');
  expect(entry).toMatchObject({ baseVersion: 1, row: { text: '{"v":"behind"}' } });
  expect([refused, behind]).not.toContain(entry?.mutationId);
  const kept = [...([...b.disk.files.values()][0]?.current.conflicts.values() ?? [])];
  expect(kept[0]).toMatchObject({ state: 'rejected', code: 'FORBIDDEN', mine: { text: '{"v":"refused"}' }, theirs: { text: '{"v":1}' } });
});

test('OB7: a refused write with nothing behind it leaves the app what it stood on', () => {
  using b = bench();
  live(b, 1);
  b.write('clinic-a', 'reg', 'r-1', null);
  b.result('clinic-a', [{ mutationId: ids(b, 'reg', 'r-1')[0] as string, outcome: 'rejected', code: 'FORBIDDEN', message: 'no' }]);
  expect([b.see('clinic-a', 'reg', 'r-1'), b.row('clinic-a')?.pendingWrites]).toEqual([{ v: 1 }, 0]);
});

test('OB8 OB2: one sync serves many writes; the step to `sent` is on the disk before its frame leaves', () => {
  using b = bench();
  live(b);
  const before = b.disk;
  let syncs = 0;
  const sync = before.sync.bind(before);
  before.sync = (file) => {
    syncs++;
    sync(file);
  };
  const made = Array.from({ length: 50 }, (_, i) => b.engine.write('clinic-a' as never, b.state('clinic-a')?.activationId ?? '', 'reg', `r-${i}`, () => '{"v":1}', { resolve: () => undefined, reject: () => undefined }));
  expect(made).toHaveLength(50);
  b.advance(0);
  expect(syncs).toBe(1);
  expect(b.pushed('clinic-a')).toHaveLength(50);
  const file = [...b.disk.files.values()][0];
  expect([...(file?.durable?.outbox.values() ?? [])].every((entry) => entry.state.name === 'sent')).toBe(true);
});

test('OB4 CF1: a refused or conflicted mutation has one outcome; the write that takes its place has an id of its own', () => {
  using b = bench();
  const id = live(b, 1);
  b.write('clinic-a', 'reg', 'r-1', { v: 'mine' });
  const [sent] = ids(b, 'reg', 'r-1');
  b.result('clinic-a', [{ mutationId: sent as string, outcome: 'conflict', currentVersion: 2 }]);
  expect(states(b, 'reg', 'r-1')).toEqual(['parked']);
  b.log('clinic-a').append('reg', 'r-1', null, { at: START - 1 });
  b.say(b.log('clinic-a').delta(id, 1));
  expect(ids(b, 'reg', 'r-1')).toHaveLength(1);
  expect(ids(b, 'reg', 'r-1')).not.toContain(sent);
  expect(b.pushed('clinic-a')).toMatchObject([{ baseVersion: 2, value: { v: 'mine' } }]);
});

test('CF1: a parked write whose row is gone behind the horizon is made anew with baseVersion 0', () => {
  using b = bench();
  live(b);
  b.write('clinic-a', 'reg', 'r-1', { v: 'mine' });
  const [sent] = ids(b, 'reg', 'r-1');
  b.result('clinic-a', [{ mutationId: sent as string, outcome: 'conflict', currentVersion: 0 }]);
  b.answerWithSnapshot('clinic-a');
  b.advance(10);
  b.answer('clinic-a');
  expect(b.pushed('clinic-a')).toMatchObject([{ baseVersion: 0, value: { v: 'mine' } }]);
  expect(ids(b, 'reg', 'r-1')).not.toContain(sent);
});

test('CF5: a stamp is the device’s time with the offset, and past the stamp of the row’s base', () => {
  using b = bench();
  b.connect(['clinic-a'], { serverTime: START + 60_000 });
  b.log('clinic-a').append('reg', 'r-2', { v: 1 }, { at: START + 3_600_000 });
  b.live('clinic-a');
  b.write('clinic-a', 'reg', 'r-1', { v: 1 });
  b.write('clinic-a', 'reg', 'r-2', { v: 2 });
  expect([b.chain('clinic-a', 'reg', 'r-1')[0]?.row.stamp, b.chain('clinic-a', 'reg', 'r-2')[0]?.row.stamp]).toEqual([
    [START + 60_000, 'device-a'],
    [START + 3_600_001, 'device-a'],
  ]);
});

test('CF5: writes that were not sent are shifted by an offset over 30 s, in order and under new ids; a refused clock is learnt anew', () => {
  using b = bench();
  live(b);
  b.disconnect();
  b.write('clinic-a', 'reg', 'r-1', { v: 1 });
  const [before] = ids(b, 'reg', 'r-1');
  b.connect(['clinic-a'], { serverTime: b.now - 600_000 });
  b.answer('clinic-a');
  const [pushed] = b.pushed('clinic-a');
  expect(pushed).toMatchObject({ timestamp: START - 600_000 });
  expect(pushed?.mutationId).not.toBe(before);
  expect(b.told('clock').at(-1)?.data).toMatchObject({ shifted: [before] });
  b.write('clinic-a', 'reg', 'r-1', { v: 2 });
  const sockets = b.sockets.length;
  b.result('clinic-a', [{ mutationId: pushed?.mutationId as string, outcome: 'rejected', code: 'CLOCK_SKEW', message: 'ahead' }]);
  expect(b.sockets).toHaveLength(sockets + 1);
  expect(b.chain('clinic-a', 'reg', 'r-1')).toMatchObject([{ row: { text: '{"v":2}' }, baseVersion: 0, state: { name: 'pending' } }]);
});

test('CF4: an open conflict keeps both sides, blocks nothing, and settled by hand becomes a write that says what it resolved', () => {
  using b = bench();
  const id = live(b);
  b.log('clinic-a').append('form', 'f-1', { v: 'first' });
  b.say(b.log('clinic-a').delta(id, 0));
  b.write('clinic-a', 'form', 'f-1', { v: 'mine' });
  b.log('clinic-a').append('form', 'f-1', { v: 'theirs' });
  b.say(b.log('clinic-a').delta(id, 1));
  expect([b.see('clinic-a', 'form', 'f-1'), b.chain('clinic-a', 'form', 'f-1')]).toEqual([{ v: 'theirs' }, []]);
  expect(b.sent('CONFLICT_RESOLVED').at(-1)).toMatchObject({ outcome: 'ask', entityId: 'f-1' });
  const partition = () => [...b.disk.files.values()][0]?.current;
  const [conflict] = [...(partition()?.conflicts.values() ?? [])];
  expect(conflict).toMatchObject({ state: 'open', base: { text: '{"v":"first"}' }, mine: { text: '{"v":"mine"}' }, theirs: { text: '{"v":"theirs"}', version: 2 } });
  const { conflictId, mine, theirs } = conflict as NonNullable<typeof conflict>;
  const write = { entity: 'form', entityId: 'f-1', text: mine.text };
  b.callContext('clinic-a', (callId) => ({ type: 'settle-conflict', callId, conflictId, write, confirmed: theirs, resolves: { mutationId: 'm', theirsVersion: 2, strategy: 'ask' } }));
  expect(b.see('clinic-a', 'form', 'f-1')).toEqual({ v: 'mine' });
  expect(b.chain('clinic-a', 'form', 'f-1')).toMatchObject([{ resolves: { theirsVersion: 2, strategy: 'ask' } }]);
  expect([...(partition()?.conflicts.values() ?? [])][0]).toMatchObject({ state: 'by-hand' });
});

test('MG2: a change of an older schema is brought up as it is applied, and the digest stays that of the log', () => {
  using b = bench({ schema: schemaOf(3) });
  b.connect(['clinic-a']);
  b.log('clinic-a').append('reg', 'r-1', { v: 1 }, { schemaVersion: 1 });
  b.live('clinic-a');
  expect(b.see('clinic-a', 'reg', 'r-1')).toEqual({ v: 1, schema: 3 });
  expect(b.state('clinic-a')?.partition?.digest).toBe(b.log('clinic-a').digest);
});
