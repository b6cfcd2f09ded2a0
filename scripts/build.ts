// `npm run build`: dist/web (the inspector as a page), dist/extension (as a DevTools panel), dist/node (the library and the command).
// With `--for-tests` only what the tests in a browser open.
import { existsSync } from 'node:fs';
import { run } from './run.ts';

const PARTS = [
  { mode: 'web', entry: 'inspector-server/web/index.html', opened: true },
  { mode: 'extension', entry: 'extension/manifest.ts', opened: true },
  { mode: 'node', entry: 'cli/contextscope.ts', opened: false },
] as const;

function main(args: readonly string[]): number {
  const forTests = args.includes('--for-tests');
  const parts = PARTS.filter(({ entry, opened }) => existsSync(entry) && (opened || !forTests));
  for (const { mode } of parts) {
    const status = run('vite', ['build', '--mode', mode, '--logLevel', 'warn']);
    if (status !== 0) return status;
    console.log(`built dist/${mode}`);
  }
  return 0;
}

process.exitCode = main(process.argv.slice(2));
