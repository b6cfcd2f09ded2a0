import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { get, Server } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { connectToHub, startHub, type Hub } from '../inspector-server/index.ts';
import { startAgent, type Agent } from '../runtime/agent/index.ts';
import { createContextClient, defineSchema, type ContextClient } from '../runtime/index.ts';
import { nodePlatform } from '../runtime/platform/node/index.ts';
import { until } from '../tests/support/until.ts';
import { runCommand, type Ran } from './testing/run-command.ts';

// A hub with a certificate, and an agent, an inspector and the command on another machine.
//
// Tests reach no second machine. Here 127.0.0.2 is the hub's address towards the network: whoever dials that one comes, as far as the hub can see,
// from REMOTE. Everything else is real: TLS, sockets, processes.

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const OUTSIDE = '127.0.0.2';
/** An address that is reserved for examples. */
const REMOTE = '192.0.2.7';
const CERT = join(import.meta.dirname, '../inspector-server/testing/test-only-cert.pem');
const KEY = join(import.meta.dirname, '../inspector-server/testing/test-only-key.pem');

const lines: string[] = [];
let folder = '';
let hub: Hub;
let local = '';
let outside = '';
let client: ContextClient;
let platform: Awaited<ReturnType<typeof nodePlatform>>;
const agents: Agent[] = [];

