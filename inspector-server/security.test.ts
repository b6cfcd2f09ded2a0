import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { AppError } from '../shared/base/app-error.ts';
import { DEBUG_PROTOCOL, METHODS, methodOf, type MethodName } from '../shared/protocol/debug/index.ts';
import { startHub } from './index.ts';
import { HubKit, rawGet, shiftingClock, until } from './testing/hub-kit.ts';

let kit: HubKit;
beforeEach(() => (kit = new HubKit()));
afterEach(() => kit.end());

const CLIENT = '/client/client-rounds';
const SOCKETS = ['/agent', '/hub', CLIENT];
const EXTENSION = 'abcdefghijklmnopabcdefghijklmnop';

/** The status that an upgrade is refused with; 101 when it is not. */
function upgradeStatus(url: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url, { headers });
    socket.once('open', () => {
      socket.terminate();
      resolve(101);
    });
    socket.once('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
    socket.once('error', () => undefined);
  });
}

test('a foreign Origin gets nothing, by no socket and no request', async () => {
  const hub = await kit.hub();
  await kit.agent(hub);
  const ws = hub.url.replace('http', 'ws');
  for (const origin of ['https://evil.example', 'null', 'http://127.0.0.1', `https://127.0.0.1:${hub.port}`, `http://127.0.0.1:${hub.port}.evil.example`, `chrome-extension://${EXTENSION}`, 'file://']) {
    for (const path of SOCKETS) expect(await upgradeStatus(`${ws}${path}`, { origin }), `${path} from ${origin}`).toBe(403);
    for (const path of ['/', '/json/list', '/json/version', '/recordings/x.ctxscope']) expect((await rawGet(hub, path, { origin })).status, `${path} from ${origin}`).toBe(403);
    expect((await rawGet(hub, '/session', { origin }, 'OPTIONS')).headers).not.toHaveProperty('access-control-allow-origin');
  }
});

test('a name that was rebound to this machine gets nothing (DNS rebinding)', async () => {
  const hub = await kit.hub();
  const ws = hub.url.replace('http', 'ws');
  for (const host of ['evil.example', `evil.example:${hub.port}`, '127.0.0.1', '127.0.0.1:1', `localhost.evil.example:${hub.port}`]) {
    for (const path of SOCKETS) expect(await upgradeStatus(`${ws}${path}`, { host }), `${path} as ${host}`).not.toBe(101);
    const { status, body } = await rawGet(hub, '/json/list', { host });
    expect([status, body.includes('webSocketDebuggerUrl')], `as ${host}`).toEqual([403, false]);
  }
});

