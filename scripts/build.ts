// `npm run build`: dist/web (the inspector as a page), dist/extension (as a DevTools panel), dist/node (the library and the command) with
// dist/types. `npm run build -- web extension` builds only those.
import { cpSync, existsSync, rmSync } from 'node:fs';
import { run } from './run.ts';

/** Each with the file without which there is nothing to build. */
const PARTS = { web: 'inspector-server/web/index.html', extension: 'extension/manifest.ts', node: 'runtime/index.ts' } as const;

const isPart = (name: string): name is keyof typeof PARTS => Object.hasOwn(PARTS, name);

function main(asked: readonly string[]): number {
  const unknown = asked.filter((name) => !isPart(name));
  if (unknown.length > 0) {
    console.error(`There is nothing named ${unknown.join(', ')} to build; there are ${Object.keys(PARTS).join(', ')}.`);
    return 2;
  }
  const parts = (asked.length > 0 ? asked : Object.keys(PARTS)).filter(isPart);
  for (const part of parts.filter((name) => existsSync(PARTS[name]))) {
    const status = run('vite', ['build', '--mode', part, '--logLevel', 'warn']) || (part === 'node' ? declarations() : 0);
    if (status !== 0) return status;
    console.log(`built dist/${part}`);
  }
  return 0;
}

/** The types of what an app can import, beside the JavaScript and laid out as it. */
function declarations(): number {
  rmSync('.build', { recursive: true, force: true });
  const status = run('tsc', ['-b']);
  if (status !== 0) return status;
  rmSync('dist/types', { recursive: true, force: true });
  for (const zone of ['shared', 'runtime']) {
    cpSync(`.build/types/${zone}`, `dist/types/${zone}`, {
      recursive: true,
      filter: (path) => !/(^|\/)(testing|ui)$|\.test\.d\.ts$|\.tsbuildinfo$/.test(path),
    });
  }
  return 0;
}

process.exitCode = main(process.argv.slice(2));
