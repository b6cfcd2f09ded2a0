import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { messageOf } from '../base/app-error.ts';
import { errorPlace, nearestKeyword, nearestName } from './sql-error.ts';

const db = new DatabaseSync(':memory:');
db.exec('CREATE TABLE events (seq, kind); CREATE TABLE conflicts (entityId)');

/** What SQLite itself says of a statement. */
const errorOf = (sql: string): Promise<string | null> => {
  try {
    db.prepare(sql);
    return Promise.resolve(null);
  } catch (thrown) {
    return Promise.resolve(messageOf(thrown));
  }
};
const placeOf = async (sql: string) => {
  const message = await errorOf(sql);
  expect(message).not.toBeNull();
  return await errorPlace(sql, message ?? '', errorOf);
};

test.each([
  ['select *\nform events', 2, 1, 'form'],
  ['select kind,\n  count(*) from events group by kind, )', 2, 39, ')'],
  ['with fought as\n  (select patientId from conflicts) select 1 from fought', 2, 11, 'patientId'],
  ['select e.sec from events e', 1, 10, 'sec'],
  ['select 1 from\n\nevent', 3, 1, 'event'],
  ['select nosuch(seq) from events', 1, 8, 'nosuch'],
  ['select 1 from events where (seq > 1', 1, 36, ''],
  ["select 'near' near \"x\" select", 1, 20, '"x"'],
])('the place of the error in %j', async (sql, line, column, text) => {
  expect(await placeOf(sql)).toMatchObject({ line, column, text });
});

test('an error that names nothing has no place', async () => {
  expect(await errorPlace('select 1', 'The query took more than 2,000 ms', errorOf)).toBeNull();
});

test('a slip of the finger is known again, another word is not', () => {
  expect(nearestKeyword('form')).toBe('from');
  expect(nearestKeyword('selct')).toBe('select');
  expect(nearestName('entityid_', ['entity', 'entityId', 'at'])).toBe('entityId');
  expect(nearestName('patient', ['visit', 'shared'])).toBeNull();
  expect(nearestName('x', ['xy'])).toBe('xy');
});
