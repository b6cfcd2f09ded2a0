import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../support/until.ts';
import { DemoKit, type Desk } from '../demo-kit.ts';
import { seriousFindings, seriousFindingsInEveryLook } from '../inspector-kit.ts';

// Where the bytes are, what a limit would free, and what stops it: Storage on the running demo.

let kit: DemoKit;
let page: Page;
let desk: Desk;

beforeAll(async () => {
  kit = await DemoKit.open();
  desk = await kit.device('desk-1');
  // One that can go, one whose writes stop it, one that is open.
  for (const id of ['clinic-b', 'clinic-d', 'clinic-e']) {
    await desk.client.activate(id);
    await until(() => desk.client.control.status(id)?.connection === 'live', `${id} is live`);
  }
  const held = await desk.client.activate('clinic-e');
  // Without a connection nothing opens it again to send what it holds.
  desk.client.control.network.emulate({ offline: true, latencyMs: 0, jitterMs: 0, dropRate: 0, duplicateRate: 0, reorderRate: 0, bandwidthKbps: 0 });
  await held.put('note', 'storage-held', { patient: 'e-0001', text: 'it waits' });
  await desk.client.activate('clinic-b');
  // There is room for one: the others give way.
  await until(() => ['clinic-d', 'clinic-e'].every((id) => desk.client.control.status(id)?.lifecycle === 'dormant'), 'two are dormant', 30_000);
  page = await kit.attach(desk);
  await kit.browser.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.keyboard.press('7');
  await row('clinic-d').waitFor();
}, 180_000);
afterAll(() => kit?.close(), 60_000);

const grid = (): Locator => page.getByRole('grid', { name: /^Storage by context/ });
const row = (contextId: string): Locator => grid().locator('tbody tr', { hasText: contextId }).first();
const slider = (): Locator => page.getByRole('slider', { name: 'Older than' });
const days = async (): Promise<number> => Number(await slider().getAttribute('aria-valuenow'));
const quota = (): Locator => page.getByRole('textbox', { name: 'Quota, MB' });
const pruneAll = (): Locator => page.getByRole('button', { name: /^Prune \d+ contexts?…/ });

test('PR1 the limit goes by keys, by dragging the curve and the axis, and by typing', async () => {
  const before = await days();
  await slider().focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Shift+ArrowRight');
  expect(await days()).toBe(before + 8);
  await page.keyboard.press('Home');
  expect(await days()).toBe(1);
  const curve = await page.locator('.so-curve2').boundingBox();
  if (curve === null) throw new Error('There is no curve');
  await page.mouse.move(curve.x + 10, curve.y + 20);
  await page.mouse.down();
  await page.mouse.move(curve.x + curve.width / 2, curve.y + 20, { steps: 4 });
  await page.mouse.up();
  const dragged = await days();
  expect(dragged).toBeGreaterThan(5);
  const axis = await page.locator('th .so-ticks2').boundingBox();
  if (axis === null) throw new Error('There is no axis');
  await page.mouse.click(axis.x + axis.width * 0.9, axis.y + 6);
  expect(await days()).toBeGreaterThan(dragged);
  await page.getByRole('textbox', { name: 'Older than, days' }).fill('45');
  expect(await days()).toBe(45);
  await page.getByRole('button', { name: 'Use app policy' }).click();
  expect(await days()).toBe(before);
});

test('a quota says what goes, what is blocked and why; chips, filter and C show and copy the plan', async () => {
  await quota().fill('1');
  await until(async () => /Goes/.test((await row('clinic-d').textContent()) ?? ''), 'clinic-d goes');
  expect(await row('clinic-e').textContent()).toContain('1 unsynced write');
  expect(await row('clinic-b').textContent()).toContain('Kept, open');
  await page.getByRole('button', { name: /^Blocked 1/ }).click();
  expect(await grid().locator('tbody tr[id]').count()).toBe(1);
  await page.getByRole('button', { name: /^All \d/ }).click();
  await page.keyboard.press('/');
  await page.keyboard.type('fate:goes');
  await until(async () => (await grid().locator('tbody tr[id]').count()) === 1, 'filtered');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await row('clinic-d').click();
  await page.keyboard.press('c');
  await page.locator('.st-toasts').getByText('The plan copied').waitFor();
  expect(JSON.parse(await page.evaluate(() => navigator.clipboard.readText()))).toContainEqual(expect.objectContaining({ contextId: 'clinic-e', fate: 'blocked' }));
});

test('R asks the client for its own dry run, and deletes nothing', async () => {
  await page.keyboard.press('r');
  await page.getByText(/^Dry run \d\d:\d\d:\d\d: .*, nothing deleted/).waitFor();
  expect(desk.client.registry().find(({ contextId }) => contextId === 'clinic-d')?.partition.present).toBe(true);
});

test('space ticks and unticks, the box in the head all of them', async () => {
  await row('clinic-d').click();
  const count = async (): Promise<string> => /\d+/.exec((await pruneAll().textContent()) ?? '')?.[0] ?? '';
  expect(await count()).toBe('1');
  await page.keyboard.press('Space');
  await until(async () => (await count()) === '0', 'nothing is ticked');
  await page.getByRole('checkbox', { name: 'All that can go' }).click();
  await until(async () => (await count()) === '2', 'all that can go');
  await page.getByRole('checkbox', { name: 'All that can go' }).click();
  await row('clinic-d').click();
  await page.keyboard.press('Space');
});

test('PR2 the detail shows writes and files; quarantine takes the blocked one along, and its outbox is listed', async () => {
  await row('clinic-e').click();
  const detail = page.locator('.detail');
  await detail.getByText('note/storage-held').waitFor();
  await detail.getByText(/^Why it is a candidate/).waitFor();
  await until(async () => /\d partition/.test((await detail.textContent()) ?? ''), 'files are listed');
  const refuse = detail.getByRole('radio', { name: /^Refuse/ });
  await refuse.focus();
  await page.keyboard.press('ArrowDown');
  expect(await detail.getByRole('radio', { name: /^Quarantine/ }).getAttribute('aria-checked')).toBe('true');
  await pruneAll().click();
  const dialog = page.getByRole('alertdialog');
  await until(async () => (await dialog.getByRole('radio', { name: 'Quarantine them' }).getAttribute('aria-checked')) === 'true', 'the dialog begins with the choice');
  expect(await seriousFindings(page)).toEqual([]);
  await dialog.getByRole('button', { name: /^Prune 2 contexts/ }).click();
  await page.locator('.st-toasts').getByText('2 contexts pruned').waitFor();
  await until(() => desk.client.registry().find(({ contextId }) => contextId === 'clinic-e')?.quarantine ?? false, 'the outbox is set aside');
  await until(async () => /Quarantined outboxes 1/.test((await detail.textContent()) ?? ''), 'and listed');
  desk.client.control.network.emulate(null);
});

test('nothing serious for those who cannot see, in both themes, docked and narrow', async () => {
  await row('clinic-b').click();
  expect(await seriousFindingsInEveryLook(page)).toEqual([]);
});
