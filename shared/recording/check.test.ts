import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AppError } from '../base/app-error.ts';
import { seededRandom } from '../base/random.ts';
import { FORMAT_VERSION, HEAD_BYTES, RecordingReader, checkHead, checkRecording } from './index.ts';
import { sampleRecording } from './testing/sample.ts';

let folder = '';
let whole = new Uint8Array();
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hostile-'));
  const file = join(folder, 'whole.ctxscope');
  sampleRecording(file, 300).close();
  whole = readFileSync(file);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Opens bytes as a stranger's file is opened, and reads all of it. */
function readAll(bytes: Uint8Array): number {
  checkHead(bytes.subarray(0, HEAD_BYTES), bytes.length);
  const file = join(folder, 'hostile.ctxscope');
  writeFileSync(file, bytes);
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    const reader = RecordingReader.open(db);
    reader.clients();
    reader.entries();
    reader.gaps();
    reader.meta();
    reader.summary();
    return reader.events({ limit: 10_000 }).length;
  } finally {
    db.close();
  }
}

function codeOf(run: () => unknown): string {
  try {
    run();
    return 'none';
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown;
    expect(thrown.message).not.toMatch(/undefined|\[object/);
    return thrown.code;
  }
}

function changed(sql: string): Uint8Array {
  const db = new DatabaseSync(':memory:');
  db.deserialize(whole);
  db.exec(sql);
  return db.serialize();
}

test('RP6 a whole file passes', () => {
  expect(readAll(whole)).toBe(300);
});

test('RP6 a file cut at every 4 KiB, and at odd places, is a clear error', () => {
  expect(whole.length).toBeGreaterThan(20 * 4_096);
  for (let length = 0; length < whole.length; length += 4_096) expect(codeOf(() => readAll(whole.subarray(0, length))), `cut at ${length}`).toMatch(/^(NOT_A|DAMAGED)_RECORDING$/);
  for (const length of [1, 15, 99, 100, 511, 5_000, whole.length - 1]) expect(codeOf(() => readAll(whole.subarray(0, length))), `cut at ${length}`).toMatch(/^(NOT_A|DAMAGED)_RECORDING$/);
});

test('RP6 the size is looked at before anything is read', () => {
  expect(codeOf(() => checkHead(whole.subarray(0, HEAD_BYTES), 10_000_000_000))).toBe('TOO_LARGE');
  expect(codeOf(() => checkHead(whole.subarray(0, HEAD_BYTES), whole.length, 1_000))).toBe('TOO_LARGE');
});

test('RP6 a head that claims a billion pages is a cut file', () => {
  const bytes = Uint8Array.from(whole);
  new DataView(bytes.buffer).setUint32(28, 1_000_000_000);
  expect(codeOf(() => readAll(bytes))).toBe('DAMAGED_RECORDING');
});

test('RP6 another program’s file, and any other file, is none', () => {
  expect(codeOf(() => readAll(new TextEncoder().encode('<!doctype html>'.repeat(100))))).toBe('NOT_A_RECORDING');
  expect(codeOf(() => readAll(changed('PRAGMA application_id = 7')))).toBe('NOT_A_RECORDING');
  expect(codeOf(() => readAll(changed('PRAGMA user_version = 0')))).toBe('NOT_A_RECORDING');
  expect(codeOf(() => readAll(changed(`PRAGMA user_version = ${FORMAT_VERSION + 1}`)))).toBe('NEWER_FORMAT');
});

test.each([
  ['a trigger', 'CREATE TRIGGER t AFTER INSERT ON events BEGIN DELETE FROM meta; END'],
  ['a view', 'CREATE VIEW v AS SELECT * FROM events'],
  ['a view in the place of a table', 'ALTER TABLE gaps RENAME TO gaps2; CREATE VIEW gaps AS SELECT * FROM gaps2'],
  ['a table more', 'CREATE TABLE more (x)'],
  ['an index more', 'CREATE INDEX more ON events (at)'],
  ['a column more', 'ALTER TABLE gaps ADD COLUMN x TEXT'],
  ['a generated column', 'ALTER TABLE gaps ADD COLUMN x TEXT AS (upper(reason)) VIRTUAL'],
  ['a virtual table', 'CREATE VIRTUAL TABLE f USING fts5(x)'],
  ['a table less', 'DROP TABLE gaps'],
  ['another index of that name', 'DROP INDEX events_context; CREATE INDEX events_context ON events (at)'],
])('RP6 the schema is exact: %s is refused', (_what, sql) => {
  expect(codeOf(() => readAll(changed(sql)))).toBe('NOT_A_RECORDING');
});

test('RP6 a recording may lack the index by context', () => {
  expect(readAll(changed('DROP INDEX events_context'))).toBe(300);
});

test.each([
  ['text that is no JSON', `UPDATE events SET data = '{' WHERE seq = 7`],
  ['JSON that is no object', `UPDATE events SET data = '[1]' WHERE seq = 7`],
  ['a kind that there is not', `UPDATE events SET kind = '<script>' WHERE seq = 7`],
  ['a number that JavaScript has not', `UPDATE events SET fromVersion = 9223372036854775807 WHERE seq = 7`],
  ['infinity', `UPDATE events SET at = 9e999 WHERE seq = 7`],
  ['mutationIds that are none', `UPDATE events SET mutationIds = '[1]' WHERE seq = 7`],
  ['a context that is none', `UPDATE contexts SET row = '{"row":3}'`],
  ['a client of no type', `UPDATE clients SET type = 'toaster'`],
])('RP6 a value that does not fit is a clear error: %s', (_what, sql) => {
  expect(codeOf(() => readAll(changed(sql)))).toBe('DAMAGED_RECORDING');
});

test('RP6 bytes changed at random are an error or a reading, never a crash', () => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = seededRandom(seed);
    const bytes = Uint8Array.from(whole);
    for (let i = 0; i < 40; i++) bytes[random.int(bytes.length)] = random.int(256);
    expect(['none', 'NOT_A_RECORDING', 'DAMAGED_RECORDING', 'NEWER_FORMAT'], `seed ${seed}`).toContain(codeOf(() => readAll(bytes)));
  }
});

test('RP6 the check itself reads no row', () => {
  const db = sampleRecording(':memory:', 3);
  const asked: string[] = [];
  checkRecording({ exec: (sql) => (asked.push(sql), db.exec(sql)), prepare: (sql) => (asked.push(sql), db.prepare(sql)), close: () => db.close() });
  expect(asked.filter((sql) => !/^PRAGMA|sqlite_schema/.test(sql))).toEqual([]);
});
