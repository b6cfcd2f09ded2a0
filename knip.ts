import type { KnipConfig } from 'knip';

// Where the programs of this repository start. What none of them reaches is dead.
const config: KnipConfig = {
  entry: [
    'cli/bin.mjs',
    'cli/contextscope.ts',
    'bench/main.ts',
    'tests/simulation/main.ts',
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
    'demo/web/index.html',
    '**/*-{worker,process}.ts',
    'tests/e2e/**/*.e2e.ts',
  ],
  project: ['**/*.{ts,tsx,mjs}', '!dist/**', '!.build/**'],
  ignoreExportsUsedInFile: true,
  // Run by name, or asked for by another package only.
  ignoreDependencies: ['oxlint', 'oxlint-tsgolint', 'react-is'],
};

export default config;
