import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import type { Json } from '../base/json.ts';
import { createRecording, RecordingWriter } from '../recording/index.ts';
import { byEntity, comparedFields, differingText, eventsOfRow, whatTheLogShows, type Difference } from './compare.ts';
import type { SqlRow } from './reader.ts';

const row = (version: number, value: Json | null, deleted = false): Difference['local'] => ({ entity: 'patient', id: 'p-1', version, value, deleted, timestamp: 1, deviceId: 'desk-3' });
const change = (contextVersion: number): Difference['change'] => ({ contextVersion, mutationId: 'm-1', deviceId: 'desk-3' });
const differs: Difference = { entity: 'patient', id: 'p-1', kind: 'differs', local: row(9_204, { weightKg: 71.5, tags: ['a'], team: 'blue' }), server: row(9_317, { weightKg: 72, tags: ['a'], team: 'blue', ward: 3 }), change: change(9_317) };
const onlyHere: Difference = { entity: 'note', id: 'n-1', kind: 'only-here', local: row(9_127, { body: 'x' }), server: row(9_331, null, true), change: change(9_331) };
const onlyThere: Difference = { entity: 'note', id: 'n-2', kind: 'missing-here', local: null, server: row(9_322, { body: 'y' }) };

test('differences are counted by entity, and those without any are there too', () => {
  expect(byEntity([differs, onlyHere, onlyThere], ['visit', 'patient'])).toEqual([
    { entity: 'note', differs: 0, onlyHere: 1, onlyThere: 1 },
    { entity: 'patient', differs: 1, onlyHere: 0, onlyThere: 0 },
    { entity: 'visit', differs: 0, onlyHere: 0, onlyThere: 0 },
  ]);
});

test('fields that differ stand first, whatever side has them', () => {
  expect(comparedFields(differs).map(({ field, differs: is }) => [field, is])).toEqual([['weightKg', true], ['ward', true], ['tags', false], ['team', false]]);
  expect(differingText(differs)).toBe('weightKg, ward');
});

test('a value that is no object is one field', () => {
  expect(comparedFields({ ...differs, local: row(1, 'a'), server: row(2, 'b') })).toEqual([{ field: 'value', here: 'a', there: 'b', differs: true }]);
});

test('a row that one side does not have says since when', () => {
  expect(differingText(onlyHere)).toBe('deleted there at 9,331');
  expect(differingText(onlyThere)).toBe('not here');
  expect(comparedFields(onlyHere)).toMatchObject([{ field: 'body', here: 'x', there: undefined, differs: true }]);
});

test('DB10 what the log shows names the change that was not applied, or applied otherwise', () => {
  expect(whatTheLogShows(differs)).toBe('Change 9,317 was not applied here');
  expect(whatTheLogShows(onlyHere)).toBe('Delete 9,331 was not applied here');
  expect(whatTheLogShows({ ...differs, local: row(9_317, {}) })).toBe('Change 9,317 was applied here otherwise');
  expect(whatTheLogShows(onlyThere)).toBe('The log no longer holds the change');
});

test('events of a row are its own, and the delta that brought its change', async () => {
  const db = new DatabaseSync(':memory:');
  createRecording(db);
  const event = (seq: number, kind: 'write' | 'delta' | 'frame', more: object) => ({ seq, at: seq, kind, contextId: 'clinic-c', data: {}, ...more });
  new RecordingWriter(db).append([{ clientId: 'c', runId: 'r', events: [
    event(1, 'write', { entity: 'patient', entityId: 'p-1' }),
    event(2, 'write', { entity: 'patient', entityId: 'p-2' }),
    event(3, 'delta', { fromVersion: 9_300, toVersion: 9_316 }),
    event(4, 'delta', { fromVersion: 9_316, toVersion: 9_320 }),
    event(5, 'frame', { entity: 'patient', entityId: 'p-1' }),
    event(6, 'delta', { entity: 'patient', entityId: 'p-1', contextId: 'clinic-d' }),
  ] }]);
  const found = await eventsOfRow((sql, params = []) => Promise.resolve(db.prepare(sql).all(...params) as SqlRow[]), 'clinic-c', differs, 50);
  expect(found.map(({ seq }) => seq)).toEqual([1, 4]);
});
