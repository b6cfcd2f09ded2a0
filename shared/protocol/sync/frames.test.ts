import { expect, test } from 'vitest';
import { parseClientFrame, parseServerFrame } from './index.ts';

// The boundary: what a peer sends is a frame of the wire or it is nothing (IS3, SV).

const mutation = { mutationId: 'm-1', entity: 'patient', entityId: 'p-1', op: 'put', value: { name: 'Ada' }, baseVersion: 0, timestamp: 1, schemaVersion: 1 };
const push = { type: 'PUSH', contextId: 'c', activationId: 'a', pushId: 'x', logId: 'l', localVersion: 0, mutations: [mutation] };

test('a frame that fits is taken as it is', () => {
  expect(parseClientFrame(JSON.stringify(push))).toEqual({ ok: true, value: push });
});

test.for([
  ['no JSON', '{"type":'],
  ['no object', '[]'],
  ['an unknown type', '{"type":"DROP"}'],
  ['a missing field', JSON.stringify({ ...push, logId: undefined })],
  ['an id that is too long', JSON.stringify({ ...push, contextId: 'x'.repeat(201) })],
  ['an empty id', JSON.stringify({ ...push, contextId: '' })],
  ['an id with a lone surrogate', `{"type":"DEACTIVATE_CONTEXT","contextId":"\\ud800","activationId":"a"}`],
  ['a negative version', JSON.stringify({ ...push, localVersion: -1 })],
  ['a version that is no whole number', JSON.stringify({ ...push, localVersion: 1.5 })],
  ['no mutation', JSON.stringify({ ...push, mutations: [] })],
  ['a put without a value', JSON.stringify({ ...push, mutations: [{ ...mutation, value: undefined }] })],
  ['a delete with a value', JSON.stringify({ ...push, mutations: [{ ...mutation, op: 'delete' }] })],
  ['a stamp that is no stamp', JSON.stringify({ ...push, mutations: [{ ...mutation, stamps: { name: [1] } }] })],
  ['a time beyond all times', JSON.stringify({ ...push, mutations: [{ ...mutation, timestamp: 1e300 }] })],
  ['a thousand and one mutations', JSON.stringify({ ...push, mutations: Array.from({ length: 1001 }, () => mutation) })],
] as const)('BAD_FRAME: %s', ([, text]) => {
  const parsed = parseClientFrame(text);
  expect(parsed.ok).toBe(false);
  // The error names the field and never repeats what was sent.
  if (!parsed.ok) expect(parsed.error).not.toContain('Ada');
});

test('SY4: a snapshot is fetched from below the endpoint’s own origin only', () => {
  const frame = (url: string) =>
    parseServerFrame(JSON.stringify({ type: 'CONTEXT_ACTIVATED', contextId: 'c', activationId: 'a', logId: 'l', headVersion: 1, horizon: 0, mode: 'snapshot', schemaVersion: 1, readableFrom: 1, snapshot: { url, version: 1, bytes: 1, sha256: 'a'.repeat(64) } })).ok;
  expect(frame('/contexts/c/snapshot?version=1')).toBe(true);
  expect(frame('https://elsewhere.example/x')).toBe(false);
});

test('`__proto__` in a value is data', () => {
  const text = JSON.stringify(push).replace('{"name":"Ada"}', '{"__proto__":{"admin":true}}');
  const parsed = parseClientFrame(text);
  expect(parsed.ok && JSON.stringify(parsed.value)).toContain('"__proto__":{"admin":true}');
  expect(({} as { admin?: boolean }).admin).toBeUndefined();
});
