import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Json, JsonObject } from '../../base/json.ts';
import { compareStamps, type Stamp } from '../change.ts';
import { ABSENT_ROW, rowState, textOf, valueOf, type RowState } from '../row.ts';
import { stampsOfWrite } from './fields.ts';
import type { CustomResolve, ResolvePolicy } from './resolution.ts';
import { resolve } from './resolve.ts';
import { mergeText } from './text.ts';

const policyOf = (strategy: ResolvePolicy['strategy'], custom: CustomResolve = (_base, mine) => mine): ResolvePolicy => ({ strategy, textFields: ['t'], custom, newStamp: [9_000, 'me'] });

/** A local write upon a row, stamped as a device does it. */
function write(base: RowState, value: JsonObject | null, stamp: Stamp, perField: boolean): RowState {
  const text = value === null ? null : textOf(value);
  return rowState(text, stamp, perField ? stampsOfWrite(base, text, stamp) : undefined, 1);
}

/** What the log holds after each writer's row, written upon `base`, was applied or resolved over what stood there, in the order given. */
function settle(base: RowState, writes: readonly RowState[], policy: ResolvePolicy): RowState {
  let now = base;
  for (const mine of writes) {
    const outcome = now === base ? ({ kind: 'put', row: mine } as const) : resolve(base, mine, now, policy);
    if ('row' in outcome) now = outcome.row;
  }
  return now;
}

const orders = <T>(items: readonly T[]): T[][] => (items.length <= 1 ? [[...items]] : items.flatMap((item, at) => orders(items.toSpliced(at, 1)).map((rest) => [item, ...rest])));

const fields = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.oneof(fc.integer({ min: 0, max: 2 }), fc.constant('x')), { maxKeys: 3 });
/** Four writers on four devices, some of them at one time. */
const writers = fc.array(fc.record({ at: fc.integer({ min: 1_001, max: 1_003 }), value: fields, again: fc.option(fields, { nil: undefined }) }), { minLength: 4, maxLength: 4 });

test('CF3 CF2: whatever the order in which four writers reach the server, `lww` ends with one value, deletes included', () => {
  fc.assert(
    fc.property(fields, fc.array(fc.record({ at: fc.integer({ min: 1_001, max: 1_003 }), value: fc.option(fields, { nil: null }) }), { minLength: 4, maxLength: 4 }), (start, drawn) => {
      const base = rowState(textOf(start), [1_000, 'base'], undefined, 1);
      const rows = drawn.map(({ at, value }, n) => write(base, value, [at, `device-${n}`], false));
      const ends = orders(rows).map((order) => settle(base, order, policyOf('lww')));
      const winner = rows.reduce((best, row) => (compareStamps(row.stamp, best.stamp) > 0 ? row : best));
      for (const end of ends) expect(end).toEqual(winner);
    }),
  );
});

test('CF3 CF2: whatever the order, `fields` ends with each field’s latest write, also of one that was set back', () => {
  fc.assert(
    fc.property(fields, writers, (start, drawn) => {
      const base = rowState(textOf(start), [1_000, 'base'], undefined, 1);
      const rows = drawn.map(({ at, value, again }, n) => {
        const first = write(base, value, [at, `device-${n}`], true);
        return again === undefined ? first : write(first, again, [at + 1, `device-${n}`], true);
      });
      const ends = orders(rows).map((order) => valueOf(settle(base, order, policyOf('fields'))));
      for (const end of ends) expect(end).toEqual(ends[0]);
    }),
  );
});

test('CF2: delete against update: `fields` and `text` keep the update, `custom` is called with null, `ask` takes theirs', () => {
  const base = rowState('{"a":1}', [1, 'x'], {}, 1);
  const [put, gone] = [rowState('{"a":2}', [2, 'me'], {}, 1), rowState(null, [3, 'you'], {}, 1)];
  expect(resolve(base, put, gone, policyOf('fields'))).toMatchObject({ kind: 'put', row: put, decided: [{ rule: 'update-over-delete' }] });
  expect(resolve(base, gone, put, policyOf('text'))).toMatchObject({ kind: 'take-theirs', decided: [{ rule: 'update-over-delete' }] });
  const seen: unknown[] = [];
  resolve(base, put, gone, policyOf('custom', (...sides) => {
    seen.push(sides);
    return null;
  }));
  expect(seen).toEqual([[{ a: 1 }, { a: 2 }, null]]);
  expect(resolve(base, put, gone, policyOf('ask')).kind).toBe('ask');
  expect(resolve(base, put, gone, policyOf('lww')).kind).toBe('take-theirs');
});

