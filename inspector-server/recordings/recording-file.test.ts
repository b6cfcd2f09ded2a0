import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { DebugEvent } from '../../shared/protocol/debug/index.ts';
import { RecordingReader } from '../../shared/recording/index.ts';
import { CLIENT, eventsOf } from '../../shared/recording/testing/sample.ts';
import { openRecording, openToWrite } from './open-recording.ts';
import { RecordingFile } from './recording-file.ts';
import type { Written } from './write-task.ts';

// What the thread that writes does, here without a thread.

let folder = '';
let path = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'file-'));
  path = join(folder, 'r.ctxscope');
  openRecording(path, {}, 0).db.close();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const message = (events: readonly DebugEvent[], more: object = {}): string => JSON.stringify({ method: 'Client.events', params: { runId: CLIENT.runId, events, ...more } });

function write(recording: RecordingFile, ...texts: readonly string[]): Written {
  const bytes = texts.map((text) => Buffer.byteLength(text));
  const memory = new Uint8Array(new SharedArrayBuffer(bytes.reduce((sum, n) => sum + n, 0)));
  memory.set(Buffer.from(texts.join('')));
  return recording.do({ do: 'events', clientId: CLIENT.clientId, batches: bytes.map((n) => ({ bytes: n, runId: CLIENT.runId, beyondCredit: false })), texts: memory }, 1);
}

function read<T>(work: (reader: RecordingReader, db: DatabaseSync) => T): T {
  const db = new DatabaseSync(path);
  try {
    return work(RecordingReader.open(db), db);
  } finally {
    db.close();
  }
}

const seqs = (): readonly number[] => read((reader) => reader.events({ limit: 100_000 }).map(({ event }) => event.seq));
const opened = (): RecordingFile => new RecordingFile(path, { maxBytes: 1e9, writtenAt: 0 });

test('DB4 a full disk costs events, which are a gap afterwards, and is said once', () => {
  const connections: DatabaseSync[] = [];
  const recording = new RecordingFile(path, { maxBytes: 1e9, writtenAt: 0 }, (file) => {
    const db = openToWrite(file);
    connections.push(db);
    return db;
  });
  const limit = (pages: number): void => connections[0]?.exec(`PRAGMA max_page_count = ${pages}`);
  write(recording, message(eventsOf(100)));
  limit(1);
  const failed = Array.from({ length: 20 }, (_, i) => write(recording, message(eventsOf(100, 100 + i * 100))));
  expect(failed.flatMap(({ outcomes }) => outcomes).filter(({ is }) => is === 'lost').length).toBeGreaterThan(10);
  expect(failed.flatMap(({ trouble }) => trouble ?? [])).toEqual([expect.stringContaining('cannot be written')]);
  limit(1_000_000);
  expect(write(recording, message(eventsOf(50, 2_100)))).toMatchObject({ gaps: true, trouble: null, outcomes: [{ is: 'written', events: 50 }] });
  const gaps = read((reader) => reader.gaps(CLIENT.runId));
  expect(gaps.every(({ reason }) => reason === 'the hub could not write it')).toBe(true);
  expect(seqs().length + gaps.reduce((sum, { fromSeq, toSeq }) => sum + toSeq - fromSeq + 1, 0)).toBe(2_150);
  expect(seqs().at(-1)).toBe(2_149);
  expect(connections).toHaveLength(1);
});

