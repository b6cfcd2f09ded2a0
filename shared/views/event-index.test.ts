import { expect, test } from 'vitest';
import type { DebugEvent } from '../protocol/debug/index.ts';
import { EventIndex } from './event-index.ts';
import { laneOf, marksOf, trafficOf } from './lane.ts';
import { changesOfRow } from './row-changes.ts';

const event = (seq: number, at: number, kind: DebugEvent['kind'], part: Partial<DebugEvent> = {}): DebugEvent => ({ seq, at, kind, contextId: 'a', data: {}, ...part });

function story(): EventIndex {
  const index = new EventIndex();
  index.add('r-1', [
    event(1, 1_000, 'lifecycle', { data: { from: 'dormant', to: 'activating', serverVersion: 12 } }),
    event(2, 1_100, 'lifecycle', { data: { from: 'activating', to: 'active' } }),
    event(3, 1_150, 'delta', { fromVersion: 7, toVersion: 10, data: { changes: 3, own: 0, serverVersion: 12 } }),
    event(4, 1_200, 'write', { mutationIds: ['m1'], data: { op: 'put', replaced: [] } }),
    event(5, 1_300, 'write', { mutationIds: ['m2'], data: { op: 'put', replaced: ['m1'] } }),
    event(6, 1_500, 'delta', { fromVersion: 10, toVersion: 11, mutationIds: ['m2'], data: { changes: 1, own: 1 } }),
    event(7, 1_600, 'conflict', { data: { state: 'automatic' } }),
    event(8, 2_000, 'lifecycle', { data: { from: 'active', to: 'deactivating' } }),
    event(9, 2_100, 'lifecycle', { data: { from: 'deactivating', to: 'dormant' } }),
  ]);
  return index;
}

test('RP4 the state at any place is what the events up to it say', () => {
  const track = story().track('a');
  expect([0, 1, 3, 4, 5, 8].map((place) => track.lifecycle.at(place))).toEqual(['activating', 'active', 'active', 'active', 'active', 'dormant']);
  expect([1, 2, 4, 5].map((place) => track.local.at(place))).toEqual([7, 10, 10, 11]);
  expect([0, 5].map((place) => track.server.at(place))).toEqual([12, 12]);
  expect([3, 4, 5].map((place) => track.pending.at(place))).toEqual([1, 1, 0]);
  expect(track.conflicts.last).toBe(1);
});

test('RP4 a write that met another is taken by its conflict, and what was made of it waits in its place', () => {
  const index = new EventIndex();
  index.add('r-1', [
    event(1, 1_000, 'write', { mutationIds: ['m1'], data: { op: 'put', replaced: [] } }),
    event(2, 1_100, 'conflict', { mutationIds: ['m1', 'm1r'], data: { state: 'automatic' } }),
    event(3, 1_200, 'delta', { fromVersion: 1, toVersion: 2, mutationIds: ['m1r'], data: { changes: 1, own: 1 } }),
    event(4, 1_300, 'write', { mutationIds: ['m2'], data: { op: 'put', replaced: [] } }),
    event(5, 1_400, 'conflict', { mutationIds: ['m2'], data: { state: 'open' } }),
    event(6, 1_500, 'conflict', { mutationIds: ['unheard', 'neither'], data: { state: 'automatic' } }),
  ]);
  expect([0, 1, 2, 3, 4, 5].map((place) => index.track('a').pending.at(place))).toEqual([1, 1, 0, 1, 0, 0]);
});

test('a clock that is set back does not reorder what arrived', () => {
  const index = new EventIndex();
  index.add('r-1', [event(1, 5_000, 'delta'), event(2, 1_000, 'delta'), event(3, 6_000, 'delta')]);
  expect([...index.at]).toEqual([5_000, 5_000, 6_000]);
});

test('a new run of a client counts its seq anew, and a seq means the newest run', () => {
  const index = story();
  index.add('r-2', [event(1, 9_000, 'delta'), event(2, 9_100, 'delta')]);
  expect(index.placeOfSeq(2)).toBe(10);
  expect(index.placeOfSeq(7)).toBeNull();
});

