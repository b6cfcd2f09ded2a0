import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../support/until.ts';
import { DemoKit, type Desk } from '../demo-kit.ts';
import { seriousFindings, seriousFindingsInEveryLook } from '../inspector-kit.ts';

// What this device knows and holds, and whether row, disk and server agree: Registry on the running demo.

let kit: DemoKit;
let page: Page;
let desk: Desk;
const STRAY = 'p-00c0ffee00c0ffee-9.sqlite';

beforeAll(async () => {
  kit = await DemoKit.open();
  desk = await kit.device('desk-1');
  for (const id of ['clinic-d', 'clinic-e', 'clinic-b']) {
    await desk.client.activate(id);
    await until(() => desk.client.control.status(id)?.connection === 'live', `${id} is live`);
  }
  page = await kit.attach(desk);
  await kit.browser.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.keyboard.press('2');
  await row('clinic-d').waitFor();
}, 180_000);
afterAll(() => kit?.close(), 60_000);

const grid = (): Locator => page.getByRole('grid', { name: 'Registry rows' });
const row = (contextId: string): Locator => grid().locator('tbody tr[id]', { hasText: contextId }).first();
const rows = (): Promise<number> => grid().locator('tbody tr[id]').count();
const tick = (contextId: string): Locator => page.getByRole('checkbox', { name: `Select ${contextId}` });
const bulk = (): Locator => page.getByRole('toolbar', { name: 'Selected rows' });
const detail = (): Locator => page.locator('.detail');
const checkedAt = async (): Promise<string> => /Checked (\d\d:\d\d:\d\d)/.exec((await page.locator('.rg-attn').textContent()) ?? '')?.[1] ?? '';

test('IS2 rows agree with the disk, and with the server once it is asked; R checks again', async () => {
  await until(async () => /rows agree with the disk, the server was not asked/.test((await page.locator('.rg-attn').textContent()) ?? ''), 'the disk was checked');
  expect(await row('clinic-d').textContent()).toContain('agrees with disk');
  expect(await row('clinic-d').textContent()).toMatch(/p-[0-9a-f]{8}/);
  await page.getByRole('button', { name: 'Compare with server' }).click();
  await until(async () => /agrees(?! with)/.test((await row('clinic-d').textContent()) ?? ''), 'the server was asked');
  const before = await checkedAt();
  await row('clinic-d').click();
  await until(async () => {
    await page.keyboard.press('r');
    return (await checkedAt()) > before;
  }, 'checked again');
});

test('the detail compares row, file and server field by field, and shows the raw row', async () => {
  await row('clinic-d').click();
  const table = detail().getByRole('table', { name: 'Row compared with disk and server' });
  await until(async () => /localVersion\d+\d+/.test(((await table.textContent()) ?? '').replaceAll(',', '')), 'versions stand beside each other');
  for (const heading of ['Changes to this row', 'Membership', 'Last checked', 'Policy']) await detail().getByRole('heading', { name: new RegExp(`^${heading}`) }).waitFor();
  expect(await detail().locator('.rg-bad').count()).toBe(0);
  await detail().getByRole('radio', { name: 'Raw row' }).click();
  await detail().getByRole('button', { name: 'Copy as JSON' }).click();
  expect(JSON.parse(await page.evaluate(() => navigator.clipboard.readText()))).toMatchObject({ contextId: 'clinic-d', lifecycle: 'dormant', partition: { present: true } });
  await detail().getByRole('radio', { name: 'Compare' }).click();
  await detail().getByRole('button', { name: 'Ask server again' }).click();
  await detail().getByRole('button', { name: 'Show in Contexts' }).click();
  await page.getByRole('tab', { name: /^Contexts/, selected: true }).waitFor();
  await page.keyboard.press('2');
});

test('filter, chips and groups say what is shown', async () => {
  const all = await rows();
  await page.keyboard.press('/');
  await page.keyboard.type('role:reader');
  await until(async () => (await rows()) === 1, 'the shared tier alone');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: /^On disk \d/ }).click();
  await until(async () => (await rows()) === 4, 'what is on the disk');
  await page.getByRole('button', { name: /^All \d/ }).click();
  await page.getByRole('radio', { name: 'Kind' }).click();
  await grid().getByRole('button', { name: 'tenant' }).click();
  await until(async () => (await rows()) === 1, 'the group is folded');
  await grid().getByRole('button', { name: 'tenant' }).click();
  await until(async () => (await rows()) === all, 'and open again');
  await page.getByRole('radio', { name: 'None' }).click();
  await until(async () => (await grid().locator('tr.grp').count()) === 0, 'no groups');
  await page.getByRole('radio', { name: 'Endpoint' }).click();
});

