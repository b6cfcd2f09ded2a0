import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { SignJWT, exportJWK, generateKeyPair } from 'jose';
import { expect, test } from 'vitest';
import { Harness } from './testing/harness.ts';
import { TestClient } from './testing/test-client.ts';

test('SY8: SIGTERM drains a server process: its clients are told to go elsewhere, and it ends by itself', async () => {
  const script = fileURLToPath(new URL('testing/drained-process.ts', import.meta.url));
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const { wsUrl } = JSON.parse(String((await lines.next()).value)) as { wsUrl: string };
  const client = await TestClient.open(wsUrl, 'ann');
  child.kill('SIGTERM');
  expect(await client.untilClosed()).toBe(1001);
  expect((await lines.next()).value).toBe('drained');
  expect(await ended).toBe(0);
});

test('IS4: keys behind a URL: a token of a key that is there opens', async () => {
  const keys: object[] = [];
  const jwks = createServer((_, response) => response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys })));
  await new Promise<void>((resolve) => jwks.listen(0, '127.0.0.1', resolve));
  const issue = async (kid: string, publish: boolean): Promise<string> => {
    const { publicKey, privateKey } = await generateKeyPair('EdDSA', { extractable: true });
    if (publish) keys.push({ ...(await exportJWK(publicKey)), kid, alg: 'EdDSA' });
    return await new SignJWT({}).setProtectedHeader({ alg: 'EdDSA', kid }).setSubject('ann').setExpirationTime('1h').sign(privateKey);
  };
  try {
    const token = await issue('k1', true);
    await using at = await Harness.start({ auth: { jwks: new URL(`http://127.0.0.1:${(jwks.address() as AddressInfo).port}/jwks.json`) } });
    await at.client('ann', { token });
    const stranger = await at.socket();
    stranger.send({ type: 'HELLO', protocol: 1, token: await issue('k2', false), deviceId: 'd', app: 'test' });
    expect((await stranger.next('ERROR')).code).toBe('UNAUTHENTICATED');
  } finally {
    jwks.close();
  }
});
