import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { contextId } from '../../../shared/core/ids.ts';
import { createAdmin } from '../../admin.ts';
import { lockDirectory } from './directory-lock.ts';
import { openPgliteStore } from './pglite.ts';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'contextscope-pglite-'));
});
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

const codeOf = (thrown: unknown): unknown => (thrown as { code?: unknown }).code;

/** A process that holds a data directory until it is killed. */
async function holder(directory: string): Promise<{ kill(): Promise<void> }> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', fileURLToPath(new URL('../../testing/hold-directory.ts', import.meta.url)), directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  for await (const line of createInterface({ input: child.stdout })) if (line === 'held') break;
  return {
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

test('SV1: a second process on one data directory gets one clear error, and takes over when the first was killed', async () => {
  const dataDir = join(root, 'shared');
  const first = await holder(dataDir);
  const error = await openPgliteStore({ dataDir }).catch((thrown: unknown) => thrown);
  expect(codeOf(error)).toBe('DIRECTORY_IN_USE');
  expect((error as Error).message).toMatch(/in use by process \d+/);
  await first.kill();
  const store = await openPgliteStore({ dataDir });
  // What the killed process had committed is there.
  expect(await store.context(contextId('kept'))).toMatchObject({ head: 1 });
  await expect(openPgliteStore({ dataDir })).rejects.toThrow(/in use by process/);
  await store.close();
  expect(existsSync(`${dataDir}.lock`)).toBe(false);
});

test('SV1: a lock of a process that is gone, of another one with the same number, or that nobody finished writing is taken over', () => {
  const directory = join(root, 'stale');
  for (const left of [JSON.stringify({ pid: 2 ** 22 + 1, startedAt: '1' }), JSON.stringify({ pid: process.pid, startedAt: '1' }), '', 'garbage']) {
    writeFileSync(`${directory}.lock`, left);
    const unlock = lockDirectory(directory);
    expect(() => lockDirectory(directory)).toThrow(/in use by process/);
    unlock();
    expect(existsSync(`${directory}.lock`)).toBe(false);
  }
});

test('SV1: data survives a restart, and each database has a serverId of its own, also when it came from the template', async () => {
  const [a, b] = [join(root, 'a'), join(root, 'b')];
  const first = await openPgliteStore({ dataDir: a });
  const admin = await createAdmin(first);
  await admin.createContext({ contextId: 'c', kind: 'tenant', schemaVersion: 1 });
  await admin.importRows('c', [{ entity: 'e', entityId: 'i', value: 'x' }]);
  const { serverId } = first;
  await first.maintain(Date.now());
  await first.close();
  const other = await openPgliteStore({ dataDir: b });
  expect(other.serverId).not.toBe(serverId);
  await other.close();
  const again = await openPgliteStore({ dataDir: a });
  expect(again.serverId).toBe(serverId);
  expect(await again.context(contextId('c'))).toMatchObject({ head: 1, horizon: 1 });
  await again.close();
});

test('SV1: the template is made once, whole or not at all, and a database starts without one as well', async () => {
  const templateDir = join(root, 'templates');
  const names = () => (existsSync(templateDir) ? readdirSync(templateDir) : []);
  const cold = await openPgliteStore({ memory: true, templateDir });
  await cold.close();
  const [made] = names();
  expect(names()).toEqual([expect.stringMatching(/^pglite-[0-9a-f]{16}\.tar$/)]);
  // Untouched by the next start.
  utimesSync(join(templateDir, made ?? ''), 1, 1);
  const warm = await openPgliteStore({ memory: true, templateDir });
  expect((await warm.heads()).length).toBe(0);
  expect(warm.serverId).not.toBe(cold.serverId);
  await warm.close();
  // A template that is broken is no reason not to start.
  writeFileSync(join(templateDir, made ?? ''), 'broken');
  const repaired = await openPgliteStore({ memory: true, templateDir });
  await repaired.ping();
  await repaired.close();
}, 60_000);

test('SV1: a directory that holds something else is left as it is', async () => {
  const dataDir = join(root, 'home');
  mkdirSync(dataDir);
  writeFileSync(join(dataDir, 'letter.txt'), 'dear');
  expect(codeOf(await openPgliteStore({ dataDir }).catch((thrown: unknown) => thrown))).toBe('NOT_A_DATABASE');
  expect(readdirSync(dataDir)).toEqual(['letter.txt']);
  expect(existsSync(`${dataDir}.lock`)).toBe(false);
});
