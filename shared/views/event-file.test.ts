import { expect, test } from 'vitest';
import { eventFileHead, eventLines } from './event-file.ts';
import { Script } from './testing/recorded.ts';

const { placed } = new Script()
  .event('delta', { fromVersion: 4, toVersion: 5, entity: 'visit', entityId: '+1', bytes: 120, durationMs: 1.5, mutationIds: ['m-1', 'm-2'], data: { changes: 1 } })
  .in('DELTA', { frame: { changes: [{ value: 'secret' }] } });

test('events as CSV have a line each that says in words what they are about, without what they held', () => {
  expect(eventFileHead('csv')).toBe('seq,at,kind,contextId,activationId,entity,entityId,fromVersion,toVersion,bytes,durationMs,mutationIds,subject,runId\r\n');
  const [delta, frame, end] = eventLines(placed, 'csv', true).split('\r\n');
  expect(delta).toBe("1,1970-01-01T00:00:01.000Z,delta,a,x1,visit,'+1,4,5,120,1.5,m-1 m-2,visit/+1,r");
  expect(frame).toBe('2,1970-01-01T00:00:01.000Z,frame,a,x1,,,,,,,,DELTA,r');
  expect(end).toBe('');
});

test('events as JSON lines are whole, and leave out what frames held where values are hidden', () => {
  expect(eventFileHead('ndjson')).toBe('');
  const [delta, frame] = eventLines(placed, 'ndjson', true).trim().split('\n').map((line) => JSON.parse(line) as { [key: string]: unknown });
  expect(delta).toEqual({ seq: 1, at: 1_000, kind: 'delta', contextId: 'a', activationId: 'x1', fromVersion: 4, toVersion: 5, entity: 'visit', entityId: '+1', bytes: 120, durationMs: 1.5, mutationIds: ['m-1', 'm-2'], data: { changes: 1 }, runId: 'r' });
  expect(frame).toMatchObject({ data: { type: 'DELTA', frame: { changes: [{ value: 'secret' }] } } });
  const hidden = eventLines(placed, 'ndjson', false);
  expect(hidden).not.toContain('secret');
  expect(hidden).toContain('"type":"DELTA"');
});
