import { builtinModules } from 'node:module';
import { basename, posix } from 'node:path';
import { expect, test } from 'vitest';
import { asNode, listFiles, parseFile, readText, textOf, walk, type SyntaxNode } from './support/source.ts';

// The architecture, as a table: which zone may import what. Reading it is reading the house.

interface Row {
  /** A folder, or one file. A file belongs to the longest row that holds it. */
  readonly at: string;
  /** Folders and files outside of the row that it may import. */
  readonly zones: readonly string[];
  /** npm packages; `node:` stands for Node's own modules. */
  readonly packages: readonly string[];
  /** What the tests of the zone may import beside `FOR_TESTS`: the real thing at the other end. */
  readonly forTests?: readonly string[];
  /** Only for an exception that should go away: why it is there. */
  readonly debt?: `DEBT: ${string}`;
}

const BASE = 'shared/base';
const CORE = 'shared/core';
const CHANNEL = 'shared/protocol/channel.ts';
const SYNC = 'shared/protocol/sync';
const DEBUG = 'shared/protocol/debug';
const SHARED = ['shared'];
const FRONT_DOORS = [
  BASE,
  CORE,
  CHANNEL,
  'shared/protocol/sync/index.ts',
  'shared/protocol/debug/index.ts',
  'shared/engine/index.ts',
  'shared/recording/index.ts',
  'shared/views/index.ts',
  'runtime/index.ts',
  'runtime/agent/index.ts',
  'runtime/recorder/index.ts',
  'runtime/platform/node/index.ts',
  'sync-server/index.ts',
  'inspector-server/index.ts',
  'demo/index.ts',
];

const TABLE: readonly Row[] = [
  { at: BASE, zones: [], packages: [] },
  { at: CORE, zones: [BASE, CORE], packages: [] },
  { at: 'shared/core/ids.ts', zones: [BASE], packages: ['zod'] },
  { at: 'shared/core/strategies', zones: [BASE, CORE], packages: ['fast-diff', 'ot-text-unicode'] },
  { at: 'shared/partition', zones: [BASE, CORE], packages: [] },
  { at: 'shared/protocol', zones: [BASE, CORE], packages: ['zod'] },
  { at: 'shared/engine', zones: [BASE, CORE, 'shared/partition', CHANNEL, SYNC], packages: [] },
  { at: 'shared/recording', zones: [BASE, CORE, 'shared/partition', 'shared/protocol', 'shared/engine'], packages: [] },
  { at: 'shared/views', zones: [BASE, CORE, 'shared/protocol', 'shared/recording'], packages: [] },
  { at: 'shared/ui', zones: SHARED, packages: ['react', 'react-dom', '@tanstack/react-table', '@tanstack/react-virtual', 'recharts', 'sql.js'] },
  {
    at: 'runtime',
    zones: [BASE, CORE, 'shared/partition', CHANNEL, SYNC, 'shared/engine', 'runtime/recorder'],
    packages: [],
    // Real files, a real server, a hub's end of the debug protocol, and every recording run again (RP8).
    forTests: ['runtime/platform/node', 'runtime/agent', DEBUG, 'shared/recording', 'sync-server/index.ts'],
  },
  { at: 'runtime/recorder', zones: [BASE, CORE, 'shared/engine', 'shared/recording'], packages: [], forTests: ['runtime'] },
  { at: 'runtime/agent', zones: [BASE, CORE, CHANNEL, DEBUG, 'runtime/control', 'runtime/recorder'], packages: [] },
  {
    at: 'runtime/platform/node',
    zones: [BASE, CORE, 'shared/partition', CHANNEL, SYNC, 'shared/engine', 'runtime', 'runtime/recorder'],
    packages: ['node:', 'ws', 'xxhash-wasm'],
  },
  {
    at: 'runtime/platform/browser',
    zones: [BASE, CORE, 'shared/partition', CHANNEL, SYNC, 'shared/engine', 'runtime', 'runtime/recorder'],
    packages: ['@sqlite.org/sqlite-wasm', 'sql.js', 'xxhash-wasm'],
  },
  {
    at: 'sync-server',
    zones: [BASE, CORE, 'shared/partition', CHANNEL, SYNC],
    packages: ['node:', 'ws', 'pg', '@electric-sql/pglite', 'xxhash-wasm', 'jose', 'prom-client', 'pino'],
  },
  { at: 'inspector-server', zones: [BASE, CHANNEL, DEBUG, 'shared/recording', 'shared/views'], packages: ['node:', 'ws', 'pino'] },
  { at: 'inspector-server/web', zones: [BASE, CHANNEL, DEBUG, 'shared/ui'], packages: ['react', 'react-dom'] },
  { at: 'extension', zones: [BASE, CHANNEL, DEBUG, 'shared/ui'], packages: ['react', 'react-dom', '@crxjs/vite-plugin'] },
  { at: 'cli', zones: FRONT_DOORS, packages: ['node:', 'commander', 'open'] },
  // The command finds its compiled self in the package.
  { at: 'cli/bin.mjs', zones: ['cli', 'dist'], packages: ['node:'] },
  { at: 'demo', zones: FRONT_DOORS, packages: ['node:', 'open'] },
  { at: 'demo/web', zones: [BASE, CORE, 'demo', 'runtime', 'runtime/platform/browser'], packages: ['react', 'react-dom'] },
  // From here on nothing is shipped.
  { at: 'bench', zones: [...SHARED, ...FRONT_DOORS, 'runtime', 'sync-server', 'inspector-server', 'demo', 'tests/support'], packages: ['*'] },
  { at: 'tests', zones: [...SHARED, ...FRONT_DOORS, 'runtime', 'sync-server', 'inspector-server', 'extension', 'cli', 'demo', 'bench'], packages: ['*'] },
  // An example that stands for itself.
  { at: 'docs/protocol', zones: [], packages: [] },
  { at: 'scripts', zones: ['tests/support'], packages: ['node:', 'vite', 'playwright-core'] },
  { at: 'knip.ts', zones: [], packages: ['knip'] },
  { at: 'vite.config.ts', zones: [], packages: ['node:', 'vite', 'vitest', '@vitejs/plugin-react', '@crxjs/vite-plugin'] },
];

