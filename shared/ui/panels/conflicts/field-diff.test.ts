import { expect, test } from 'vitest';
import type { Json } from '../../../base/json.ts';
import { fieldLines, rowLine } from './field-diff.ts';

const side = (value: Json | null) => ({ value, deleted: value === null, timestamp: 1, deviceId: 'desk' });
const base = side({ at: '09:30', chair: 2, reason: 'flu' });
const theirs = side({ at: '10:15', chair: 4, reason: 'flu' });
const gone = side(null);
const deleteLost = { base, mine: gone, theirs, result: theirs, decided: [{ field: '*', rule: 'later-stamp', winner: 'theirs' as const }] };

test('CF4 who deletes a row has a line for the row, and changed none of its fields', () => {
  expect(rowLine(deleteLost)).toEqual({ base: 'exists', mine: 'deleted', theirs: 'updated', result: 'exists', kept: 'theirs' });
  expect(fieldLines(deleteLost).map(({ field, changed }) => [field, changed])).toEqual([['at', 'theirs'], ['chair', 'theirs'], ['reason', 'none']]);
});

test('a delete that won, one that both made, and a row that nobody deleted', () => {
  expect(rowLine({ base, mine: theirs, theirs: gone, result: gone })).toMatchObject({ mine: 'updated', theirs: 'deleted', result: 'deleted', kept: 'theirs' });
  expect(rowLine({ base, mine: gone, theirs, result: gone })).toMatchObject({ result: 'deleted', kept: 'mine' });
  expect(rowLine({ base, mine: gone, theirs: gone, result: gone })).toMatchObject({ kept: 'both' });
  expect(rowLine({ base, mine: theirs, theirs, result: theirs })).toBeNull();
});

test('a field that is called like a part of every object is a field like any other', () => {
  const odd = side({ toString: 'a' });
  expect(fieldLines({ base: side({}), mine: odd, theirs: side({}), result: odd, decided: [] })).toMatchObject([{ field: 'toString', base: undefined, mine: 'a', changed: 'mine' }]);
});
