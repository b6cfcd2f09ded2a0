import { PGlite } from '@electric-sql/pglite';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startPostgres, type Postgres } from '../../tests/support/postgres.ts';
import { contextId, deviceId, userId, version } from '../../shared/core/ids.ts';
import { createAdmin } from '../admin.ts';
import { loadHash } from '../hash.ts';
import { pushToStore } from '../push.ts';
import { mutation } from '../testing/test-client.ts';
import type { LogStore } from './log-store.ts';
import { startPglite, storeOn } from './sql/pglite.ts';
import { openPostgresStore } from './sql/postgres.ts';

// IS4 by direct SQL: what the database itself lets each role see and do, whatever the server's code would ask.

interface Sut {
  store: LogStore;
  /** A session as the server has it, behind every right that the server has. */
  readonly session: { query(sql: string, values?: unknown[]): Promise<{ rows: Record<string, unknown>[] }> };
  /** The same as the owner of the schema. */
  owner(sql: string): Promise<void>;
  close(): Promise<void>;
}

async function onPglite(): Promise<Sut> {
  const dataDir = await mkdtemp(join(tmpdir(), 'contextscope-isolation-'));
  let embedded = await startPglite({ dataDir });
  const sut: Sut = {
    store: await storeOn(embedded),
    session: {
      // Not `pool.query`, which ends the connection when a query fails: here there is only one.
      query: async (sql, values) => {
        const client = await embedded.pool.connect();
        try {
          return await client.query(sql, values);
        } finally {
          client.release();
        }
      },
    },
    owner: async (sql) => {
      await sut.store.close();
      const owner = await PGlite.create(dataDir);
      await owner.exec(sql);
      await owner.close();
      embedded = await startPglite({ dataDir });
      sut.store = await storeOn(embedded);
    },
    close: async () => {
      await sut.store.close();
      await rm(dataDir, { recursive: true });
    },
  };
  return sut;
}

async function onPostgres(): Promise<Sut> {
  const postgres: Postgres = await startPostgres();
  const store = await openPostgresStore({ url: postgres.url });
  const session = new pg.Client({ host: postgres.host, port: postgres.port, database: postgres.database, user: 'contextscope_server' });
  const owner = new pg.Client({ connectionString: postgres.url });
  await session.connect();
  await owner.connect();
  return {
    store,
    session,
    owner: async (sql) => void (await owner.query(sql)),
    close: async () => {
      await session.end();
      await owner.end();
      await store.close();
      await postgres.stop();
    },
  };
}

const TENANT_TABLES = ['rows', 'changes', 'mutations', 'snapshots'];

