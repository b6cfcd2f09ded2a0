import { describe, expect, test } from 'vitest';
import type { Change } from '../../shared/core/change.ts';
import { FEED_WINDOW } from '../../shared/core/server/feed-cursor.ts';
import { MAX_FRAME_BYTES, type FrameOf, type ServerFrame } from '../../shared/protocol/sync/index.ts';
import { issueToken } from '../access/tokens.ts';
import { openMemoryStore } from '../store/memory-store.ts';
import type { LogStore } from '../store/log-store.ts';
import { Harness } from '../testing/harness.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { SECRET, mutation, type TestClient } from '../testing/test-client.ts';

const big = (entityId: string, bytes: number, options: Record<string, unknown> = {}) => mutation(entityId, { value: 'x'.repeat(bytes), ...options });

/** Every version once, in order, and the digest of the last frame is the context's. */
function expectGapless(changes: readonly Change[], from: number, to: number): void {
  expect(changes.map((change) => Number(change.contextVersion))).toEqual(Array.from({ length: to - from }, (_, i) => from + 1 + i));
}

async function fill(client: TestClient, contextId: string, logId: string, count: number, bytes: number): Promise<void> {
  for (let done = 0; done < count; done += 50) {
    await client.push(contextId, logId, Array.from({ length: Math.min(50, count - done) }, (_, i) => big(`${contextId}-${done + i}`, bytes)));
  }
}

