import { beforeEach, expect, test } from 'vitest';
import { codeOf } from '../../shared/base/app-error.ts';
import { shiftingClock } from '../testing/hub-kit.ts';
import { Pairing } from './pairing.ts';

let clock = shiftingClock();
let shown: string[] = [];
let pairing = new Pairing(clock, () => undefined);
beforeEach(() => {
  clock = shiftingClock();
  shown = [];
  pairing = new Pairing(clock, (code) => shown.push(code));
});

const OFFER = { mode: 'observe', contexts: ['clinic-a'] } as const;

function attempt(code: string): string {
  try {
    pairing.redeem(code);
    return 'paired';
  } catch (thrown) {
    return codeOf(thrown);
  }
}

const wrong = (): string => (shown.at(-1) === '000000' ? '000001' : '000000');

test('a code of 6 digits buys what was offered, once', () => {
  pairing.offer(OFFER);
  expect(shown).toEqual([expect.stringMatching(/^\d{6}$/)]);
  expect(pairing.redeem(shown[0] ?? '')).toEqual(OFFER);
  expect(attempt(shown[0] ?? '')).toBe('UNAUTHENTICATED');
});

test('a wrong code makes a new one, and the old one is worth nothing then', () => {
  pairing.offer(OFFER);
  expect(attempt(wrong())).toBe('UNAUTHENTICATED');
  expect(shown).toHaveLength(2);
  expect(shown[1] === shown[0] ? 'UNAUTHENTICATED' : attempt(shown[0] ?? '')).toBe('UNAUTHENTICATED');
  expect(attempt(shown.at(-1) ?? '')).toBe('paired');
});

test('after five wrong codes pairing ends until it is asked for', () => {
  pairing.offer(OFFER);
  for (let i = 0; i < 5; i++) expect(attempt(wrong())).toBe('UNAUTHENTICATED');
  expect(shown).toHaveLength(5);
  expect(attempt(shown.at(-1) ?? '')).toBe('UNAUTHENTICATED');
  pairing.offer(OFFER);
  expect(attempt(shown.at(-1) ?? '')).toBe('paired');
});

test('a code is good for 5 minutes', () => {
  pairing.offer(OFFER);
  clock.shift(299_000);
  expect(attempt(shown[0] ?? '')).toBe('paired');
  pairing.offer(OFFER);
  clock.shift(300_001);
  expect(attempt(shown[1] ?? '')).toBe('UNAUTHENTICATED');
});

test('codes of another length, and what is no code, are wrong', () => {
  for (const code of ['', '1', '12345', '1234567', 'abcdef', '\u0000\u0000\u0000\u0000\u0000\u0000', '１２３４５６']) {
    pairing.offer(OFFER);
    expect(attempt(code)).toBe('UNAUTHENTICATED');
    expect(attempt(`${shown.at(-1)}0`)).toBe('UNAUTHENTICATED');
  }
});

test('without an offer there is no code', () => {
  expect(attempt('123456')).toBe('UNAUTHENTICATED');
});
