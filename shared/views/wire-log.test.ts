import { expect, test } from 'vitest';
import { frameContent, frameOf } from './frames.ts';
import { Script, recorded } from './testing/recorded.ts';
import { MOST_FRAMES, WireLog } from './wire-log.ts';

test('a growing recording is read on from where it was, without what frames held', async () => {
  const script = new Script().out('PUSH', { pushId: 'p1', frame: { type: 'PUSH', secret: 'x'.repeat(50) } }).event('write').event('delta', { toVersion: 1 });
  const recording = recorded(script.events);
  const log = new WireLog();
  const first = await log.upTo(recording.read, 99);
  expect(first.map(({ place, kind }) => [place, kind])).toEqual([[0, 'frame'], [2, 'delta']]);
  expect(JSON.stringify(first)).not.toContain('secret');
  recording.add([{ seq: 4, at: 2_000, kind: 'frame', contextId: 'a', data: { direction: 'in', type: 'DELTA' } }]);
  const reads = recording.asked.length;
  expect((await log.upTo(recording.read, 99)).map(({ place }) => place)).toEqual([0, 2, 3]);
  expect(recording.asked.slice(reads)).toHaveLength(2);
  expect(await log.upTo(recording.read, 99)).toHaveLength(3);
  expect(recording.asked.slice(reads)).toHaveLength(3);
});

test('RP4 in the past the list ends at the cursor, and begins earlier where there is more', async () => {
  const script = new Script();
  for (let n = 0; n < MOST_FRAMES + 40; n++) script.out('PING', { nonce: String(n) });
  const { read } = recorded(script.events);
  const log = new WireLog();
  expect((await log.upTo(read, 1_000_000)).at(0)?.place).toBe(40);
  const past = await log.upTo(read, 30);
  expect([past.at(0)?.place, past.at(-1)?.place]).toEqual([0, 30]);
  expect((await log.upTo(read, 1_000_000)).at(-1)?.place).toBe(MOST_FRAMES + 39);
});

test('what a frame held is read alone; one that was too large says how large', async () => {
  const { read } = recorded(new Script().out('PUSH', { frame: { type: 'PUSH', n: 1 } }).out('PUSH', { omitted: 70_000 }).out('PUSH').events);
  expect(await frameContent(read, 0)).toEqual({ kept: { type: 'PUSH', n: 1 } });
  expect(await frameContent(read, 1)).toEqual({ omitted: 70_000 });
  expect(await frameContent(read, 2)).toBeNull();
});

test('of snapshots only what came over HTTP stands beside the frames', () => {
  const script = new Script().event('snapshot', { data: { step: 'started' } }).event('snapshot', { bytes: 9, data: { step: 'downloaded', mode: 'snapshot' } }).event('write');
  expect(script.placed.map((event) => frameOf(event)?.type ?? null)).toEqual([null, 'SNAPSHOT', null]);
});