describe('the feed', () => {
  test('SY3: the pushing device sees its own changes come back, values included, and so does every other one, once and in order', async () => {
    await using at = await Harness.start();
    const { contextId, logId } = await at.context();
    const writer = await at.client();
    const reader = await at.client();
    await writer.activate(contextId);
    await reader.activate(contextId);
    const mutations = Array.from({ length: 30 }, (_, i) => mutation(`r${i % 7}-${i}`, { value: { i, text: 'Ünïcödé \u0000' }, stamps: { i: [5, 'd'] } }));
    for (const one of mutations) await writer.push(contextId, logId, [one]);
    for (const client of [writer, reader]) {
      const changes = await client.changesUpTo(contextId, 30);
      expectGapless(changes, 0, 30);
      expect(changes).toEqual(mutations.map(({ baseVersion: _, ...rest }, i) => ({ ...rest, contextId, contextVersion: i + 1, deviceId: writer.deviceId })));
    }
  });

  test('SY5: each delta carries the digest at its toVersion, and CONTEXT_ACTIVATED the one at sinceVersion', async () => {
    await using at = await Harness.start();
    const { contextId, logId } = await at.context();
    const client = await at.client();
    expect((await client.activate(contextId)).digest).toBe('0000000000000000');
    const digests: string[] = [];
    for (let i = 0; i < 3; i++) {
      await client.push(contextId, logId, [mutation('row', { baseVersion: i })]);
      digests.push((await client.next('DELTA')).digest);
    }
    expect(digests[2]).toBe((await at.store.context(contextId))?.digest);
    for (const [i, digest] of digests.entries()) {
      expect(await client.activate(contextId, { activationId: `b${i}`, logId, sinceVersion: i + 1, seenVersion: 3 })).toMatchObject({ mode: 'delta', digest });
    }
  });

  test('SY6: frames stay below 256 KiB, one change excepted; a catch-up waits for APPLIED with a bounded number of bytes in flight', async () => {
    await using at = await Harness.start();
    const { contextId, logId } = await at.context();
    const writer = await at.client();
    await writer.activate(contextId);
    await fill(writer, contextId, logId, 300, 20_000);
    await writer.push(contextId, logId, [big('huge', 600_000)]);
    const reader = await at.client();
    const sizes: number[] = [];
    reader.socket.on('message', (data) => sizes.push((data as Buffer).length));
    await reader.activate(contextId, { activationId: 'r' });
    // Without an APPLIED the window fills, and no more comes.
    await reader.settled();
    await reader.settled();
    const inFlight = sizes.slice(1, -2).reduce((sum, size) => sum + size, 0);
    expect(inFlight).toBeGreaterThan(FEED_WINDOW - MAX_FRAME_BYTES);
    expect(inFlight).toBeLessThanOrEqual(FEED_WINDOW + MAX_FRAME_BYTES);
    expectGapless(await reader.changesUpTo(contextId, 301, 'r'), 0, 301);
    expect(sizes.filter((size) => size > MAX_FRAME_BYTES)).toHaveLength(1);
  });

  test('SY6: a catch-up of one context does not delay another context’s live change', async () => {
    await using at = await Harness.start();
    const large = await at.context();
    const small = await at.context();
    const writer = await at.client();
    await writer.activate(large.contextId);
    await writer.activate(small.contextId);
    await fill(writer, large.contextId, large.logId, 400, 20_000);
    const reader = await at.client();
    await reader.activate(small.contextId, { activationId: 's' });
    await reader.activate(large.contextId, { activationId: 'l' });
    const result = writer.push(small.contextId, small.logId, [mutation('live')]);
    const delta = await reader.next('DELTA', (frame) => frame.contextId === small.contextId);
    expect(delta.toVersion).toBe(1);
    await result;
    // It came among the catch-up's frames, not behind them.
    const before = reader.frames.filter((frame) => frame.type === 'DELTA' && frame.contextId === large.contextId);
    expect(before.at(-1) ?? { toVersion: 0 }).not.toMatchObject({ toVersion: 400 });
    expectGapless(await reader.changesUpTo(large.contextId, 400, 'l'), 0, 400);
  });

  test('SY8: when APPLIED stays below what was sent, the feed starts again from it', async () => {
    await using at = await Harness.start();
    const { contextId, logId } = await at.context();
    const client = await at.client();
    await client.activate(contextId);
    await client.push(contextId, logId, [mutation('a'), mutation('b')]);
    await client.next('DELTA', (delta) => delta.toVersion === 2);
    // As a client does that lost the frame: it repeats what it has with each PING.
    for (let i = 0; i < 2; i++) client.send({ type: 'APPLIED', contextId, activationId: 'a1', version: 0 });
    const again = await client.next('DELTA');
    expect([again.fromVersion, again.toVersion]).toEqual([0, 2]);
  });

  test('SV3: a subscriber that the horizon has passed is told COMPACTED, and is given a snapshot when it activates again', async () => {
    await using at = await Harness.start();
    const { contextId, logId } = await at.context();
    const writer = await at.client();
    await writer.activate(contextId);
    await fill(writer, contextId, logId, 120, 20_000);
    await writer.changesUpTo(contextId, 120);
    const slow = await at.client();
    await slow.activate(contextId, { activationId: 's' });
    await slow.settled();
    const response = await at.http('POST', `/admin/contexts/${contextId}/compact`, { admin: true, body: { upTo: 110 } });
    expect(response.status).toBe(200);
    const error = await slow.next('ERROR');
    expect(error).toMatchObject({ code: 'COMPACTED', contextId, activationId: 's', horizon: 110 });
    slow.send({ type: 'APPLIED', contextId, activationId: 's', version: 10 });
    expect((await slow.next('ERROR')).code).toBe('STALE_ACTIVATION');
    const again = await slow.activate(contextId, { activationId: 's', logId, sinceVersion: 10, seenVersion: 60 });
    expect(again).toMatchObject({ mode: 'snapshot', horizon: 110, snapshot: { version: 120 } });
    // Live from the snapshot on.
    await writer.push(contextId, logId, [mutation('next')], { localVersion: 120 });
    expect((await slow.next('DELTA', (delta) => delta.toVersion === 121)).fromVersion).toBe(120);
  });

  test('SV3: FETCH_LOG fills a gap in pages, filters by row, and answers COMPACTED below the horizon', async () => {
    await using at = await Harness.start();
    const { contextId, logId } = await at.context();
    const client = await at.client();
    await client.activate(contextId);
    await fill(client, contextId, logId, 100, 10_000);
    const fetch = async (options: Record<string, unknown>) => {
      const requestId = crypto.randomUUID();
      client.send({ type: 'FETCH_LOG', requestId, contextId, activationId: 'a1', fromVersion: 0, toVersion: 100, limit: 1_000, ...options });
      return (await client.nextWhere((frame) => 'requestId' in frame && frame.requestId === requestId)) as FrameOf<ServerFrame, 'LOG' | 'ERROR'>;
    };
    const pages: Change[][] = [];
    for (let from = 0; ; ) {
      const page = await fetch({ fromVersion: from });
      if (page.type !== 'LOG') throw new Error(page.message);
      expect(JSON.stringify(page).length).toBeLessThan(MAX_FRAME_BYTES);
      pages.push(page.changes);
      if (!page.more) break;
      from = page.changes.at(-1)?.contextVersion ?? 0;
    }
    expectGapless(pages.flat(), 0, 100);
    expect(pages.length).toBe(4);
    expect(await fetch({ fromVersion: 3, toVersion: 5 })).toMatchObject({ changes: [{ contextVersion: 4 }, { contextVersion: 5 }], more: false, horizon: 0 });
    expect(await fetch({ fromVersion: 3, limit: 1 })).toMatchObject({ changes: [{ contextVersion: 4 }], more: true });
    expect(await fetch({ entity: 'patient', entityId: `${contextId}-7` })).toMatchObject({ changes: [{ contextVersion: 8 }], more: false });
    expect(await fetch({ fromVersion: 100, toVersion: 500 })).toMatchObject({ changes: [], more: false });
    await at.server.admin.compact(contextId, { upTo: 50 });
    expect(await fetch({ fromVersion: 49 })).toMatchObject({ type: 'ERROR', code: 'COMPACTED', horizon: 50 });
    expect(await fetch({ fromVersion: 50, toVersion: 51 })).toMatchObject({ type: 'LOG', changes: [{ contextVersion: 51 }], horizon: 50 });
  });

  test('SV2: with every notification lost, the sweep brings changes of another process and of access within a second', async () => {
    const clock = new ManualClock();
    const store = openMemoryStore({ now: () => clock.now() });
    // Two servers on one database that do not hear each other at all.
    const deaf = (): LogStore => ({ ...store, listen: () => () => undefined, publish: () => undefined });
    await using one = await Harness.start({ clock, store: deaf() });
    await using two = await Harness.start({ clock, store: deaf() });
    const { contextId, logId } = await one.context();
    const token = await issueToken({ userId: 'ann', secret: SECRET, now: clock.now() });
    const writer = await one.client('ann', { token });
    const reader = await two.client('ann', { token });
    await writer.activate(contextId);
    await reader.activate(contextId);
    await writer.push(contextId, logId, [mutation('row', { timestamp: clock.now() })]);
    await reader.settled();
    expect(reader.frames.some((frame) => frame.type === 'DELTA')).toBe(false);
    await clock.advance(1_000);
    expect((await reader.next('DELTA')).toVersion).toBe(1);
    await one.server.admin.revoke(contextId, 'ann');
    await clock.advance(2_000);
    expect((await reader.next('MEMBERSHIP')).revoked).toEqual([{ contextId }]);
  });

  test('SY7: a database that went back under a running server gets a new logId at the next sweep', async () => {
    const clock = new ManualClock();
    const store = openMemoryStore({ now: () => clock.now() });
    let lost = 0;
    // As after a restore: one version less than this server has already sent.
    const restored: LogStore = { ...store, heads: async (ids) => (await store.heads(ids)).map((record) => ({ ...record, head: (record.head - lost) as typeof record.head })) };
    await using at = await Harness.start({ clock, store: restored });
    const { contextId, logId } = await at.context();
    const client = await at.client('ann', { token: await issueToken({ userId: 'ann', secret: SECRET, now: clock.now() }) });
    await client.activate(contextId);
    await client.push(contextId, logId, [mutation('row', { timestamp: clock.now() })]);
    lost = 1;
    await clock.advance(1_000);
    expect(await client.next('ERROR')).toMatchObject({ code: 'STALE_ACTIVATION', contextId });
    expect((await store.context(contextId))?.logId).not.toBe(logId);
    expect(await at.figure('contextscope_events_total')).toContain('log-renamed');
  });

  test('SY6: a client that stops reading holds no more of the server’s memory than its window and one frame', async () => {
    await using at = await Harness.start();
    const { contextId, logId } = await at.context();
    const writer = await at.client();
    await writer.activate(contextId);
    await fill(writer, contextId, logId, 1_000, 20_000);
    const stuck = await at.client('ann', { compress: false });
    await stuck.activate(contextId, { activationId: 's' });
    await stuck.settled();
    stuck.socket.pause();
    // Requests whose answers it never takes, and changes that it is subscribed to.
    for (let i = 0; i < 200; i++) stuck.send({ type: 'FETCH_LOG', requestId: `r${i}`, contextId, activationId: 's', fromVersion: 0, toVersion: 9_999, limit: 1_000 });
    let held: number[] = [];
    for (let i = 0; i < 50; i++) {
      await writer.push(contextId, logId, [big(`more-${i}`, 20_000)]);
      held = [...held, ...at.buffered()];
    }
    expect(Math.max(...held)).toBeLessThanOrEqual(FEED_WINDOW + MAX_FRAME_BYTES);
    expect(Math.max(...held)).toBeGreaterThan(0);
    stuck.socket.terminate();
  });
});

