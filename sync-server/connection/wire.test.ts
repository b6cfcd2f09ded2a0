import { describe, expect, test } from 'vitest';
import { SignJWT, exportJWK, generateKeyPair } from 'jose';
import { WebSocket } from 'ws';
import { issueToken } from '../access/tokens.ts';
import { Harness } from '../testing/harness.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { SECRET, TestClient, activateFrame, mutation, pushFrame, type Loose } from '../testing/test-client.ts';

const helloFrame = (token: string, deviceId = `d-${crypto.randomUUID()}`): Loose => ({ type: 'HELLO', protocol: 1, token, deviceId, app: 'test' });
const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('a peer before it is known', () => {
  test('IS4: forged, unsigned, expired and endless tokens open nothing', async () => {
    await using at = await Harness.start();
    const soon = Math.floor(Date.now() / 1000) + 600;
    const other = new TextEncoder().encode('another secret, of more than 32 bytes too');
    const { privateKey } = await generateKeyPair('RS256');
    const tokens = {
      'alg none': `${base64({ alg: 'none' })}.${base64({ sub: 'ann', exp: soon })}.`,
      'another secret': await issueToken({ userId: 'ann', secret: other }),
      'another algorithm': await new SignJWT({}).setProtectedHeader({ alg: 'RS256' }).setSubject('ann').setExpirationTime('1h').sign(privateKey),
      expired: await issueToken({ userId: 'ann', secret: SECRET, expiresIn: -60 }),
      'without an end': await new SignJWT({}).setProtectedHeader({ alg: 'HS256' }).setSubject('ann').sign(SECRET),
      'without a user': await new SignJWT({}).setProtectedHeader({ alg: 'HS256' }).setExpirationTime('1h').sign(SECRET),
      'no token at all': 'x',
    };
    for (const [what, token] of Object.entries(tokens)) {
      const client = await at.socket();
      client.send(helloFrame(token));
      expect([what, (await client.next('ERROR')).code]).toEqual([what, 'UNAUTHENTICATED']);
      expect(await client.untilClosed()).toBe(4401);
    }
  });

  test('IS4: public keys: a token of the key set opens, one that uses the public key as a secret does not', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
    const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256' };
    await using at = await Harness.start({ auth: { jwks: { keys: [jwk] } } });
    const sign = (key: Parameters<SignJWT['sign']>[0], alg: string) => new SignJWT({}).setProtectedHeader({ alg, kid: 'k1' }).setSubject('ann').setExpirationTime('1h').sign(key);
    expect((await at.client('ann', { token: await sign(privateKey, 'ES256') })).frames[0]).toMatchObject({ type: 'WELCOME', userId: 'ann' });
    const forger = await at.socket();
    forger.send(helloFrame(await sign(new TextEncoder().encode(JSON.stringify(jwk)), 'HS256')));
    expect((await forger.next('ERROR')).code).toBe('UNAUTHENTICATED');
  });

  test('SV5: another protocol, another user’s device, and anything before HELLO end the connection', async () => {
    await using at = await Harness.start();
    const token = await issueToken({ userId: 'ann', secret: SECRET });
    const old = await at.socket();
    old.send({ ...helloFrame(token), protocol: 7 });
    expect((await old.next('ERROR')).code).toBe('PROTOCOL_VERSION');
    await old.untilClosed();

    const early = await at.socket();
    early.send(activateFrame('any'));
    expect((await early.next('ERROR')).code).toBe('UNAUTHENTICATED');
    await early.untilClosed();

    const mine = await at.client('ann');
    const thief = await at.socket();
    thief.send(helloFrame(await issueToken({ userId: 'bob', secret: SECRET }), mine.deviceId));
    const error = await thief.next('ERROR');
    expect([error.code, error.contextId, error.message]).toEqual(['FORBIDDEN', undefined, expect.stringContaining('deviceId')]);
    await thief.untilClosed();
  });

  test('SY8: 2,000 sockets that never say HELLO are closed in time, and nobody who does is kept out', async () => {
    const clock = new ManualClock();
    await using at = await Harness.start({ clock, limits: { silentConnections: 500 } });
    const silent = await Promise.all(Array.from({ length: 2_000 }, () => at.socket()));
    // Only 500 may wait at once: the others were pushed out by newer ones.
    const closing = silent.map((one) => one.untilClosed());
    let closed = 0;
    await new Promise<void>((resolve) => {
      for (const one of closing) void one.then(() => (++closed === 1_500 ? resolve() : undefined));
    });
    const client = await at.client('ann', { token: await issueToken({ userId: 'ann', secret: SECRET, now: clock.now() }) });
    await clock.advance(10_000);
    expect(new Set(await Promise.all(closing))).toEqual(new Set([1013, 4408]));
    await client.settled();
    expect(await at.figure('contextscope_connections')).toBe('contextscope_connections 1');
  });

  test('IS4: pages of other origins and names that are not this server’s are refused before a socket opens', async () => {
    await using at = await Harness.start({ origins: ['https://app.example'] });
    const status = (headers: Record<string, string>, path = '/sync') =>
      new Promise<number>((resolve) => {
        const socket = new WebSocket(at.server.wsUrl.replace('/sync', path), { headers });
        socket.on('unexpected-response', (_, response) => resolve(response.statusCode ?? 0));
        socket.on('open', () => {
          socket.terminate();
          resolve(101);
        });
        socket.on('error', () => undefined);
      });
    expect(await status({ origin: 'https://evil.example' })).toBe(403);
    expect(await status({ origin: 'null' })).toBe(403);
    expect(await status({ origin: 'http://localhost.evil.example' })).toBe(403);
    expect(await status({ origin: 'https://app.example' })).toBe(101);
    expect(await status({ origin: 'http://localhost:5173' })).toBe(101);
    expect(await status({})).toBe(101);
    expect(await status({ host: 'rebound.example' })).toBe(421);
    expect(await status({}, '/other')).toBe(404);
  });
});

