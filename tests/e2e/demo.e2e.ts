import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { DemoKit, type Desk } from './demo-kit.ts';

// The main job in a real browser: the demo as `npm start` runs it, and beside its three devices one that this test holds, so that what
// the page does to it is not undone by somebody at work.

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
let kit: DemoKit;
let page: Page;
let desk: Desk;

beforeAll(async () => {
  kit = await DemoKit.open();
  desk = await kit.device('desk-1');
  page = await kit.attach(desk);
}, 180_000);
afterAll(() => kit?.close(), 60_000);

const rowOf = (contextId: string) => page.getByRole('grid').getByRole('row').filter({ hasText: contextId });
const textOf = async (contextId: string): Promise<string> => (await rowOf(contextId).first().textContent()) ?? '';

async function cli(...args: string[]): Promise<unknown> {
  const { stdout } = await run(process.execPath, [join(root, 'cli/contextscope.ts'), ...args, '--data-dir', kit.dataDir, '--json'], { cwd: root });
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
  const colleague = await kit.device('desk-0');
  try {
    const there = await colleague.client.activate('clinic-b');
    await there.put('visit', 'desk-visit', { patient: 'b-0001', at: '2026-01-01T09:00:00Z', room: 'R1', pulse: 70 });
    await until(async () => (await stateOf('clinic-b')).localVersion > before.localVersion, 'somebody else writes in clinic-b', 30_000);
  } finally {
    await colleague.close();
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
  const other = await kit.device('desk-2');
  try {
    const there = await other.client.activate('clinic-b');
    await until(() => there.get('note', 'desk-note'), 'another device gets it from the server', 30_000);
  } finally {
    await other.close();
  }
});
