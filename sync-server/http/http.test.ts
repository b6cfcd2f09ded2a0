import { describe, expect, test } from 'vitest';
import { pino } from 'pino';
import { Harness } from '../testing/harness.ts';
import { mutation } from '../testing/test-client.ts';

describe('the admin API', () => {
  const CALLS: [string, string, unknown?][] = [
    ['GET', '/admin/contexts'],
    ['POST', '/admin/contexts', { contextId: 'x', kind: 'tenant', schemaVersion: 1 }],
    ['PATCH', '/admin/contexts/c', { title: 'x' }],
    ['POST', '/admin/contexts/c/import', '{"entity":"e","entityId":"i","value":1}\n'],
    ['POST', '/admin/contexts/c/compact', {}],
    ['GET', '/admin/contexts/c/members'],
    ['PUT', '/admin/contexts/c/members/bob', { role: 'admin' }],
    ['DELETE', '/admin/contexts/c/members/ann'],
    ['POST', '/admin/restored'],
    ['GET', '/admin/audit'],
    ['GET', '/contexts/hotspots'],
    ['POST', '/contexts/c/changes', { changes: [{ entity: 'e', entityId: 'i', op: 'put', value: 1, mutationId: 'm' }] }],
  ];

  test('IS4: every call of it needs the claim admin, whatever the role in the context', async () => {
    await using at = await Harness.start();
    await at.context('c');
    await at.server.admin.setMember('c', 'boss', 'admin');
    for (const [method, path, body] of CALLS) {
      expect([path, (await at.http(method, path, { as: null, body })).status]).toEqual([path, 401]);
      expect([path, (await at.http(method, path, { as: 'boss', body })).status]).toEqual([path, 403]);
    }
    expect(await at.store.context('c' as never)).toMatchObject({ head: 0 });
    expect(await at.store.auditLog(9)).toEqual([]);
  });

  test('IS4: create, import, grant, revoke, compact: done, listed, and each in the audit log without a value', async () => {
    await using at = await Harness.start();
    const call = async (method: string, path: string, body?: unknown) => {
      const response = await at.http(method, path, { as: 'root', admin: true, ...(body === undefined ? {} : { body }) });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    };
    expect(await call('POST', '/admin/contexts', { contextId: 'clinic/1', kind: 'tenant', title: 'Clinic', schemaVersion: 2, readableFrom: 1 })).toMatchObject({ status: 201, body: { head: 0, title: 'Clinic' } });
    expect((await call('POST', '/admin/contexts', { contextId: 'clinic/1', kind: 'tenant', schemaVersion: 2 })).status).toBe(409);
    expect((await call('POST', '/admin/contexts', { contextId: '', kind: 'tenant', schemaVersion: 2 })).status).toBe(400);
    expect((await call('POST', '/admin/contexts', { contextId: 'x', kind: 'tenant', schemaVersion: 2, owner: true })).status).toBe(400);
    const rows = Array.from({ length: 1_500 }, (_, i) => JSON.stringify({ entity: 'patient', entityId: `p${i}`, value: { secret: i } })).join('\n');
    expect(await call('POST', '/admin/contexts/clinic%2F1/import', rows)).toMatchObject({ status: 200, body: { rows: 1_500, record: { head: 1, horizon: 1 } } });
    expect((await call('POST', '/admin/contexts/clinic%2F1/import', rows)).status).toBe(409);
    expect((await call('PUT', '/admin/contexts/clinic%2F1/members/bob', { role: 'writer' })).status).toBe(200);
    expect((await call('PUT', '/admin/contexts/clinic%2F1/members/bob', { role: 'owner' })).status).toBe(400);
    expect((await call('GET', '/admin/contexts/clinic%2F1/members')).body).toEqual({ members: [{ contextId: 'clinic/1', userId: 'bob', role: 'writer' }] });
    expect((await call('PATCH', '/admin/contexts/clinic%2F1', { title: 'New', schemaVersion: 3 })).body).toMatchObject({ title: 'New', schemaVersion: 3 });
    expect((await call('DELETE', '/admin/contexts/clinic%2F1/members/bob?acceptUntil=5')).status).toBe(200);
    expect((await call('DELETE', '/admin/contexts/clinic%2F1/members/nobody')).status).toBe(404);
    expect((await call('POST', '/admin/contexts/clinic%2F1/compact', { upTo: 1 })).body).toMatchObject({ record: { horizon: 1 } });
    expect((await call('GET', '/admin/contexts')).body).toMatchObject({ contexts: [{ contextId: 'clinic/1', head: 1 }] });
    const { entries } = (await call('GET', '/admin/audit')).body as { entries: { action: string; actor: string; contextId: string }[] };
    expect(entries.map((entry) => entry.action)).toEqual(['compact', 'revoke', 'update', 'grant', 'import', 'create']);
    expect(entries.every((entry) => entry.actor === 'root' && entry.contextId === 'clinic/1')).toBe(true);
    expect(JSON.stringify(entries)).not.toContain('secret');
  });

  test('SV6: an import that ends in a bad line or twice the same row imports nothing that anybody sees', async () => {
    await using at = await Harness.start();
    await at.context('c');
    for (const body of ['{"entity":"e","entityId":"a","value":1}\nnot json', '{"entity":"e","entityId":"a","value":1}\n{"entity":"e","entityId":"a","value":2}', '{"entity":"e","value":1}']) {
      expect((await at.http('POST', '/admin/contexts/c/import', { admin: true, body })).status).toBe(400);
      expect(await at.store.context('c' as never)).toMatchObject({ head: 0 });
    }
    expect((await at.http('POST', '/admin/contexts/c/import', { admin: true, body: '{"entity":"e","entityId":"a","value":{"__proto__":1}}' })).status).toBe(200);
    expect((await at.store.rows('c' as never, null, 9, 1e6)).map((row) => row.text)).toEqual(['{"__proto__":1}']);
  });

  test('SY8: bodies that are too large, no JSON, or of another shape are refused, and unknown paths are not found', async () => {
    await using at = await Harness.start({ limits: { bodyBytes: 1_000 } });
    await at.context('c');
    const status = async (method: string, path: string, body?: unknown) => (await at.http(method, path, { admin: true, ...(body === undefined ? {} : { body }) })).status;
    expect(await status('POST', '/contexts/c/changes', 'x'.repeat(2_000))).toBe(413);
    expect(await status('POST', '/contexts/c/changes', '{')).toBe(400);
    expect(await status('POST', '/contexts/c/changes', { changes: [] })).toBe(400);
    expect(await status('POST', '/contexts/c/changes', { changes: [{ entity: 'e', entityId: 'i', op: 'put', value: 1 }] })).toBe(400);
    expect(await status('POST', '/contexts/nowhere/changes', { changes: [{ entity: 'e', entityId: 'i', op: 'put', value: 1, mutationId: 'm' }] })).toBe(404);
    for (const path of ['/', '/admin', '/admin/contexts/c/nothing', '/contexts', '/contexts/%E0%A4%A', '/contexts//snapshot', '/sync']) expect([path, await status('GET', path)]).toEqual([path, 404]);
  });
});

