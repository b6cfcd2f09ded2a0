import { existsSync, readdirSync, statSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SOURCES = ['shared', 'inspector-server/web'];

/** Builds the inspector's page where it is missing or older than its sources. In a package it is always there. */
export async function ensurePage(): Promise<'built' | 'there'> {
  const page = join(ROOT, 'dist/web/index.html');
  if (!import.meta.url.endsWith('.ts') || (existsSync(page) && statSync(page).mtimeMs > newest())) return 'there';
  const vite = join(ROOT, 'node_modules/vite/bin/vite.js');
  const child = spawn(process.execPath, [vite, 'build', '--mode', 'web', '--logLevel', 'error'], { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] });
  const code = await new Promise((resolve) => child.on('exit', resolve));
  if (code !== 0) throw new Error('The inspector’s page could not be built: `npm run build -- web` says why');
  return 'built';
}

function newest(): number {
  let latest = 0;
  for (const source of SOURCES) {
    for (const entry of readdirSync(join(ROOT, source), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || entry.name.includes('.test.')) continue;
      latest = Math.max(latest, statSync(join(entry.parentPath, entry.name)).mtimeMs);
    }
  }
  return latest;
}
