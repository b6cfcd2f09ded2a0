import { createHash } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { EVENT_KINDS } from '../core/events.ts';
import { FORMAT_VERSION, RECORDING_APPLICATION_ID, RECORDING_SCHEMA, createRecording } from './index.ts';

/** One hash per version of the format that ever was. Never change a line: add one, and bump FORMAT_VERSION. */
const HASHES: Readonly<Record<number, string>> = {
  1: '0234d63f91cbe997',
};

test('a change of the format bumps its version', () => {
  const hash = createHash('sha256').update(JSON.stringify(RECORDING_SCHEMA)).digest('hex').slice(0, 16);
  expect(HASHES[FORMAT_VERSION], `the hash of format ${FORMAT_VERSION} is ${hash}`).toBe(hash);
});

test('RP6 a recording says what it is in its head', () => {
  const db = new DatabaseSync(':memory:');
  createRecording(db, { producer: 'test' });
  const head = Buffer.from(db.serialize());
  expect(head.readUInt32BE(68)).toBe(RECORDING_APPLICATION_ID);
  expect(head.subarray(68, 72).toString('latin1')).toBe('CTXS');
  expect(head.readUInt32BE(60)).toBe(FORMAT_VERSION);
});

test('every kind of event fits', () => {
  const db = new DatabaseSync(':memory:');
  createRecording(db);
  const put = db.prepare(`INSERT INTO events (runId, seq, clientId, at, kind, data) VALUES ('r', ?, 'c', 1.5, ?, '{}')`);
  EVENT_KINDS.forEach((kind, seq) => put.run(seq, kind));
  expect(db.prepare('SELECT count(*) AS n FROM events').get()).toEqual({ n: EVENT_KINDS.length });
});