test('what another website embeds without an Origin gets nothing', async () => {
  const hub = await kit.hub();
  for (const site of ['cross-site', 'same-site']) {
    expect((await rawGet(hub, '/json/list', { 'sec-fetch-site': site, 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' })).status).toBe(403);
    expect((await rawGet(hub, '/json/list', { 'sec-fetch-site': site, 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' })).status).toBe(403);
  }
  expect((await rawGet(hub, '/', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' })).status).not.toBe(403);
  expect((await rawGet(hub, '/json/list', { 'sec-fetch-site': 'none' })).status).toBe(200);
});

test('its own origin, a configured one and the extension’s may talk to it, and programs without one', async () => {
  const hub = await kit.hub({ origins: ['http://localhost:5173'], extensionIds: [EXTENSION], hosts: ['hub.test'] });
  const ws = hub.url.replace('http', 'ws');
  for (const origin of [hub.url, `http://localhost:${hub.port}`, 'http://localhost:5173', `chrome-extension://${EXTENSION}`]) expect(await upgradeStatus(`${ws}/hub`, { origin }), origin).toBe(101);
  expect(await upgradeStatus(`${ws}/hub`, {})).toBe(101);
  expect((await rawGet(hub, '/json/version', { host: `hub.test:${hub.port}` })).status).toBe(200);
  expect((await rawGet(hub, '/session', { origin: 'http://localhost:5173' }, 'OPTIONS')).headers).toMatchObject({ 'access-control-allow-origin': 'http://localhost:5173' });
});

test('the page is served with strict headers, and no path leads out of its folder', async () => {
  const hub = await kit.hub({ webDir: join(import.meta.dirname, 'http') });
  const { headers } = await rawGet(hub, '/guard.ts', {});
  expect(headers['content-security-policy']).toContain(`default-src 'none'`);
  expect(headers['content-security-policy']).not.toMatch(/unsafe-(inline|eval)(?!')|'unsafe-eval'|\*/);
  expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY', 'referrer-policy': 'no-referrer' });
  for (const path of ['/../hub.ts', '/%2e%2e/hub.ts', '/..%2fhub.ts', '/%00', '/..\\hub.ts', '/%', '//etc/passwd']) expect((await rawGet(hub, path, {})).status, path).toBe(404);
});

test('a start link is good for one use, and its session survives a reload and a restart of the hub', async () => {
  const hub = await kit.hub();
  await kit.agent(hub);
  const link = hub.newLink();
  expect(link).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#token=[\w-]{43}$/);
  const start = link.split('#token=')[1] ?? '';
  const { token } = (await (await kit.post(hub, '/session', { token: start })).json()) as { token: string };
  expect((await kit.post(hub, '/session', { token: start })).status).toBe(401);
  expect((await kit.post(hub, '/session', { token })).status).toBe(200);
  expect((await (await kit.dial(hub, '/hub')).hello(token)).mode).toBe('control');
  // The start token itself opens no socket, used or not.
  expect(await (await kit.dial(hub, '/hub')).refusal('Hub.hello', { protocol: DEBUG_PROTOCOL, role: 'inspector', token: hub.newLink().split('=')[1] })).toBe('UNAUTHENTICATED');
  await hub.close();
  const again = await kit.hub();
  expect((await (await kit.dial(again, '/hub')).hello(token)).mode).toBe('control');
});

test('a session ends with its time', async () => {
  const clock = shiftingClock();
  const hub = await kit.hub({ clock });
  const { token } = (await (await kit.post(hub, '/session', { token: hub.newLink().split('=')[1] })).json()) as { token: string };
  clock.shift(8 * 24 * 3_600_000);
  expect(await (await kit.dial(hub, '/hub')).refusal('Hub.hello', { protocol: DEBUG_PROTOCOL, role: 'inspector', token })).toBe('UNAUTHENTICATED');
});

test('tokens and codes are on disk for the owner only, and only as hashes', async () => {
  const hub = await kit.hub();
  const token = await kit.paired(hub, {});
  expect(statSync(join(kit.dataDir, 'hub.json')).mode & 0o077).toBe(0);
  expect(statSync(join(kit.dataDir, 'tokens.json')).mode & 0o077).toBe(0);
  const { readFileSync } = await import('node:fs');
  expect(readFileSync(join(kit.dataDir, 'tokens.json'), 'utf8')).not.toContain(token);
});

test('an inspector without a good token is told so, and learns nothing', async () => {
  const hub = await kit.hub();
  await kit.agent(hub);
  for (const path of ['/hub', CLIENT, '/client/nobody']) {
    const stranger = await kit.dial(hub, path);
    expect(await stranger.refusal('Registry.list', {})).toBe('UNAUTHENTICATED');
    await until(() => stranger.closedBecause !== null);
    const liar = await kit.dial(hub, path);
    // Also whether there is such a client.
    expect(await liar.refusal('Hub.hello', { protocol: DEBUG_PROTOCOL, role: 'inspector', token: randomBytes(32).toString('base64url') })).toBe('UNAUTHENTICATED');
    expect(await liar.refusal('Hub.hello', { protocol: DEBUG_PROTOCOL, role: 'inspector' })).toBe('UNAUTHENTICATED');
  }
  expect(await (await kit.dial(hub, '/client/nobody')).refusal('Hub.hello', { protocol: DEBUG_PROTOCOL, role: 'inspector', token: kit.token })).toBe('UNKNOWN_CLIENT');
  for (const path of ['/recordings/x.ctxscope', '/reports/x.ctxscope', '/tokens']) expect((await fetch(`${hub.url}${path}`)).status, path).toBe(401);
});

test('a socket that does not say hello is closed', async () => {
  const hub = await kit.hub({ limits: { helloMs: 20 } });
  const [agent, inspector] = [await kit.dial(hub, '/agent'), await kit.dial(hub, '/hub')];
  await until(() => agent.closedBecause !== null && inspector.closedBecause !== null);
});

test('frames that do not fit are answered with an error and change nothing', async () => {
  const hub = await kit.hub();
  const agent = await kit.agent(hub);
  const inspector = await kit.inspector(hub, CLIENT);
  const bad = ['', 'null', '[]', '{}', '{"id":"1","method":"Registry.list"}', '{"id":1.5,"method":"Registry.list"}', '{"method":5}', '{"id":7,"method":"Nope.nope"}', '{"id":8,"method":"Context.prune","params":{"contexts":[]}}', '{"id":9,"method":"__proto__"}', '{"id":10,"method":"Client.credit","params":{"bytes":-5}}', '\u0000'.repeat(9)];
  for (const text of bad) {
    const before = inspector.texts.length;
    inspector.socket.send(text);
    await until(() => inspector.texts.length > before);
    expect(JSON.parse(inspector.texts.at(-1) ?? ''), text).toMatchObject({ error: { code: expect.stringMatching(/^(BAD_MESSAGE|BAD_PARAMS|UNKNOWN_METHOD)$/) } });
  }
  inspector.socket.send(Buffer.from([1, 2, 3]));
  await until(() => (inspector.texts.at(-1) ?? '').includes('BAD_MESSAGE'));
  expect(agent.calls.every(({ method }) => ['Client.enable', 'Client.getInfo', 'Registry.list'].includes(method))).toBe(true);

  const hostile = await kit.dial(hub, '/agent');
  await hostile.call('Hub.hello', { protocol: DEBUG_PROTOCOL, role: 'agent', client: { ...agent.info, clientId: 'hostile' } });
  for (const params of [{ runId: 5, events: [] }, { runId: agent.info.runId, events: [{ seq: -1 }] }, { runId: agent.info.runId, events: [{ seq: 1, at: 1, kind: 'evil', data: {} }] }]) hostile.socket.send(JSON.stringify({ method: 'Client.events', params }));
  await until(() => hostile.texts.filter((text) => text.includes('BAD_MESSAGE')).length === 3);
  const { targets } = await (await kit.inspector(hub, '/hub')).call('Hub.targets', {});
  expect(targets.map(({ client }) => client.clientId).sort()).toEqual(['client-rounds', 'hostile']);
  expect((await inspector.call('Registry.list', {})).entries).toHaveLength(14);
});

test('a frame that is too large ends the socket and nothing else', async () => {
  const hub = await kit.hub({ limits: { frameBytes: 20_000 } });
  await kit.agent(hub);
  const inspector = await kit.inspector(hub, '/hub');
  inspector.socket.on('error', () => undefined);
  inspector.socket.send('x'.repeat(30_000));
  await until(() => inspector.closedBecause !== null);
  expect((await fetch(`${hub.url}/json/version`)).status).toBe(200);
});

test('connections are bounded, and those that were let in go on', async () => {
  const hub = await kit.hub({ limits: { inspectors: 3, strangers: 5 } });
  const inspectors = await Promise.all([0, 1, 2].map(() => kit.inspector(hub, '/hub')));
  expect(await upgradeStatus(`${hub.url.replace('http', 'ws')}/hub`, {})).toBe(503);
  for (let i = 0; i < 5; i++) await kit.dial(hub, '/agent');
  expect(await upgradeStatus(`${hub.url.replace('http', 'ws')}/agent`, {})).toBe(503);
  expect(await Promise.all(inspectors.map((one) => one.refusal('Hub.targets', {})))).toEqual(['none', 'none', 'none']);
});

test('bytes that are no HTTP, and half a request, do no harm', async () => {
  const hub = await kit.hub();
  for (const bytes of ['\u0016\u0003\u0001', 'GET / HTTP/9.9\r\n\r\n', 'GET /hub HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n', `POST /session HTTP/1.1\r\nHost: 127.0.0.1:${hub.port}\r\nContent-Length: 10\r\n\r\nabc`]) {
    const socket = connect(hub.port, '127.0.0.1');
    await new Promise((resolve) => socket.write(bytes, resolve));
    socket.destroy();
  }
  expect((await fetch(`${hub.url}/json/version`)).status).toBe(200);
});

test('DB2 an observe session cannot call one method that changes the client', async () => {
  const hub = await kit.hub();
  const agent = await kit.agent(hub);
  const token = await kit.paired(hub, { mode: 'observe' });
  const inspector = await kit.inspector(hub, CLIENT, token);
  const changing = (Object.keys(METHODS) as MethodName[]).filter((name) => methodOf(name).changes);
  expect(changing.length).toBeGreaterThan(8);
  const context = { contextId: 'clinic-a', commandId: 'c', contexts: ['clinic-a', 'clinic-b'], rounds: 1, mode: 'compare', file: 'x', conflictId: 'k', choice: 'mine', conditions: null, dryRun: true };
  for (const method of changing) expect(await inspector.refusal(method, { ...context, ...(method === 'Hub.pairing' ? { mode: 'control' } : {}) }), method).toBe('READ_ONLY');
  expect(agent.calls.filter(({ method }) => methodOf(method).changes)).toEqual([]);
  expect((await inspector.call('Registry.list', {})).entries).toHaveLength(14);
  for (const [method, path] of [['POST', '/link'], ['POST', '/pairing'], ['GET', '/tokens'], ['DELETE', '/tokens/x']] as const) expect((await fetch(`${hub.url}${path}`, { method, headers: { authorization: `Bearer ${token}` } })).status, path).toBe(403);
});

test('a token that was taken back ends its sockets and opens none', async () => {
  const hub = await kit.hub();
  await kit.agent(hub);
  const token = await kit.paired(hub, {});
  const inspector = await kit.inspector(hub, CLIENT, token);
  const { tokens } = (await (await fetch(`${hub.url}/tokens`, { headers: { authorization: `Bearer ${kit.token}` } })).json()) as { tokens: { id: string; kind: string }[] };
  const id = tokens.find(({ kind }) => kind === 'paired')?.id ?? '';
  expect((await fetch(`${hub.url}/tokens/${id}`, { method: 'DELETE', headers: { authorization: `Bearer ${kit.token}` } })).status).toBe(200);
  await until(() => inspector.closedBecause !== null);
  expect(await (await kit.dial(hub, CLIENT)).refusal('Hub.hello', { protocol: DEBUG_PROTOCOL, role: 'inspector', token })).toBe('UNAUTHENTICATED');
  const { entries } = await (await kit.inspector(hub, '/hub')).call('Hub.audit', {});
  expect(entries.map(({ method, by }) => [method, by])).toEqual([['DELETE /tokens', 'command line'], ['POST /pairing', 'command line']]);
});

test('another agent cannot take the place of a client that came with a token', async () => {
  const hub = await kit.hub();
  const token = await kit.paired(hub, { mode: 'control' });
  const agent = await kit.agent(hub, { token });
  await expect(kit.agent(hub)).rejects.toMatchObject({ code: 'NOT_PERMITTED' });
  await expect(kit.agent(hub, { token: 'wrong' })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  expect(agent.closedBecause).toBeNull();
});

test('what came through a proxy on this machine is not of this machine', async () => {
  const hub = await kit.hub();
  await kit.agent(hub);
  for (const headers of [{ 'x-forwarded-for': '203.0.113.9' }, { forwarded: 'for=203.0.113.9' }, { via: '1.1 gate' }] as readonly Readonly<Record<string, string>>[]) {
    await expect(kit.agent(hub, { headers, client: { clientId: 'far' } }), JSON.stringify(headers)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect((await rawGet(hub, '/json/list', headers)).status, JSON.stringify(headers)).toBe(401);
  }
  expect((await rawGet(hub, '/json/list')).status).toBe(200);
});

test('beyond this machine the hub listens only with TLS or when told to', async () => {
  await expect(startHub({ dataDir: kit.dataDir, port: 0, host: '0.0.0.0' })).rejects.toThrow(AppError);
  await expect(startHub({ dataDir: kit.dataDir, port: 0, host: '0.0.0.0' })).rejects.toMatchObject({ code: 'NOT_LOOPBACK' });
  const hub = await kit.hub({ host: '0.0.0.0', allowRemote: true });
  expect((await fetch(`http://127.0.0.1:${hub.port}/json/version`)).status).toBe(200);
});
