import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { hash64 } from '../support/hash.ts';
import { checkRecording, type SqliteHandle } from '../../shared/recording/index.ts';
import { writeFailure } from './failure-report.ts';
import { World, type Features } from './world.ts';

const hash = await hash64();

/**
 * What once failed, and under which features. A seed means another run as soon as the world draws one number more, so that each case
 * is held by its features and a row of seeds: what it was found by comes again in some of them.
 */
const ONCE_FAILED: readonly (readonly [what: string, features: Partial<Features>])[] = [
  ['PR2 an answer for a quarantined outbox was committed to a partition that was not open', { prune: true, crash: true }],
  ['MG1 a migration wrote the old base row back over the migrated one', { migrate: true, deletes: true }],
  ['SY5 the answer to an older ACTIVATE_CONTEXT was taken for the newer one’s, with its digest', { oldSnapshots: true, serverCrash: true }],
  ['SY7 an activation outlived a change of the logId, and its pushes met conflicts for ever', { restore: true, silentRestore: false }],
  ['SY7 an activation of an older log was told so once, and never again', { restore: true, compact: true, silentRestore: false }],
  ['SY7 a write that a restored log had lost without a word stayed accepted for ever', { restore: true, silentRestore: true, oldSnapshots: true }],
  ['OB8 a full disk swallowed the news of a socket, and the context stayed offline', { diskErrors: true }],
  ['IS2 a full disk swallowed the news of a new partition, and its row said that there was none', { diskErrors: true, compact: true, prune: true }],
  ['AM1 an ambient context that could not be migrated was opened again at once, for ever', { ambient: true, migrate: true, diskErrors: true }],
  ['PR4 a revocation that got lost left the context refused for ever', { revoke: true, serverCrash: true }],
  ['CF2 a merged text had the later side’s stamp, passed for its value, and was lost', { deletes: false, restore: false, prune: false, revoke: false, reject: false, roles: false }],
  ['SY4 IS2 power lost in the middle of a swap', { crash: true, oldSnapshots: true, compact: true }],
];

test.for(ONCE_FAILED)('%s', ([, features]) => {
  const failed = Array.from({ length: 12 }, (_, i) => new World({ seed: 70_000 + i, hash, features }).run()).filter((run) => run.failure !== null);
  expect(failed.map((run) => `seed ${run.seed} with ${JSON.stringify(features)}: ${run.failure}`)).toEqual([]);
});

test('SY2 CF3 IS3 LC3 LC6: 200 seeds keep every invariant', () => {
  const failed = Array.from({ length: 200 }, (_, i) => new World({ seed: 50_000 + i, hash }).run()).filter((run) => run.failure !== null);
  expect(failed.map((run) => `npm run simulate -- --seed ${run.seed}: ${run.failure}`)).toEqual([]);
});

test('RP8: the steps of 20 seeds run again to the same outputs', () => {
  const failed = Array.from({ length: 20 }, (_, i) => new World({ seed: 90_000 + i, hash, record: true }).run()).filter((run) => run.failure !== null);
  expect(failed.map((run) => `npm run simulate -- --seed ${run.seed} --record: ${run.failure}`)).toEqual([]);
});

test('a run that fails leaves a recording that can be opened', () => {
  const folder = mkdtempSync(join(tmpdir(), 'contextscope-failures-'));
  try {
    const path = writeFailure(1, hash, folder, { bugs: { sequence: true } });
    const db = new DatabaseSync(path, { readOnly: true }) as unknown as SqliteHandle;
    checkRecording(db);
    expect(db.prepare('SELECT count(*) AS n FROM events').get()?.['n']).toBeGreaterThan(100);
    expect(db.prepare(`SELECT value FROM meta WHERE key = 'failure'`).get()?.['value']).toMatch(/stuck|SY/);
    db.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