describe('the back office', () => {
  test('AM3: what it writes is a change like any other, once however often it is sent, and arrives live', async () => {
    await using at = await Harness.start();
    const { contextId } = await at.context('c');
    const client = await at.client();
    await client.activate(contextId);
    const body = { changes: [{ entity: 'patient', entityId: 'p1', op: 'put', value: { name: 'Ann' } }, { entity: 'patient', entityId: 'p2', op: 'put', value: 2 }] };
    const write = async (key: string, payload: unknown) => (await (await at.http('POST', '/contexts/c/changes', { as: 'lab', admin: true, body: payload, headers: { 'idempotency-key': key } })).json()) as unknown;
    const first = await write('k1', body);
    expect(first).toMatchObject({ results: [{ outcome: 'applied', contextVersion: 1 }, { outcome: 'applied', contextVersion: 2 }] });
    expect(await write('k1', body)).toEqual(first);
    expect(await write('k2', { changes: [{ entity: 'patient', entityId: 'p1', op: 'delete' }] })).toMatchObject({ results: [{ outcome: 'applied', contextVersion: 3 }] });
    const changes = await client.changesUpTo(contextId, 3);
    expect(changes.map((change) => [change.op, change.entityId, change.deviceId])).toEqual([
      ['put', 'p1', 'back-office:lab'],
      ['put', 'p2', 'back-office:lab'],
      ['delete', 'p1', 'back-office:lab'],
    ]);
    expect(await at.store.context(contextId)).toMatchObject({ head: 3 });
  });
});