describe('a peer that is known', () => {
  test('SY8: frames that do not fit are answered with ERROR, change nothing, and ten of them end the connection', async () => {
    await using at = await Harness.start();
    const { contextId, logId } = await at.context();
    const client = await at.client();
    await client.activate(contextId);
    const good = mutation('row');
    const bad: unknown[] = [
      'no frame',
      [],
      { type: 'NOTHING' },
      { ...pushFrame(contextId, logId, [good]), mutations: [{ ...good, baseVersion: -1 }] },
      { ...pushFrame(contextId, logId, [good]), mutations: [good, { ...good, mutationId: '' }] },
      { ...pushFrame(contextId, logId, [good]), localVersion: 1.5 },
      { ...pushFrame(contextId, logId, [good]), mutations: [] },
      { ...activateFrame(contextId), activationId: 'x'.repeat(201) },
      { type: 'APPLIED', contextId, activationId: 'a1', version: '1' },
    ];
    for (const frame of bad) {
      client.send(frame as Loose);
      expect([frame, (await client.next('ERROR')).code]).toEqual([frame, 'BAD_FRAME']);
    }
    expect(await at.store.context(contextId)).toMatchObject({ head: 0 });
    client.socket.send(Buffer.from('{"type":"PING","nonce":"binary"}'));
    expect((await client.next('ERROR')).code).toBe('BAD_FRAME');
    expect(await client.untilClosed()).toBe(1008);
  });

  test('SY8: a frame of 10 MB closes its connection and nothing else', async () => {
    await using at = await Harness.start();
    const { contextId } = await at.context();
    const client = await at.client();
    await client.activate(contextId);
    client.socket.send(JSON.stringify({ type: 'PING', nonce: 'x'.repeat(10_000_000) }));
    expect(await client.untilClosed()).toBe(1009);
    await (await at.client()).settled();
  });

  test('IS4: another tenant’s context is unknown in every frame, whether it exists or not', async () => {
    await using at = await Harness.start();
    const mine = await at.context();
    await at.server.admin.createContext({ contextId: 'theirs', kind: 'tenant', schemaVersion: 1 });
    await at.server.admin.setMember('theirs', 'bob', 'writer');
    const theirs = await at.store.context('theirs' as never);
    const client = await at.client();
    await client.activate(mine.contextId);
    const answers: unknown[] = [];
    for (const contextId of ['theirs', 'nowhere', `theirs' OR 1=1 --`]) {
      client.send(activateFrame(contextId));
      const refused = await client.next('ERROR');
      client.send(pushFrame(contextId, theirs?.logId ?? '', [mutation('row')]));
      const push = await client.next('ERROR');
      client.send({ type: 'FETCH_LOG', requestId: 'r', contextId, activationId: 'a1', fromVersion: 0, toVersion: 9, limit: 9 });
      const fetch = await client.next('ERROR');
      client.send({ type: 'APPLIED', contextId, activationId: 'a1', version: 0 });
      const applied = await client.next('ERROR');
      answers.push([refused.code, refused.message, push.code, fetch.code, fetch.requestId, applied.code]);
    }
    const [first] = answers;
    expect(first).toEqual(['UNKNOWN_CONTEXT', expect.any(String), 'NOT_ACTIVE', 'NOT_ACTIVE', 'r', 'NOT_ACTIVE']);
    expect(answers).toEqual([first, first, first]);
    expect(await at.store.context('theirs' as never)).toMatchObject({ head: 0 });
    expect(client.frames.filter((frame) => frame.type === 'WELCOME')[0]).toMatchObject({ contexts: [{ contextId: mine.contextId }] });
  });

  test('IS3: a frame under a stale or foreign activation is answered STALE_ACTIVATION and does nothing', async () => {
    await using at = await Harness.start();
    const { contextId, logId } = await at.context();
    const client = await at.client();
    await client.activate(contextId, { activationId: 'old' });
    await client.activate(contextId, { activationId: 'new' });
    client.send(pushFrame(contextId, logId, [mutation('row')], { activationId: 'old' }));
    expect(await client.next('ERROR')).toMatchObject({ code: 'STALE_ACTIVATION', contextId, activationId: 'old' });
    client.send({ type: 'DEACTIVATE_CONTEXT', contextId, activationId: 'old' });
    expect((await client.next('ERROR')).code).toBe('STALE_ACTIVATION');
    expect((await client.push(contextId, logId, [mutation('row')], { activationId: 'new' })).results).toMatchObject([{ outcome: 'applied', contextVersion: 1 }]);
    client.send({ type: 'DEACTIVATE_CONTEXT', contextId, activationId: 'new' });
    await client.next('CONTEXT_DEACTIVATED');
    // Repeated, it is answered again (SY8).
    client.send({ type: 'DEACTIVATE_CONTEXT', contextId, activationId: 'new' });
    await client.next('CONTEXT_DEACTIVATED');
    client.send(pushFrame(contextId, logId, [mutation('other')], { activationId: 'new' }));
    expect((await client.next('ERROR')).code).toBe('NOT_ACTIVE');
    expect(await at.store.context(contextId)).toMatchObject({ head: 1 });
  });

  test('IS3: nothing of a context that was not activated, or not any more, is sent', async () => {
    await using at = await Harness.start();
    const a = await at.context();
    const b = await at.context();
    const listener = await at.client();
    const writer = await at.client();
    await listener.activate(a.contextId);
    for (const context of [a, b]) await writer.activate(context.contextId);
    await writer.push(b.contextId, b.logId, [mutation('row')]);
    listener.send({ type: 'DEACTIVATE_CONTEXT', contextId: a.contextId, activationId: 'a1' });
    await listener.next('CONTEXT_DEACTIVATED');
    await writer.push(a.contextId, a.logId, [mutation('row')]);
    await writer.changesUpTo(a.contextId, 1);
    await listener.settled();
    expect(listener.frames.filter((frame) => frame.type === 'DELTA')).toEqual([]);
  });

  test('OB4: the same push twice, over two connections and out of order, is one change with one outcome', async () => {
    await using at = await Harness.start();
    const { contextId, logId } = await at.context();
    const one = await at.client();
    const other = await at.client('ann', { deviceId: one.deviceId });
    const [first, second] = [mutation('row'), mutation('row', { baseVersion: 1 })];
    await one.activate(contextId, { activationId: 'x' });
    await other.activate(contextId, { activationId: 'y' });
    // The second one comes first: it is refused for ever, and so it stays when it comes again.
    const early = await one.push(contextId, logId, [second], { activationId: 'x' });
    expect(early.results).toMatchObject([{ outcome: 'conflict' }]);
    const [a, b] = await Promise.all([one.push(contextId, logId, [first, second], { activationId: 'x' }), other.push(contextId, logId, [first, second], { activationId: 'y' })]);
    expect(a.results).toEqual(b.results);
    expect(a.results.map((result) => result.outcome)).toEqual(['applied', 'conflict']);
    expect(await at.store.context(contextId)).toMatchObject({ head: 1 });
  });

  test('SY7: versions from the future are another log: reset, a new logId, and nothing applied', async () => {
    await using at = await Harness.start();
    const { contextId, logId } = await at.context();
    const client = await at.client();
    const live = await at.client();
    await live.activate(contextId);
    await live.push(contextId, logId, [mutation('row')]);
    const answer = await client.activate(contextId, { logId, sinceVersion: 0, seenVersion: 500 });
    expect(answer.mode).toBe('reset');
    expect(answer.logId).not.toBe(logId);
    expect(answer.snapshot).toMatchObject({ version: 1 });
    // Whoever was live on the log as it was called before has to activate again.
    expect(await live.next('ERROR')).toMatchObject({ code: 'STALE_ACTIVATION', contextId });
    expect((await client.push(contextId, logId, [mutation('lost', { baseVersion: 300 })], { localVersion: 500 })).results).toMatchObject([{ outcome: 'conflict' }]);
    expect((await live.activate(contextId, { logId, sinceVersion: 1, seenVersion: 1 })).mode).toBe('reset');
    expect((await live.activate(contextId, { logId: answer.logId, sinceVersion: 1, seenVersion: 1 })).mode).toBe('delta');
    expect((await live.activate(contextId, { sinceVersion: 1, seenVersion: 1 })).mode).toBe('reset');
  });

  test('SV5: the same activation on a new connection replaces the older one, whose frames are stale', async () => {
    await using at = await Harness.start();
    const { contextId, logId } = await at.context();
    const older = await at.client();
    await older.activate(contextId);
    const newer = await at.client('ann', { deviceId: older.deviceId });
    await newer.activate(contextId);
    older.send(pushFrame(contextId, logId, [mutation('row')]));
    expect(await older.next('ERROR', (error) => error.contextId === contextId)).toMatchObject({ code: 'STALE_ACTIVATION', activationId: 'a1' });
    expect((await newer.push(contextId, logId, [mutation('row')])).results).toMatchObject([{ outcome: 'applied' }]);
    await newer.changesUpTo(contextId, 1);
    expect(older.frames.some((frame) => frame.type === 'DELTA')).toBe(false);
  });

  test('SV5: one deviceId on two live connections is an event, and the newer is told to take a new deviceId', async () => {
    await using at = await Harness.start();
    const older = await at.client();
    const newer = await at.client('ann', { deviceId: older.deviceId });
    const error = await newer.next('ERROR');
    expect(error).toMatchObject({ code: 'FORBIDDEN', message: expect.stringContaining('new deviceId') });
    expect(error.contextId).toBeUndefined();
    await older.settled();
    expect(older.frames.some((frame) => frame.type === 'ERROR')).toBe(false);
    expect(await at.figure('contextscope_events_total')).toContain('event="device-twice"} 1');
  });

  test('SY6: too many frames or writes a second are refused, retryable, and do nothing', async () => {
    const clock = new ManualClock();
    await using at = await Harness.start({ clock, limits: { framesPerSecond: 20, mutationsPerSecond: 10, mutationsPerSecondPerContext: 1_000 } });
    const { contextId, logId } = await at.context();
    const client = await at.client('ann', { token: await issueToken({ userId: 'ann', secret: SECRET, now: clock.now() }) });
    await client.activate(contextId);
    const many = Array.from({ length: 21 }, (_, i) => mutation(`r${i}`, { timestamp: clock.now() }));
    client.send(pushFrame(contextId, logId, many));
    expect(await client.next('ERROR')).toMatchObject({ code: 'RATE_LIMITED', retryable: true, contextId });
    expect((await client.push(contextId, logId, many.slice(0, 20))).results).toHaveLength(20);
    for (let i = 0; i < 40; i++) client.send({ type: 'PING', nonce: String(i) });
    expect(await client.next('ERROR')).toMatchObject({ code: 'RATE_LIMITED', retryable: true });
    await clock.advance(2_000);
    await client.settled();
    expect(await at.store.context(contextId)).toMatchObject({ head: 20 });
  });

  test('SY6: more contexts than one connection may have active are refused', async () => {
    await using at = await Harness.start({ limits: { activations: 2 } });
    for (let i = 0; i < 3; i++) await at.context(`c${i}`);
    const client = await at.client();
    await client.activate('c0');
    await client.activate('c1');
    client.send(activateFrame('c2'));
    expect(await client.next('ERROR')).toMatchObject({ code: 'RATE_LIMITED', contextId: 'c2' });
    await client.activate('c1', { activationId: 'again' });
  });

  test('MG4: an app below readableFrom is told SCHEMA_AHEAD', async () => {
    await using at = await Harness.start();
    await at.server.admin.createContext({ contextId: 'c', kind: 'tenant', schemaVersion: 5, readableFrom: 3 });
    await at.server.admin.setMember('c', 'ann', 'writer');
    const client = await at.client();
    client.send(activateFrame('c', { schemaVersion: 2 }));
    expect(await client.next('ERROR')).toMatchObject({ code: 'SCHEMA_AHEAD', retryable: false, contextId: 'c' });
    expect(await client.activate('c', { schemaVersion: 3 })).toMatchObject({ schemaVersion: 5, readableFrom: 3 });
  });
});

