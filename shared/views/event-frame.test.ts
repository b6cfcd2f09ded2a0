import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import type { DebugEvent } from '../protocol/debug/index.ts';
import { createRecording, RecordingWriter } from '../recording/index.ts';
import { eventsAt, frameOfEvent, type PlacedEvent } from './event-queries.ts';
import type { Reader, SqlRow } from './reader.ts';

const event = (seq: number, kind: DebugEvent['kind'], part: Partial<DebugEvent> = {}): DebugEvent => ({ seq, at: 1_000 + seq, kind, contextId: 'a', data: {}, ...part });

test('the frame of an event is its own, or the nearest of its context that names one of its writes', async () => {
  const db = new DatabaseSync(':memory:');
  createRecording(db);
  const events = [
    event(1, 'push', { mutationIds: ['m1'] }),
    event(2, 'frame', { data: { type: 'PING' } }),
    event(3, 'frame', { mutationIds: ['m1'], data: { type: 'PUSH' } }),
    event(4, 'frame', { contextId: 'b', mutationIds: ['m1'], data: { type: 'PUSH' } }),
    event(5, 'conflict', { mutationIds: ['m2', 'm1'] }),
    event(6, 'lifecycle'),
  ];
  new RecordingWriter(db).append([{ clientId: 'c', runId: 'r', events }]);
  const read: Reader = (sql, params = []) => Promise.resolve(db.prepare(sql).all(...params) as SqlRow[]);
  const frameOf = async (one: PlacedEvent): Promise<number | null> => (await frameOfEvent(read, one))?.place ?? null;
  expect(await Promise.all((await eventsAt(read, [0, 1, 2, 3, 4, 5])).map(frameOf))).toEqual([2, 1, 2, 3, 2, null]);
});
