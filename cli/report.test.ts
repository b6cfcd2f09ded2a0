import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createContextClient, defineSchema, typeOf } from '../runtime/index.ts';
import { nodePlatform } from '../runtime/platform/node/index.ts';
import { issueToken, openMemoryStore, startSyncServer } from '../sync-server/index.ts';
import { runCommand } from './testing/run-command.ts';

const SECRET = new TextEncoder().encode('a secret for tests that is long enough');
const TOKENS: string[] = [];
let folder = '';
let report = '';

/** A short real session, with its report saved to a file. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'report-'));
  report = join(folder, 'report.ctxscope');
  const server = await startSyncServer({ port: 0, store: openMemoryStore(), auth: { jwtSecret: SECRET } });
  for (const contextId of ['clinic-a', 'clinic-b']) {
    await server.admin.createContext({ contextId, kind: 'tenant', title: contextId, schemaVersion: 1 });
    await server.admin.setMember(contextId, 'amelie', 'writer');
  }
  const client = createContextClient({
    platform: await nodePlatform({ dir: join(folder, 'store') }),
    deviceId: 'device-a',
    auth: {
      userId: 'amelie',
      token: async () => {
        const token = await issueToken({ userId: 'amelie', secret: SECRET });
        TOKENS.push(token);
        return token;
      },
    },
    endpoints: [server.wsUrl],
    schema: defineSchema({ version: 1, entities: { note: { value: typeOf<{ text: string }>() } } }),
    flightRecorder: true,
  });
  const first = await client.switchTo('clinic-a');
  for (let i = 0; i < 20; i++) await first.put('note', `n-${i}`, { text: `note ${i}` });
  await client.switchTo('clinic-b');
  writeFileSync(report, await client.exportReport({ values: 'full' }));
  await client.close();
  await server.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function changed(name: string, sql: string): string {
  const file = join(folder, name);
  copyFileSync(report, file);
  const db = new DatabaseSync(file);
  db.exec(sql);
  db.close();
  return file;
}

test('RP3 report verify: a real session runs again to identical, exit 0', async () => {
  const ran = await runCommand(['report', 'verify', report]);
  expect(ran.stderr).toBe('');
  expect(ran.stdout).toMatch(/^identical: \d+ steps of 1 run, 0 of them bulk steps/);
  expect(ran.status).toBe(0);
  const json = JSON.parse((await runCommand(['report', 'verify', report, '--json'])).stdout) as { verdict: string; steps: number };
  expect(json.verdict).toBe('identical');
  expect(json.steps).toBeGreaterThan(50);
});

test('RP1 no token is in a report', () => {
  const text = readFileSync(report).toString('latin1');
  expect(TOKENS.length).toBeGreaterThan(0);
  for (const token of TOKENS) expect(text).not.toContain(token.slice(0, 40));
});

test('RP3 report verify: an output that was tampered with diverges at its step, exit 1', async () => {
  const file = changed('output.ctxscope', `UPDATE steps SET outputHash = '00000000000000' WHERE step = 30`);
  const ran = await runCommand(['report', 'verify', file]);
  expect(ran.stdout).toMatch(/^diverged at step 30 /);
  expect(ran.status).toBe(1);
});

test('RP3 report verify: an input that was tampered with diverges where it shows, exit 1', async () => {
  const file = changed('input.ctxscope', `UPDATE steps SET input = replace(input, 'note 7', 'note X') WHERE kind = 'writes'`);
  const ran = await runCommand(['report', 'verify', file]);
  expect(ran.stdout).toMatch(/^diverged at step \d+ \(writes of clinic-a/);
  expect(ran.status).toBe(1);
});

test('RP3 report verify: another core is named first, with the way to run the matching one', async () => {
  const file = changed('core.ctxscope', `UPDATE meta SET value = '0.0.9' WHERE key = 'coreVersion'`);
  const ran = await runCommand(['report', 'verify', file]);
  expect(ran.stderr).toContain('recorded by core 0.0.9');
  expect(ran.stderr).toContain('npx contextscope@0.0.9 report verify');
  expect(ran.status).toBe(0);
});

test.each([
  ['steps that are missing', 'DELETE FROM steps WHERE step = 30', 'incomplete: Steps are missing behind step 29'],
  ['no steps at all', 'DELETE FROM steps', 'incomplete: The recording holds events, but no steps'],
  ['no checkpoint', 'DELETE FROM checkpoints', 'incomplete: The run'],
])('RP3 RP6 report verify: %s: exit 2 with the reason', async (_what, sql, said) => {
  const ran = await runCommand(['report', 'verify', changed('incomplete.ctxscope', sql)]);
  expect(ran.stdout).toContain(said);
  expect(ran.status).toBe(2);
});

test('RP6 report verify: a file that is none, is cut, lies, or is not there: one line, exit 2', async () => {
  const other = join(folder, 'other.txt');
  writeFileSync(other, 'no recording at all');
  const cut = join(folder, 'cut.ctxscope');
  writeFileSync(cut, readFileSync(report).subarray(0, 8_192));
  const trigger = changed('trigger.ctxscope', 'CREATE TRIGGER t AFTER INSERT ON events BEGIN DELETE FROM meta; END');
  const json = changed('json.ctxscope', `UPDATE steps SET input = '{' WHERE step = 30`);
  const state = changed('state.ctxscope', `UPDATE checkpoints SET state = '[]'`);
  for (const file of [other, cut, trigger, json, state, join(folder, 'nowhere.ctxscope'), folder]) {
    const ran = await runCommand(['report', 'verify', file]);
    expect([ran.status, (ran.stderr + ran.stdout).trim().split('\n').length], `${file}: ${ran.stderr}`).toEqual([2, 1]);
    expect(ran.stderr).not.toContain('    at ');
  }
  expect((await runCommand(['report', 'verify'])).status).toBe(2);
});
