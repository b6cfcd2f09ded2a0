import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startDemo, type Demo } from '../../demo/index.ts';
import { schema, type DemoValues } from '../../demo/schema.ts';
import { startAgent, type Agent } from '../../runtime/agent/index.ts';
import { createContextClient, type ContextClient } from '../../runtime/index.ts';
import { nodePlatform } from '../../runtime/platform/node/index.ts';
import { deviceId as parseDeviceId } from '../../shared/core/ids.ts';
import type { StepRecord } from '../../shared/engine/step-record.ts';
import { reExecute } from '../../shared/recording/re-execute.ts';
import { issueToken } from '../../sync-server/index.ts';
import { launchChromium, type Browser } from '../support/chromium.ts';
import { until } from '../support/until.ts';

// The main job in a real browser: the demo as `npm start` runs it, and beside its three devices one that this test holds, so that what
// the page does to it is not undone by somebody at work.

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'contextscope-demo-'));
const dataDir = join(folder, 'data');
let demo: Demo;
let browser: Browser;
let page: Page;
let desk: { client: ContextClient<DemoValues>; agent: Agent; hold(on: boolean): void };

const runs: { deviceId: string; steps: StepRecord[] }[] = [];

async function openDesk(deviceId: string): Promise<typeof desk> {
  const secret = Buffer.from(readFileSync(join(dataDir, 'secret'), 'utf8').trim(), 'hex');
  const platform = await nodePlatform({ dir: join(folder, deviceId) });
  const steps: StepRecord[] = [];
  let holding = false;
  let held: (() => void)[] = [];
  const client = createContextClient({
    platform: {
      ...platform,
      // Pushes wait where the test wants a write to be pending.
      dial: (url, handlers) => {
        const socket = platform.dial(url, handlers);
        return { ...socket, send: (text) => (holding && text.includes('"PUSH"') ? void held.push(() => socket.send(text)) : socket.send(text)) };
      },
    },
    deviceId,
    auth: { userId: 'amelie', token: () => issueToken({ userId: 'amelie', secret }) },
    endpoints: [demo.server.wsUrl],
    schema,
    app: 'Desk',
    recorder: { record: (step) => void steps.push(structuredClone(step)) },
  });
  runs.push({ deviceId, steps });
  const agent = startAgent(client, { platform, hub: demo.hub.agentUrl.replace(/\/agent$/, ''), title: `Desk ${deviceId}`, values: 'full' });
  const hold = (on: boolean): void => {
    holding = on;
    if (on) return;
    for (const send of held) send();
    held = [];
  };
  return { client, agent, hold };
}

beforeAll(async () => {
  demo = await startDemo({ port: 0, host: '127.0.0.1', dataDir, open: false }, () => undefined);
  desk = await openDesk('desk-1');
  browser = await launchChromium({ width: 1440, height: 900 });
  page = await browser.context.newPage();
  await page.goto(demo.link);
  await page.getByRole('row').filter({ hasText: 'desk-1' }).getByRole('button', { name: 'Attach' }).click();
  await page.getByRole('tab', { name: /Contexts/ }).waitFor();
}, 180_000);

