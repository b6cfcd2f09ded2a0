import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startPostgres, type Postgres } from '../tests/support/postgres.ts';
import type { Mutation } from '../shared/core/change.ts';
import { contextId, version } from '../shared/core/ids.ts';
import { createAdmin, type Admin } from './admin.ts';
import { openPostgresStore } from './store/sql/postgres.ts';
import type { LogStore } from './store/log-store.ts';
import { Harness } from './testing/harness.ts';
import { TestClient, mutation, pushFrame } from './testing/test-client.ts';

// Several server processes on one real PostgreSQL, and what happens when any of them dies.

describe('several processes on one database', () => {
  let postgres: Postgres;
  let store: LogStore;
  let admin: Admin;
  const children: ChildProcess[] = [];
  const clients: TestClient[] = [];

  beforeAll(async () => {
    postgres = await startPostgres();
    store = await openPostgresStore({ url: postgres.url });
    admin = await createAdmin(store);
  });
  afterEach(() => {
    for (const client of clients.splice(0)) client.socket.terminate();
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });
  afterAll(async () => {
    await store.close();
    await postgres.stop();
  });

  async function server(...flags: string[]): Promise<{ wsUrl: string; ended: Promise<string | null> }> {
    const script = fileURLToPath(new URL('testing/server-process.ts', import.meta.url));
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, postgres.url, ...flags], { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(child);
    const ended = new Promise<string | null>((resolve) => child.once('exit', (_, signal) => resolve(signal)));
    for await (const line of createInterface({ input: child.stdout })) return { ...(JSON.parse(line) as { wsUrl: string }), ended };
    throw new Error('the server did not start');
  }

  async function client(wsUrl: string): Promise<TestClient> {
    const opened = await TestClient.open(wsUrl, 'ann');
    clients.push(opened);
    return opened;
  }

  async function context(id: string): Promise<string> {
    const { logId } = await admin.createContext({ contextId: id, kind: 'tenant', schemaVersion: 1 });
    await admin.setMember(id, 'ann', 'writer');
    return logId;
  }

  test('SV2: three of them serve one context; one is killed between its commit and its hint, and nothing is lost, doubled or late', async () => {
    const logId = await context('shared');
    const [a, b, dying] = await Promise.all([server(), server(), server('die-before-hint')]);
    const [onA, onB, onDying] = await Promise.all([client(a.wsUrl), client(b.wsUrl), client(dying.wsUrl)]);
    await Promise.all([onA, onB, onDying].map((one) => one.activate('shared')));
    // Writers on two processes at once, and everybody sees one order.
    await Promise.all(Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? onA : onB).push('shared', logId, [mutation(`r${i}`)])));
    const seen = await Promise.all([onA, onB, onDying].map((one) => one.changesUpTo('shared', 40)));
    expect(seen[0]?.map((change) => Number(change.contextVersion))).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[2]).toEqual(seen[0]);

    const last = mutation('last');
    onDying.send(pushFrame('shared', logId, [last]));
    expect(await dying.ended).toBe('SIGKILL');
    // Committed, and told to nobody: the others' sweep finds it.
    expect((await onA.changesUpTo('shared', 41)).map((change) => change.mutationId)).toEqual([last.mutationId]);
    expect((await onB.changesUpTo('shared', 41)).map((change) => change.mutationId)).toEqual([last.mutationId]);
    // The writer never got its answer: sent again unchanged, elsewhere, it is the same one change.
    expect((await onA.push('shared', logId, [last])).results).toMatchObject([{ outcome: 'applied', contextVersion: 41 }]);
    expect(await store.context('shared' as never)).toMatchObject({ head: 41 });
  });

  test('SV2: with notifications blocked altogether, a change on one process reaches another within 2 s', async () => {
    const logId = await context('deaf');
    const [a, b] = await Promise.all([server('deaf'), server('deaf')]);
    const [onA, onB] = await Promise.all([client(a.wsUrl), client(b.wsUrl)]);
    await Promise.all([onA, onB].map((one) => one.activate('deaf')));
    const started = performance.now();
    await onA.push('deaf', logId, [mutation('row')]);
    expect((await onB.changesUpTo('deaf', 1)).length).toBe(1);
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  test('SV2: the listener whose connection was cut listens again, and asks for what it may have missed', async () => {
    const logId = await context('cut');
    await using one = await Harness.start({ store: await openPostgresStore({ url: postgres.url }) });
    await using two = await Harness.start({ store: await openPostgresStore({ url: postgres.url }) });
    const writer = await one.client();
    const reader = await two.client();
    await writer.activate('cut');
    await reader.activate('cut');
    const owner = new pg.Client({ connectionString: postgres.url });
    await owner.connect();
    const { rowCount } = await owner.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'LISTEN contextscope'`);
    await owner.end();
    expect(rowCount).toBeGreaterThanOrEqual(2);
    await writer.push('cut', logId, [mutation('row')]);
    expect((await reader.changesUpTo('cut', 1)).length).toBe(1);
  });

  test('SV5: an activation made anew on another process replaces the one on the first', async () => {
    const logId = await context('moved');
    await using one = await Harness.start({ store: await openPostgresStore({ url: postgres.url }) });
    await using two = await Harness.start({ store: await openPostgresStore({ url: postgres.url }) });
    const older = await one.client();
    await older.activate('moved');
    const newer = await two.client('ann', { deviceId: older.deviceId });
    // Both live, so the newer is told to take a new deviceId, wherever the older is.
    expect((await newer.next('ERROR')).message).toContain('take a new deviceId');
    await newer.activate('moved');
    // The news of it is a hint: the older one is stale once it has arrived.
    for (;;) {
      older.send(pushFrame('moved', logId, [mutation(crypto.randomUUID())]));
      const answer = await older.nextWhere((frame) => frame.type === 'PUSH_RESULT' || (frame.type === 'ERROR' && frame.contextId === 'moved'));
      if (answer.type === 'ERROR' && answer.code === 'STALE_ACTIVATION') break;
    }
    await newer.push('moved', logId, [mutation('row')]);
  });

  test('PR4: a grant on one process reaches a user who is connected to another', async () => {
    await context('granted');
    await using one = await Harness.start({ store: await openPostgresStore({ url: postgres.url }) });
    await using two = await Harness.start({ store: await openPostgresStore({ url: postgres.url }) });
    const reader = await two.client('carl');
    await one.server.admin.setMember('granted', 'carl', 'reader');
    expect((await reader.next('MEMBERSHIP')).granted).toMatchObject([{ contextId: 'granted', role: 'reader' }]);
  });

  test('IS4: of many stores that open a fresh database at the same time, one migrates it and all can use it', async () => {
    const owner = new pg.Client({ connectionString: postgres.url });
    await owner.connect();
    await owner.query('CREATE DATABASE fresh');
    await owner.query('CREATE DATABASE other');
    await owner.end();
    const stores = await Promise.all(Array.from({ length: 6 }, (_, i) => openPostgresStore({ url: postgres.url.replace(/postgres$/, i % 3 === 0 ? 'other' : 'fresh') })));
    expect(new Set(stores.map((one) => one.serverId)).size).toBe(2);
    await Promise.all(stores.map((one) => one.ping()));
    await Promise.all(stores.map((one) => one.close()));
  });

  test('IS4: a role that may not pass the policies serves by itself; without its schema it says so, and as owner it only migrates', async () => {
    const owner = new pg.Client({ connectionString: postgres.url });
    await owner.connect();
    await owner.query(`CREATE ROLE app LOGIN NOINHERIT; GRANT contextscope_tenant, contextscope_feed, contextscope_maintenance TO app`);
    await owner.query('CREATE ROLE clinics_owner LOGIN CREATEROLE');
    await owner.query('CREATE DATABASE plain OWNER clinics_owner');
    await owner.end();
    const url = postgres.url.replace('postgres@', 'app@').replace(/postgres$/, 'plain');
    await expect(openPostgresStore({ url })).rejects.toThrow(/has no schema of this server/);
    const served = await openPostgresStore({ url, ownerUrl: postgres.url.replace('postgres@', 'clinics_owner@').replace(/postgres$/, 'plain') });
    await served.createContext({ contextId: contextId('c'), kind: 'tenant', schemaVersion: 1 });
    expect((await served.heads()).length).toBe(1);
    await served.close();
    await expect(openPostgresStore({ url: postgres.url.replace(/\/postgres$/, '/plain'), ownerUrl: postgres.url.replace(/\/postgres$/, '/plain') })).rejects.toThrow(/must not connect as an owner/);
    await expect(openPostgresStore({ url: 'postgres://nobody@127.0.0.1:1/none' })).rejects.toThrow(/does not take the connection/);
  });
});

test('OB4: PostgreSQL is killed and started again under load: clients see a retryable error, and nothing is lost or doubled', async () => {
  const postgres = await startPostgres();
  const harness = await Harness.start({ store: await openPostgresStore({ url: postgres.url }) });
  try {
    const { contextId: id, logId } = await harness.context();
    const writers = await Promise.all(Array.from({ length: 4 }, () => harness.client()));
    const reader = await harness.client();
    for (const one of [...writers, reader]) await one.activate(id);
    let stop = false;
    let errors = 0;
    const sent: Mutation[] = [];
    const write = async (writer: TestClient, n: number): Promise<void> => {
      for (let i = 0; !stop; i++) {
        const one = mutation(`${n}-${i}`);
        sent.push(one);
        for (;;) {
          writer.send(pushFrame(id, logId, [one]));
          const answer = await writer.nextWhere((frame) => frame.type === 'PUSH_RESULT' || frame.type === 'ERROR');
          if (answer.type === 'PUSH_RESULT') {
            expect(answer.results).toMatchObject([{ outcome: 'applied' }]);
            break;
          }
          expect(answer).toMatchObject({ code: 'INTERNAL', retryable: true, contextId: id });
          errors++;
        }
      }
    };
    const writing = writers.map(write);
    await reader.changesUpTo(id, 100);
    await postgres.kill();
    while (errors < 4) await reader.settled();
    await postgres.start();
    const head = Number((await harness.store.context(id))?.head);
    await reader.changesUpTo(id, head + 100);
    stop = true;
    await Promise.all(writing);
    const changes = await harness.store.changes(id, { after: version(0), limit: 1e6, maxBytes: 1e9 });
    const ids = changes.map((change) => change.mutationId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(new Set(ids)).toEqual(new Set(sent.map((one) => one.mutationId)));
    const all = reader.frames.flatMap((frame) => (frame.type === 'DELTA' ? frame.changes : []));
    expect(all.map((change) => Number(change.contextVersion))).toEqual(Array.from({ length: all.length }, (_, i) => i + 1));
  } finally {
    await harness[Symbol.asyncDispose]();
    await postgres.stop();
  }
}, 60_000);