describe.each([
  ['pglite', onPglite],
  ['postgres', onPostgres],
] as const)('isolation by the database: %s', (_, start) => {
  let sut: Sut;

  beforeAll(async () => {
    sut = await start();
    const hash = await loadHash();
    const admin = await createAdmin(sut.store, { hash });
    for (const id of ['a', 'b']) {
      const { logId } = await admin.createContext({ contextId: id, kind: 'tenant', title: `title of ${id}`, schemaVersion: 1 });
      await admin.setMember(id, `user-${id}`, 'writer');
      const sender = { deviceId: deviceId(`device-${id}`), userId: userId(`user-${id}`) };
      await sut.store.claimDevice(sender.deviceId, sender.userId, 1);
      const mutations = [mutation('one', { value: `secret of ${id}` }), mutation('two'), mutation('two', { op: 'delete', baseVersion: 2 })];
      await pushToStore(sut.store, { now: Date.now(), hash }, sender, { contextId: contextId(id), logId, localVersion: version(0), mutations });
      await sut.store.keepSnapshot('home', { contextId: contextId(id), logId, version: version(1), bytes: 1, sha256: 'x' });
    }
  });
  afterAll(async () => {
    await sut.close();
  });

  /** Runs SQL in a transaction that is rolled back, as one role, with the settings given. */
  async function as(role: string | null, settings: { context?: string; user?: string }, sql: string): Promise<Record<string, unknown>[]> {
    await sut.session.query('BEGIN');
    try {
      if (role !== null) await sut.session.query(`SET LOCAL ROLE contextscope_${role}`);
      if (settings.context !== undefined) await sut.session.query(`SELECT set_config('app.active_context', $1, true)`, [settings.context]);
      if (settings.user !== undefined) await sut.session.query(`SELECT set_config('app.user_id', $1, true)`, [settings.user]);
      return (await sut.session.query(sql)).rows;
    } finally {
      await sut.session.query('ROLLBACK');
    }
  }
  const refused = (role: string | null, settings: { context?: string; user?: string }, sql: string) =>
    as(role, settings, sql).then(
      () => 'allowed',
      (thrown: { code?: string }) => thrown.code,
    );
  const contextsIn = async (role: string | null, settings: { context?: string; user?: string }, table: string) =>
    (await as(role, settings, `SELECT DISTINCT context_id FROM sync.${table} ORDER BY 1`)).map((row) => row['context_id']);

  test('IS4: the session itself is no superuser, owns nothing, cannot bypass row security, and may read and write nothing', async () => {
    const [me] = await as(null, {}, `SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolinherit FROM pg_roles WHERE rolname = current_user`);
    expect(me).toEqual({ rolsuper: false, rolbypassrls: false, rolcreaterole: false, rolcreatedb: false, rolinherit: false });
    expect(await as(null, {}, `SELECT count(*)::int AS owned FROM pg_class WHERE pg_get_userbyid(relowner) LIKE 'contextscope%'`)).toEqual([{ owned: 0 }]);
    for (const table of [...TENANT_TABLES, 'heads', 'contexts', 'members', 'revocations', 'devices', 'audit', 'settings']) {
      expect(await refused(null, { context: 'a', user: 'user-a' }, `SELECT * FROM sync.${table}`)).toBe('42501');
    }
  });

  test.each(TENANT_TABLES)('IS4: %s: one context with the setting, none without it, and no way to write another', async (table) => {
    expect(await contextsIn('tenant', { context: 'a' }, table)).toEqual(['a']);
    expect(await contextsIn('tenant', { context: 'b' }, table)).toEqual(['b']);
    expect(await contextsIn('tenant', {}, table)).toEqual([]);
    expect(await contextsIn('tenant', { context: '' }, table)).toEqual([]);
    expect(await contextsIn('tenant', { context: `a' OR '1'='1` }, table)).toEqual([]);
    expect(await as('tenant', { context: 'a' }, `SELECT * FROM sync.${table} WHERE context_id = 'b'`)).toEqual([]);
  });

  test('IS4: no statement makes the session the owner; PGlite’s could say so in as many words, for it has one user only', async () => {
    const sqls = sut.store.kind === 'postgres' ? ['SET SESSION AUTHORIZATION postgres'] : [];
    for (const sql of [...sqls, 'SET ROLE postgres', 'SET LOCAL ROLE postgres', 'RESET ROLE; SELECT * FROM sync.rows']) expect([sql, await refused(null, {}, sql)]).toEqual([sql, '42501']);
    const [me] = await as(null, {}, 'SELECT session_user AS me');
    expect(me).toEqual({ me: 'contextscope_server' });
  });

  test('IS4: a transaction leaves neither role nor context behind', async () => {
    await as('tenant', { context: 'a', user: 'user-a' }, 'SELECT 1');
    const [left] = await as(null, {}, `SELECT current_user AS role, current_setting('app.active_context', true) AS context, current_setting('app.user_id', true) AS "user"`);
    expect(left?.['role']).toBe('contextscope_server');
    expect([left?.['context'] ?? '', left?.['user'] ?? '']).toEqual(['', '']);
  });

  test('IS4: WITH CHECK: no row, change, outcome or snapshot gets into another context, be it new or moved', async () => {
    const POLICY = '42501';
    const inA = { context: 'a', user: 'user-a' };
    expect(await refused('tenant', inA, `INSERT INTO sync.rows SELECT 'b', entity, 'x', version, deleted, value, timestamp, device_id, stamps, schema_version, hash FROM sync.rows LIMIT 1`)).toBe(POLICY);
    expect(await refused('tenant', inA, `UPDATE sync.rows SET context_id = 'b'`)).toBe(POLICY);
    expect(await refused('tenant', inA, `INSERT INTO sync.mutations (context_id, mutation_id, outcome, log_version, device_id, at) VALUES ('b', 'm', 'applied', 1, 'd', 1)`)).toBe(POLICY);
    expect(await refused('tenant', inA, `INSERT INTO sync.snapshots VALUES ('b', 'home', 'l', 9, 1, 'x')`)).toBe(POLICY);
    expect(await refused('tenant', inA, `INSERT INTO sync.changes SELECT 'b', 9, entity, entity_id, value, timestamp, stamps, device_id, 'm', schema_version, resolves, digest, hash, bytes, at FROM sync.changes LIMIT 1`)).toBe(POLICY);
    expect(await as('tenant', inA, `UPDATE sync.heads SET head = head WHERE context_id = 'b' RETURNING 1`)).toEqual([]);
    expect(await as('tenant', inA, `DELETE FROM sync.rows WHERE context_id = 'b' RETURNING 1`)).toEqual([]);
  });

  test('IS4: the tenant role cannot rewrite the log, lower the horizon, rename a log or grant a membership', async () => {
    const inA = { context: 'a', user: 'user-a' };
    for (const sql of [
      `UPDATE sync.changes SET value = 'x'`,
      `DELETE FROM sync.changes`,
      `UPDATE sync.mutations SET outcome = 'applied'`,
      `DELETE FROM sync.mutations`,
      `UPDATE sync.heads SET horizon = 0`,
      `UPDATE sync.heads SET log_id = 'x'`,
      `INSERT INTO sync.members VALUES ('user-a', 'b', 'admin')`,
      `DELETE FROM sync.revocations`,
      `SELECT * FROM sync.audit`,
      `SELECT * FROM sync.access_log`,
      `CREATE TABLE sync.mine (x int)`,
      `ALTER TABLE sync.rows DISABLE ROW LEVEL SECURITY`,
    ]) {
      expect([sql, await refused('tenant', inA, sql)]).toEqual([sql, '42501']);
    }
  });

  test('IS4: memberships, revocations, devices and titles are one user’s own', async () => {
    expect(await as('tenant', { user: 'user-a' }, 'SELECT user_id, context_id FROM sync.members')).toEqual([{ user_id: 'user-a', context_id: 'a' }]);
    expect(await as('tenant', {}, 'SELECT * FROM sync.members')).toEqual([]);
    expect(await as('tenant', { user: 'user-a' }, 'SELECT device_id FROM sync.devices')).toEqual([{ device_id: 'device-a' }]);
    expect(await as('tenant', { user: 'user-a' }, 'SELECT title FROM sync.contexts')).toEqual([{ title: 'title of a' }]);
    expect(await as('tenant', { user: 'stranger' }, 'SELECT title FROM sync.contexts')).toEqual([]);
  });

  test('IS4: the feed’s role reads heads and nothing of any tenant', async () => {
    expect(await contextsIn('feed', {}, 'heads')).toEqual(['a', 'b']);
    for (const table of [...TENANT_TABLES, 'contexts', 'members', 'revocations', 'devices', 'audit', 'activity']) {
      expect([table, await refused('feed', { context: 'a', user: 'user-a' }, `SELECT * FROM sync.${table}`)]).toEqual([table, '42501']);
    }
    expect(await refused('feed', {}, `UPDATE sync.heads SET head = 9`)).toBe('42501');
  });

  test('IS4: the maintenance role compacts and has no right on a value', async () => {
    for (const sql of [
      'SELECT * FROM sync.rows',
      'SELECT value FROM sync.rows',
      'SELECT value FROM sync.changes',
      'SELECT entity_id FROM sync.changes',
      'SELECT stamps FROM sync.changes',
      `UPDATE sync.rows SET value = 'x'`,
      `INSERT INTO sync.rows (context_id) VALUES ('a')`,
      `UPDATE sync.changes SET version = 9`,
    ]) {
      expect([sql, await refused('maintenance', { context: 'a' }, sql)]).toEqual([sql, '42501']);
    }
    // Of rows it sees tombstones alone, and so deletes no live one.
    expect(await as('maintenance', {}, 'SELECT context_id, entity_id, deleted FROM sync.rows ORDER BY 1')).toEqual([
      { context_id: 'a', entity_id: 'two', deleted: true },
      { context_id: 'b', entity_id: 'two', deleted: true },
    ]);
    expect(await as('maintenance', {}, 'DELETE FROM sync.rows RETURNING entity_id')).toEqual([{ entity_id: 'two' }, { entity_id: 'two' }]);
  });

  test('IS4: row security is enabled and forced on every table of the schema but the settings', async () => {
    const rows = await as(null, {}, `SELECT relname FROM pg_class WHERE relnamespace = 'sync'::regnamespace AND relkind = 'r' AND NOT (relrowsecurity AND relforcerowsecurity)`);
    expect(rows).toEqual([{ relname: 'settings' }]);
  });

  test('IS4: it is the policy that isolates: without it the server’s own reads and writes show another tenant’s data', async () => {
    const read = async () => ({
      changes: (await sut.store.changes(contextId('a'), { after: version(0), limit: 99, maxBytes: 1e6 })).map((change) => change.text),
      rows: (await sut.store.rows(contextId('a'), null, 99, 1e6)).map((row) => row.text),
    });
    const secret = '"secret of b"';
    expect((await read()).changes).not.toContain(secret);
    expect((await read()).rows).not.toContain(secret);
    await sut.owner('DROP POLICY tenant_isolation ON sync.changes; DROP POLICY tenant_isolation ON sync.rows');
    // Row security with no policy denies.
    expect(await read()).toEqual({ changes: [], rows: [] });
    await sut.owner('ALTER TABLE sync.changes DISABLE ROW LEVEL SECURITY; ALTER TABLE sync.rows DISABLE ROW LEVEL SECURITY');
    expect((await read()).changes).toContain(secret);
    expect((await read()).rows).toContain(secret);
  });
});
