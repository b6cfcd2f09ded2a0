import { expect, test } from 'vitest';
import { isHostAllowed, isOriginAllowed, paysToCompress } from './origin.ts';

test('SY6: frames are compressed where it pays: not to the same machine, unless a proxy stands there', () => {
  expect(['127.0.0.1', '::1', '::ffff:127.0.0.1'].map((address) => paysToCompress(address, {}))).toEqual([false, false, false]);
  expect(['10.0.0.7', '2001:db8::1', undefined].map((address) => paysToCompress(address, {}))).toEqual([true, true, true]);
  expect(paysToCompress('127.0.0.1', { 'x-forwarded-for': '203.0.113.9' })).toBe(true);
});

test('IS4: the names and origins that a server answers to', () => {
  const policy = { origins: ['https://app.example'], hosts: ['sync.example'] };
  const host = (name: string | undefined) => isHostAllowed(policy, name);
  expect(['localhost:1', '127.0.0.1', '[::1]:80', '192.168.1.5:8080', 'sync.example', 'sync.example:443', 'a.localhost'].map(host)).toEqual(Array.from({ length: 7 }, () => true));
  expect([undefined, '', 'evil.example', 'sync.example.evil', 'localhost.evil', '127.0.0.1.evil.example', 'sync.example@evil'].map(host)).toEqual(Array.from({ length: 7 }, () => false));
  const origin = (text: string | undefined) => isOriginAllowed(policy, text);
  expect([undefined, 'https://app.example', 'http://localhost:5173', 'http://127.0.0.1:8', 'http://[::1]:8'].map(origin)).toEqual(Array.from({ length: 5 }, () => true));
  expect(['null', '', 'http://app.example', 'https://app.example.evil', 'http://localhost.evil', 'file://', 'chrome-extension://abc'].map(origin)).toEqual(Array.from({ length: 7 }, () => false));
});
