import { expect, test } from 'vitest';
import { SavedQueries } from './saved-queries.ts';

function storage(kept: { [key: string]: string } = {}) {
  return { kept, storage: { get: (key: string) => kept[key] ?? null, set: (key: string, value: string) => void (kept[key] = value) } };
}

const query = (name: string, sql = 'select 1') => ({ name, sql, target: 'recording' as const });

test('saved queries are kept by name, and one of the same name takes the place of the other', () => {
  const host = storage();
  const queries = new SavedQueries(host);
  queries.save(query('b'));
  queries.save(query('a'));
  queries.save(query('b', 'select 2'));
  expect(new SavedQueries(host).saved.get()).toEqual([query('a'), query('b', 'select 2')]);
  queries.rename('a', '  c ');
  queries.rename('b', '');
  queries.rename('nobody', 'd');
  expect(new SavedQueries(host).saved.get().map(({ name }) => name)).toEqual(['b', 'c']);
  queries.delete('b');
  expect(new SavedQueries(host).saved.get().map(({ name }) => name)).toEqual(['c']);
});

test('the history has each statement once, the newest first, and an end', () => {
  const host = storage();
  const queries = new SavedQueries(host);
  const run = (sql: string, at: number) => queries.ran({ sql, target: 'recording', at, durationMs: 1, rows: 1 });
  for (let at = 0; at < 60; at++) run(`select ${at}`, at);
  run('select 30', 60);
  const kept = new SavedQueries(host).history.get();
  expect([kept.length, kept[0]?.sql, kept.filter(({ sql }) => sql === 'select 30').length]).toEqual([50, 'select 30', 1]);
  const before = queries.forgetHistory();
  expect([before.length, queries.history.get().length]).toEqual([50, 0]);
});

test('what is kept and does not fit is as if it was never there', () => {
  for (const text of ['', 'no JSON', '{}', 'null', '[null, 1, {"name": 1}, {"name": "a", "sql": "x", "target": "moon"}]']) {
    const queries = new SavedQueries(storage({ 'contextscope.savedQueries': text, 'contextscope.queries': text }));
    expect([queries.saved.get(), queries.history.get()]).toEqual([[], []]);
  }
});