test('ticks by click, Shift, space, Ctrl A and by group; the bar says the sums and acts on them', async () => {
  await tick('clinic-d').click();
  await bulk().getByText('1 selected').waitFor();
  await row('clinic-e').click();
  await page.keyboard.press('Space');
  await bulk().getByText('2 selected').waitFor();
  await page.keyboard.press('Control+a');
  await bulk().getByText(`${await rows()} selected`).waitFor();
  await page.keyboard.press('Escape');
  await until(async () => (await bulk().count()) === 0, 'nothing is selected');
  await page.getByRole('checkbox', { name: 'Select all of this endpoint' }).click();
  await bulk().getByText(/^\d+ selected/).waitFor();
  await bulk().getByRole('button', { name: /^Clear/ }).click();
  await tick('clinic-d').click();
  const ids = (await grid().locator('tbody tr[id] b').allTextContents()).slice(0, 12);
  await tick('clinic-e').click({ modifiers: ['Shift'] });
  const between = Math.abs(ids.indexOf('clinic-d') - ids.indexOf('clinic-e')) + 1;
  await bulk().getByText(`${between} selected`).waitFor();
  await bulk().getByRole('button', { name: /^Clear/ }).click();
  await tick('clinic-d').click();
  await bulk().getByRole('button', { name: 'Activate 1' }).click();
  await until(() => desk.client.control.status('clinic-d')?.lifecycle === 'active', 'it is opened');
  await bulk().getByRole('button', { name: 'Copy as JSON' }).click();
  await page.locator('.st-toasts').getByText('1 row copied').waitFor();
  await bulk().getByRole('button', { name: /^Clear/ }).click();
  await until(() => desk.client.control.status('clinic-e')?.lifecycle === 'dormant', 'clinic-e is dormant');
  await tick('clinic-e').check();
  await bulk().getByRole('button', { name: 'Prune 1 context…' }).click();
  const dialog = page.getByRole('alertdialog');
  await expect.poll(() => dialog.innerText(), { timeout: 20_000 }).toContain('Prune clinic-e');
  await dialog.getByRole('button', { name: 'Prune clinic-e' }).click();
  await until(() => desk.client.registry().find(({ contextId }) => contextId === 'clinic-e')?.partition.present === false, 'it is pruned');
  await until(async () => /absent/.test((await row('clinic-e').textContent()) ?? ''), 'the row says so');
  if ((await bulk().count()) > 0) await bulk().getByRole('button', { name: /^Clear/ }).click();
});

test('a file that no row points to is found, told apart and removed by its typed name', async () => {
  const folder = readdirSync(join(kit.folder, 'desk-1'), { recursive: true, encoding: 'utf8' }).find((name) => name.endsWith('registry.sqlite')) ?? '';
  writeFileSync(join(kit.folder, 'desk-1', folder, '..', STRAY), 'not a database');
  await row('clinic-b').click();
  await page.keyboard.press('r');
  await grid().getByText('Files without a row').waitFor();
  await row(STRAY).click();
  await detail().getByText('no row points to it').waitFor();
  await page.getByRole('button', { name: /^Findings 1/ }).waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  await detail().getByRole('button', { name: 'Remove file…' }).click();
  const dialog = page.getByRole('alertdialog').or(page.getByRole('dialog'));
  await dialog.getByRole('textbox').fill(STRAY);
  await dialog.getByRole('button', { name: 'Remove the file' }).click();
  await until(() => !readdirSync(join(kit.folder, 'desk-1', folder, '..')).includes(STRAY), 'the file is gone');
});

test('PR4 forget takes the typed name and leaves no trace', async () => {
  await row('clinic-e').click();
  await detail().getByRole('button', { name: 'Forget…' }).click();
  const dialog = page.getByRole('alertdialog');
  const deed = dialog.getByRole('button', { name: 'Forget clinic-e' });
  await dialog.getByRole('textbox').fill('clinic-x');
  expect(await deed.getAttribute('aria-disabled')).toBe('true');
  await dialog.getByRole('textbox').fill('clinic-e');
  await deed.click();
  await page.locator('.st-toasts').getByText('clinic-e is forgotten').waitFor();
});

test('nothing serious for those who cannot see, in both themes, docked and narrow', async () => {
  await row('clinic-b').click();
  expect(await seriousFindingsInEveryLook(page)).toEqual([]);
});