describe('figures', () => {
  test('TE2: /contexts/hotspots names the context and the device that cause the most conflicts, whoever is refused', async () => {
    await using at = await Harness.start();
    const quiet = await at.context('quiet');
    const noisy = await at.context('noisy');
    const devices = await Promise.all(Array.from({ length: 5 }, () => at.client()));
    for (const device of devices) {
      await device.activate('quiet');
      await device.activate('noisy');
    }
    const rows = Array.from({ length: 10 }, (_, i) => ({ entity: 'patient', entityId: `p${i}`, op: 'put', value: i }) as const);
    await at.server.admin.backOfficeChanges('noisy', rows, { actor: 'integration', requestId: '0' });
    for (const [i, device] of devices.entries()) {
      await device.push('quiet', quiet.logId, [mutation(`q${i}`)]);
      // Each writes on what it saw before the integration came over every row again; it is never refused itself.
      await at.server.admin.backOfficeChanges('noisy', rows, { actor: 'integration', requestId: `${i + 1}` });
      await device.push('noisy', noisy.logId, rows.map((row) => mutation(row.entityId, { baseVersion: 1 })));
    }
    const body = (await (await at.http('GET', '/contexts/hotspots', { admin: true })).json()) as { hotspots: { contextId: string; conflicts: number; devices: { deviceId: string; caused: number }[] }[] };
    expect(body.hotspots.map((one) => one.contextId)).toEqual(['noisy']);
    expect(body.hotspots[0]).toMatchObject({ conflicts: 50, devices: [{ deviceId: 'back-office:integration', caused: 50, refused: 0 }, { refused: 10, caused: 0 }, {}, {}, {}, {}] });
  });

  test('TE2: /metrics has latency, conflicts, bytes and subscriptions, with labels for a bounded number of contexts', async () => {
    await using at = await Harness.start();
    const client = await at.client();
    for (let i = 0; i < 60; i++) {
      const { contextId, logId } = await at.context(`c${i}`);
      await client.activate(contextId);
      await client.push(contextId, logId, [mutation('a'), mutation('b', { baseVersion: 4 })]);
      await client.changesUpTo(contextId, 1);
    }
    await client.settled();
    const response = await at.http('GET', '/metrics', { as: null });
    expect(response.headers.get('content-type')).toContain('text/plain');
    const text = await response.text();
    for (const name of ['contextscope_delivery_seconds_count', 'contextscope_sent_bytes_total', 'contextscope_received_bytes_total', 'contextscope_activations']) expect(text).toContain(`${name}{context="c0"`);
    expect(text).toContain('contextscope_mutations_total{context="c0",outcome="conflict"} 1');
    expect(text).toContain('contextscope_mutations_total{context="other",outcome="applied"} 10');
    expect(new Set([...text.matchAll(/context="([^"]+)"/g)].map((match) => match[1])).size).toBe(51);
    expect(text).not.toContain(client.deviceId);
    // Through a proxy it is somebody else who asks.
    expect((await at.http('GET', '/metrics', { as: null, headers: { 'x-forwarded-for': '203.0.113.9' } })).status).toBe(401);
    expect((await at.http('GET', '/healthz', { as: null })).status).toBe(200);
  });

  test('IS4: pages of other origins are told nothing; those on the list may read', async () => {
    await using at = await Harness.start({ origins: ['https://app.example'] });
    const get = (origin: string) => at.http('GET', '/healthz', { as: null, headers: { origin } });
    expect((await get('https://evil.example')).status).toBe(403);
    expect((await get('https://evil.example')).headers.get('access-control-allow-origin')).toBe(null);
    const allowed = await get('https://app.example');
    expect([allowed.status, allowed.headers.get('access-control-allow-origin'), allowed.headers.get('vary')]).toEqual([200, 'https://app.example', 'Origin']);
    const preflight = await at.http('OPTIONS', '/contexts/c/snapshot', { as: null, headers: { origin: 'http://localhost:3000' } });
    expect([preflight.status, preflight.headers.get('access-control-allow-headers')]).toEqual([204, expect.stringContaining('authorization')]);
  });

  test('TE2: logs name context, activation and device, and never a value or a token', async () => {
    const lines: string[] = [];
    const logger = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) });
    await using at = await Harness.start({ logger });
    const { contextId, logId } = await at.context();
    const client = await at.client();
    await client.activate(contextId);
    await client.push(contextId, logId, [mutation('row', { value: { diagnosis: 'top secret' } })]);
    await client.changesUpTo(contextId, 1);
    client.send({ type: 'HELLO', protocol: 1, token: 'secret-token-of-somebody', deviceId: 'd', app: 'x' });
    await client.next('ERROR');
    await at.http('POST', `/contexts/${contextId}/changes`, { admin: true, body: { changes: [{ entity: 'e', entityId: 'i', op: 'put', value: 'top secret', mutationId: 'm' }] } });
    const text = lines.join('\n');
    expect(text).toContain(`"contextId":"${contextId}","activationId":"a1","deviceId":"${client.deviceId}"`);
    expect(text).not.toContain('top secret');
    expect(text).not.toMatch(/eyJ|secret-token/);
  });
});
