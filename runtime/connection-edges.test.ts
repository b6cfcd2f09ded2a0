import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { issueToken, openMemoryStore, startSyncServer } from '../sync-server/index.ts';
import { createContextClient } from './index.ts';
import { nodePlatform } from './platform/node/index.ts';
import { clinicSchema, Clinic, isLive, until, type ClinicClient } from './testing/clinic.ts';

// What a server says about a whole connection, or about a file that it no longer has: the client comes to a clear state, and no loop.

const endpointOf = (client: ClinicClient) => client.control.endpoints()[0];

test('SV5: a deviceId of another user is refused with words that say what to do, and dialled again after half a minute', async () => {
  await using clinic = await Clinic.open(['clinic-a'], ['amelie', 'boris']);
  const { client: first } = await clinic.device('tablet');
  await first.activate('clinic-a');
  await first.close();
  const { client, events } = await clinic.device('tablet', { userId: 'boris' });
  await expect(client.activate('clinic-a')).rejects.toMatchObject({ code: 'NOT_AVAILABLE_OFFLINE', message: expect.stringMatching(/refused the connection: .*belongs to another user: take a new deviceId/) });
  expect(endpointOf(client)).toMatchObject({ state: 'refused', reconnects: 0, refused: { code: 'FORBIDDEN', message: expect.stringContaining('belongs to another user') } });
  expect((endpointOf(client)?.retryAt ?? 0) - Date.now()).toBeGreaterThan(20_000);
  expect(events.filter((event) => event.kind === 'error').map((event) => event.data)).toMatchObject([{ code: 'FORBIDDEN', message: expect.stringContaining('take a new deviceId') }]);
  expect(events.filter((event) => event.kind === 'connection').map((event) => event.data)).toMatchObject([{ state: 'backoff', code: 'FORBIDDEN', retryInMs: 30_000 }]);
});

test('SV5: of one deviceId on two live connections the newer one stops and says why, and the older one goes on', async () => {
  await using clinic = await Clinic.open();
  const { client: older } = await clinic.device('tablet');
  const here = await older.activate('clinic-a');
  await until(isLive(older, 'clinic-a'), 'the older is live');
  const { client: newer, events } = await clinic.device('tablet');
  await newer.activate('clinic-a').catch(() => undefined);
  await until(() => endpointOf(newer)?.state === 'refused', 'the newer is refused');
  expect(endpointOf(newer)?.refused).toMatchObject({ code: 'FORBIDDEN', message: expect.stringMatching(/in use on another live connection: take a new deviceId/) });
  expect(events.filter((event) => event.kind === 'error').map((event) => event.data)).toMatchObject([{ code: 'FORBIDDEN' }]);
  await until(() => newer.control.status('clinic-a')?.connection !== 'live', 'nothing is synced any more');
  if (newer.control.status('clinic-a')?.lifecycle === 'active') {
    expect(newer.control.explain('clinic-a').blockers).toContainEqual(expect.objectContaining({ kind: 'back-off', text: expect.stringContaining('take a new deviceId') }));
  }
  await here.put('patient', 'p-1', { name: 'Ada' });
  await until(async () => (await here.outbox()).length === 0, 'the older one’s write is settled');
  expect([endpointOf(older)?.state, endpointOf(older)?.reconnects]).toEqual(['ready', 0]);
});

test('SY4: a snapshot that the server keeps no more (410) is asked for anew at once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'contextscope-gone-'));
  const snapshotDir = join(folder, 'snapshots');
  const secret = new TextEncoder().encode('a secret for tests that is long enough');
  const server = await startSyncServer({ port: 0, store: openMemoryStore(), auth: { jwtSecret: secret }, snapshotDir });
  await server.admin.createContext({ contextId: 'clinic-a', kind: 'tenant', schemaVersion: 1 });
  await server.admin.setMember('clinic-a', 'amelie', 'writer');
  await server.admin.backOfficeChanges('clinic-a', [{ entity: 'patient', entityId: 'p-1', op: 'put', value: { name: 'Ada' } }], { actor: 'office', requestId: '1' });
  await server.admin.compact('clinic-a', { upTo: 1 });
  const client = createContextClient({
    platform: await nodePlatform({ dir: join(folder, 'device') }),
    deviceId: 'tablet',
    auth: { userId: 'amelie', token: () => issueToken({ userId: 'amelie', secret }) },
    endpoints: [server.wsUrl],
    schema: clinicSchema,
  });
  const snapshots: unknown[] = [];
  client.onEvent((event) => {
    if (event.kind !== 'snapshot') return;
    // Named by the server, and gone before the request for it.
    if (snapshots.push(event.data) === 1) for (const name of readdirSync(snapshotDir)) rmSync(join(snapshotDir, name));
  });
  try {
    const started = performance.now();
    const clinic = await client.activate('clinic-a');
    expect(await clinic.get('patient', 'p-1')).toEqual({ name: 'Ada' });
    // A file that fails is asked for after two seconds.
    expect(performance.now() - started).toBeLessThan(1_900);
    expect(snapshots).toMatchObject([{ step: 'started' }, { step: 'failed', code: 'SNAPSHOT_GONE' }, { step: 'started' }, { step: 'downloaded' }, expect.anything()]);
  } finally {
    await client.close();
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
