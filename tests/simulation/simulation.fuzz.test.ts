import { expect, test } from 'vitest';
import { hash64 } from '../support/hash.ts';
import { World } from './world.ts';

const hash = await hash64();

/** Seeds that once failed, with what was wrong. Each stays. */
const ONCE_FAILED: readonly (readonly [number, string])[] = [
  [31, 'PR2 an answer for a quarantined outbox was committed to a partition that was not open'],
  [178, 'MG1 a migration wrote the old base row back over the migrated one'],
  [281, 'SY5 the answer to an older ACTIVATE_CONTEXT was taken for the newer one’s, with its digest'],
  [443, 'SY7 an activation outlived a change of the logId, and its pushes met conflicts for ever'],
  [1310, 'OB8 a full disk swallowed the news of a socket, and the context stayed offline'],
  [1569, 'SY7 an activation of an older log was told so once, and never again'],
  [2054, 'PR4 a revocation that got lost left the context refused for ever'],
];

test.for(ONCE_FAILED)('seed %i: %s', ([seed]) => {
  expect(new World({ seed, hash, record: true }).run().failure).toBeNull();
});

test('SY2 CF3 IS3 LC3 LC6: 200 seeds keep every invariant', () => {
  const failed = Array.from({ length: 200 }, (_, i) => new World({ seed: 50_000 + i, hash }).run()).filter((run) => run.failure !== null);
  expect(failed.map((run) => `npm run simulate -- --seed ${run.seed}: ${run.failure}`)).toEqual([]);
});

test('RP8: the steps of 20 seeds run again to the same outputs', () => {
  const failed = Array.from({ length: 20 }, (_, i) => new World({ seed: 90_000 + i, hash, record: true }).run()).filter((run) => run.failure !== null);
  expect(failed.map((run) => `npm run simulate -- --seed ${run.seed} --record: ${run.failure}`)).toEqual([]);
});
