import { expect, test } from 'vitest';
import { bytesOfContent, rowsOfContent, treeLines } from './frame-content.ts';

const CHANGE = { entity: 'note', entityId: 'n-1', op: 'put', value: { body: 'x' } };
const DELTA = { type: 'DELTA', fromVersion: 1_204, changes: [CHANGE, { ...CHANGE, op: 'delete', value: null }] };

test('a frame as lines: names, types, one-line texts and sizes, folded where it is said', () => {
  const lines = treeLines(DELTA, (_path, level) => level < 1);
  expect(lines.map(({ name, level, type, text, isOpen }) => [name, level, type, text, isOpen])).toEqual([
    ['type', 0, 'string', '"DELTA"', null],
    ['fromVersion', 0, 'integer', '1,204', null],
    ['changes', 0, 'array', '2 items', true],
    ['0', 1, 'change', 'put note/n-1', false],
    ['1', 1, 'change', 'delete note/n-1', false],
  ]);
  expect(lines[0]?.size).toBe('"type":"DELTA"'.length);
});

test('an endless value is cut, and so is an endless list', () => {
  const lines = treeLines({ text: 'x'.repeat(5_000), list: Array.from({ length: 9_000 }, (_, n) => n) }, () => true);
  expect(lines[0]?.text).toHaveLength(201);
  expect(lines).toHaveLength(2_000);
});

test('the bytes of a frame are values, changes and envelope; masked values tell nothing of theirs', () => {
  const bytes = JSON.stringify(DELTA).length;
  const split = bytesOfContent(DELTA, bytes);
  expect(split?.values).toBe('{"body":"x"}'.length + 'null'.length);
  expect((split?.values ?? 0) + (split?.changes ?? 0) + (split?.envelope ?? 0)).toBe(bytes);
  expect(bytesOfContent(DELTA, bytes + 9)).toBeNull();
});

test('the rows that a frame names, each once', () => {
  expect(rowsOfContent(DELTA)).toEqual([{ entity: 'note', id: 'n-1' }]);
  expect(rowsOfContent({ type: 'CONFLICT_RESOLVED', entity: 'visit', entityId: 'v-1' })).toEqual([{ entity: 'visit', id: 'v-1' }]);
  expect(rowsOfContent({ type: 'PING' })).toEqual([]);
});
