import react from '@vitejs/plugin-react';
import { globSync } from 'node:fs';
import { defineConfig, type ViteUserConfig } from 'vitest/config';

// Modes: `extension` and `web` build the two homes of the inspector, `node` the library and the command; without one it is vitest's.

const NOT_OURS = ['**/node_modules/**', 'dist/**', '.build/**'];

export default defineConfig(async ({ mode }): Promise<ViteUserConfig> => {
  switch (mode) {
    case 'extension':
      return await extension();
    case 'web':
      return { root: 'inspector-server/web', base: './', plugins: [react()], build: { outDir: '../../dist/web', emptyOutDir: true, target: 'esnext' } };
    case 'node':
      return node();
    default:
      return tests();
  }
});

/** Imported late: the manifest plugin is of no use to the other modes, and costs them a second. */
async function extension(): Promise<ViteUserConfig> {
  const { crx } = await import('@crxjs/vite-plugin');
  // By address, so that bundling this file does not need the zone.
  const { manifest } = (await import(new URL('extension/manifest.ts', import.meta.url).href)) as { manifest: Parameters<typeof crx>[0]['manifest'] };
  return {
    plugins: [react(), crx({ manifest })],
    build: { outDir: 'dist/extension', emptyOutDir: true, target: 'esnext', rolldownOptions: { input: { panel: 'extension/panel.html' } } },
  };
}

/**
 * One JavaScript file per source file, in the same places: a worker or an asset that is found by `new URL(…, import.meta.url)` is found
 * in the package as it is in the repository, and a stack trace names the module.
 */
function node(): ViteUserConfig {
  const zones = ['runtime', 'sync-server', 'inspector-server', 'cli', 'demo', 'shared/{base,core,partition,protocol,engine,recording,views}'];
  const input = globSync(
    zones.map((zone) => `${zone}/**/*.ts`),
    { exclude: (path) => /(^|[/.])(testing|web|test|d)([/.]|$)/.test(path) },
  );
  return {
    build: {
      ssr: true,
      outDir: 'dist/node',
      emptyOutDir: true,
      target: 'node22',
      minify: false,
      rolldownOptions: { input, output: { format: 'es', preserveModules: true, preserveModulesRoot: import.meta.dirname, entryFileNames: '[name].js' } },
    },
    ssr: { noExternal: [] },
  };
}

function tests(): ViteUserConfig {
  const whole = ['tests/check.test.ts', 'tests/packaging.test.ts'];
  const exclude = [...NOT_OURS, '**/*.fuzz.test.ts', ...whole];
  return {
    plugins: [react()],
    test: {
      // Simulations and memory claims collect garbage by hand; the warning is about node:sqlite, which this house builds on.
      execArgv: ['--expose-gc', '--disable-warning=ExperimentalWarning'],
      passWithNoTests: true,
      testTimeout: 20_000,
      hookTimeout: 60_000,
      projects: [
        { extends: true, test: { name: 'unit', environment: 'node', include: ['**/*.test.ts'], exclude } },
        { extends: true, test: { name: 'ui', environment: 'happy-dom', include: ['**/*.test.tsx'], exclude: NOT_OURS } },
        { extends: true, test: { name: 'sim', environment: 'node', include: ['**/*.fuzz.test.ts'], exclude: NOT_OURS, testTimeout: 300_000 } },
        {
          extends: true,
          test: {
            name: 'e2e',
            environment: 'node',
            include: ['tests/e2e/**/*.e2e.ts', ...whole],
            exclude: NOT_OURS,
            // Real processes, a real browser: one file after another, or they starve each other.
            fileParallelism: false,
            sequence: { groupOrder: 1 },
            testTimeout: 120_000,
            hookTimeout: 180_000,
          },
        },
      ],
    },
  };
}
