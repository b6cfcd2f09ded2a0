import { expect, test } from 'vitest';
import { conflictsOf } from './conflicts.ts';
import { OwnVersions } from './own-versions.ts';
import { recorded, Script } from './testing/recorded.ts';

const conflict = (mutationIds: string[], winner: string, state = 'automatic') => ['conflict', { entity: 'visit', entityId: 'v', mutationIds, data: { conflictId: mutationIds.join(), winner, state } }] as const;
const NONE: ReadonlySet<string> = new Set();

async function versions(script: Script, waiting: ReadonlySet<string> = NONE, place = 100) {
  const { read } = recorded(script.events);
  const conflicts = await conflictsOf(read, place, 10);
  const own = new OwnVersions();
  await own.read(read, conflicts);
  return conflicts.toReversed().map((one) => own.at(one, place, waiting));
}

test('CF4 the version of mine is that of the write which the conflict left, in its place of the delta', async () => {
  const script = new Script()
    .event(...conflict(['m-1', 'm-2'], 'merged'))
    .event(...conflict(['m-3', 'm-4'], 'mine'))
    .event('delta', { fromVersion: 10, toVersion: 14, mutationIds: ['o-1', 'm-2', 'o-2', 'm-4'] });
  expect(await versions(script)).toEqual([12, 14]);
});

test('CF4 a side that lost, was refused or is not decided has no version, and nor has one whose delta names no writes', async () => {
  const script = new Script()
    .event(...conflict(['m-1', 'm-2'], 'theirs'))
    .event(...conflict(['m-3'], 'theirs', 'rejected'))
    .event(...conflict(['m-4'], 'theirs', 'open'))
    .event(...conflict(['m-5', 'm-6'], 'merged'))
    .event('delta', { fromVersion: 10, toVersion: 200 });
  expect(await versions(script)).toEqual([null, null, null, null]);
});

test('CF4 what is settled by hand has the version of its write; it is pending while that waits, and at a moment before it came back', async () => {
  const script = new Script()
    .event(...conflict(['m-1'], 'mine', 'by-hand'))
    .event(...conflict(['m-2', 'm-3'], 'mine'));
  expect(await versions(script, new Set(['m-3']))).toEqual([null, 'pending']);
  script.event('delta', { fromVersion: 4, toVersion: 5, mutationIds: ['m-1'] });
  expect(await versions(script)).toEqual([5, null]);
  expect(await versions(script, NONE, 1)).toEqual(['pending', null]);
});

test('a recording that grows is looked through from where it ended', async () => {
  const script = new Script().event(...conflict(['m-1', 'm-2'], 'mine')).event('delta', { toVersion: 3, mutationIds: ['o-1'] });
  const { read, add } = recorded(script.events);
  const asked: (readonly unknown[])[] = [];
  const own = new OwnVersions();
  const look = async (): Promise<void> => own.read((sql, params = []) => (asked.push(params), read(sql, params)), await conflictsOf(read, 100, 10));
  await look();
  await look();
  const grown = new Script().event('delta', { seq: 3, toVersion: 4, mutationIds: ['m-2'] });
  add(grown.events);
  await look();
  expect(asked.filter(({ length }) => length > 0).map(([from, to]) => [from, to])).toEqual([[1, 2], [2, 3]]);
  expect(own.at((await conflictsOf(read, 100, 10))[0]!, 100, NONE)).toBe(4);
  asked.length = 0;
  await look();
  expect(asked).toEqual([]);
});