test('DB4 what is there already, is of another run or is no message of events is not written, and the rest of the task is', () => {
  const recording = opened();
  const { outcomes } = write(recording, message(eventsOf(10)), message(eventsOf(10, 5)), '{"method":"Client.events","params":{}}', message([], { runId: 'another' }), message(eventsOf(5, 20), { dropped: [{ fromSeq: 15, toSeq: 19, reason: 'x' }] }), message(eventsOf(5, 25)));
  expect(outcomes.map(({ is }) => is)).toEqual(['written', 'written', 'bad', 'left out', 'written', 'written']);
  expect(outcomes.map((outcome) => (outcome.is === 'written' ? [outcome.firstPlace, outcome.events, outcome.whole] : null))).toEqual([[1, 10, true], [11, 5, false], null, null, [16, 5, false], [21, 5, true]]);
  expect(seqs()).toEqual([...Array.from({ length: 15 }, (_, i) => i), ...Array.from({ length: 10 }, (_, i) => 20 + i)]);
  expect(read((reader) => reader.gaps(CLIENT.runId))).toMatchObject([{ fromSeq: 15, toSeq: 19 }]);
});

test('a range that is said to be lost is a gap as far as it is not here', () => {
  const recording = opened();
  write(recording, message(eventsOf(10)));
  const gap = (fromSeq: number, toSeq: number) => ({ runId: CLIENT.runId, fromSeq, toSeq, reason: 'x' });
  expect(recording.do({ do: 'gaps', clientId: CLIENT.clientId, gaps: [gap(0, 5), gap(6, 14), gap(15, 19)] }, 1).gaps).toBe(true);
  expect(read((reader) => reader.gaps(CLIENT.runId))).toMatchObject([{ fromSeq: 10, toSeq: 14 }, { fromSeq: 15, toSeq: 19 }]);
});

test('PR5 what is forgotten is cleaned out of the log as soon as nobody reads it any more', () => {
  const recording = opened();
  const secret = eventsOf(300).map((event) => ({ ...event, contextId: 'clinic-a', data: { secret: 'secret-of-a' } }));
  write(recording, message(secret));
  const log = (): string => (existsSync(`${path}-wal`) ? readFileSync(`${path}-wal`, 'latin1') : '') + readFileSync(path, 'latin1');
  expect(log()).toContain('secret-of-a');
  const other = new DatabaseSync(path);
  other.exec('BEGIN');
  other.prepare('SELECT count(*) FROM events').get();
  expect(write(recording, message([{ seq: 300, at: 1, kind: 'forget', contextId: 'clinic-a', data: {} }]))).toMatchObject({ erased: true, gone: 300 });
  expect(log()).toContain('secret-of-a');
  other.exec('COMMIT');
  recording.do({ do: 'seen', at: 2 }, 2);
  expect(log()).not.toContain('secret-of-a');
  expect(seqs()).toEqual([300]);
  other.close();
}, 30_000);

test('it grows without the index by context, which is made when it is asked for, and tells every name then', () => {
  const recording = opened();
  const indexes = (): unknown[] => read((_, db) => db.prepare("SELECT name FROM sqlite_schema WHERE name = 'events_context'").all());
  expect(write(recording, message(eventsOf(4))).names).toEqual(['clinic-b', 'clinic-a']);
  expect(write(recording, message(eventsOf(4, 4))).names).toEqual([]);
  recording.do({ do: 'close' }, 1);
  expect(indexes()).toEqual([]);
  const again = opened();
  expect([...again.do({ do: 'index' }, 1).names].sort()).toEqual(['clinic-a', 'clinic-b']);
  expect(again.do({ do: 'index' }, 1)).toMatchObject({ trouble: null, names: [] });
  expect(indexes()).toHaveLength(1);
});

test('steps that are none are refused, and nothing of them is kept', () => {
  const recording = opened();
  const head = JSON.stringify({ k: 'head', about: { runId: CLIENT.runId, deviceId: 'd', sync: {}, schema: { version: 1 } } });
  const place = { segment: 'f-1', offset: 9 };
  const core = { version: '0', behaviour: '0' };
  expect(() => recording.do({ do: 'steps', head, lines: '{"k":"step","n":1}\n', core, place }, 1)).toThrow();
  expect(() => recording.do({ do: 'steps', head: 'nonsense', lines: '', core, place }, 1)).toThrow();
  expect(read((reader) => [reader.meta().get('hub.recorder'), reader.steps()])).toEqual([undefined, 0]);
});
