import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../support/until.ts';
import { DemoKit, type Desk } from '../demo-kit.ts';
import { seriousFindings } from '../inspector-kit.ts';

// What is happening now, and why: every action and key of Contexts on the running demo.

let kit: DemoKit;
let page: Page;
let desk: Desk;
const CLINIC = 'clinic-b';

beforeAll(async () => {
  kit = await DemoKit.open();
  desk = await kit.device('desk-1');
  const handle = await desk.client.activate(CLINIC);
  await until(() => desk.client.control.status(CLINIC)?.connection === 'live', 'live');
  for (const text of ['one', 'two']) await handle.put('note', `contexts-${text}`, { patient: 'b-0001', text });
  await until(async () => (await handle.outbox()).length === 0, 'written');
  page = await kit.attach(desk);
  await kit.browser.context.grantPermissions(['clipboard-read', 'clipboard-write']);
}, 180_000);
afterAll(() => kit?.close(), 60_000);

const grid = (): Locator => page.getByRole('grid', { name: 'Contexts', exact: true });
const row = (contextId: string): Locator => grid().locator('tbody tr', { hasText: contextId }).first();
const detail = (): Locator => page.locator('.detail');
const selected = async (): Promise<string> => (await grid().locator('[aria-selected="true"] b').textContent()) ?? '';
const act = (name: string | RegExp): Locator => detail().getByRole('button', { name }).first();
const toast = (text: string | RegExp): Locator => page.locator('.st-toasts').getByText(text).first();
const lifecycle = (): string => desk.client.control.status(CLINIC)?.lifecycle ?? '';

test('every clinic is listed with its state, and chips, filter and sorting say what is shown', async () => {
  for (const id of ['clinic-a', 'clinic-h', 'shared']) await row(id).waitFor();
  await page.getByRole('button', { name: /^Open \d/ }).click();
  await until(async () => (await grid().locator('tbody tr[id]').count()) === 2, 'the open one and the shared tier');
  await page.getByRole('button', { name: /^All \d/ }).click();
  await page.keyboard.press('/');
  await page.keyboard.type('state:active kind:tenant');
  await until(async () => (await grid().locator('tbody tr[id]').count()) === 1, 'filtered');
  await page.keyboard.press('Escape');
  await page.keyboard.type('nobody');
  await page.getByText('No context matches').waitFor();
  await page.getByRole('button', { name: /Clear filter/ }).click();
  await page.getByRole('columnheader', { name: /^Local/ }).click();
  await page.getByRole('columnheader', { name: /^Local/ }).click();
  expect(await page.getByRole('columnheader', { name: /^Local/ }).getAttribute('aria-sort')).toBe('descending');
  expect(await grid().locator('tbody tr[id] b').first().textContent()).toBe(CLINIC);
});

