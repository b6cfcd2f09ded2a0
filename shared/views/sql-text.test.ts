import { expect, test } from 'vitest';
import { bareStatement, comparisonOf, isQuiet, isSeveral, numbered, sourcesOf, sqlParts } from './sql-text.ts';

const STATEMENT = `-- patients\nselect p."first name", count(*) as n from patient p join visit as v on v.patient = p._id, shared where data ->> '$.a''b' <> :seq /* no :seq */ and x in (1.5, 2)`;

test('a statement is the sum of its parts', () => {
  const parts = sqlParts(STATEMENT);
  expect(parts.map(({ text }) => text).join('')).toBe(STATEMENT);
  expect(parts.every(({ at, text }) => STATEMENT.startsWith(text, at))).toBe(true);
  const of = (kind: string): string[] => parts.filter((part) => part.kind === kind).map(({ text }) => text);
  expect(of('string')).toEqual(["'$.a''b'"]);
  expect(of('quoted')).toEqual(['"first name"']);
  expect(of('function')).toEqual(['count']);
  expect(of('parameter')).toEqual([':seq']);
  expect(of('number')).toEqual(['1.5', '2']);
  expect(of('comment')).toEqual(['-- patients', '/* no :seq */']);
});

test.each(["select 'open", 'select /* open', 'select "open', 'select [open', '\u0000\u{1F600}'])('%j, which never ends, loses nothing', (sql) => {
  expect(sqlParts(sql).map(({ text }) => text).join('')).toBe(sql);
});

test('what comes after a statement is not part of it', () => {
  expect(bareStatement('select 1 ; -- so\n;')).toBe('select 1');
  expect(bareStatement(' -- nothing')).toBe('');
});

test('a second statement is one, a semicolon at the end or inside a string is none', () => {
  expect(['select 1; select 2', 'select 1;; x'].map(isSeveral)).toEqual([true, true]);
  expect(['select 1', 'select 1;', '; select 1', "select ';'; -- select 2"].map(isSeveral)).toEqual([false, false, false, false]);
});

test('tables are known by the names that a statement gives them', () => {
  expect([...sourcesOf(STATEMENT)]).toEqual([['patient', 'patient'], ['p', 'patient'], ['visit', 'visit'], ['v', 'visit'], ['shared', 'shared']]);
});

test('named parameters become numbers where they are parameters', () => {
  expect(numbered("select :seq, ':seq', :step", ['seq', 'step'])).toEqual({ sql: "select ?1  , ':seq', ?2   ", used: new Set(['seq', 'step']), needs: 2 });
  expect(numbered('select :step', ['seq', 'step']).needs).toBe(2);
  expect(numbered('select :other', ['seq', 'step'])).toEqual({ sql: 'select :other', used: new Set(), needs: 0 });
});

test('a comparison with a number gives what was compared as well', () => {
  expect(comparisonOf('select count(*) >= 190 from events where seq <= :seq')).toMatchObject({ measure: 'count(*)', limit: 190 });
  expect(comparisonOf('with c as (select 1 > 0 from x) select max(n) < -2.5 from c')).toMatchObject({ measure: 'max(n)', limit: -2.5 });
  for (const sql of ['select 1', 'select a > 1, b from x', 'select a > b from x', 'select a > 1 and b from x', 'select 1 > 0 union select 2 > 1', 'select exists (select 1 > 0)']) expect(comparisonOf(sql)).toBeNull();
});

test('nothing is offered inside a string or a comment', () => {
  expect(isQuiet("select 'pat", 11)).toBe(true);
  expect(isQuiet("select 'pat'", 12)).toBe(false);
  expect(isQuiet('-- sel', 6)).toBe(true);
  expect(isQuiet('-- sel\nfro', 10)).toBe(false);
});
