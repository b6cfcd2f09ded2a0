import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { createRecording } from '../recording/index.ts';
import { planSteps, planSummary } from './query-plan.ts';
import type { SqlValue } from './reader.ts';

const db = new DatabaseSync(':memory:');
createRecording(db);

function planOf(sql: string) {
  const rows = db.prepare(`explain query plan ${sql}`).all() as { [column: string]: SqlValue }[];
  const columns = Object.keys(rows[0] ?? {});
  return planSteps(columns, rows.map((row) => columns.map((column) => row[column] ?? null)), sql);
}

test('a search names its table, its index, and what it is searched by', () => {
  const [step] = planOf("select * from events e where e.contextId = 'a'");
  expect(step).toMatchObject({ kind: 'search', verb: 'Search', object: 'e', table: 'events', index: 'events_context', by: 'contextId=?', depth: 0 });
});

test('a scan has no index, and counts as one', () => {
  const steps = planOf('select * from events order by durationMs');
  expect(steps).toMatchObject([{ kind: 'scan', table: 'events', index: null }, { kind: 'sort', verb: 'Sort', note: 'no index has this order' }]);
  expect(planSummary(steps)).toMatchObject({ indexes: 0, scans: [{ table: 'events' }] });
});

test('the primary key is an index too', () => {
  expect(planOf('select * from events where place = 3')[0]).toMatchObject({ kind: 'search', index: 'integer primary key', by: 'rowid=?' });
  expect(planSummary(planOf('select * from events where place = 3'))).toMatchObject({ indexes: 1, scans: [] });
});

test('what a function gives is no table', () => {
  expect(planOf('select m.value from events e, json_each(e.mutationIds) m')).toMatchObject([{ kind: 'scan' }, { kind: 'other', verb: 'Walk', object: 'm', table: null }]);
});

test('what is inside another step stands deeper', () => {
  const steps = planOf('select (select count(*) from gaps g where g.runId = e.runId) from events e');
  expect(steps.map(({ depth, kind, table }) => [depth, kind, table])).toEqual([[0, 'scan', 'events'], [0, 'subquery', null], [1, 'search', 'gaps']]);
});
