import { expect, test } from 'vitest';
import fc from 'fast-check';
import { mergeText } from '../core/strategies/text.ts';
import { mergeOf, type MergePiece } from './text-merge.ts';

const textOf = (pieces: readonly MergePiece[], without: MergePiece['kind']): string => pieces.filter(({ kind }) => kind !== without).map(({ text }) => text).join('');

test('each side’s edits are marked where they are, in the base, in its own text and in what became of both', () => {
  const base = 'Follow-up after flu. Inhaler twice a day.';
  const mine = 'Follow-up after flu. Inhaler 3 times a day.';
  const theirs = 'Follow-up after a flu. Inhaler twice a day. Peak flow 240.';
  const merge = mergeOf(base, mine, theirs, mergeText(base, mine, theirs, true));
  expect(merge.result).toEqual([
    { kind: 'same', side: 'both', text: 'Follow-up after ' },
    { kind: 'new', side: 'theirs', text: 'a ' },
    { kind: 'same', side: 'both', text: 'flu. Inhaler ' },
    { kind: 'gone', side: 'mine', text: 'twice' },
    { kind: 'new', side: 'mine', text: '3 times' },
    { kind: 'same', side: 'both', text: ' a day.' },
    { kind: 'new', side: 'theirs', text: ' Peak flow 240.' },
  ]);
  expect(merge.edits.map(({ side, kind, gone, put, atInBase, atInResult }) => [side, kind, gone, put, atInBase, atInResult])).toEqual([
    ['theirs', 'insert', '', 'a ', 16, 16],
    ['mine', 'replace', 'twice', '3 times', 29, 31],
    ['theirs', 'insert', '', ' Peak flow 240.', 41, 45],
  ]);
  expect(merge.base.filter(({ kind }) => kind === 'gone')).toEqual([{ kind: 'gone', side: 'mine', text: 'twice' }]);
});

test('what both took out, and what both put in, is of both', () => {
  const merge = mergeOf('one two three', 'one three', 'one three', 'one three');
  expect(merge.edits.map(({ side, kind }) => [side, kind])).toEqual([['both', 'delete']]);
});

test('the pieces of every text give that text and the base again, whatever they hold', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 40 });
  fc.assert(
    fc.property(text, text, text, fc.boolean(), (base, mine, theirs, later) => {
      const result = mergeText(base, mine, theirs, later);
      const merge = mergeOf(base, mine, theirs, result);
      expect([textOf(merge.base, 'new'), textOf(merge.mine, 'gone'), textOf(merge.theirs, 'gone'), textOf(merge.result, 'gone')]).toEqual([base, mine, theirs, result]);
      for (const side of [merge.mine, merge.theirs, merge.result]) expect(textOf(side, 'new')).toBe(base);
    }),
  );
});
