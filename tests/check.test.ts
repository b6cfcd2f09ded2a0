import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

// What `npm run check` asks, so that a green run of the tests means all of it. The import table is a test already.

const ROOT = join(import.meta.dirname, '..');

function run(program: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(join(ROOT, 'node_modules/.bin', program), args, { cwd: ROOT, encoding: 'utf8' });
  return status === 0 ? 'ok' : `${stdout}\n${stderr}`;
}

test('the types of every zone fit', () => {
  expect(run('tsc', '-b', '--pretty', 'false')).toBe('ok');
});

test('the linter has no complaint', () => {
  expect(run('oxlint', '--type-aware', '--deny-warnings', '--format=unix')).toBe('ok');
});

test('nothing is dead: no file, export or dependency that nobody reaches', () => {
  expect(run('knip', '--no-config-hints')).toBe('ok');
});
