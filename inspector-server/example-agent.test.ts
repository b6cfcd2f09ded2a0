import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { HubKit, until } from './testing/hub-kit.ts';
import type { Hub } from './index.ts';

// The agent in plain JavaScript that docs/protocol gives as an example, as a process of its own.

let kit: HubKit;
let agent: ChildProcess | null = null;
beforeEach(() => (kit = new HubKit()));
afterEach(async () => {
  agent?.kill();
  await kit.end();
});

async function start(hub: Hub): Promise<void> {
  const watcher = await kit.inspector(hub, '/hub');
  agent = spawn(process.execPath, [join(import.meta.dirname, '../docs/protocol/example-agent.mjs'), hub.agentUrl], { stdio: ['ignore', 'ignore', 'inherit'] });
  await until(async () => (await watcher.call('Hub.targets', {})).targets.some(({ connected }) => connected));
}

test('DB3 an agent without our runtime is attached, asked and steered like any other', async () => {
  const hub = await kit.hub();
  await start(hub);
  const inspector = await kit.inspector(hub, '/client/example-agent');
  expect((await inspector.call('Registry.list', {})).entries.map(({ row }) => row.contextId)).toEqual(['red', 'blue']);
  await inspector.follow();
  const first = await inspector.call('Context.activate', { commandId: 'c-1', contextId: 'red' });
  expect(await inspector.call('Context.activate', { commandId: 'c-1', contextId: 'red' })).toEqual(first);
  await until(() => inspector.events.filter(({ kind }) => kind === 'delta').length >= 2);
  expect(inspector.events.filter(({ kind }) => kind === 'command')).toHaveLength(1);
  expect(inspector.events.find(({ kind }) => kind === 'command')?.data['by']).toMatch(/^test \(s-/);
  expect((await inspector.call('Registry.get', { contextId: 'red' })).row.localVersion).toBeGreaterThan(100);
  expect(await inspector.refusal('Registry.get', { contextId: 'green' })).toBe('UNKNOWN_CONTEXT');
  expect(await inspector.refusal('Context.verify', { contextId: 'red' })).toBe('UNSUPPORTED');
});

test('DB5 it sends again what a hub that went away has not got', async () => {
  const hub = await kit.hub();
  await start(hub);
  const inspector = await kit.inspector(hub, '/client/example-agent');
  await inspector.follow();
  await inspector.call('Context.activate', { commandId: 'c-1', contextId: 'red' });
  await until(() => inspector.events.length >= 4);
  await hub.close();
  const again = await kit.hub({ port: hub.port });
  const watcher = await kit.inspector(again, '/hub');
  await until(async () => (await watcher.call('Hub.targets', {})).targets[0]?.connected === true);
  const late = await kit.inspector(again, '/client/example-agent');
  await late.follow();
  await until(() => late.events.length > inspector.events.length);
  expect(late.events.map(({ seq }) => seq)).toEqual(late.events.map((_, i) => i));
  expect(late.dropped).toEqual([]);
});
