import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { METHODS } from '../shared/protocol/debug/index.ts';
import { DEFAULT_LIMITS, openForeign, startHub, type Hub } from '../inspector-server/index.ts';
import { program } from './program.ts';
import { runCommand, startCommand, type Ran } from './testing/run-command.ts';

// The command as a user runs it, against a real hub with an agent that needs no runtime.

// Each run is a process of its own, and the machine may be busy.
vi.setConfig({ testTimeout: 60_000 });

let folder = '';
let dataDir = '';
let hub: Hub;
let agent: ReturnType<typeof startCommand>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'command-'));
  dataDir = join(folder, 'data');
  hub = await startHub({ dataDir, port: 0 });
  const { spawn } = await import('node:child_process');
  agent = spawn(process.execPath, [join(import.meta.dirname, '../docs/protocol/example-agent.mjs'), hub.agentUrl], { stdio: 'ignore' });
  while (!(await at('clients', '--json')).stdout.includes('"connected": true'));
});
afterAll(async () => {
  agent.kill();
  await hub.close();
  rmSync(folder, { recursive: true, force: true });
});

const at = (...args: string[]): Promise<Ran> => runCommand([...args, '--data-dir', dataDir]);

/** Bad input is one line that says what to do, and never a stack trace. */
function expectOneLine({ stderr, stdout }: Ran, pattern: RegExp): void {
  expect(stderr.trim()).toMatch(pattern);
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(stderr.trim().split('\n').filter((line) => !line.startsWith('(contextscope'))).toHaveLength(1);
  expect(stdout).toBe('');
}

test('--help names every subcommand, each with a description, and each has a help of its own with an example', async () => {
  const { status, stdout, stderr } = await runCommand(['--help']);
  expect([status, stderr]).toEqual([0, '']);
  for (const command of program().commands) {
    expect(stdout).toMatch(new RegExp(`^  ${command.name()}\\b`, 'm'));
    expect(command.description().length, command.name()).toBeGreaterThan(20);
  }
  const { stdout: help } = await runCommand(['prune', '--help']);
  expect(help).toMatch(/Usage: contextscope prune .*<client>[\s\S]*Examples:\n {2}\$ contextscope prune/);
});

