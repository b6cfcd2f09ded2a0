import type { KnipConfig } from 'knip';

// Where the programs of this repository start. What none of them reaches is dead.
const config: KnipConfig = {
  entry: [
    'scripts/*.ts',
    'docs/protocol/*.mjs',
    'inspector-server/testing/serve-scripted.ts',
    'runtime/index.ts',
    'runtime/agent/index.ts',
    'runtime/platform/{node,browser}/index.ts',
    // The scripts of pages, by name: what HTML loads is not followed.
    'inspector-server/web/main.tsx',
    'inspector-server/web/testing/*.tsx',
    'extension/manifest.ts',
    'extension/{panel.tsx,devtools.ts,service-worker.ts}',
    '**/*-{worker,process}.ts',
    'tests/e2e/**/*.e2e.ts',
  ],
  project: ['**/*.{ts,tsx,mjs}', '!dist/**', '!.build/**'],
  ignoreExportsUsedInFile: true,
  // Run by name, or read as a file by a test.
  ignoreDependencies: ['oxlint', 'oxlint-tsgolint', 'axe-core'],
};

export default config;