test('CF2: `text` without a base is `lww`, and says so', () => {
  const [mine, theirs] = [rowState('{"t":"mine"}', [3, 'me'], {}, 1), rowState('{"t":"theirs"}', [2, 'you'], {}, 1)];
  expect(resolve(ABSENT_ROW, mine, theirs, policyOf('text'))).toMatchObject({ kind: 'put', row: mine, decided: [{ field: '*', rule: 'no-base', winner: 'mine' }] });
});

test('CF2: a merged text has a stamp of its own: nobody takes it for one of the two that it was made of', () => {
  const base = rowState('{"t":"ab"}', [1_000, 'base'], {}, 1);
  const mine = write(base, { t: 'Xab' }, [1_001, 'me'], true);
  const theirs = write(base, { t: 'abY' }, [1_002, 'you'], true);
  const merged = resolve(base, mine, theirs, policyOf('text'));
  expect(merged).toMatchObject({ kind: 'put', row: { text: '{"t":"XabY"}', stamp: [1_003, 'me'] } });
  // A third device that wrote upon theirs sees that the text has changed.
  const third = write(theirs, { t: 'abYZ' }, [1_004, 'third'], true);
  expect(resolve(theirs, third, (merged as { row: RowState }).row, policyOf('text'))).toMatchObject({ row: { text: '{"t":"XabYZ"}' } });
});

const SPOTS = ['a', 'é', 'e\u0301', '👩‍⚕️', '😀', '診', '\u{20000}', ' '];
const text = fc.array(fc.constantFrom(...SPOTS), { maxLength: 8 }).map((parts) => parts.join(''));

test('CF2: a text that both insert into at one spot has both, the smaller stamp’s on the left, emoji and combining marks whole', () => {
  expect(mergeText('ab', 'a😀b', 'a😎b', true)).toBe('a😎😀b');
  expect(mergeText('ab', 'a😀b', 'a😎b', false)).toBe('a😀😎b');
  expect(mergeText('e', 'e\u0301', 'e!', true)).toBe('e!\u0301');
  expect(mergeText('one two three', 'one three', 'one TWO! three', true)).toContain('TWO!');
  fc.assert(
    fc.property(text, text, text, fc.boolean(), (base, mine, theirs, later) => {
      const merged = mergeText(base, mine, theirs, later);
      expect(merged.isWellFormed()).toBe(true);
      // Seen from the other side the same text comes out.
      expect(mergeText(base, theirs, mine, !later)).toBe(merged);
    }),
  );
});

test('CF2: what one side inserted into a text is there after the merge, whatever the other one deleted', () => {
  fc.assert(
    fc.property(text, fc.nat(8), fc.nat(8), fc.nat(8), fc.boolean(), (base, at, from, length, later) => {
      const points = [...base];
      const mine = points.toSpliced(Math.min(at, points.length), 0, '✓').join('');
      const theirs = points.toSpliced(Math.min(from, points.length), length).join('');
      expect([...mergeText(base, mine, theirs, later)].filter((point) => point === '✓')).toHaveLength(1);
    }),
  );
});

test('CF3: `text` and `custom` depend on the server’s order alone, however the merges are spread over the devices', () => {
  const union: CustomResolve = (base, mine, theirs) => {
    const list = (value: Json | null): Json[] => (Array.isArray(value) ? (value as Json[]) : []);
    return [...list(theirs), ...list(mine).filter((item) => !list(base).includes(item))];
  };
  fc.assert(
    fc.property(text, fc.array(fc.tuple(text, fc.integer({ min: 1_001, max: 1_004 })), { minLength: 3, maxLength: 3 }), (start, drawn) => {
      const base = rowState(textOf({ t: start }), [1_000, 'base'], {}, 1);
      const rows = drawn.map(([t, at], n) => write(base, { t }, [at, `device-${n}`], true));
      // Each step at once, or what a device held back merged over all that came before: the log is the same.
      const once = settle(base, rows, policyOf('text'));
      const again = settle(base, rows.map((row) => structuredClone(row)), { ...policyOf('text'), newStamp: [123_456, 'later'] });
      expect(valueOf(again)).toEqual(valueOf(once));
      const lists = drawn.map(([t, at], n) => rowState(textOf([t, n]), [at, `device-${n}`], {}, 1));
      const listBase = rowState(textOf([start]), [1_000, 'base'], {}, 1);
      expect(valueOf(settle(listBase, lists, policyOf('custom', union)))).toEqual(valueOf(settle(listBase, lists, { ...policyOf('custom', union), newStamp: [1, 'other'] })));
    }),
  );
});

test('CF2: stamps are compared by number, then by code point, never by locale', () => {
  expect(compareStamps([2, 'a'], [10, 'a'])).toBeLessThan(0);
  expect(compareStamps([1, 'Z'], [1, 'a'])).toBeLessThan(0);
  expect(compareStamps([1, '\uffff'], [1, '\u{10000}'])).toBeLessThan(0);
  expect(compareStamps(null, [0, ''])).toBeLessThan(0);
});
