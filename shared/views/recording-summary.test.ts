import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { createRecording, RecordingWriter } from '../recording/index.ts';
import type { Reader, SqlRow } from './reader.ts';
import { recordingSummary } from './recording-summary.ts';

test('a recording says what it holds, an empty one too', async () => {
  const db = new DatabaseSync(':memory:');
  createRecording(db, { producer: 'test', notes: 'The dose came back.' });
  const read: Reader = (sql, params = []) => Promise.resolve(db.prepare(sql).all(...params) as SqlRow[]);
  expect(await recordingSummary(read)).toMatchObject({ events: 0, runs: 0, firstAt: null, lastSeq: null, gaps: 0, missing: 0, schemaVersion: null, redactions: [] });
  const writer = new RecordingWriter(db);
  writer.putClient({ clientId: 'c', runId: 'r-2', deviceId: 'tablet-aa41', title: 'Rounds', type: 'phone', app: 'Rounds 4.12.0', platform: 'Android 15', runtimeVersion: '0.9.0', startedAt: 1, capabilities: [], valuePolicy: 'redacted' });
  writer.append([{ clientId: 'c', runId: 'r-1', events: [{ seq: 7, at: 100, kind: 'delta', contextId: 'clinic-a', data: {} }] }]);
  writer.append([{ clientId: 'c', runId: 'r-2', events: [{ seq: 3, at: 200, kind: 'delta', contextId: 'clinic-b', data: {} }, { seq: 9, at: 300, kind: 'error', data: {} }], dropped: [{ fromSeq: 4, toSeq: 8, reason: 'out of credit' }] }]);
  db.exec("INSERT INTO redactions VALUES ('patient.name', 'pseudonym', 10), ('patient.born', 'pseudonym', 5), ('HELLO.token', 'drop', 1)");
  const summary = await recordingSummary(read);
  expect(summary).toMatchObject({ device: 'tablet-aa41', app: 'Rounds 4.12.0', events: 3, contexts: 2, firstAt: 100, lastAt: 300, firstSeq: 3, lastSeq: 9, gaps: 1, missing: 5 });
  expect(summary.redactions).toEqual([{ rule: 'pseudonym', paths: 2, count: 15 }, { rule: 'drop', paths: 1, count: 1 }]);
  expect(summary.meta.get('notes')).toBe('The dose came back.');
});