/** What a test, and what only tests use (`testing/`), may import beside what its zone may. */
const FOR_TESTS = { zones: ['tests/support'], packages: ['node:', 'vitest', 'fast-check', 'axe-core', 'xxhash-wasm'] };

/** Files over 400 lines that are one idea all the same, each with its reason. */
const LONG: { readonly [file: string]: string } = {};
const MANY_LINES = 400;

const CONFIG = /^(?:[a-z]+\.config|knip)\.ts$/;
const files = listFiles('**/*.{ts,tsx,mjs,js}');

interface Source {
  readonly file: string;
  readonly lines: number;
  readonly imports: readonly string[];
  readonly hasDefaultExport: boolean;
  readonly isBarrel: boolean;
}

function read(file: string): Source {
  const text = readText(file);
  const body = parseFile(file, text);
  const nodes = [...walk(body)];
  return {
    file,
    lines: text.split('\n').length - 1,
    imports: nodes.map(specifierOf).filter((specifier) => specifier !== null),
    hasDefaultExport: nodes.some(({ type }) => type === 'ExportDefaultDeclaration'),
    isBarrel: body.length > 0 && body.every((node) => /^Export(All|Named)Declaration$/.test(node.type) && textOf(node['source']) !== null),
  };
}

/** The module that a node of the syntax tree names, if any: imports, re-exports, `import()`, types, and files beside (`new URL`). */
function specifierOf(node: SyntaxNode): string | null {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportAllDeclaration':
    case 'ExportNamedDeclaration':
    case 'ImportExpression':
    case 'TSImportType':
      return textOf(node['source']);
    case 'NewExpression': {
      const [path, base] = node['arguments'] as unknown[];
      const specifier = asNode(node['callee'])?.['name'] === 'URL' && base !== undefined ? textOf(path) : null;
      return specifier !== null && /^\.{1,2}\/.*\.(?:[jt]sx?|mjs)$/.test(specifier) ? specifier : null;
    }
    default:
      return null;
  }
}

