import { expect, test } from 'vitest';
import { conflictSteps, versionsOf } from './row-history.ts';

const change = (contextVersion: number, deviceId: string, mutationId = `m-${contextVersion}`) => ({ contextVersion, entity: 'patient', entityId: 'p-1', op: 'put', value: { n: contextVersion }, timestamp: contextVersion * 10, deviceId, mutationId });
const versions = versionsOf([change(9, 'desk', 'm-new'), change(2, 'a'), change(3, 'b'), change(5, 'c'), change(7, 'ipad'), change(11, 'a'), 'nonsense', { op: 'put' }]);
const conflict = { baseVersion: 5, theirVersion: 7, theirDevice: 'ipad', mutationIds: ['m-old', 'm-new'], myDevice: 'desk', pending: [] };

test('a row’s way through a conflict: what it stood on, both sides, what became of them', () => {
  expect(conflictSteps(versions, conflict)).toEqual([
    { role: 'earlier', version: 2, by: 'a' },
    { role: 'earlier', version: 3, by: 'b' },
    { role: 'base', version: 5, by: 'c' },
    { role: 'mine', version: null, by: 'desk' },
    { role: 'theirs', version: 7, by: 'ipad' },
    { role: 'result', version: 9, by: 'desk' },
    { role: 'later', version: 11, by: 'a' },
  ]);
});

test('a result that waits has no version yet; theirs that was taken makes none; a new row has no base', () => {
  const waits = versions.filter(({ version }) => version < 9);
  expect(conflictSteps(waits, { ...conflict, pending: ['m-new'] }).at(-1)).toEqual({ role: 'result', version: null, by: 'desk' });
  expect(conflictSteps(waits, { ...conflict, mutationIds: ['m-old'] }).at(-1)).toEqual({ role: 'theirs', version: 7, by: 'ipad' });
  expect(conflictSteps(waits, { ...conflict, baseVersion: 0 }).map(({ role }) => role)).not.toContain('base');
});
