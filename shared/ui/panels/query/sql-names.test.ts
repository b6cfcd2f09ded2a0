import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { createRecording } from '../../../recording/index.ts';
import type { SqlRow } from '../../../views/reader.ts';
import { NAMES_SQL, namesOf, offersAt } from './sql-names.ts';

const db = new DatabaseSync(':memory:');
createRecording(db);
db.exec('CREATE VIEW patient AS SELECT seq AS "first name", kind AS "order" FROM events');
const names = namesOf(db.prepare(NAMES_SQL).all() as SqlRow[]);
const offered = (before: string, after = '', all = false): string[] => offersAt(before + after, before.length, names, all).map(({ insert }) => insert);

test('tables stand behind from, and nothing else', () => {
  expect(offered('select * from ev')).toEqual(['events']);
  expect(offered('select * from ', '', true)).toContain('patient');
  expect(offered('select * from ', '', true)).not.toContain('seq');
});

test('columns of the tables that are used come first', () => {
  expect(offered('select con', ' from events')[0]).toBe('contextId');
  expect(offered('select e.con', ' from events e')).toEqual(['contextId']);
  expect(offered('select x.con', ' from events e')).toEqual([]);
});

test('a name that is no plain word goes in quoted, a function with its bracket', () => {
  expect(offered('select p.fir', ' from patient p')).toEqual(['"first name"']);
  expect(offered('select p.ord', ' from patient p')).toEqual(['"order"']);
  expect(offered('select strf')).toEqual(['strftime(']);
});

test('nothing is offered for one letter, a number, a string or a comment', () => {
  for (const before of ['select s', 'select 12', "select 'eve", '-- eve']) expect(offered(before)).toEqual([]);
});
