import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { rowHash, digestOf } from '../../shared/core/digest.ts';
import { PARTITION_APPLICATION_ID, LAYOUT_VERSION, SNAPSHOT_TABLES } from '../../shared/partition/layout.ts';
import type { SnapshotRef } from '../../shared/protocol/sync/index.ts';
import { loadHash } from '../hash.ts';
import { openMemoryStore } from '../store/memory-store.ts';
import type { LogStore } from '../store/log-store.ts';
import { Harness } from '../testing/harness.ts';
import { mutation } from '../testing/test-client.ts';

const rows = (count: number, bytes = 100) => Array.from({ length: count }, (_, i) => ({ entity: 'patient', entityId: `p${i}`, value: { i, pad: 'x'.repeat(bytes) } }));

async function snapshotOf(at: Harness, contextId: string, options: Record<string, unknown> = {}): Promise<SnapshotRef> {
  const client = await at.client();
  const activated = await client.activate(contextId, { snapshot: true, activationId: crypto.randomUUID(), ...options });
  await client.close();
  if (activated.snapshot === undefined) throw new Error('no snapshot');
  return activated.snapshot;
}

/** Opens a served file as a device would, and checks all that it says about itself. */
async function check(at: Harness, ref: SnapshotRef, write = join(at.snapshotDir, 'received')) {
  const response = await at.http('GET', ref.url);
  expect(response.status).toBe(200);
  const bytes = Buffer.from(await response.arrayBuffer());
  expect([bytes.length, createHash('sha256').update(bytes).digest('hex')]).toEqual([ref.bytes, ref.sha256]);
  writeFileSync(write, bytes);
  const hash = await loadHash();
  using db = new DatabaseSync(write, { readOnly: true });
  expect(db.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
  expect(db.prepare('PRAGMA application_id').get()).toEqual({ application_id: PARTITION_APPLICATION_ID });
  expect(db.prepare('PRAGMA user_version').get()).toEqual({ user_version: LAYOUT_VERSION });
  expect(db.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'delete' });
  expect(db.prepare(`SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid`).all().map((row) => row['sql'])).toEqual(Object.values(SNAPSHOT_TABLES));
  const meta = Object.fromEntries(db.prepare('SELECT key, value FROM meta').all().map((row) => [row['key'], row['value']]));
  const found = db.prepare('SELECT entity, id, version, value FROM rows').all() as { entity: string; id: string; version: number; value: string | null }[];
  const live = found.filter((row) => row.value !== null);
  expect(meta['digest']).toBe(digestOf(live.reduce((sum, row) => sum + rowHash(hash, row.entity, row.id, row.version as never, row.value ?? ''), 0n)));
  expect(meta).toMatchObject({ layout: LAYOUT_VERSION, localVersion: ref.version });
  return { meta, rows: found, live: live.length };
}