test('columns are chosen and sorted from the keyboard, and stay after a reload', async () => {
  await page.getByRole('button', { name: /^Columns/ }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('menuitemcheckbox', { name: 'Schema' }).focus();
  await page.keyboard.press('Space');
  await page.getByRole('menuitemradio', { name: 'Sort by Bytes' }).press('Enter');
  await page.keyboard.press('Escape');
  expect(await page.getByRole('columnheader', { name: 'Schema' }).count()).toBe(0);
  expect(await page.getByRole('columnheader', { name: /^Bytes/ }).getAttribute('aria-sort')).toBe('ascending');
  await page.reload();
  await row(CLINIC).waitFor();
  expect(await page.getByRole('columnheader', { name: 'Schema' }).count()).toBe(0);
  await page.getByRole('button', { name: /^Columns/ }).click();
  await page.getByRole('menuitem', { name: 'Columns as they were' }).click();
  await page.keyboard.press('Escape');
  await page.getByRole('columnheader', { name: 'Schema' }).waitFor();
});

test('arrows, J and K move, the detail tells all of a context, C copies it, Escape closes it', async () => {
  await row(CLINIC).click();
  for (const heading of ['Now', 'Pending writes', 'Last activation', 'Version, last 8 min', /^Why it is active/, 'Latest events']) await detail().getByRole('heading', { name: heading }).waitFor();
  await detail().getByRole('table', { name: 'Phases of the last activation' }).getByText('Hydrate').waitFor();
  const first = await selected();
  await page.keyboard.press('ArrowDown');
  const second = await selected();
  expect(second).not.toBe(first);
  await page.keyboard.press('k');
  expect(await selected()).toBe(first);
  await page.keyboard.press('j');
  expect(await selected()).toBe(second);
  await row(CLINIC).click();
  await page.keyboard.press('c');
  await toast(`${CLINIC} copied`).waitFor();
  expect(JSON.parse(await page.evaluate(() => navigator.clipboard.readText()))).toMatchObject({ contextId: CLINIC, row: { lifecycle: 'active' } });
  await page.keyboard.press('f');
  await page.locator('.is-wide').waitFor();
  await page.keyboard.press('Escape');
  expect(await page.locator('.is-wide').count()).toBe(0);
  await page.getByRole('button', { name: 'Dock detail to the right' }).click();
  await page.getByRole('button', { name: 'Dock detail below' }).click();
  await page.keyboard.press('Escape');
  await until(async () => (await detail().count()) === 0, 'the detail is closed');
});

test('pending writes are shown while they wait, by row and age', async () => {
  const handle = await desk.client.activate(CLINIC);
  desk.hold(true);
  await handle.put('note', 'contexts-held', { patient: 'b-0001', text: 'it waits' });
  await row(CLINIC).click();
  await detail().locator('.cx-writes').getByText('note/contexts-held').waitFor();
  await until(async () => ((await row(CLINIC).textContent()) ?? '').includes('1'), 'the row counts it');
  desk.hold(false);
  await until(async () => (await handle.outbox()).length === 0, 'it is settled');
  await until(async () => (await detail().locator('.cx-writes').getByText('note/contexts-held').count()) === 0, 'and gone from the detail');
});

test('LC5 verify, force deactivate, activate: each tells what came of it, and its event is a click away', async () => {
  await row(CLINIC).click();
  await act('Verify digest').click();
  await toast(`Digest of ${CLINIC} matches`).waitFor();
  await act('Force deactivate').click();
  await page.getByRole('dialog', { name: /Force deactivate/ }).getByRole('button', { name: /^Cancel/ }).click();
  await act('Force deactivate').click();
  await page.getByRole('dialog', { name: /Force deactivate/ }).getByRole('button', { name: 'Force deactivate' }).click();
  await until(() => lifecycle() === 'dormant', 'dormant');
  await until(async () => ((await act('Force deactivate').getAttribute('title')) ?? '').includes('dormant'), 'it is off with its reason');
  await act('Activate').click();
  await until(() => lifecycle() === 'active', 'active again');
  await toast(/is active|is activating/).waitFor();
  await page.getByRole('button', { name: 'Show event' }).first().click();
  await page.getByRole('tab', { name: /^Timeline/, selected: true }).waitFor();
  await page.keyboard.press('1');
});

test('RP4 an event of the list leads to its moment, where actions are off; L goes live', async () => {
  await row(CLINIC).click();
  await detail().locator('.cx-event').last().click();
  await page.getByText(/State as of seq/).waitFor();
  await until(async () => (await act('Activate').getAttribute('title')) === 'You are looking at the past: go live first', 'actions are off');
  await page.keyboard.press('l');
  await until(async () => (await page.getByText(/State as of seq/).count()) === 0, 'live');
});

test('SY4 replay compares and rebuilds, prune makes its dry run and asks', async () => {
  await row(CLINIC).click();
  await act(/Replay from server/).click();
  const dialog = page.getByRole('dialog').or(page.getByRole('alertdialog'));
  await dialog.getByRole('radio', { name: 'Compare' }).click();
  await dialog.getByRole('button', { name: `Compare ${CLINIC}` }).click();
  await dialog.getByText(/identical|Identical/).first().waitFor();
  await page.keyboard.press('Escape');
  await act('Force deactivate').click();
  await dialog.getByRole('button', { name: 'Force deactivate' }).click();
  await until(() => lifecycle() === 'dormant', 'dormant');
  await act('Prune…').click();
  await dialog.getByText(/^Frees \d/).waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  await dialog.getByRole('button', { name: `Prune ${CLINIC}` }).click();
  await toast('1 context pruned').waitFor();
  await until(() => desk.client.registry().find(({ contextId }) => contextId === CLINIC)?.partition.present === false, 'its partition is gone');
  await act('Activate').click();
  await until(() => desk.client.control.status(CLINIC)?.connection === 'live', 'it came back as a snapshot');
});

test('IS3 the switching stress runs and says that nothing broke', async () => {
  await page.getByRole('button', { name: 'Stress switch…' }).click();
  const dialog = page.getByRole('dialog', { name: /stress/i });
  await dialog.getByRole('radio', { name: '100', exact: true }).click();
  await dialog.getByRole('button', { name: /^Switch 100 times/ }).click();
  await dialog.getByRole('button', { name: /Run again/ }).waitFor({ timeout: 60_000 });
  expect(await dialog.textContent()).not.toMatch(/[1-9]\d* broken/);
  await page.keyboard.press('Escape');
});

test('T, O and Q go on from a context', async () => {
  for (const [key, tab] of [['t', /^Timeline/], ['o', /^Data/], ['q', /^Query/]] as const) {
    await page.keyboard.press('1');
    await row(CLINIC).click();
    await page.keyboard.press(key);
    await page.getByRole('tab', { name: tab, selected: true }).waitFor();
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  }
  await page.keyboard.press('1');
});

test('DB2 a session that only observes shows everything and offers nothing', async () => {
  const observer = await kit.paired();
  await observer.getByRole('row').filter({ hasText: 'desk-1' }).getByRole('button', { name: 'Attach' }).click();
  await observer.getByRole('grid', { name: 'Contexts', exact: true }).locator('tbody tr', { hasText: CLINIC }).first().click();
  for (const name of ['Activate', 'Force deactivate', 'Replay from server…', 'Prune…']) expect(await observer.locator('.detail').getByRole('button', { name }).first().getAttribute('aria-disabled')).toBe('true');
  expect(await observer.locator('.detail').getByRole('button', { name: 'Prune…' }).getAttribute('title')).toBe('This session only observes');
  await observer.close();
});

test('nothing serious for those who cannot see, in both themes and narrow', async () => {
  await row(CLINIC).click();
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme });
    expect(await seriousFindings(page)).toEqual([]);
  }
  await page.setViewportSize({ width: 360, height: 760 });
  expect(await seriousFindings(page)).toEqual([]);
});
