import { expect, test } from 'vitest';
import type { EventKind } from '../core/events.ts';
import { EventIndex } from './event-index.ts';
import { parseFilter } from './filter.ts';
import { kindsListed, listedPlaces } from './listed-places.ts';
import { Script } from './testing/recorded.ts';

const index = new EventIndex();
index.add('r', new Script().event('push').event('frame').event('push', { contextId: 'b' }).event('delta').event('push').events);
const PUSH: ReadonlySet<EventKind> = new Set(['push']);

test('what is listed are events of the shown kinds and contexts in a stretch', () => {
  expect(Array.from(listedPlaces(index, 0, 5, { kinds: PUSH, contexts: null, found: null }))).toEqual([0, 2, 4]);
  expect(Array.from(listedPlaces(index, 1, 5, { kinds: PUSH, contexts: ['a'], found: null }))).toEqual([4]);
});

test('a search leaves of that what it found; a kind that it names is listed although its chip is off', () => {
  expect(Array.from(listedPlaces(index, 0, 5, { kinds: PUSH, contexts: ['a'], found: [0, 1, 2, 3] }))).toEqual([0]);
  expect([...kindsListed(PUSH, parseFilter('kind:frame clinic kind:nothing'))]).toEqual(['push', 'frame']);
  expect(kindsListed(PUSH, parseFilter('frame'))).toBe(PUSH);
});