describe('snapshots', () => {
  test('SY4: a new device gets a ready partition file of exactly the expected tables, with the log’s digest', async () => {
    await using at = await Harness.start();
    const { contextId, logId } = await at.context('böse/../id');
    const { record } = await at.server.admin.importRows(contextId, rows(5_000));
    const ref = await snapshotOf(at, contextId);
    expect(ref.url).toBe(`/contexts/${encodeURIComponent(contextId)}/snapshot?version=1&sha256=${ref.sha256}`);
    const file = await check(at, ref);
    expect(file.meta).toEqual({ layout: 1, contextId, logId, localVersion: 1, digest: record.digest, schemaVersion: 1 });
    expect(file.live).toBe(5_000);
  });

  test('SY4: brought forward by 100 changes, a snapshot reads 100 changes and no row', async () => {
    await using at = await Harness.start({ snapshotSlack: 0 });
    const { contextId, logId } = await at.context();
    await at.server.admin.importRows(contextId, rows(3_000));
    await check(at, await snapshotOf(at, contextId));
    const client = await at.client();
    await client.activate(contextId, { logId, sinceVersion: 1, seenVersion: 1 });
    const mutations = [
      ...Array.from({ length: 60 }, (_, i) => mutation(`p${i}`, { baseVersion: 1 })),
      ...Array.from({ length: 20 }, (_, i) => mutation(`p${i + 100}`, { baseVersion: 1, op: 'delete' })),
      ...Array.from({ length: 20 }, (_, i) => mutation(`new${i}`)),
    ];
    await client.push(contextId, logId, mutations, { localVersion: 1 });
    const file = await check(at, await snapshotOf(at, contextId));
    expect(file.meta).toMatchObject({ localVersion: 101, digest: (await at.store.context(contextId))?.digest });
    expect([file.rows.length, file.live]).toEqual([3_020, 3_000]);
    expect(await at.figure('contextscope_snapshot_rows_total')).toBe('contextscope_snapshot_rows_total{how="build"} 3000\ncontextscope_snapshot_rows_total{how="forward"} 100');
  });

  test('SV3: snapshots carry tombstones, and none that the horizon has passed', async () => {
    await using at = await Harness.start();
    const { contextId, logId } = await at.context();
    const client = await at.client();
    await client.activate(contextId);
    await client.push(contextId, logId, [mutation('a'), mutation('b'), mutation('a', { op: 'delete', baseVersion: 1 }), mutation('b', { op: 'delete', baseVersion: 2 })]);
    await at.server.admin.compact(contextId, { upTo: 3 });
    const file = await check(at, await snapshotOf(at, contextId));
    expect(file.rows).toEqual([{ entity: 'patient', id: 'b', version: 4, value: null }]);
  });

  test('SY4: built while it is written to, a snapshot is of one version exactly', async () => {
    const store = openMemoryStore();
    const writes: (() => Promise<void>)[] = [];
    // Between any two pages of rows somebody writes.
    const busy: LogStore = {
      ...store,
      rows: async (...args) => {
        const page = await store.rows(args[0], args[1], 500, args[3]);
        await writes.shift()?.();
        return page;
      },
    };
    await using at = await Harness.start({ store: busy });
    const { contextId, logId } = await at.context();
    await at.server.admin.importRows(contextId, rows(2_000));
    const client = await at.client();
    await client.activate(contextId, { logId, sinceVersion: 1, seenVersion: 1 });
    for (let i = 0; i < 4; i++) {
      // One row that was read already, one that was not, a new one and a deleted one.
      writes.push(async () => {
        const { results } = await client.push(contextId, logId, [
          mutation(`p${i}`, { baseVersion: 1 }),
          mutation(`p${999 - i}`, { baseVersion: 1 }),
          mutation(`a${i}`),
          mutation(`p${500 + i}`, { baseVersion: 1, op: 'delete' }),
        ], { localVersion: 1 });
        expect(results.map((one) => one.outcome)).toEqual(['applied', 'applied', 'applied', 'applied']);
      });
    }
    const file = await check(at, await snapshotOf(at, contextId));
    expect(writes).toEqual([]);
    expect(file.meta['localVersion']).toBe(17);
    expect(file.live).toBe(2_000);
  });

  test('SY4: everybody who asks at once gets one file, built once', async () => {
    await using at = await Harness.start();
    const { contextId } = await at.context();
    await at.server.admin.importRows(contextId, rows(2_000));
    const refs = await Promise.all(Array.from({ length: 10 }, () => snapshotOf(at, contextId)));
    expect(new Set(refs.map((ref) => ref.sha256)).size).toBe(1);
    expect(await at.figure('contextscope_snapshots_total{how="build"}')).toMatch(/ 1$/);
  });

  test('SY4: Range, If-Range and ETag: a broken download goes on where it broke, and starts again for another file', async () => {
    await using at = await Harness.start({ snapshotSlack: 0 });
    const { contextId, logId } = await at.context();
    await at.server.admin.importRows(contextId, rows(1_000));
    const ref = await snapshotOf(at, contextId);
    const whole = Buffer.from(await (await at.http('GET', ref.url)).arrayBuffer());
    const get = async (headers: Record<string, string>) => {
      const response = await at.http('GET', ref.url, { headers });
      return { status: response.status, range: response.headers.get('content-range'), etag: response.headers.get('etag'), body: Buffer.from(await response.arrayBuffer()) };
    };
    const etag = `"${ref.sha256}"`;
    expect((await get({})).etag).toBe(etag);
    const rest = await get({ range: 'bytes=1000-', 'if-range': etag });
    expect([rest.status, rest.range, rest.body.equals(whole.subarray(1_000))]).toEqual([206, `bytes 1000-${ref.bytes - 1}/${ref.bytes}`, true]);
    const part = await get({ range: 'bytes=10-19' });
    expect([part.status, part.body.equals(whole.subarray(10, 20))]).toEqual([206, true]);
    expect((await get({ range: 'bytes=-16' })).body.equals(whole.subarray(-16))).toBe(true);
    expect((await get({ range: 'bytes=1000-', 'if-range': '"other"' })).status).toBe(200);
    expect(await get({ range: `bytes=${ref.bytes}-` })).toMatchObject({ status: 416, range: `bytes */${ref.bytes}` });
    expect((await get({ range: 'bytes=5-3' })).status).toBe(200);
    expect((await get({ range: 'bytes=0-1,5-6' })).status).toBe(200);
    expect((await get({ 'if-none-match': etag })).status).toBe(304);
    // While it is kept, an older file stays to be had beside the newer one.
    const client = await at.client();
    await client.activate(contextId, { logId, sinceVersion: 1, seenVersion: 1 });
    await client.push(contextId, logId, [mutation('x')], { localVersion: 1 });
    const newer = await snapshotOf(at, contextId);
    expect(newer.sha256).not.toBe(ref.sha256);
    expect((await get({ range: 'bytes=1000-', 'if-range': etag })).status).toBe(206);
  });

  test('SY4: a client on a slow network asks for it compressed; the digest is of the file itself', async () => {
    await using at = await Harness.start();
    const { contextId } = await at.context();
    await at.server.admin.importRows(contextId, rows(2_000, 400));
    const ref = await snapshotOf(at, contextId);
    const compressed = () => at.http('GET', `${ref.url}&encoding=br`);
    for (const response of await Promise.all([compressed(), compressed()])) {
      expect(response.headers.get('content-encoding')).toBe('br');
      expect(Number(response.headers.get('content-length'))).toBeLessThan(ref.bytes / 10);
      expect(createHash('sha256').update(Buffer.from(await response.arrayBuffer())).digest('hex')).toBe(ref.sha256);
    }
    expect(readdirSync(at.snapshotDir).filter((name) => name.endsWith('.br'))).toHaveLength(1);
    // What is left of a broken download comes as it is.
    const rest = await at.http('GET', `${ref.url}&encoding=br`, { headers: { range: 'bytes=100-' } });
    expect([rest.status, rest.headers.get('content-encoding'), (await rest.arrayBuffer()).byteLength]).toEqual([206, null, ref.bytes - 100]);
  });

  test('IS4: a snapshot is for members with a token only, and one that is not kept is gone', async () => {
    await using at = await Harness.start();
    const { contextId } = await at.context();
    await at.server.admin.importRows(contextId, rows(10));
    const ref = await snapshotOf(at, contextId);
    const status = async (path: string, options: { as?: string | null }) => (await at.http('GET', path, options)).status;
    expect(await status(ref.url, { as: null })).toBe(401);
    expect(await status(ref.url, { as: 'bob' })).toBe(404);
    expect(await status('/contexts/nowhere/snapshot', { as: 'bob' })).toBe(404);
    expect(await status(ref.url.replace(/sha256=.*/, `sha256=${'0'.repeat(64)}`), {})).toBe(410);
    expect(await status(ref.url.replace(/sha256=.*/, `sha256=../../etc/passwd`), {})).toBe(410);
    expect((await at.http('GET', ref.url, { headers: { authorization: 'Bearer x' } })).status).toBe(401);
    await at.server.admin.revoke(contextId, 'ann');
    expect(await status(ref.url, {})).toBe(404);
  });

  test('SY7: after a restore no file of the old log is served', async () => {
    await using at = await Harness.start();
    const { contextId, logId } = await at.context();
    await at.server.admin.importRows(contextId, rows(10));
    const before = await snapshotOf(at, contextId);
    expect((await at.http('POST', '/admin/restored', { admin: true })).status).toBe(200);
    const client = await at.client();
    const answer = await client.activate(contextId, { logId, sinceVersion: 1, seenVersion: 1 });
    expect(answer.mode).toBe('reset');
    expect(answer.snapshot?.sha256).not.toBe(before.sha256);
    const file = await check(at, answer.snapshot as SnapshotRef);
    expect(file.meta['logId']).toBe(answer.logId);
  });

  test('SY4: files are kept over a restart; what is missing or half made is made anew', async () => {
    const store = openMemoryStore();
    const first = await Harness.start({ store });
    const { snapshotDir } = first;
    const { contextId } = await first.context();
    await first.server.admin.importRows(contextId, rows(500));
    const ref = await snapshotOf(first, contextId);
    await first.server.close({ graceMs: 100 });
    const anHourAgo = new Date(Date.now() - 3_700_000);
    writeFileSync(join(snapshotDir, 'crashed.part'), 'half');
    utimesSync(join(snapshotDir, 'crashed.part'), anHourAgo, anHourAgo);
    writeFileSync(join(snapshotDir, 'of-another-process.part'), 'half');

    const second = await Harness.start({ store, snapshotDir });
    expect(await snapshotOf(second, contextId)).toEqual(ref);
    expect(await second.figure('contextscope_snapshots_total')).toBe('contextscope_snapshots_total{how="serve"} 1');
    expect(readdirSync(snapshotDir).filter((name) => name.endsWith('.part'))).toEqual(['of-another-process.part']);
    for (const name of readdirSync(snapshotDir)) if (name.endsWith('.ctxp')) rmSync(join(snapshotDir, name));
    expect((await second.http('GET', ref.url)).status).toBe(410);
    await check(second, await snapshotOf(second, contextId));
    await second[Symbol.asyncDispose]();
  });

  test('SY4: processes that share a folder serve each other’s files, and bring them forward', async () => {
    const store = openMemoryStore();
    const first = await Harness.start({ store, snapshotSlack: 0 });
    const second = await Harness.start({ store, snapshotSlack: 0, snapshotDir: first.snapshotDir });
    const { contextId, logId } = await first.context();
    await first.server.admin.importRows(contextId, rows(500));
    const ref = await snapshotOf(first, contextId);
    await check(second, ref);
    expect(await snapshotOf(second, contextId)).toEqual(ref);
    expect(await second.figure('contextscope_snapshots_total')).toBe('contextscope_snapshots_total{how="serve"} 1');
    const writer = await second.client();
    await writer.activate(contextId, { snapshot: true });
    await writer.push(contextId, logId, [mutation('row')], { localVersion: 1 });
    const forward = await snapshotOf(second, contextId);
    expect((await check(first, forward)).live).toBe(501);
    expect(await second.figure('contextscope_snapshots_total')).toContain('{how="forward"} 1');
    await second.server.close({ graceMs: 100 });
    await first[Symbol.asyncDispose]();
  });

  test('SY4: the budget on disk is kept: the least recently used file goes first', async () => {
    await using at = await Harness.start({ snapshotBudget: 700_000 });
    const refs: SnapshotRef[] = [];
    for (let i = 0; i < 4; i++) {
      const { contextId } = await at.context();
      await at.server.admin.importRows(contextId, rows(1_000, 200));
      refs.push(await snapshotOf(at, contextId));
      // The first one stays in use.
      await at.http('HEAD', refs[0]?.url ?? '');
    }
    const status = await Promise.all(refs.map(async (ref) => (await at.http('HEAD', ref.url)).status));
    expect(status).toEqual([200, 410, 410, 200]);
    const bytes = readdirSync(at.snapshotDir).filter((name) => name.endsWith('.ctxp')).reduce((sum, name) => sum + readFileSync(join(at.snapshotDir, name)).length, 0);
    expect(bytes).toBeLessThanOrEqual(700_000);
  });

  test('SY4: a server far ahead answers with a snapshot, one that is near with deltas', async () => {
    await using at = await Harness.start();
    const { contextId, logId } = await at.context();
    const client = await at.client();
    await client.activate(contextId);
    for (let i = 0; i < 4; i++) {
      await client.push(contextId, logId, Array.from({ length: 500 }, (_, j) => mutation(`r${i}-${j}`, { value: j })));
      await client.changesUpTo(contextId, (i + 1) * 500);
    }
    expect((await client.activate(contextId, { activationId: 'x', logId, sinceVersion: 1, seenVersion: 1 })).mode).toBe('delta');
    const far = await client.activate(contextId, { activationId: 'y', logId, sinceVersion: 0, seenVersion: 0 });
    expect(far).toMatchObject({ mode: 'snapshot', snapshot: { version: 2_000 } });
    expect(far.digest).toBeUndefined();
  });
});
