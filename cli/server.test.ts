import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createContextClient, defineSchema } from '../runtime/index.ts';
import { nodePlatform } from '../runtime/platform/node/index.ts';
import { PGLITE_WARNING } from '../sync-server/index.ts';
import { startPostgres } from '../tests/support/postgres.ts';
import { runCommand, startCommand, type Ran } from './testing/run-command.ts';

// `contextscope server` as an operator runs it.

vi.setConfig({ testTimeout: 180_000 });

let folder = '';
const children: ChildProcess[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'server-command-'));
});
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

interface Started {
  readonly url: string;
  readonly wsUrl: string;
  readonly dataDir: string;
  /** Ends it as a supervisor does. */
  stop(): Promise<{ status: number | null; stdout: string; stderr: string }>;
}

/** Starts the server, and waits until it says where it listens. */
async function start(name: string, ...args: string[]): Promise<Started> {
  const dataDir = join(folder, name);
  const child = startCommand(['server', '--port', '0', '--data-dir', dataDir, ...args], { DATABASE_URL: '', DATABASE_OWNER_URL: '' });
  children.push(child);
  let [stdout, stderr] = ['', ''];
  child.stderr?.on('data', (data: Buffer) => (stderr += data.toString('utf8')));
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
  const ready = new Promise<void>((resolve) =>
    child.stdout?.on('data', (data: Buffer) => {
      stdout += data.toString('utf8');
      if (stdout.includes('SIGTERM')) resolve();
    }),
  );
  const early = await Promise.race([ready, closed]);
  if (early !== undefined) throw new Error(`It ended with ${early}: ${stderr}`);
  const wsUrl = /Clients connect to (ws:\S+)/.exec(stdout)?.[1] ?? '';
  return {
    url: wsUrl.replace(/^ws/, 'http').replace(/\/sync$/, ''),
    wsUrl,
    dataDir,
    stop: async () => {
      child.kill('SIGTERM');
      return { status: await closed, stdout, stderr };
    },
  };
}

const tokenOf = async (dataDir: string, ...args: string[]): Promise<string> => (await runCommand(['token', ...args, '--data-dir', dataDir])).stdout.trim();

const asAdmin = async ({ url }: Started, token: string, path: string, method: string, body: unknown): Promise<number> =>
  (await fetch(`${url}/admin/${path}`, { method, headers: { authorization: `Bearer ${token}` }, body: JSON.stringify(body) })).status;

const schema = defineSchema({ version: 1, entities: { patient: { strategy: 'fields', fields: ['name'] } } });

/** Writes with a client of its own, and waits until the server has it. */
async function write({ wsUrl, dataDir }: Started, device: string, id: string): Promise<readonly unknown[]> {
  const client = createContextClient({
    platform: await nodePlatform({ dir: join(folder, `${device}-data`) }),
    deviceId: device,
    auth: { userId: 'amelie', token: () => tokenOf(dataDir, 'amelie') },
    endpoints: [wsUrl],
    schema,
  });
  try {
    const clinic = await client.activate('clinic-a');
    await clinic.put('patient', id, { name: id });
    await vi.waitFor(async () => expect(await clinic.outbox()).toEqual([]), { timeout: 20_000, interval: 20 });
    return await clinic.query('SELECT _id FROM patient ORDER BY _id');
  } finally {
    await client.close();
  }
}

test('SY2 SV1: a client gets in with a token of `contextscope token`, and what it wrote is there after SIGTERM and a new start', async () => {
  const first = await start('embedded');
  const admin = await tokenOf(first.dataDir, 'ops', '--admin');
  expect(await asAdmin(first, admin, 'contexts', 'POST', { contextId: 'clinic-a', kind: 'tenant', schemaVersion: 1 })).toBe(201);
  expect(await asAdmin(first, admin, 'contexts/clinic-a/members/amelie', 'PUT', { role: 'writer' })).toBe(200);
  expect(await asAdmin(first, await tokenOf(first.dataDir, 'amelie'), 'contexts', 'GET', undefined)).toBe(403);
  expect(await write(first, 'tablet', 'p-1')).toEqual([{ _id: 'p-1' }]);
  const ended = await first.stop();
  expect(ended.status).toBe(0);
  expect(ended.stderr.trim()).toBe(PGLITE_WARNING);
  const second = await start('embedded');
  expect(await write(second, 'laptop', 'p-2')).toEqual([{ _id: 'p-1' }, { _id: 'p-2' }]);
  expect((await second.stop()).status).toBe(0);
});

test('IS4 SV1: on PostgreSQL it migrates as the owner and serves as a role that may not', async () => {
  const postgres = await startPostgres();
  try {
    const owner = await start('owned', '--database-url', postgres.url);
    expect((await owner.stop()).stderr).toBe('');
    const served = await start('served', '--database-url', postgres.url.replace('postgres@', 'contextscope_server@'), '--owner-url', postgres.url);
    const admin = await tokenOf(served.dataDir, 'ops', '--admin');
    expect(await asAdmin(served, admin, 'contexts', 'POST', { contextId: 'clinic-a', kind: 'tenant', schemaVersion: 1 })).toBe(201);
    expect(await asAdmin(served, admin, 'contexts/clinic-a/members/amelie', 'PUT', { role: 'writer' })).toBe(200);
    expect(await write(served, 'phone', 'p-1')).toEqual([{ _id: 'p-1' }]);
    expect((await served.stop()).status).toBe(0);
    expect(existsSync(join(served.dataDir, 'database'))).toBe(false);
  } finally {
    await postgres.stop();
  }
});

