import { expect, test } from 'vitest';
import { csvOf } from './csv.ts';

test('values that would break a line are quoted, null is empty, a negative number stays one', () => {
  expect(csvOf(['id', 'a,b'], [['p-1', 'He said "no"'], [null, -4], ['two\nlines', 0.5]])).toBe('id,"a,b"\r\np-1,"He said ""no"""\r\n,-4\r\n"two\nlines",0.5\r\n');
});

test('a text that a spreadsheet would run is kept from it', () => {
  expect(csvOf(['v'], [['=1+1'], ['@cmd'], ['-x'], ['+x'], ['\tx']])).toBe("v\r\n'=1+1\r\n'@cmd\r\n'-x\r\n'+x\r\n'\tx\r\n");
});
