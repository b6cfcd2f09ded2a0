import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { AppError } from '../shared/base/app-error.ts';
import { startHub, type Hub } from '../inspector-server/index.ts';
import { startAgent, type Agent } from '../runtime/agent/index.ts';
import { createContextClient, defineSchema, typeOf, type ContextClient } from '../runtime/index.ts';
import { nodePlatform } from '../runtime/platform/node/index.ts';
import { issueToken, openMemoryStore, startSyncServer, type SyncServer } from '../sync-server/index.ts';
import { until } from '../tests/support/until.ts';
import { runCommand, startCommand, type Ran } from './testing/run-command.ts';

// The command against a real client on a real server, through a real hub.

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const secret = new TextEncoder().encode('a secret for tests that is long enough');
const schema = defineSchema({ version: 1, entities: { patient: { value: typeOf<{ name: string; ward?: string }>(), strategy: 'fields', fields: ['name', 'ward'] }, visit: { value: typeOf<{ text: string }>() } } });
type Client = ContextClient<NonNullable<(typeof schema)['types']>>;

const PATIENTS = 40;
let folder = '';
let server: SyncServer;
let hub: Hub;
let client: Client;
const agents: Agent[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'client-commands-'));
  server = await startSyncServer({ port: 0, store: openMemoryStore(), auth: { jwtSecret: secret } });
  for (const contextId of ['clinic-a', 'clinic-b']) {
    await server.admin.createContext({ contextId, kind: 'tenant', title: contextId, schemaVersion: 1 });
    await server.admin.setMember(contextId, 'amelie', 'writer');
  }
  hub = await startHub({ dataDir: join(folder, 'data'), port: 0 });
  const platform = await nodePlatform({ dir: join(folder, 'store') });
  client = createContextClient({ platform, deviceId: 'ward-tablet', auth: { userId: 'amelie', token: () => issueToken({ userId: 'amelie', secret }) }, endpoints: [server.wsUrl], schema, policy: { maxActive: 2 } });
  for (const contextId of ['clinic-a', 'clinic-b']) {
    const handle = await client.activate(contextId);
    await until(() => client.control.status(contextId)?.connection === 'live', 'live');
    for (let i = 0; i < PATIENTS; i++) await handle.put('patient', `p-${i}`, { name: `Patient ${i}`, ward: 'A1' });
    await until(async () => (await handle.outbox()).length === 0, 'settled');
  }
  const address = hub.agentUrl.replace(/\/agent$/, '');
  agents.push(startAgent(client, { platform, hub: address, title: 'Ward tablet', values: 'full' }));
  // A client whose exports and checks never come to their end by themselves.
  const never = (signal: AbortSignal): Promise<never> => new Promise((_, reject) => signal.addEventListener('abort', () => reject(new AppError('CANCELLED', 'It was cancelled')), { once: true }));
  agents.push(
    startAgent(client, {
      platform,
      hub: address,
      title: 'Slow tablet',
      clientId: 'slow',
      more: {
        'Data.export': async ({ cursor }, { signal }) => (cursor === undefined ? { chunk: 'half\n', next: 'more', rows: 1, total: 2, masked: false } : await never(signal)),
        'Registry.check': (_, { signal }) => never(signal),
      },
    }),
  );
  await until(async () => ((await at('clients', '--json')).stdout.match(/"connected": true/g) ?? []).length === 2, 'both are there');
});
afterAll(async () => {
  for (const agent of agents) agent.stop();
  await client.close();
  await hub.close();
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

const at = (...args: string[]): Promise<Ran> => runCommand([...args, '--data-dir', join(folder, 'data')]);

/** Starts a command, and interrupts it once `isReady` is true of it. */
async function interrupted(args: readonly string[], isReady: (stderr: string) => boolean | Promise<boolean>): Promise<Ran> {
  const child = startCommand([...args, '--data-dir', join(folder, 'data')]);
  let [stdout, stderr] = ['', ''];
  child.stdout?.on('data', (data: Buffer) => (stdout += data.toString('utf8')));
  child.stderr?.on('data', (data: Buffer) => (stderr += data.toString('utf8')));
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
  await until(() => isReady(stderr), 'ready to be interrupted', 30_000);
  child.kill('SIGINT');
  return { status: await closed, stdout, stderr };
}

test('export saves every row of a context, as lines of JSON and as CSV, active or dormant', async () => {
  const [json, csv] = [join(folder, 'a.ndjson'), join(folder, 'a.csv')];
  expect(await at('export', 'ward-tablet', 'clinic-a', '--out', json)).toMatchObject({ status: 0, stdout: expect.stringContaining(`${PATIENTS} rows`) });
  const lines = readFileSync(json, 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line) as { id: string; value: unknown });
  expect(lines).toHaveLength(PATIENTS);
  expect(lines[0]).toEqual({ entity: 'patient', id: 'p-0', version: 1, mark: 'confirmed', value: { name: 'Patient 0', ward: 'A1' } });
  await client.deactivate('clinic-a');
  const saved = await at('export', 'ward-tablet', 'clinic-a', '--entity', 'patient', '--format', 'csv', '--out', csv, '--json');
  expect(JSON.parse(saved.stdout)).toMatchObject({ file: csv, rows: PATIENTS, contextId: 'clinic-a', masked: false });
  expect(readFileSync(csv, 'utf8').split('\r\n').slice(0, 2)).toEqual(['id,version,name,ward', 'p-0,1,Patient 0,A1']);
  expect((await at('export', 'ward-tablet', 'clinic-a')).stdout).toBe(readFileSync(json, 'utf8'));
  const again = await at('export', 'ward-tablet', 'clinic-a', '--out', csv);
  expect([again.status, again.stderr]).toEqual([2, expect.stringMatching(/is there already.*--force/)]);
});

test('DB6 Ctrl-C ends an export with status 130 and leaves no half of a file', async () => {
  const out = join(folder, 'half.ndjson');
  const ran = await interrupted(['export', 'slow', 'clinic-a', '--out', out], () => existsSync(`${out}.part`));
  expect(ran).toMatchObject({ status: 130, stdout: '', stderr: expect.stringMatching(/Cancelling\.[\s\S]*is not written/) });
  expect(readdirSync(folder).filter((name) => name.startsWith('half'))).toEqual([]);
});

test('DB6 Ctrl-C cancels the call that runs: on the client too', async () => {
  const attached = (clientId: string) => async (): Promise<boolean> => (JSON.parse((await at('sessions', '--json')).stdout) as { clientId: string | null }[]).some((session) => session.clientId === clientId);
  const ran = await interrupted(['check', 'slow'], attached('slow'));
  expect(ran).toMatchObject({ status: 130, stderr: expect.stringMatching(/Cancelling\.[\s\S]*cancelled/) });
  const query = await interrupted(['query', 'ward-tablet', 'clinic-a', 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n', '--timeout', '60000'], attached('ward-tablet'));
  expect(query).toMatchObject({ status: 130, stdout: '' });
  expect((await at('query', 'ward-tablet', 'clinic-a', 'SELECT count(*) AS n FROM rows')).stdout).toContain(String(PATIENTS));
  const stress = await interrupted(['stress', 'ward-tablet', '--rounds', '100000'], (stderr) => stderr.includes('Context.stressSwitch'));
  expect(stress).toMatchObject({ status: 0, stdout: expect.stringMatching(/^\d+ switches between 2 contexts[\s\S]*No invariant broke/), stderr: expect.stringMatching(/Context\.stressSwitch \d+ %/) });
});

test('check, compare, rows and history read a dormant context and its server', async () => {
  await client.deactivate('clinic-b', { force: true });
  await until(() => client.control.status('clinic-b')?.lifecycle === 'dormant', 'dormant');
  expect(await at('check', 'ward-tablet', 'clinic-b')).toMatchObject({ status: 0, stdout: expect.stringMatching(/clinic-b +agrees +p-[0-9a-f]+-1\.sqlite +Row, file and server agree/) });
  expect(await at('replay', 'ward-tablet', 'clinic-b', '--compare')).toMatchObject({ status: 0, stdout: `clinic-b and the server agree at version ${PATIENTS}\n` });
  expect(await at('replay', 'ward-tablet', 'clinic-b', '--compare', '--to-version', '10')).toMatchObject({ status: 0, stderr: `${PATIENTS - 10} rows changed after version 10: they were not compared\n` });
  expect(await at('replay', 'ward-tablet', 'clinic-b', '--to-version', '10')).toMatchObject({ status: 2, stderr: expect.stringMatching(/goes with --compare/) });
  expect((await at('rows', 'ward-tablet', 'clinic-b', '--as-of', '3')).stdout.trim().split('\n')).toHaveLength(4);
  expect((await at('rows', 'ward-tablet', 'clinic-b')).stdout).toMatch(/patient +fields +40/);
  await server.admin.compact('clinic-b', { upTo: 38 });
  const history = await at('history', 'ward-tablet', 'clinic-b');
  expect(history).toMatchObject({ status: 0, stderr: 'The log goes back to version 38\n' });
  expect(history.stdout.trim().split('\n')).toHaveLength(3);
  expect(await at('history', 'ward-tablet', 'clinic-b', '--from', '5')).toMatchObject({ status: 1, stderr: expect.stringMatching(/before version 38/) });
  expect(await at('rows', 'ward-tablet', 'clinic-b', '--as-of', '5')).toMatchObject({ status: 1, stderr: expect.stringMatching(/before version 38/) });
});

test('rows --only lists the rows that sync keeps something about', async () => {
  const handle = await client.activate('clinic-a');
  client.control.network.emulate({ offline: true });
  await handle.put('patient', 'p-7', { name: 'Grace' });
  await handle.delete('patient', 'p-8');
  const { rows } = JSON.parse((await at('rows', 'ward-tablet', 'clinic-a', 'patient', '--only', 'pending', '--json')).stdout) as { rows: object[] };
  expect(rows).toMatchObject([{ id: 'p-7', mark: 'pending', value: { name: 'Grace' } }, { id: 'p-8', value: null, deleted: true }]);
  expect((await at('rows', 'ward-tablet', 'clinic-a', 'patient', '--only', 'pending')).stdout).toMatch(/^p-8 .* deleted$/m);
  expect(await at('rows', 'ward-tablet', 'clinic-a', 'patient', '--only', 'conflicts')).toMatchObject({ status: 0, stderr: expect.stringContaining('There are no such rows of "patient".') });
  expect(await at('rows', 'ward-tablet', 'clinic-a', '--only', 'pending')).toMatchObject({ status: 2, stderr: expect.stringContaining('Name it behind the context') });
  expect(await at('rows', 'ward-tablet', 'clinic-a', 'patient', '--only', 'some')).toMatchObject({ status: 2, stderr: expect.stringContaining('pending, conflicts, quarantined') });
  client.control.network.emulate(null);
  await until(async () => (await handle.outbox()).length === 0, 'settled');
});

test('what the rest of the listings say of a client and of the hub', async () => {
  expect((await at('files', 'ward-tablet')).stdout).toMatch(/registry\.sqlite +registry/);
  expect(await at('files', 'ward-tablet', '--remove', 'registry.sqlite', '--yes')).toMatchObject({ status: 1, stderr: expect.stringMatching(/prune or forget/) });
  expect(await at('files', 'ward-tablet', '--remove', 'x')).toMatchObject({ status: 2, stderr: expect.stringMatching(/--dry-run.*--yes/) });
  expect((await at('policy', 'ward-tablet')).stdout).toMatch(/tenant contexts active at once +2/);
  expect((await at('migrations', 'ward-tablet')).stdout).toMatch(/clinic-a +1 +1/);
  expect((await at('migrations', 'ward-tablet', 'clinic-a')).stdout).toMatch(/at schema 1 already/);
  expect((await at('recorder', 'ward-tablet')).stdout).toMatch(/^The flight recorder is off/);
  expect((await at('telemetry', 'ward-tablet')).stdout).toMatch(/^CONTEXT +ACTIVATIONS/);
  expect((await at('recordings')).stdout).toMatch(/ward-tablet/);
  expect((await at('reports')).stderr).toBe('No report came in.\n');
  expect((await at('audit', '--limit', '1')).stdout).toMatch(/Registry\.removeFile +REFUSED/);
  expect(await at('network', 'ward-tablet', '--drop', '5', '--context', 'nowhere')).toMatchObject({ status: 2, stderr: expect.stringMatching(/no context "nowhere"/) });
  expect((await at('network', 'ward-tablet', '--latency', '5', '--drop', '50')).stdout).toMatch(/^Emulated: latency 5 ms, 50 % of frames lost\n/);
  expect((await at('network', 'ward-tablet', '--off')).stdout).toMatch(/^Nothing is emulated\n/);
});

test('a report that is saved from a client runs again', async () => {
  expect((await at('recorder', 'ward-tablet', 'on')).stdout).toMatch(/^The flight recorder is on/);
  const handle = await client.activate('clinic-a');
  await handle.put('patient', 'p-1', { name: 'Recorded' });
  await until(async () => (await handle.outbox()).length === 0, 'settled');
  const out = join(folder, 'report.ctxscope');
  expect(await at('report', 'save', 'ward-tablet', '--out', out)).toMatchObject({ status: 0, stdout: expect.stringMatching(/holds values as they are/) });
  expect(await runCommand(['report', 'verify', out])).toMatchObject({ status: 0, stdout: expect.stringMatching(/^identical: \d+ steps/) });
});
