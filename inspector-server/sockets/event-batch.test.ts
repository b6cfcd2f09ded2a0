import { expect, test } from 'vitest';
import { seededRandom } from '../../shared/base/random.ts';
import { EVENTS, parseMessage } from '../../shared/protocol/debug/index.ts';
import { eventOf } from '../../shared/recording/testing/sample.ts';
import { isBatch, parseBatch } from './event-batch.ts';

const message = (params: unknown): string => JSON.stringify({ method: 'Client.events', params });

/** What the schema says of a message. */
function bySchema(text: string): boolean {
  const parsed = parseMessage(text);
  return parsed.ok && parsed.value.kind === 'event' && parsed.value.method === 'Client.events' && EVENTS['Client.events'].safeParse(parsed.value.params).success;
}

test('a batch that fits is taken as it is', () => {
  const params = { runId: 'run-1', events: [eventOf(0), eventOf(1)] };
  expect(isBatch(Buffer.from(message(params)))).toBe(true);
  expect(parseBatch(message(params))).toEqual({ ok: true, value: params });
  expect(parseBatch(message({ ...params, dropped: [{ fromSeq: 1, toSeq: 2, reason: 'x' }] }))).toMatchObject({ ok: true, value: { dropped: [{ fromSeq: 1, toSeq: 2, reason: 'x' }] } });
});

test('every value in every place is judged as the schema judges it', () => {
  const values = [undefined, null, true, '', 'x', 'y'.repeat(200), 'y'.repeat(201), 0, -1, 1.5, 1e16, -0, [], ['a'], [1], [''], {}, { a: 1 }, 'delta', 'frame'];
  const keys = ['seq', 'at', 'kind', 'contextId', 'activationId', 'entity', 'entityId', 'fromVersion', 'toVersion', 'mutationIds', 'bytes', 'durationMs', 'data', 'unknown'];
  for (const key of keys) {
    for (const value of values) {
      const text = message({ runId: 'run-1', events: [{ ...eventOf(3), [key]: value }] });
      expect(parseBatch(text).ok, `${key}: ${JSON.stringify(value)}`).toBe(bySchema(text));
    }
  }
  for (const params of values) expect(parseBatch(message(params)).ok).toBe(bySchema(message(params)));
  for (const key of ['runId', 'events', 'dropped']) for (const value of values) expect(parseBatch(message({ runId: 'r', events: [], [key]: value })).ok, `${key}: ${JSON.stringify(value)}`).toBe(bySchema(message({ runId: 'r', events: [], [key]: value })));
});

test('texts that were changed at random are judged as the schema judges them', () => {
  const text = message({ runId: 'run-1', events: [eventOf(0), eventOf(1)] });
  for (let seed = 1; seed <= 2_000; seed++) {
    const random = seededRandom(seed);
    let changed = text;
    for (let i = 0; i <= random.int(3); i++) {
      const at = random.int(changed.length);
      changed = changed.slice(0, at) + random.pick(['', '"', '0', '-', 'e', '{', '}', ',', '999999999999999999999', 'null', '1e999']) + changed.slice(at + random.int(3));
    }
    if (isBatch(Buffer.from(changed))) expect(parseBatch(changed).ok, `seed ${seed}: ${changed}`).toBe(bySchema(changed));
  }
});

test('a message that says twice what it is, is what it says last', () => {
  for (const rest of ['"id":1', '"method":"Registry.changed"', '"result":{}', '"error":{"code":"x","message":"y"}']) {
    const text = `{"method":"Client.events","params":{"runId":"r","events":[]},${rest}}`;
    expect(isBatch(Buffer.from(text))).toBe(true);
    expect(parseBatch(text).ok, rest).toBe(bySchema(text));
  }
});
