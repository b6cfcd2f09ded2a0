import { expect, test } from 'vitest';
import { Clinic, isLive, until } from '../testing/clinic.ts';
import { PlainHub } from '../testing/plain-hub.ts';
import { Samples } from './samples.ts';

test('samples keep the newest, and count all', () => {
  const samples = new Samples(4);
  expect(samples.spread()).toEqual({ count: 0, p50: null, p95: null });
  for (let i = 1; i <= 10; i++) samples.add(i);
  expect(samples.spread()).toEqual({ count: 10, p50: 9, p95: 10 });
});

test('TE1 figures by context come from the events, from the first question on', async () => {
  await using clinic = await Clinic.open();
  const { client } = await clinic.device('device-a');
  const before = client.control.telemetry();
  expect(before).toMatchObject({ events: 0, since: null, contexts: [] });
  const here = await client.switchTo('clinic-a');
  await until(isLive(client, 'clinic-a'), 'live');
  await here.put('patient', 'p-1', { name: 'Ada' });
  await until(() => client.control.telemetry().contexts[0]?.pushLatency.count === 1, 'the push was answered');
  await until(async () => (await here.outbox()).length === 0, 'settled');
  await client.switchTo('clinic-b');
  const report = client.control.telemetry();
  expect(report).toMatchObject({ contextsUsed: 2, switches: 2 });
  expect(report.contexts.map(({ contextId }) => contextId)).toEqual(['clinic-a', 'clinic-b']);
  expect(report.contexts[0]).toMatchObject({ activations: 1, switches: 1, writes: 1, pushes: 1, pushedWrites: 1, conflicted: 0, deltas: 1, changes: 1, ownChanges: 1, pushLatency: { count: 1 } });
  expect(report.contexts[0]?.phases['connect']?.p50).toBeGreaterThanOrEqual(0);
  expect(report.contexts[0]?.bytesIn).toBeGreaterThan(50);
});

test('TE1 DB1 Telemetry.get answers by the protocol, with what the agent itself costs and what it still had', async () => {
  await using clinic = await Clinic.open();
  const { client } = await clinic.device('device-a');
  const hub = new PlainHub(client);
  await client.switchTo('clinic-a');
  await until(isLive(client, 'clinic-a'), 'live');
  await until(() => hub.events.some((event) => event.kind === 'connection'), 'events came');
  const answer = await hub.call('Telemetry.get', {});
  expect(answer.contexts[0]).toMatchObject({ contextId: 'clinic-a', activations: 1 });
  const { agent, bytesIn, contextsKnown } = answer.client as { agent: { eventsSent: number; bytesSent: number; bytesHeld: number }; bytesIn: number; contextsKnown: number };
  expect(agent.eventsSent).toBe(hub.events.length);
  expect(agent.bytesSent).toBeGreaterThan(100);
  expect([contextsKnown, bytesIn > 100]).toEqual([2, true]);
  hub.agent.stop();
});