test('DB4 a range that was left out is a gap between its neighbours in time', () => {
  const index = new EventIndex();
  index.add('r-1', [event(1, 1_000, 'delta'), event(50, 3_000, 'delta')], [{ fromSeq: 2, toSeq: 49, reason: 'no credit' }]);
  expect(index.gaps).toEqual([{ fromSeq: 2, toSeq: 49, reason: 'no credit', place: 1, fromAt: 1_000, toAt: 3_000 }]);
  index.add('r-1', [], [{ fromSeq: 2, toSeq: 49, reason: 'no credit' }]);
  expect(index.gaps).toHaveLength(1);
});

test('what a registry row says stands at the end once the backlog is in', () => {
  const index = new EventIndex();
  index.observe({ contextId: 'a', lifecycle: 'dormant', localVersion: 11, serverVersion: 90, pendingWrites: 0, present: true });
  index.add('r-1', Array.from(story().at, (at, i) => event(i + 1, at, 'delta', { fromVersion: 7, toVersion: 8 })));
  index.goLive();
  const { server } = index.track('a');
  expect(server.at(0)).toBe(8);
  expect(server.last).toBe(90);
});

test('a lane has one band per state, cut to the view, and the last step of a pixel', () => {
  const index = story();
  const { bands, local, low, high } = laneOf(index, index.track('a'), 1_050, 2_500, 145);
  expect(bands.map(({ state, from, to }) => [state, from, to])).toEqual([
    ['activating', 1_050, 1_100],
    ['active', 1_100, 2_000],
    ['deactivating', 2_000, 2_100],
    ['dormant', 2_100, 2_500],
  ]);
  expect(local.map(({ value }) => value)).toEqual([7, 10, 11]);
  expect([low, high]).toEqual([7, 12]);
});

test('marks that are too close become one with a count, and traffic is summed by column', () => {
  const index = new EventIndex();
  index.add('r-1', Array.from({ length: 100 }, (_, i) => event(i + 1, 1_000 + i, 'conflict')));
  const marks = marksOf(index, index.track('a'), 'conflict', 1_000, 2_000, 100, 5);
  expect(marks.map(({ count }) => count)).toEqual([50, 50]);
  expect(trafficOf(index, index.track('a'), ['conflict'], 1_000, 2_000, 10).slice(0, 2)).toEqual([100, 0]);
});

test('the changes of a registry row are told newest first', () => {
  const index = story();
  const { changes, total } = changesOfRow(index.track('a'), index.length - 1, 3);
  expect(changes.map(({ field, before, after }) => [field, before, after])).toEqual([
    ['lifecycle', 'deactivating', 'dormant'],
    ['lifecycle', 'active', 'deactivating'],
    ['localVersion', 10, 11],
  ]);
  expect(total).toBeGreaterThan(3);
});

test('a lane shows where a dormant context was pruned, and that it holds something again', () => {
  const index = new EventIndex();
  index.add('r-1', [
    event(1, 1_000, 'lifecycle', { data: { from: 'active', to: 'dormant' } }),
    event(2, 1_500, 'prune', { data: { bytes: 10 } }),
    event(3, 2_000, 'lifecycle', { data: { from: 'dormant', to: 'activating' } }),
    event(4, 2_100, 'lifecycle', { data: { from: 'activating', to: 'active' } }),
    event(5, 2_500, 'lifecycle', { data: { from: 'active', to: 'dormant' } }),
  ]);
  expect(laneOf(index, index.track('a'), 1_100, 3_000, 100).bands).toEqual([
    { from: 1_100, to: 1_500, state: 'dormant' },
    { from: 1_500, to: 2_000, state: 'pruned' },
    { from: 2_000, to: 2_100, state: 'activating' },
    { from: 2_100, to: 2_500, state: 'active' },
    { from: 2_500, to: 3_000, state: 'dormant' },
  ]);
});
