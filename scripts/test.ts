// `npm test`: makes sure of what the tests need, builds what they open, runs them all, and counts. Arguments go to vitest.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { findChromium } from '../tests/support/chromium.ts';
import { findPostgres } from '../tests/support/postgres.ts';
import { run } from './run.ts';

const RESULTS = 'test-results/results.json';

const NEEDED = [
  { what: 'Chromium', find: findChromium, aptPackage: 'chromium', variable: 'CHROMIUM_PATH' },
  { what: 'PostgreSQL', find: findPostgres, aptPackage: 'postgresql', variable: 'POSTGRES_BIN' },
] as const;

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

function main(args: readonly string[]): number {
  if (!provide() || !build()) return finish({ passed: 0, failed: 1, skipped: 0 });
  rmSync(RESULTS, { force: true });
  const status = run('vitest', ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${RESULTS}`, ...args]);
  const counts = readCounts();
  if (counts === null) {
    console.error('vitest ended without results.');
    return finish({ passed: 0, failed: 1, skipped: 0 });
  }
  // An error outside of every test (a rejection that nobody caught) is a failure too.
  return finish(status !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts);
}

/** True when everything is there, installed if need be. A test that cannot run is never skipped: the run stops and says what to do. */
function provide(): boolean {
  const missing = NEEDED.filter(({ find }) => find() === null);
  if (missing.length === 0) return true;
  const told = missing.filter(({ variable }) => (process.env[variable] ?? '') !== '');
  for (const { what, variable } of told) console.error(`${variable} is set, but names no ${what}: ${process.env[variable]}`);
  if (told.length > 0) return false;

  const install = ['install', '-y', '--no-install-recommends', ...missing.map(({ aptPackage }) => aptPackage)];
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    console.log(`Installing ${missing.map(({ what }) => what).join(' and ')} …`);
    const env = { DEBIAN_FRONTEND: 'noninteractive' };
    run('apt-get', ['update', '-q'], env);
    run('apt-get', install, env);
  }
  const still = missing.filter(({ find }) => find() === null);
  if (still.length === 0) return true;
  console.error(`\nThe tests need ${still.map(({ what, variable }) => `${what} (${variable} may name it)`).join(' and ')}. Run:\n`);
  console.error(`  sudo apt-get update && sudo apt-get ${install.join(' ')}\n`);
  return false;
}

/** What the tests in a browser open. A zone that is not there yet has no tests either. */
function build(): boolean {
  return run(process.execPath, ['scripts/build.ts', 'web', 'extension']) === 0;
}

function readCounts(): Counts | null {
  if (!existsSync(RESULTS)) return null;
  const results = JSON.parse(readFileSync(RESULTS, 'utf8')) as {
    testResults: { name: string; status: string; message: string; assertionResults: { status: string }[] }[];
  };
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const file of results.testResults) {
    for (const { status } of file.assertionResults) {
      if (status === 'passed') counts.passed++;
      else if (status === 'failed') counts.failed++;
      else counts.skipped++;
    }
    // A file that does not load has no test to blame.
    if (file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed')) counts.failed++;
  }
  return counts;
}

function finish({ passed, failed, skipped }: Counts): number {
  console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  return failed === 0 ? 0 : 1;
}

process.exitCode = main(process.argv.slice(2));
