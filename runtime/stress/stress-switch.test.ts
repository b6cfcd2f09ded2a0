import { readdirSync, readlinkSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { RuntimeEvent } from '../../shared/core/events.ts';
import type { ContextId } from '../../shared/core/ids.ts';
import { Clinic, isLive, until } from '../testing/clinic.ts';
import { PlainHub } from '../testing/plain-hub.ts';
import { InvariantWatch } from './invariants.ts';

const CONTEXTS = ['clinic-a', 'clinic-b', 'clinic-c', 'clinic-d'];

/** Partition files below `dir` that this process has open; only where the system tells. */
function openFiles(dir: string): string[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${fd}`);
      return path.startsWith(`${dir}/p-`) ? [path] : [];
    } catch {
      // It was the one that the listing itself had open.
      return [];
    }
  });
}

test('IS3 LC3 LC6 300 overlapping switches on a bad network break nothing, and leave nothing open', async () => {
  await using clinic = await Clinic.open(CONTEXTS);
  const { client, dir } = await clinic.device('device-a');
  for (const contextId of CONTEXTS) {
    const handle = await client.switchTo(contextId);
    await handle.put('visit', 'v-1', { at: 1, text: contextId });
    await until(isLive(client, contextId), `${contextId} is live`);
  }
  await client.deactivate('clinic-d');
  client.control.network.emulate({ latencyMs: 3, jitterMs: 6, duplicateRate: 0.1, reorderRate: 0.1 });
  const told: number[] = [];
  const report = await client.control.stressSwitch(CONTEXTS, 300, { progress: (done) => told.push(done) });
  expect(report.broken).toEqual([]);
  expect(report.failed).toEqual({});
  expect(report.overtaken).toBeGreaterThan(50);
  expect(report.p95Ms).toBeGreaterThanOrEqual(report.p50Ms);
  expect(told.at(-1)).toBe(300);
  expect(client.registry().map((row) => row.lifecycle)).toEqual(CONTEXTS.map(() => 'dormant'));
  expect(openFiles(dir)).toEqual([]);
  for (const contextId of CONTEXTS) expect(await (await client.switchTo(contextId)).get('visit', 'v-1')).toEqual({ at: 1, text: contextId });
}, 30_000);

test('LC3 with two that may be active, and offline in the middle: what was active before is active again', async () => {
  await using clinic = await Clinic.open(CONTEXTS);
  const { client } = await clinic.device('device-a', { maxActive: 2 });
  for (const contextId of CONTEXTS) await until(isLive(client, (await client.activate(contextId)).contextId), 'live');
  client.control.network.emulate({ offline: true });
  const report = await client.control.stressSwitch(CONTEXTS, 100);
  expect([report.broken, report.failed]).toEqual([[], {}]);
  expect(client.registry().map((row) => row.lifecycle)).toEqual(['dormant', 'dormant', 'active', 'active']);
});

test('DB2 DB6 Context.stressSwitch answers by the protocol, and refuses what it cannot do', async () => {
  await using clinic = await Clinic.open();
  const { client } = await clinic.device('device-a');
  const hub = new PlainHub(client);
  await until(() => client.registry().length === 2, 'welcomed');
  const answer = await hub.call('Context.stressSwitch', { commandId: 'c-1', contexts: ['clinic-a', 'clinic-b'], rounds: 60 });
  expect(answer).toMatchObject({ rounds: 60, broken: [] });
  expect(hub.progress[0]).toMatchObject({ commandId: 'c-1', total: 60 });
  await expect(hub.call('Context.stressSwitch', { commandId: 'c-2', contexts: ['clinic-a', 'nowhere'], rounds: 1 })).rejects.toThrow('UNKNOWN_CONTEXT');
  await expect(hub.call('Context.stressSwitch', { commandId: 'c-3', contexts: ['clinic-a', 'clinic-a'], rounds: 1 })).rejects.toThrow('BAD_PARAMS');
  hub.agent.stop();
});

test('IS3 LC3 LC6 the watch names what breaks a rule with the event that shows it', () => {
  const activation = (activationId: string) => ({ activationId, purpose: 'app', lifecycle: 'active' });
  const state = { activations: { a: activation('a-2'), b: activation('b-1') }, rows: new Map(), policy: { maxActive: 1 } };
  const engine = { state, lastSeq: 9, runner: (id: string) => (id === 'c' ? { nextWake: () => 5 } : undefined) };
  const watch = new InvariantWatch(engine as never, { openStore: (id: string) => (id === 'c' ? {} : undefined) } as never);
  const event = (seq: number, kind: RuntimeEvent['kind'], contextId: string, activationId: string, data = {}): RuntimeEvent => ({ seq, at: 0, kind, contextId, activationId, data });
  watch.take(event(1, 'delta', 'a', 'a-2'));
  expect(watch.broken).toEqual([]);
  watch.take(event(2, 'delta', 'a', 'a-1'));
  watch.take(event(3, 'lifecycle', 'b', 'b-1', { from: 'dormant', to: 'activating' }));
  watch.take(event(4, 'frame', 'c', 'c-1', { direction: 'out', type: 'PUSH' }));
  watch.checkDormant(['a', 'c'] as unknown as ContextId[]);
  expect(watch.broken.map(({ rule, eventSeq }) => [rule, eventSeq])).toEqual([['IS3', 2], ['LC3', 3], ['LC6', 4], ['LC6', 9], ['LC6', 9]]);
});
