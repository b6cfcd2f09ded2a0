import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { QueryRunner } from './query-runner.ts';

const ENDLESS = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n';
const request = (sql: string, timeoutMs = 60_000) => ({ sql, params: [], maxRows: 10, maxBytes: 1_000_000, timeoutMs });

let dir = '';
let path = '';
let runner: QueryRunner;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'queries-'));
  path = join(dir, 'a.sqlite');
  const db = new DatabaseSync(path);
  db.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (x); INSERT INTO t VALUES (1)');
  db.close();
  runner = new QueryRunner();
});
afterEach(() => {
  runner.close();
  rmSync(dir, { recursive: true, force: true });
});

test('DB6 DB9 a query that is cancelled ends at once, the others are told to try again, and the next one runs', async () => {
  const abort = new AbortController();
  const runaway = runner.run(path, request(ENDLESS), abort.signal);
  const behind = runner.run(path, request('SELECT x FROM t'));
  abort.abort();
  await expect(runaway).rejects.toMatchObject({ code: 'CANCELLED' });
  await expect(behind).rejects.toMatchObject({ code: 'RETRY' });
  expect(await runner.run(path, request('SELECT x FROM t'), abort.signal).catch((error: { code: string }) => error.code)).toBe('CANCELLED');
  expect((await runner.run(path, request('SELECT x FROM t'))).rows).toEqual([[1]]);
});

test('a signal that comes after the answer ends nothing', async () => {
  const abort = new AbortController();
  expect((await runner.run(path, request('SELECT x FROM t'), abort.signal)).rows).toEqual([[1]]);
  const next = runner.run(path, request('SELECT x + 1 FROM t'));
  abort.abort();
  expect((await next).rows).toEqual([[2]]);
});

test('DB9 what a query may not do, and that its database is as it was', async () => {
  for (const sql of ['INSERT INTO t VALUES (2)', 'DELETE FROM t', 'PRAGMA query_only = OFF', 'PRAGMA journal_mode = DELETE', `ATTACH '${join(dir, 'b.sqlite')}' AS b`, `VACUUM INTO '${join(dir, 'c.sqlite')}'`, 'CREATE TEMP TABLE u (y)']) {
    await expect(runner.run(path, request(sql)), sql).rejects.toMatchObject({ code: 'BAD_SQL' });
  }
  expect((await runner.run(path, request('SELECT count(*) FROM t'))).rows).toEqual([[1]]);
  expect(readdirSync(dir)).toEqual(['a.sqlite']);
  await expect(runner.run(join(dir, 'none.sqlite'), request('SELECT 1'))).rejects.toMatchObject({ code: 'BAD_SQL' });
  expect(readdirSync(dir)).toEqual(['a.sqlite']);
});