test('--help needs no server: none of its packages is loaded', async () => {
  const { stdout } = await runCommand(['--help'], { NODE_DEBUG_NATIVE: '', NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(`process.on('exit', () => console.log('LOADED', process.moduleLoadList?.filter((m) => /sqlite|undici|websocket/i.test(m)).length ?? 0))`)}` });
  expect(stdout).toMatch(/LOADED 0/);
});

test('every listing is a table for people and JSON for scripts', async () => {
  const table = await at('contexts', 'example');
  expect(table.stdout).toMatch(/^CONTEXT +TITLE +STATE[\s\S]*^red +red +dormant/m);
  const entries = JSON.parse((await at('contexts', 'Example agent', '--json')).stdout) as { row: { contextId: string } }[];
  expect(entries.map(({ row }) => row.contextId)).toEqual(['red', 'blue']);
  const targets = JSON.parse((await at('clients', '--json')).stdout) as { client: { clientId: string } }[];
  expect(targets.map(({ client }) => client.clientId)).toEqual(['example-agent']);
});

test('rows --only is not asked of a client that would leave it unread', async () => {
  expectOneLine(await at('rows', 'example-agent', 'red', 'patient', '--only', 'pending'), /cannot list only pending rows.*older than --only/s);
});

test('activate, deactivate, events and call steer and watch a client', async () => {
  expect(await at('activate', 'example-agent', 'red')).toMatchObject({ status: 0, stdout: expect.stringMatching(/^red is active/) });
  expect(await at('deactivate', 'example-agent', 'red', '--force')).toMatchObject({ status: 0, stdout: 'red is dormant\n' });
  const { stdout } = await at('events', 'exa', '--kind', 'lifecycle,command', '--json');
  const events = stdout.trim().split('\n').map((line) => JSON.parse(line) as { kind: string; contextId: string; data: Record<string, string> });
  expect(events.map(({ kind }) => kind)).toEqual(['lifecycle', 'command', 'lifecycle', 'command']);
  expect(events[1]?.data['by']).toMatch(/^command line \(s-/);
  expect((await at('events', 'exa', '--context', 'blue')).stdout).toBe('');
  expect((await at('events', 'exa', '--last', '1')).stdout.trim().split('\n')).toHaveLength(1);
  expect(JSON.parse((await at('call', 'exa', 'Registry.get', '{"contextId":"blue"}')).stdout)).toMatchObject({ row: { contextId: 'blue' } });
  expect((JSON.parse((await at('call', 'hub', 'Hub.audit')).stdout) as { entries: unknown[] }).entries).toHaveLength(2);
});

test('events --follow prints what happens, until Ctrl-C', async () => {
  const child = startCommand(['events', 'example', '--data-dir', dataDir, '--follow', '--kind', 'command', '--last', '0', '--json']);
  const closed = new Promise((resolve) => child.once('close', resolve));
  const line = new Promise<string>((resolve) => child.stdout?.once('data', (data: Buffer) => resolve(data.toString('utf8'))));
  // Until the command listens, its own call may come too early: it is made again.
  let isSeen = false;
  void line.then(() => (isSeen = true));
  for (let i = 0; !isSeen && i < 50; i++) await at('deactivate', 'example', 'blue');
  expect(JSON.parse(await line)).toMatchObject({ kind: 'command', contextId: 'blue' });
  child.kill('SIGINT');
  expect(await closed).toBe(0);
});

test('record saves one file that passes the checks, and writes over nothing', async () => {
  const out = join(folder, 'session.ctxscope');
  expect((await at('record', 'example', '--out', out)).status).toBe(0);
  openForeign(out, DEFAULT_LIMITS.reportBytes).close();
  const again = await at('record', 'example', '--out', out);
  expect(again.status).toBe(2);
  expectOneLine(again, /is there already.*--force/);
  expect((await at('record', 'example', '--out', out, '--force')).status).toBe(0);
  const nowhere = await at('record', 'example', '--out', join(folder, 'no/such/folder/x.ctxscope'));
  expect(nowhere.status).toBe(2);
  expectOneLine(nowhere, /cannot be written/);
  expect(readdirSync(folder).sort()).toEqual(['data', 'session.ctxscope']);
});

test('what a client cannot do is the answer no: status 1, one line', async () => {
  const ran = await at('explain', 'example', 'red');
  expect(ran.status).toBe(1);
  expectOneLine(ran, /Context\.explain is not answered here/);
});

test.each([
  ['an unknown client', ['contexts', 'nobody'], /no client "nobody"\. There are example-agent \(Example agent\)\./],
  ['an unknown context', ['activate', 'example', 'green'], /no context "green"\. There are red, blue\./],
  ['an unknown method', ['call', 'example', 'Registry.lost'], /no method "Registry\.lost"\. There are Registry\.list,/],
  ['params that do not fit', ['call', 'example', 'Registry.get', '{"contextId":7}'], /do not fit Registry\.get: contextId/],
  ['params that are no JSON', ['call', 'example', 'Registry.get', '{contextId}'], /not JSON\. They look like/],
  ['an unknown kind', ['events', 'example', '--kind', 'wriet'], /no kind of event "wriet"/],
  ['a hub’s address that is none', ['clients', '--hub', 'ftp://x'], /no address of a hub/],
  ['forget without a word', ['forget', 'example', 'red'], /--dry-run.*--yes/],
  ['switching between one', ['stress', 'example', '--context', 'red'], /needs two contexts/],
])('bad input is status 2, one line, and nothing changed: %s', async (_what, args, pattern) => {
  const ran = await at(...args);
  expect(ran.status).toBe(2);
  expectOneLine(ran, pattern);
});

test.each([
  ['an unknown command', ['nosuch']],
  ['an unknown option', ['clients', '--nosuch']],
  ['a missing argument', ['contexts']],
  ['a port that is none', ['hub', '--port', 'ninety']],
  ['a number that does not fit', ['events', 'x', '--last', '-1']],
])('bad usage is status 2: %s', async (_what, args) => {
  const ran = await runCommand(args);
  expect(ran.status).toBe(2);
  expect(ran.stderr).toMatch(/^error: /);
  expect(ran.stderr).not.toMatch(/^\s+at /m);
});

test('nothing reachable is status 3, and says how to start something', async () => {
  const empty = join(folder, 'empty');
  expect(await runCommand(['clients', '--data-dir', empty])).toMatchObject({ status: 3, stderr: expect.stringContaining('contextscope hub') });
  expect(existsSync(empty)).toBe(false);
  const gone = join(folder, 'gone');
  mkdirSync(gone);
  writeFileSync(join(gone, 'hub.json'), JSON.stringify({ url: 'http://127.0.0.1:9', token: 't', pid: 1, hub: 'h' }));
  for (const command of [['clients'], ['contexts', 'x'], ['link'], ['pair'], ['record', 'x', '--out', join(folder, 'y')]]) {
    const ran = await runCommand([...command, '--data-dir', gone]);
    expect(ran.status, command[0]).toBe(3);
    expectOneLine(ran, /No hub answers at http:\/\/127\.0\.0\.1:9\b.*contextscope hub/);
  }
  rmSync(gone, { recursive: true });
});

test('the hub’s own bad input: a port in use, a folder that is not its, one that cannot be written', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => taken.once('listening', resolve));
  const { port } = taken.address() as { port: number };
  const inUse = await runCommand(['hub', '--port', String(port), '--data-dir', join(folder, 'other'), '--no-open']);
  taken.close();
  expect(inUse.status).toBe(2);
  expectOneLine(inUse, /Port \d+ is in use\. .*--port/);

  const mine = join(folder, 'mine');
  mkdirSync(mine);
  writeFileSync(join(mine, 'thesis.txt'), 'mine');
  const foreign = await runCommand(['hub', '--port', '0', '--data-dir', mine, '--no-open']);
  expect(foreign.status).toBe(2);
  expectOneLine(foreign, /holds something else\. .*--data-dir/);
  expect(readdirSync(mine)).toEqual(['thesis.txt']);

  const file = await runCommand(['hub', '--port', '0', '--data-dir', join(mine, 'thesis.txt', 'below'), '--no-open']);
  expect(file.status).toBe(2);
  expectOneLine(file, /is no folder/);
  chmodSync(mine, 0o700);

  const second = await runCommand(['hub', '--port', '0', '--data-dir', dataDir, '--no-open']);
  expect(second.status).toBe(2);
  expectOneLine(second, /A hub runs on this data folder already/);
  const open = await runCommand(['hub', '--port', '0', '--host', '0.0.0.0', '--data-dir', join(folder, 'open'), '--no-open']);
  expect(open.status).toBe(2);
  expectOneLine(open, /--allow-remote/);
  expect(existsSync(join(folder, 'open'))).toBe(false);
});

test('hub prints a link that works once, and Ctrl-C stops it cleanly', async () => {
  const own = join(folder, 'own');
  const child = startCommand(['hub', '--port', '0', '--data-dir', own, '--no-open']);
  const closed = new Promise((resolve) => child.once('close', resolve));
  let text = '';
  await new Promise<void>((resolve) =>
    child.stdout?.on('data', (data: Buffer) => {
      text += data.toString('utf8');
      if (text.includes('Ctrl-C')) resolve();
    }),
  );
  const [, url = '', token = ''] = /The inspector: (http:\/\/[^/]+)\/#token=(\S+)/.exec(text) ?? [];
  const post = async (): Promise<number> => (await fetch(`${url}/session`, { method: 'POST', body: JSON.stringify({ token }) })).status;
  expect([await post(), await post()]).toEqual([200, 401]);
  const link = await runCommand(['link', '--data-dir', own]);
  expect(link.stdout).toContain(`${url}/#token=`);
  child.kill('SIGINT');
  expect(await closed).toBe(0);
  expect(existsSync(join(own, 'hub.json'))).toBe(false);
});

test('pair lets another machine in by a code, and takes its token back', async () => {
  const own = join(folder, 'pairing');
  const child = startCommand(['hub', '--port', '0', '--data-dir', own, '--no-open']);
  const closed = new Promise((resolve) => child.once('close', resolve));
  let text = '';
  const until = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve) => {
      const look = (): void => {
        const found = pattern.exec(text);
        if (found !== null) resolve(found);
      };
      child.stdout?.on('data', (data: Buffer) => {
        text += data.toString('utf8');
        look();
      });
      look();
    });
  const [, url = ''] = await until(/The inspector: (http:\/\/[^/]+)\/[\s\S]*Ctrl-C/);
  expect((await runCommand(['pair', '--data-dir', own, '--context', 'red'])).status).toBe(0);
  const [, first = '', second = ''] = await until(/code is (\d{3}) (\d{3})/);
  const bought = await runCommand(['pair', '--hub', url, '--with', `${first} ${second}`, '--data-dir', join(folder, 'elsewhere')]);
  expect(bought.status).toBe(0);
  const elsewhere = (...args: string[]): Promise<Ran> => runCommand([...args, '--hub', url, '--data-dir', join(folder, 'elsewhere')], { CONTEXTSCOPE_TOKEN: bought.stdout.trim() });
  expect((await elsewhere('clients')).status).toBe(0);
  expect((await elsewhere('link')).status).toBe(1);
  const tokens = JSON.parse((await runCommand(['pair', '--list', '--json', '--data-dir', own])).stdout) as { id: string; kind: string; contexts: string[] | null }[];
  const paired = tokens.find(({ kind }) => kind === 'paired');
  expect(paired?.contexts).toEqual(['red']);
  expect((await runCommand(['pair', '--revoke', paired?.id ?? '', '--data-dir', own])).status).toBe(0);
  expect((await elsewhere('clients')).status).toBe(1);
  child.kill('SIGTERM');
  await closed;
});

test('protocol prints one JSON Schema with every method and event', async () => {
  const schema = JSON.parse((await runCommand(['protocol'])).stdout) as { methods: Record<string, unknown>; events: Record<string, unknown> };
  expect(Object.keys(schema.methods)).toEqual(Object.keys(METHODS));
  expect(schema.events).toHaveProperty(['Client.events']);
});

test('what a client says cannot steer the terminal', async () => {
  const { lineOf } = await import('./exit.ts');
  const { AppError } = await import('../shared/base/app-error.ts');
  expect(lineOf(new AppError('X', 'a\u001B[2Jb\nc\u202Ed'))).toBe('contextscope: a\\u{1b}[2Jb\\u{a}c\\u{202e}d');
});

test('the version is the package’s', async () => {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8')) as { version: string };
  expect((await runCommand(['--version'])).stdout.trim()).toBe(version);
});