beforeAll(async () => {
  setDefaultCACertificates([...getCACertificates('default'), readFileSync(CERT, 'utf8')]);
  const emit: (this: Server, event: string, ...args: unknown[]) => boolean = Server.prototype.emit;
  vi.spyOn(Server.prototype, 'emit').mockImplementation(function (this: Server, event: string, ...args: unknown[]) {
    const socket = event === 'request' || event === 'upgrade' ? (args[0] as IncomingMessage).socket : null;
    if (socket?.localAddress === OUTSIDE) Object.defineProperty(socket, 'remoteAddress', { value: REMOTE, configurable: true });
    return emit.call(this, event, ...args);
  });
  folder = mkdtempSync(join(tmpdir(), 'remote-'));
  hub = await startHub({ dataDir: join(folder, 'data'), host: '0.0.0.0', port: 0, hosts: [OUTSIDE], tls: { cert: readFileSync(CERT), key: readFileSync(KEY) }, log: (line) => void lines.push(line) });
  local = `https://127.0.0.1:${hub.port}`;
  outside = `https://${OUTSIDE}:${hub.port}`;
  platform = await nodePlatform({ dir: join(folder, 'store') });
  client = createContextClient({ platform, deviceId: 'ward-tablet', auth: { userId: 'amelie', token: () => 'none' }, endpoints: ['ws://127.0.0.1:1/sync'], schema: defineSchema({ version: 1, entities: {} }) });
});
afterAll(async () => {
  for (const agent of agents) agent.stop();
  await client.close();
  await hub.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The command on the hub's machine, and on another one, which knows the certificate and nothing else. */
const here = (...args: string[]): Promise<Ran> => runCommand([...args, '--data-dir', join(folder, 'data')], { NODE_EXTRA_CA_CERTS: CERT });
const there = (token: string, ...args: string[]): Promise<Ran> => runCommand([...args, '--hub', outside, '--data-dir', join(folder, 'elsewhere')], { NODE_EXTRA_CA_CERTS: CERT, ...(token === '' ? {} : { CONTEXTSCOPE_TOKEN: token }) });

/** Takes back the token that was given under a name. */
async function revoke(name: string): Promise<void> {
  const tokens = JSON.parse((await here('pair', '--list', '--json')).stdout) as { id: string; name: string }[];
  expect((await here('pair', '--revoke', tokens.find((token) => token.name === name)?.id ?? '')).status).toBe(0);
}

const code = (): string => /code is (\d{3} \d{3})/.exec(lines.findLast((line) => line.includes('code is')) ?? '')?.[1] ?? '';
const other = (digits: string): string => String((Number(digits.replace(' ', '')) + 1) % 1_000_000).padStart(6, '0');

/** A token that a code bought, on the other machine. */
async function paired(name: string, ...offer: string[]): Promise<string> {
  expect((await here('pair', ...offer)).status).toBe(0);
  const bought = await there('', 'pair', '--with', code(), '--name', name);
  expect(bought.status).toBe(0);
  return bought.stdout.trim();
}

/** What the hub says to an agent that dials it at `url`: its error's code, or `welcome`. */
async function greeting(url: string, token?: string): Promise<string> {
  const told = Promise.withResolvers<string>();
  const socket = new WebSocket(`${url.replace('https', 'wss')}/agent`);
  socket.addEventListener('error', () => told.resolve('refused'));
  socket.addEventListener('message', ({ data }) => {
    const { error } = JSON.parse(String(data)) as { error?: { code: string } };
    told.resolve(error?.code ?? 'welcome');
  });
  await new Promise((resolve) => socket.addEventListener('open', resolve, { once: true }));
  const info = { clientId: 'stranger', runId: 'r-1', deviceId: 'd', title: 'Stranger', type: 'node', app: 'a', platform: 'p', runtimeVersion: '1', startedAt: 0, capabilities: [], valuePolicy: 'structure' };
  socket.send(JSON.stringify({ id: 1, method: 'Hub.hello', params: { protocol: 1, role: 'agent', client: info, firstSeq: 0, ...(token === undefined ? {} : { token }) } }));
  const said = await told.promise;
  socket.close();
  return said;
}

const clients = async (token: string): Promise<string[]> => (JSON.parse((await there(token, 'clients', '--json')).stdout) as { client: { clientId: string } }[]).map(({ client: { clientId } }) => clientId);

test('an agent of this machine needs no token, one of another machine does, and a made-up one is none', async () => {
  expect(await greeting(local)).toBe('welcome');
  expect(await greeting(outside)).toBe('UNAUTHENTICATED');
  expect(await greeting(outside, 'x'.repeat(43))).toBe('UNAUTHENTICATED');
  for (const path of ['/json/list', '/tokens', '/recordings/x.ctxscope', '/reports/x.ctxscope']) expect((await fetch(`${outside}${path}`)).status, path).toBe(401);
  expect((await fetch(`${local}/json/list`)).status).toBe(200);
  // Nobody gets a link or a code from afar without a token either.
  for (const path of ['/link', '/pairing']) expect((await fetch(`${outside}${path}`, { method: 'POST', body: '{}' })).status, path).toBe(401);
});

test('pairing from end to end: the code is shown on the hub’s machine, typed on the other, and buys a token that is good for what was offered', async () => {
  const before = lines.length;
  expect(await here('pair')).toMatchObject({ status: 0, stdout: expect.stringContaining("stands in the hub's terminal") });
  expect(lines.slice(before).join()).toMatch(/code is \d{3} \d{3}, for one use/);
  const bought = await there('', 'pair', '--with', code(), '--name', 'the other laptop');
  expect(bought).toMatchObject({ status: 0, stdout: expect.stringMatching(/^[\w-]{43}\n$/), stderr: expect.stringContaining(`--hub ${outside}`) });
  expect(lines.at(-1)).toContain(`Paired "the other laptop" from ${REMOTE}`);
  const token = bought.stdout.trim();
  expect((await there(token, 'clients')).status).toBe(0);
  // It observes: it changes nothing and lets nobody else in.
  for (const args of [['pair'], ['link'], ['pair', '--list']]) expect((await there(token, ...args)).status, args.join(' ')).toBe(1);
  const { sessions } = JSON.parse((await here('call', 'hub', 'Hub.sessions')).stdout) as { sessions: { remote: string }[] };
  expect(sessions).toHaveLength(1);
  await revoke('the other laptop');
  expect(await there(token, 'clients')).toMatchObject({ status: 1, stdout: '' });
});

test('a wrong code buys nothing and ends the right one; a used code is used up', async () => {
  expect((await here('pair')).status).toBe(0);
  const first = code();
  expect(await there('', 'pair', '--with', other(first))).toMatchObject({ status: 1, stdout: '', stderr: expect.stringMatching(/code is wrong.*new one/) });
  const second = code();
  expect(second).not.toBe(first);
  // Known by now, and no longer valid. It counts as a wrong one.
  expect(await there('', 'pair', '--with', first)).toMatchObject({ status: 1, stdout: '' });
  const third = code();
  expect((await there('', 'pair', '--with', third)).status).toBe(0);
  expect(await there('', 'pair', '--with', third)).toMatchObject({ status: 1, stdout: '', stderr: expect.stringMatching(/No pairing code is valid now/) });
  expect(await there('', 'pair', '--with', '12')).toMatchObject({ status: 2, stderr: expect.stringMatching(/6 digits/) });
});

test('an agent and an inspector on another machine meet over the hub, by tokens that pairing gave', async () => {
  const forAgent = await paired('an agent', '--control');
  agents.push(startAgent(client, { platform, hub: outside.replace('https', 'wss'), title: 'Ward tablet', token: forAgent }));
  await until(() => agents[0]?.connected === true, 'the agent is welcomed');
  const forInspector = await paired('an inspector', '--control');
  expect(await clients(forInspector)).toContain('ward-tablet');
  expect((await there(forInspector, 'contexts', 'ward-tablet')).status).toBe(0);
  const heard: boolean[] = [];
  const inspector = await connectToHub({ url: outside, token: forInspector, clientId: 'ward-tablet', name: 'a test', event: (event, params) => void (event === 'Hub.client' && heard.push((params as { connected: boolean }).connected)) });
  expect(await inspector.call('Registry.list', {})).toMatchObject({ entries: [] });
  const { sessions } = await inspector.call('Hub.sessions', {});
  expect(sessions).toEqual([expect.objectContaining({ clientId: 'ward-tablet', remote: REMOTE, mode: 'control' })]);
  // Its token taken back, the agent is out, and comes back in with no other.
  await revoke('an agent');
  await until(() => heard.includes(false), 'the agent is gone');
  expect(await greeting(outside, forAgent)).toBe('UNAUTHENTICATED');
  inspector.close();
});

test('a token for some contexts shows no other, from another machine too', async () => {
  const token = await paired('a limited one', '--context', 'clinic-a');
  const inspector = await connectToHub({ url: outside, token, clientId: 'ward-tablet', name: 'a test' });
  expect(inspector.hello).toMatchObject({ mode: 'observe', contexts: ['clinic-a'] });
  await expect(inspector.call('Hub.audit', {})).rejects.toMatchObject({ code: 'NOT_PERMITTED' });
  await expect(inspector.call('Data.rows', { contextId: 'clinic-b', entity: 'patient' })).rejects.toMatchObject({ code: 'NOT_PERMITTED' });
  inspector.close();
});

test('a hub that is dialled with another scheme, by another name or without its certificate is a clear error', async () => {
  const untrusting = await runCommand(['clients', '--hub', outside, '--token', 't'.repeat(43)]);
  expect(untrusting).toMatchObject({ status: 3, stdout: '', stderr: expect.stringMatching(/certificate of the hub.*not trusted.*NODE_EXTRA_CA_CERTS/) });
  expect(await runCommand(['pair', '--hub', outside, '--with', '123456'])).toMatchObject({ status: 3, stderr: expect.stringMatching(/not trusted/) });
  const clear = await runCommand(['clients', '--hub', outside.replace('https', 'http'), '--token', 't'.repeat(43)]);
  expect(clear).toMatchObject({ status: 3, stdout: '', stderr: expect.stringMatching(/begins with https/) });
  // DNS rebinding, over TLS as well.
  const rebound = await new Promise((resolve, reject) => {
    get({ host: OUTSIDE, port: hub.port, path: '/json/version', servername: 'localhost', headers: { host: `evil.example:${hub.port}` } }, (response) => resolve(response.resume().statusCode)).on('error', reject);
  });
  expect(rebound).toBe(403);
});
