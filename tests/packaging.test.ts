import { execFileSync, spawnSync } from 'node:child_process';
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listFiles } from './support/source.ts';

// The package as its users get it: packed, installed from the tarball into an empty folder, and used from there.

const ROOT = join(import.meta.dirname, '..');
/** What a server or a page needs, and an app that embeds the runtime does not. */
const UNWANTED = ['react', 'react-dom', 'recharts', 'pg', '@electric-sql/pglite', 'jose', 'pino', 'prom-client', 'open', 'sql.js', 'vite', 'vitest', 'typescript', 'node'];

let folder = '';
let installed = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'contextscope-package-'));
  const npm = (args: readonly string[], cwd: string): string => execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], env: clean() });
  // The build that `prepack` makes is the one that is tested.
  npm(['pack', '--pack-destination', folder, '--silent'], ROOT);
  const [tarball] = globSync('*.tgz', { cwd: folder });
  const app = join(folder, 'app');
  mkdirSync(app);
  writeFileSync(join(app, 'package.json'), JSON.stringify({ name: 'app', private: true, type: 'module' }));
  npm(['install', '--no-audit', '--no-fund', '--prefer-offline', join(folder, tarball ?? 'no tarball')], app);
  installed = join(app, 'node_modules/contextscope');
}, 300_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** This test runs inside of npm and vitest, and neither may leak into what it starts. */
function clean(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_|VITEST|NODE_OPTIONS|NODE_ENV)/i.test(name)));
}

function node(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, args, { cwd: join(folder, 'app'), encoding: 'utf8', env: clean() });
}

const command = (...args: string[]): ReturnType<typeof node> => node(join('node_modules', 'contextscope', 'cli', 'bin.mjs'), ...args);

test('the runtime and its agent can be imported', () => {
  const { stdout, stderr } = node(
    '--input-type=module',
    '-e',
    `for (const name of ['contextscope', 'contextscope/agent', 'contextscope/node']) console.log(name, Object.keys(await import(name)).length > 0)`,
  );
  expect(stderr).toBe('');
  expect(stdout).toBe('contextscope true\ncontextscope/agent true\ncontextscope/node true\n');
});

test('the command says what it can do', () => {
  const { status, stdout, stderr } = command('--help');
  expect(stderr).toBe('');
  expect(stdout).toMatch(/^Usage: contextscope/m);
  expect(stdout).toMatch(/\breport\b/);
  expect(status).toBe(0);
});

test('RP3 the installed command verifies a report, and calls a file that is none unreadable', () => {
  writeFileSync(join(folder, 'app/broken.ctxscope'), 'this is no recording');
  const { status, stdout, stderr } = command('report', 'verify', 'broken.ctxscope');
  expect(`${stdout}${stderr}`).not.toMatch(/Cannot find|ERR_|^\s+at /m);
  expect(status).toBe(2);
});

test('a Node that is too old is told so in one line', () => {
  const pretend = `Object.defineProperty(process.versions, 'node', { value: '18.20.0' });`;
  const { status, stdout, stderr } = node('--import', `data:text/javascript,${encodeURIComponent(pretend)}`, join(installed, 'cli/bin.mjs'), '--help');
  expect(stdout).toBe('');
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(stderr).toContain('needs Node 22.13 or newer');
  expect(status).toBe(1);
});

test('nothing comes along that an embedded runtime does not need', () => {
  const names = globSync(['node_modules/*', 'node_modules/@*/*'], { cwd: join(folder, 'app') }).map((path) => path.replace('node_modules/', ''));
  expect(names.filter((name) => UNWANTED.includes(name))).toEqual([]);
  expect(names.length).toBeLessThan(12);
});

test('the package holds JavaScript, types and the built inspector, and no source, test or path of the machine it was made on', () => {
  const files = globSync('**/*', { cwd: installed, exclude: (path) => path === 'node_modules' });
  expect(files).toEqual(expect.arrayContaining(['dist/web/index.html', 'dist/extension/manifest.json', 'dist/node/runtime/index.js', 'LICENSE', 'README.md']));
  expect(files.filter((file) => /(?<!\.d)\.tsx?$|\.test\.|(^|\/)testing\//.test(file))).toEqual([]);
  const texts = files.filter((file) => /\.(?:m?js|ts|json|html)$/.test(file));
  expect(texts.filter((file) => readFileSync(join(installed, file), 'utf8').includes(ROOT))).toEqual([]);
});

test('every package that the JavaScript imports is a dependency or an optional peer', () => {
  const { dependencies, peerDependencies } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as Record<string, Record<string, string>>;
  const known = new Set([...Object.keys(dependencies ?? {}), ...Object.keys(peerDependencies ?? {}), ...builtinModules]);
  const imports = globSync('dist/node/**/*.js', { cwd: installed }).flatMap((file) =>
    [...readFileSync(join(installed, file), 'utf8').matchAll(/(?:^(?:import|export)\b[^'"\n]*|\bimport\()["']([^'".][^'"]*)["']/gm)].map(([, name]) => name as string),
  );
  const packages = imports.filter((name) => !name.startsWith('node:')).map((name) => name.split('/').slice(0, name.startsWith('@') ? 2 : 1).join('/'));
  expect(packages.length).toBeGreaterThan(0);
  expect([...new Set(packages)].filter((name) => !known.has(name))).toEqual([]);
});

test('a worker or process that is found by its address is found in the package too', () => {
  const missing = listFiles('**/*-{worker,process}.ts')
    .filter((file) => /^(?:shared|runtime|sync-server|inspector-server|cli|demo)\//.test(file) && !file.startsWith('shared/ui/') && !/(^|\/)(web|testing)\//.test(file))
    .filter((file) => globSync(`dist/node/${file.replace(/\.ts$/, '.js')}`, { cwd: installed }).length === 0);
  expect(missing).toEqual([]);
});

test('an app in TypeScript finds the types', () => {
  const app = join(folder, 'app');
  writeFileSync(join(app, 'app.ts'), `import * as runtime from 'contextscope';\nimport * as agent from 'contextscope/agent';\nconsole.log(runtime, agent);\n`);
  const flags = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'esnext', '--types', '', '--lib', 'esnext,dom', 'app.ts'];
  const { stdout } = spawnSync(join(ROOT, 'node_modules/.bin/tsc'), flags, { cwd: app, encoding: 'utf8' });
  expect(stdout).toBe('');
});