test('with --jwks tokens are checked by public keys alone, and no secret is made', async () => {
  const pair = generateKeyPairSync('ed25519');
  const file = join(folder, 'keys.json');
  writeFileSync(file, JSON.stringify({ keys: [{ ...pair.publicKey.export({ format: 'jwk' }), alg: 'EdDSA' }] }));
  const server = await start('keys', '--jwks', file, '--issuer', 'https://id.example.com');
  const list = async (token: string): Promise<number> => (await fetch(`${server.url}/admin/contexts`, { headers: { authorization: `Bearer ${token}` } })).status;
  const claims = { sub: 'ops', admin: true, iss: 'https://id.example.com', exp: Math.floor(Date.now() / 1000) + 600 };
  expect(await list(signed(pair.privateKey, claims))).toBe(200);
  expect(await list(signed(pair.privateKey, { ...claims, iss: 'https://elsewhere' }))).toBe(401);
  expect(await list(signed(generateKeyPairSync('ed25519').privateKey, claims))).toBe(401);
  expect(readdirSync(server.dataDir)).not.toContain('secret');
  await server.stop();
});

function signed(key: KeyObject, claims: object): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part({ alg: 'EdDSA' })}.${part(claims)}`;
  return `${text}.${sign(null, Buffer.from(text), key).toString('base64url')}`;
}

const refused = (...args: string[]): Promise<Ran> => runCommand(['server', '--port', '0', ...args], { DATABASE_URL: '', DATABASE_OWNER_URL: '' });

/** One line that says what is wrong, beside the warning of the embedded database. */
function expectOneLine({ stdout, stderr }: Ran, pattern: RegExp): void {
  const lines = stderr.trim().split('\n').filter((line) => line !== PGLITE_WARNING && !line.startsWith('(contextscope'));
  expect(lines).toEqual([expect.stringMatching(pattern)]);
  expect(stdout).toBe('');
}

const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

test.concurrent.each([
  ['a secret that is not there', () => ['--jwt-secret-file', join(folder, 'nowhere')], /There is no secret in .*nowhere/],
  ['a secret that is a folder', () => ['--jwt-secret-file', folder], /is a folder: it should hold the secret/],
  ['a secret that is too short', () => ['--jwt-secret-file', file('short', 'abcd')], /too short: it has 4 hex digits, and 64 are the least\. .*openssl/],
  ['a secret that is no hex', () => ['--jwt-secret-file', file('words', 'hunter2')], /no secret in hex digits\. .*openssl/],
  ['a secret and keys', () => ['--jwks', 'https://id.example.com', '--jwt-secret-file', 'x'], /not by both/],
  ['keys at no address', () => ['--jwks', 'ftp://id.example.com'], /--jwks is no address\. .*https:/],
  ['keys that are not there', () => ['--jwks', join(folder, 'nokeys.json')], /nokeys\.json is not there: it should hold public keys/],
  ['keys that are no JSON', () => ['--jwks', file('text.json', 'keys')], /text\.json is no JSON/],
  ['keys that are none', () => ['--jwks', file('empty.json', '{"keys":[]}')], /holds no public keys/],
  ['a database that is none', () => ['--database-url', 'mysql://root:hunter2@localhost/x'], /^(?!.*hunter2).*--database-url is no address of a PostgreSQL/],
  ['an owner without a database', () => ['--owner-url', 'postgres://owner@localhost/x'], /goes with --database-url/],
  ['an address of another machine', () => ['--host', '192.0.2.1', '--jwt-secret-file', file('good', 'ab'.repeat(32))], /192\.0\.2\.1 is no address of this machine\. .*--host/],
])('bad input is status 2 and one line: %s', async (name, args, pattern) => {
  const ran = await refused('--data-dir', join(folder, `bad ${name}`), ...args());
  expect(ran.status).toBe(2);
  expectOneLine(ran, pattern);
});

test('a database that does not answer is status 3, and its password is not printed', async () => {
  for (const host of ['127.0.0.1', 'localhost']) {
    const ran = await refused('--data-dir', join(folder, 'unreachable'), '--database-url', `postgres://app:hunter2@${host}:9/clinics`);
    expect(ran.status).toBe(3);
    expectOneLine(ran, /^(?!.*hunter2).*PostgreSQL does not take the connection: connect ECONNREFUSED/);
  }
});

test('a folder of something else, one that a server has, and a port in use are refused, and nothing is touched', async () => {
  const mine = join(folder, 'mine');
  mkdirSync(mine);
  writeFileSync(join(mine, 'thesis.txt'), 'mine');
  const foreign = await refused('--data-dir', mine);
  expect(foreign.status).toBe(2);
  expectOneLine(foreign, /holds something else\. .*--data-dir/);
  expect(readdirSync(mine)).toEqual(['thesis.txt']);

  const running = await start('running');
  const second = await refused('--data-dir', running.dataDir);
  expect(second.status).toBe(2);
  expectOneLine(second, /in use by process \d+\. Stop that process/);
  await running.stop();

  const taken = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => taken.once('listening', resolve));
  const inUse = await runCommand(['server', '--data-dir', running.dataDir, '--port', String((taken.address() as AddressInfo).port)], { DATABASE_URL: '' });
  taken.close();
  expect(inUse.status).toBe(2);
  expectOneLine(inUse, /Port \d+ is in use\. .*--port/);
});