describe('the end of a token', () => {
  test('IS4: UNAUTHENTICATED warns 60 s before the cut; AUTH puts it off, and only with the same user’s token', async () => {
    const clock = new ManualClock();
    await using at = await Harness.start({ clock });
    const tokenOf = (userId: string, expiresIn: number) => issueToken({ userId, secret: SECRET, expiresIn, now: clock.now() });
    const client = await at.client('ann', { token: await tokenOf('ann', 300) });
    await clock.advance(239_000);
    await client.settled();
    expect(client.frames.some((frame) => frame.type === 'ERROR')).toBe(false);
    await clock.advance(1_000);
    expect(await client.next('ERROR')).toMatchObject({ code: 'UNAUTHENTICATED', retryable: true });
    client.send({ type: 'AUTH', token: await tokenOf('bob', 300) });
    expect(await client.next('ERROR')).toMatchObject({ code: 'UNAUTHENTICATED', retryable: false });
    client.send({ type: 'AUTH', token: await tokenOf('ann', 300) });
    await client.settled();
    await clock.advance(200_000);
    await client.settled();
    await clock.advance(40_000);
    expect(await client.next('ERROR')).toMatchObject({ code: 'UNAUTHENTICATED', retryable: true });
    await clock.advance(60_000);
    expect(await client.untilClosed()).toBe(4401);
  });

  test('SY8: a peer that gives no sign of life for two heartbeats is cut', async () => {
    const clock = new ManualClock();
    await using at = await Harness.start({ clock });
    const client = await at.client('ann', { token: await issueToken({ userId: 'ann', secret: SECRET, now: clock.now() }) });
    for (let i = 0; i < 5; i++) {
      await clock.advance(20_000);
      await client.settled();
    }
    // A peer that never answers a ping.
    client.socket.pause();
    await clock.advance(60_000);
    client.socket.resume();
    expect(await client.untilClosed()).toBe(1006);
  });
});

test('PR4: the drain answers what it has received, then closes with 1001 and takes nobody new', async () => {
  await using at = await Harness.start();
  const { contextId, logId } = await at.context();
  const client = await at.client();
  await client.activate(contextId);
  for (let i = 0; i < 20; i++) client.send(pushFrame(contextId, logId, [mutation(`r${i}`)]));
  await client.next('PUSH_RESULT');
  await at.server.close();
  expect(await client.untilClosed()).toBe(1001);
  const answered = client.frames.filter((frame) => frame.type === 'PUSH_RESULT').length;
  expect(await at.store.context(contextId)).toMatchObject({ head: answered });
  const late = new TestClient(at.server.wsUrl);
  await expect(late.opened()).rejects.toThrow();
});
