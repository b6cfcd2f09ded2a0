import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import type { DebugEvent } from '../protocol/debug/index.ts';
import { createRecording, RecordingWriter } from '../recording/index.ts';
import { activationsOf, phaseMedians } from './activations.ts';
import { causesOf, conflictsOf } from './conflicts.ts';
import { chainOf, eventsAt, latestEvents, placesWith } from './event-queries.ts';
import { frameOf, wireEvents } from './frames.ts';
import type { Reader, SqlRow } from './reader.ts';

const event = (seq: number, kind: DebugEvent['kind'], part: Partial<DebugEvent> = {}): DebugEvent => ({ seq, at: 1_000 + seq, kind, contextId: 'a', data: {}, ...part });

const EVENTS: readonly DebugEvent[] = [
  event(1, 'lifecycle', { activationId: 'x1', data: { from: 'dormant', to: 'activating', reason: 'asked' } }),
  event(2, 'phase', { activationId: 'x1', durationMs: 3, data: { phase: 'open', outcome: 'done' } }),
  event(3, 'phase', { activationId: 'x1', durationMs: 40, fromVersion: 1, toVersion: 5, data: { phase: 'catch-up', outcome: 'done' } }),
  event(4, 'write', { entity: 'note', entityId: 'n-1', mutationIds: ['m1'] }),
  event(5, 'push', { mutationIds: ['m1'], bytes: 90 }),
  event(6, 'conflict', { entity: 'note', entityId: 'n-1', mutationIds: ['m1', 'm2'], data: { conflictId: 'k1', strategy: 'lww', winner: 'mine', theirDevice: 'lab-7', decided: [{ field: 'body', rule: 'later', winner: 'mine' }] } }),
  event(7, 'delta', { mutationIds: ['m2'], fromVersion: 5, toVersion: 6 }),
  event(8, 'frame', { contextId: 'b', bytes: 12, data: { direction: 'out', type: 'PUSH' } }),
];

function reader(): Reader {
  const db = new DatabaseSync(':memory:');
  createRecording(db);
  new RecordingWriter(db).append([{ clientId: 'c', runId: 'r', events: EVENTS }]);
  return (sql, params = []) => Promise.resolve(db.prepare(sql).all(...params) as SqlRow[]);
}

test('events come back as they went in, by place', async () => {
  const [first, second] = await eventsAt(reader(), [0, 5]);
  expect(first).toEqual({ place: 0, runId: 'r', ...EVENTS[0] });
  expect(second?.mutationIds).toEqual(['m1', 'm2']);
});

test('the chain of a write goes from write to delta by its mutationIds', async () => {
  expect((await chainOf(reader(), 'a', ['m1', 'm2'])).map(({ kind }) => kind)).toEqual(['write', 'push', 'conflict', 'delta']);
});

test('RP4 the latest events of a context are those up to the cursor, without frames and phases', async () => {
  expect((await latestEvents(reader(), 'a', 4, 3)).map(({ seq }) => seq)).toEqual([5, 4, 1]);
});

test('an activation is its phases, with what the catch-up brought', async () => {
  const [activation] = await activationsOf(reader(), 'a', 100, 5);
  expect(activation).toMatchObject({ activationId: 'x1', reason: 'asked', totalMs: 43, changes: 4 });
  expect(phaseMedians(activation === undefined ? [] : [activation]).get('open')).toBe(3);
});

test('conflicts name their fields and who caused them', async () => {
  const conflicts = await conflictsOf(reader(), 100, 10);
  expect(conflicts).toMatchObject([{ place: 5, conflictId: 'k1', fields: ['body'], theirDevice: 'lab-7', state: 'automatic' }]);
  expect(causesOf(conflicts)).toEqual([{ contextId: 'a', device: 'lab-7', count: 1 }]);
});

test('frames and searches find their places; a quote in a search is a character', async () => {
  expect((await wireEvents(reader(), -1, 100)).map(frameOf)).toMatchObject([null, { place: 7, direction: 'out', type: 'PUSH', bytes: 12 }]);
  expect(await placesWith(reader(), [], [{ key: 'kind', value: 'conflict' }])).toEqual([5]);
  expect(await placesWith(reader(), ["n-1' OR 1=1 --"], [])).toEqual([]);
  const [part, whole] = [await placesWith(reader(), [], [{ key: 'id', value: 'n' }]), await placesWith(reader(), [], [{ key: 'id', value: 'n-1', whole: true }])];
  expect([part.length > 0, whole.length > 0, whole.every((place) => part.includes(place))]).toEqual([true, true, true]);
  expect(await placesWith(reader(), [], [{ key: 'id', value: 'n', whole: true }])).toEqual([]);
});