const isUnder = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`);
// `runtime/control` stands for the file and for a folder of that name.
const covers = (allowed: string, path: string): boolean => isUnder(path, allowed) || path === `${allowed}.ts`;

function rowOf(path: string): Row | undefined {
  return TABLE.filter(({ at }) => isUnder(path, at)).sort((a, b) => b.at.length - a.at.length)[0];
}

const isTest = (file: string): boolean => /\.test\.tsx?$/.test(file) || /(^|\/)testing\//.test(file);

function complaint(file: string, specifier: string): string | null {
  const row = rowOf(file);
  if (row === undefined) return `${file}: belongs to no zone of the table`;
  const more = isTest(file) ? FOR_TESTS : { zones: [], packages: [] };
  if (specifier.startsWith('.')) {
    const path = posix.join(posix.dirname(file), specifier.replace(/\?.*$/, ''));
    if (!isTest(file) && !isUnder(file, 'tests') && isTest(path)) return `${file}: ${specifier} is for tests only`;
    const target = rowOf(path);
    const isOwn = target === row || path === 'package.json';
    if (isOwn || [...row.zones, ...more.zones, ...(isTest(file) ? (row.forTests ?? []) : [])].some((allowed) => covers(allowed, path))) return null;
    return `${file}: ${row.at} may not import ${path}`;
  }
  const name = packageOf(specifier);
  const packages = [...row.packages, ...more.packages];
  return packages.includes(name) || packages.includes('*') ? null : `${file}: ${row.at} may not import ${specifier}`;
}

function packageOf(specifier: string): string {
  if (specifier.startsWith('node:') || builtinModules.includes(specifier)) return 'node:';
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

const sources = files.filter((file) => !file.endsWith('.d.ts')).map(read);

test('imports obey the table', () => {
  const complaints = sources.flatMap(({ file, imports }) => [...new Set(imports)].map((specifier) => complaint(file, specifier)));
  expect(complaints.filter((text) => text !== null)).toEqual([]);
});

test('Node is imported with its prefix, so that no package can stand in for it', () => {
  const bare = sources.flatMap(({ file, imports }) => imports.filter((name) => builtinModules.includes(name)).map((name) => `${file}: ${name}`));
  expect(bare.filter((text) => !text.includes('node:'))).toEqual([]);
});

test('the inspector and the servers never reach the runtime, by any way round', () => {
  const edges = new Map(sources.map(({ file, imports }) => [file, imports.filter((name) => name.startsWith('.')).map((name) => posix.join(posix.dirname(file), name))]));
  const reached = new Map<string, string>();
  const starts = [...edges.keys()].filter((file) => /^(?:shared|inspector-server|sync-server|extension)\//.test(file) && !isTest(file));
  const queue = [...starts];
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    for (const next of edges.get(file) ?? []) {
      if (reached.has(next)) continue;
      reached.set(next, file);
      queue.push(next);
    }
  }
  expect([...reached].filter(([file]) => isUnder(file, 'runtime')).map(([file, from]) => `${from} -> ${file}`)).toEqual([]);
});

test('every exception of the table says why', () => {
  for (const { at, debt } of TABLE) if (debt !== undefined) expect(debt, at).toMatch(/^DEBT: .{20,}/);
});

test('exports have names', () => {
  expect(sources.filter(({ file, hasDefaultExport }) => hasDefaultExport && !CONFIG.test(basename(file))).map(({ file }) => file)).toEqual([]);
});

test('there is no barrel but a front door', () => {
  const doors = new Set([...TABLE.map(({ at }) => at), SYNC, DEBUG].map((at) => `${at}/index.ts`));
  expect(sources.filter(({ file, isBarrel }) => isBarrel && !doors.has(file)).map(({ file }) => file)).toEqual([]);
});

test('file names are kebab-case', () => {
  const kebab = /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.(?:test|fuzz|e2e|iife|config|d))*\.(?:tsx?|mjs)$/;
  expect(files.filter((file) => !kebab.test(basename(file)))).toEqual([]);
});

test(`no file is longer than ${MANY_LINES} lines without a reason`, () => {
  const long = sources.filter(({ file, lines }) => lines > MANY_LINES && !Object.hasOwn(LONG, file));
  expect(long.map(({ file, lines }) => `${file}: ${lines}`)).toEqual([]);
  const short = Object.keys(LONG).filter((file) => !sources.some((source) => source.file === file && source.lines > MANY_LINES));
  expect(short, 'these are no longer that long').toEqual([]);
});