afterAll(async () => {
  await browser?.close();
  desk?.agent.stop();
  await desk?.client.close();
  await demo?.stop();
  // RP8: what the desks did gives the same outputs again.
  for (const { deviceId, steps } of runs) {
    expect(reExecute(steps, { deviceId: parseDeviceId(deviceId), schema: schema.functions.info, sync: { digest: 'replay', maxHeldBytes: 4_194_304 } })).toEqual({ verdict: 'identical', steps: steps.length });
  }
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

const rowOf = (contextId: string) => page.getByRole('grid').getByRole('row').filter({ hasText: contextId });
const textOf = async (contextId: string): Promise<string> => (await rowOf(contextId).first().textContent()) ?? '';

async function cli(...args: string[]): Promise<unknown> {
  const { stdout } = await run(process.execPath, [join(root, 'cli/contextscope.ts'), ...args, '--data-dir', dataDir, '--json'], { cwd: root });
  return JSON.parse(stdout);
}

/** A field of the registry as the command line shows it. */
async function stateOf(contextId: string): Promise<{ lifecycle: string; localVersion: number; serverVersion: number }> {
  const found = JSON.stringify(await cli('contexts', 'desk-1'));
  const entries = JSON.parse(found) as { row?: never }[] | { entries: never[] };
  const list = (Array.isArray(entries) ? entries : entries.entries) as { row?: { contextId: string }; contextId?: string }[];
  const entry = list.find((other) => (other.row?.contextId ?? other.contextId) === contextId);
  return (entry?.row ?? entry) as never;
}

test('the page shows the clinics of a client, and their versions move', async () => {
  await desk.client.activate('clinic-b');
  await until(async () => (await textOf('clinic-b')).includes('live'), 'clinic-b is live on the page');
  for (const contextId of ['clinic-a', 'clinic-c', 'clinic-h', 'shared']) expect(await rowOf(contextId).count()).toBeGreaterThan(0);
  const before = await stateOf('clinic-b');
  // The three at work come by when they come; a colleague at another desk writes now.
  const colleague = await openDesk('desk-0');
  try {
    const there = await colleague.client.activate('clinic-b');
    await there.put('visit', 'desk-visit', { patient: 'b-0001', at: '2026-01-01T09:00:00Z', room: 'R1', pulse: 70 });
    await until(async () => (await stateOf('clinic-b')).localVersion > before.localVersion, 'somebody else writes in clinic-b', 30_000);
  } finally {
    colleague.agent.stop();
    await colleague.client.close();
  }
  const { localVersion } = await stateOf('clinic-b');
  await until(async () => Number((await textOf('clinic-b')).match(/\d[\d,]*/g)?.map((n) => n.replaceAll(',', '')).find((n) => Number(n) >= localVersion) ?? 0) >= localVersion, 'the page follows');
});

test('LC5: Force deactivate makes it dormant on the page and for the command line; Activate brings it back to the head', async () => {
  await rowOf('clinic-b').first().click();
  await page.getByRole('button', { name: 'Force deactivate' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Force deactivate' }).click();
  await until(async () => (await textOf('clinic-b')).includes('dormant'), 'dormant on the page');
  const dormant = await stateOf('clinic-b');
  expect(dormant.lifecycle).toBe('dormant');
  // Others go on without it.
  await page.getByRole('button', { name: 'Activate', exact: true }).first().click();
  await until(async () => (await textOf('clinic-b')).includes('live'), 'live again on the page');
  await until(async () => {
    const now = await stateOf('clinic-b');
    return now.lifecycle === 'active' && now.localVersion >= dormant.localVersion && now.localVersion === now.serverVersion;
  }, 'it has caught up');
});

test('SY4 OB4: Replay from server keeps a pending write, and the server has it afterwards', async () => {
  const handle = await desk.client.activate('clinic-b');
  await until(() => desk.client.control.status('clinic-b')?.connection === 'live', 'live');
  desk.hold(true);
  await handle.put('note', 'desk-note', { patient: 'b-0001', text: 'written while a replay was under way' });
  await until(async () => (await handle.outbox()).some((entry) => entry.entityId === 'desk-note'), 'the write is pending');
  await rowOf('clinic-b').first().click();
  await page.getByRole('button', { name: /Replay from server/ }).first().click();
  const dialog = page.getByRole('dialog').or(page.getByRole('alertdialog'));
  await dialog.getByText('Rebuild', { exact: true }).click();
  await dialog.getByRole('button', { name: 'Rebuild clinic-b' }).click();
  await until(() => desk.client.control.status('clinic-b')?.doing?.text.includes('snapshot') === true || desk.client.control.status('clinic-b')?.connection !== 'live', 'the rebuild has begun');
  expect((await handle.outbox()).some((entry) => entry.entityId === 'desk-note')).toBe(true);
  desk.hold(false);
  await until(async () => !(await handle.outbox()).some((entry) => entry.entityId === 'desk-note'), 'the write is settled', 30_000);
  expect(await handle.get('note', 'desk-note')).toMatchObject({ text: 'written while a replay was under way' });
  const other = await openDesk('desk-2');
  try {
    const there = await other.client.activate('clinic-b');
    await until(() => there.get('note', 'desk-note'), 'another device gets it from the server', 30_000);
  } finally {
    other.agent.stop();
    await other.client.close();
  }
});