describe('memberships on an open connection', () => {
  test('PR4: a grant and a change of role are told at once', async () => {
    await using at = await Harness.start();
    const client = await at.client('bob');
    const { contextId, logId } = await at.context();
    await at.server.admin.setMember(contextId, 'bob', 'reader');
    expect(await client.next('MEMBERSHIP')).toMatchObject({ granted: [{ contextId, role: 'reader', title: `Title of ${contextId}`, logId, headVersion: 0 }], revoked: [] });
    await client.activate(contextId);
    expect((await client.push(contextId, logId, [mutation('row')])).results).toMatchObject([{ outcome: 'rejected', code: 'FORBIDDEN' }]);
    await at.server.admin.setMember(contextId, 'bob', 'writer');
    expect((await client.next('MEMBERSHIP')).granted).toMatchObject([{ contextId, role: 'writer' }]);
    expect((await client.push(contextId, logId, [mutation('row')])).results).toMatchObject([{ outcome: 'applied' }]);
  });

  test('PR4: a revocation is told at once and ends the activation: nothing more is sent or taken', async () => {
    await using at = await Harness.start();
    const { contextId, logId } = await at.context();
    await at.server.admin.setMember(contextId, 'bob', 'writer');
    const [bob, ann] = [await at.client('bob'), await at.client('ann')];
    await bob.activate(contextId);
    await ann.activate(contextId);
    await at.server.admin.revoke(contextId, 'bob');
    expect(await bob.next('MEMBERSHIP')).toMatchObject({ granted: [], revoked: [{ contextId }] });
    await ann.push(contextId, logId, [mutation('secret')]);
    bob.send({ type: 'PUSH', contextId, activationId: 'a1', pushId: 'p', logId, localVersion: 0, mutations: [mutation('row')] });
    expect((await bob.next('ERROR')).code).toBe('NOT_ACTIVE');
    bob.send({ type: 'ACTIVATE_CONTEXT', contextId, activationId: 'a2', sinceVersion: 0, seenVersion: 0, schemaVersion: 1 });
    expect((await bob.next('ERROR')).code).toBe('FORBIDDEN');
    await bob.settled();
    expect(bob.frames.some((frame) => frame.type === 'DELTA')).toBe(false);
    const later = await at.client('bob');
    expect(later.frames[0]).toMatchObject({ type: 'WELCOME', contexts: [], revoked: [{ contextId }] });
  });

  test('PR4: until acceptUntil pending writes still go, then the activation is cut', async () => {
    const clock = new ManualClock();
    await using at = await Harness.start({ clock });
    const { contextId, logId } = await at.context();
    const token = await issueToken({ userId: 'ann', secret: SECRET, now: clock.now() });
    const client = await at.client('ann', { token });
    await client.activate(contextId);
    const acceptUntil = clock.now() + 60_000;
    await at.server.admin.revoke(contextId, 'ann', { acceptUntil });
    expect((await client.next('MEMBERSHIP')).revoked).toEqual([{ contextId, acceptUntil }]);
    expect((await client.push(contextId, logId, [mutation('pending', { timestamp: clock.now() })])).results).toMatchObject([{ outcome: 'applied' }]);
    // A device that comes back in that time may drain its outbox as well (LC7).
    const late = await at.client('ann', { token });
    expect(late.frames[0]).toMatchObject({ contexts: [], revoked: [{ contextId, acceptUntil }] });
    await late.activate(contextId);
    await clock.advance(60_000);
    client.send({ type: 'PUSH', contextId, activationId: 'a1', pushId: 'p', logId, localVersion: 0, mutations: [mutation('too-late')] });
    expect((await client.next('ERROR')).code).toBe('NOT_ACTIVE');
    late.send({ type: 'PUSH', contextId, activationId: 'a1', pushId: 'p', logId, localVersion: 0, mutations: [mutation('too-late')] });
    expect((await late.next('ERROR')).code).toBe('FORBIDDEN');
    expect(await at.store.context(contextId)).toMatchObject({ head: 1 });
  });

  test('AM3: a push to an ambient context is refused per mutation; what the back office writes arrives as a change', async () => {
    await using at = await Harness.start();
    const { contextId, logId } = await at.context('users', 'ambient');
    const client = await at.client();
    expect(client.frames[0]).toMatchObject({ contexts: [{ contextId: 'users', kind: 'ambient' }] });
    await client.activate(contextId);
    expect((await client.push(contextId, logId, [mutation('u1')])).results).toMatchObject([{ outcome: 'rejected', code: 'FORBIDDEN' }]);
    await at.server.admin.backOfficeChanges(contextId, [{ entity: 'user', entityId: 'u1', op: 'put', value: { name: 'Ann' } }], { actor: 'hr', requestId: '1' });
    expect((await client.next('DELTA')).changes).toMatchObject([{ entityId: 'u1', value: { name: 'Ann' }, deviceId: 'back-office:hr', contextVersion: 1 }]);
  });
});
