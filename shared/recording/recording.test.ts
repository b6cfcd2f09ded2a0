import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { RecordingReader, RecordingWriter, copyRecording, createRecording, erasedOf, eraseContext, eraseUpTo, usedBytes } from './index.ts';
import { CLIENT, entryOf, eventOf, eventsOf, sampleRecording } from './testing/sample.ts';

let folder = '';
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'recording-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('what is written is what is read', () => {
  const reader = RecordingReader.open(sampleRecording(':memory:', 10));
  expect(reader.events({ limit: 100 }).map(({ event }) => event)).toEqual(eventsOf(10));
  expect(reader.clients()).toEqual([CLIENT]);
  expect(reader.entries()).toEqual([entryOf('clinic-a'), entryOf('clinic-b')]);
  expect(reader.gaps('run-1')).toEqual([{ runId: 'run-1', fromSeq: 10, toSeq: 14, reason: 'no credit' }]);
  expect(reader.lastSeq('run-1')).toBe(14);
  expect(reader.lastSeq('run-2')).toBe(-1);
  expect(reader.meta().get('producer')).toBe('test');
  expect(reader.summary()).toEqual({ events: 10, firstAt: 1_000, lastAt: 1_000 + 9 * 1.5 });
});

test('events are read in parts, from a place on, by context, without frames', () => {
  const db = sampleRecording(':memory:', 10);
  new RecordingWriter(db).append([{ clientId: CLIENT.clientId, runId: 'run-2', events: [{ ...eventOf(0), kind: 'frame' }] }]);
  const reader = RecordingReader.open(db);
  const first = reader.events({ limit: 4 });
  expect(first.map(({ event }) => event.seq)).toEqual([0, 1, 2, 3]);
  expect(reader.events({ after: first.at(-1)!.place, limit: 3 }).map(({ event }) => event.seq)).toEqual([4, 5, 6]);
  expect(reader.events({ limit: 100, contexts: ['clinic-a'] }).map(({ event }) => event.seq)).toEqual([1, 3, 5, 7, 9]);
  expect(reader.events({ limit: 100, noFrames: true })).toHaveLength(10);
  expect(reader.placeBefore('run-1', 5)).toBe(5);
  expect(reader.placeBefore('run-1', 99)).toBe(11);
});

test('DB4 an event is named by run and seq: the same one twice is one', () => {
  const db = sampleRecording(':memory:', 10);
  new RecordingWriter(db).append([{ clientId: CLIENT.clientId, runId: CLIENT.runId, events: [{ ...eventOf(9), entity: 'other' }, eventOf(15)] }]);
  const reader = RecordingReader.open(db);
  expect(reader.events({ limit: 100 }).map(({ event }) => event.seq)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 15]);
  expect(reader.events({ limit: 100 }).map(({ event }) => event.entity)).not.toContain('other');
});

test('a batch that does not fit is not half there', () => {
  const db = sampleRecording(':memory:', 2);
  const cyclic: Record<string, unknown> = {};
  cyclic['self'] = cyclic;
  const bad = { ...eventOf(4), data: cyclic as never };
  expect(() => new RecordingWriter(db).append([{ clientId: 'c', runId: 'run-1', events: [eventOf(3), bad] }])).toThrow(TypeError);
  expect(RecordingReader.open(db).summary().events).toBe(2);
});

test('PR5 DB8 a forgotten context leaves no byte behind, and what was removed is said', () => {
  const file = join(folder, 'x.ctxscope');
  const db = sampleRecording(file, 2_000);
  expect(readFileSync(file).includes('value-of-clinic-b-')).toBe(true);
  expect(eraseContext(db, 'clinic-b', 2_000)).toBe(1_000);
  const reader = RecordingReader.open(db);
  expect(reader.entries().map(({ row }) => row.contextId)).toEqual(['clinic-a']);
  expect(db.prepare('SELECT * FROM redactions').all()).toEqual([{ path: 'events', rule: 'forget', count: 1_000 }]);
  db.close();
  const bytes = readFileSync(file);
  expect(bytes.includes('clinic-b')).toBe(false);
  expect(bytes.includes('value-of-clinic-a-')).toBe(true);
});

test('places go on growing after the newest events were erased', () => {
  const db = sampleRecording(':memory:', 10);
  const writer = new RecordingWriter(db);
  eraseUpTo(db, 10, 'age');
  writer.append([{ clientId: CLIENT.clientId, runId: CLIENT.runId, events: [eventOf(20)] }]);
  expect(RecordingReader.open(db).events({ limit: 9 }).map(({ place }) => place)).toEqual([11]);
});

test('erasing by age or size keeps the newest, and runs of which nothing is left go', () => {
  const db = sampleRecording(':memory:', 3_000);
  const writer = new RecordingWriter(db);
  writer.putClient({ ...CLIENT, runId: 'run-2' });
  writer.append([{ clientId: CLIENT.clientId, runId: 'run-2', events: eventsOf(10) }]);
  const before = usedBytes(db);
  expect(eraseUpTo(db, 3_000, 'size')).toBe(3_000);
  const reader = RecordingReader.open(db);
  expect(usedBytes(db)).toBeLessThan(before / 4);
  expect(reader.summary().events).toBe(10);
  expect(reader.clients().map(({ runId }) => runId)).toEqual(['run-2']);
  expect(reader.gaps()).toEqual([]);
});

test('a copy holds the same events at places without a hole; a copy of one context names no other', () => {
  const db = sampleRecording(':memory:', 30);
  eraseUpTo(db, 7, 'age');
  const all = new DatabaseSync(':memory:');
  createRecording(all);
  const progress = [...copyRecording(db, all, { rowsAtATime: 10 })];
  expect(progress).toEqual([10, 20, 23].map((events) => ({ events, total: 23 })));
  const copied = RecordingReader.open(all).events({ limit: 100 });
  expect(copied.map(({ place }) => place)).toEqual(Array.from({ length: 23 }, (_, i) => i + 1));
  expect(copied.map(({ event }) => event)).toEqual(eventsOf(23, 7));

  const file = join(folder, 'a.ctxscope');
  const one = new DatabaseSync(file);
  createRecording(one);
  for (const _ of copyRecording(db, one, { contexts: ['clinic-a'] }));
  expect(RecordingReader.open(one).entries().map(({ row }) => row.contextId)).toEqual(['clinic-a']);
  one.close();
  expect(readFileSync(file).includes('clinic-b')).toBe(false);
});

test('importing the same recording twice adds nothing', () => {
  const into = new DatabaseSync(':memory:');
  createRecording(into);
  for (let i = 0; i < 2; i++) for (const _ of copyRecording(sampleRecording(':memory:', 30), into));
  expect(RecordingReader.open(into).summary().events).toBe(30);
});

test('PR5 DB8 what was erased is counted by run and context, so that numbers that count events go on', () => {
  const db = sampleRecording(':memory:', 10);
  expect(erasedOf(db, 'run-1')).toEqual({});
  eraseUpTo(db, 4, 'age');
  eraseUpTo(db, 5, 'size');
  expect(erasedOf(db, 'run-1')).toEqual({ 'clinic-a': 2, 'clinic-b': 3 });
  eraseContext(db, 'clinic-a', 6);
  expect(erasedOf(db, 'run-1')).toEqual({ 'clinic-b': 3 });
  expect(erasedOf(db, 'run-2')).toEqual({});
});
