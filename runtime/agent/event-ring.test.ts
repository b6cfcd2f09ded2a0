import { expect, test } from 'vitest';
import type { RuntimeEvent } from '../../shared/core/events.ts';
import { EventRing } from './event-ring.ts';

const event = (seq: number): RuntimeEvent => ({ seq, at: seq, kind: 'write', data: {} });

test('DB4 DB5 what was not sent comes in order, what had to go is a gap, and a hub that comes back gets the rest', () => {
  // 200 bytes an event.
  const ring = new EventRing(200 * 3_000);
  for (let seq = 1; seq <= 100; seq++) ring.add(event(seq));
  expect(ring.take(60)?.events.map(({ seq }) => seq)).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
  for (let seq = 101; seq <= 10_000; seq++) ring.add(event(seq));
  expect([ring.size, ring.firstSeq, ring.bytes]).toEqual([3_000, 7_001, 600_000]);
  const next = ring.take(10);
  expect(next?.gaps).toEqual([{ fromSeq: 61, toSeq: 7_000, reason: 'the agent was out of credit' }]);
  expect(next?.events.map(({ seq }) => seq)).toEqual(Array.from({ length: 10 }, (_, i) => 7_001 + i));
  expect([...ring.held()].at(0)?.seq).toBe(7_001);
  ring.resume(9_998);
  expect(ring.take(10)?.events.map(({ seq }) => seq)).toEqual([9_999, 10_000]);
  expect(ring.take(10)).toBeNull();
  ring.resume(5_000);
  expect(ring.take(1)).toMatchObject({ gaps: [{ fromSeq: 5_001, toSeq: 7_000, reason: 'no longer kept' }], events: [{ seq: 7_001 }] });
});
