import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startAgent } from '../../../runtime/agent/index.ts';
import { nodePlatform } from '../../../runtime/platform/node/index.ts';
import { until } from '../../support/until.ts';
import { DemoKit, type Desk } from '../demo-kit.ts';
import { seriousFindings } from '../inspector-kit.ts';

// What stands around the panels, on the running demo: keys, palette, menus, the address, a client that goes and one that comes with hostile names.

let kit: DemoKit;
let desk: Desk;
let page: Page;
const PANELS = ['Contexts', 'Registry', 'Timeline', 'Conflicts', 'Data', 'Network', 'Storage', 'Telemetry', 'Replay', 'Query'];

beforeAll(async () => {
  kit = await DemoKit.open();
  desk = await kit.device('desk-1');
  const other = await kit.device('desk-2');
  await kit.collide(desk, other, 'clinic-b', 'v-frame');
  await desk.client.switchTo('clinic-c');
  page = await kit.attach(desk);
}, 180_000);
afterAll(() => kit?.close(), 60_000);

const press = (key: string): Promise<void> => page.keyboard.press(key);
const isShown = (panel: string, on = page): Promise<void> => on.getByRole('tab', { name: new RegExp(`^${panel}`), selected: true }).waitFor();
const isLive = async (): Promise<boolean> => (await page.getByRole('slider', { name: 'Time cursor' }).getAttribute('aria-valuetext'))?.startsWith('Live') === true;

test('the digits, T, O and Q go to their panels, and the address brings a view back', async () => {
  for (const [at, panel] of PANELS.entries()) {
    await press(String((at + 1) % 10));
    await isShown(panel);
    if (panel === 'Query') await press('Escape');
  }
  await page.getByRole('tab', { name: /^Contexts/ }).click();
  await press('T');
  await isShown('Timeline');
  await press('O');
  await isShown('Data');
  await press('1');
  await press('Q');
  await isShown('Query');
  await press('Escape');
  await page.getByRole('tab', { name: /^Registry/ }).click();
  await until(() => page.url().includes('panel=registry'), 'the address names the panel');
  await page.reload();
  await isShown('Registry');
  await page.getByText('Connected').first().waitFor();
});

test('the palette runs a command, finds a context, an event and a moment, and says why something is off', async () => {
  await press('Control+K');
  const palette = page.getByRole('dialog', { name: 'Command palette' });
  await page.keyboard.type('telemetry');
  await press('Enter');
  await isShown('Telemetry');
  await press('Control+k');
  await page.keyboard.type('@clinic-b');
  await press('Enter');
  await isShown('Contexts');
  await page.getByRole('button', { name: 'Verify digest' }).first().waitFor();
  await press('Control+k');
  await page.keyboard.type('verify');
  await press('Enter');
  await page.getByText('Digest of clinic-b matches').waitFor();
  await press('Control+k');
  await page.keyboard.type('emulate');
  await press('Enter');
  await isShown('Network');
  await page.getByRole('region', { name: 'Network emulation' }).waitFor();
  await press('Escape');
  await press('Control+k');
  await page.keyboard.type('stress');
  await press('Enter');
  await page.getByRole('dialog', { name: /Switching stress/ }).waitFor();
  await press('Escape');
  await press('Control+k');
  await page.keyboard.type('#5');
  await press('ArrowDown');
  await press('Enter');
  await until(async () => !(await isLive()), 'it stands in the past');
  await press('Control+k');
  await page.keyboard.type('activate clinic-b');
  expect(await palette.getByRole('option').first().getAttribute('aria-disabled')).toBe('true');
  await press('Escape');
  await press('L');
  await until(isLive, 'live again');
  expect(await seriousFindings(page)).toEqual([]);
});

test('the cursor’s keys step by event, activation and conflict; Escape and L come back', async () => {
  await press('1');
  const where = async (): Promise<string> => (await page.getByRole('slider', { name: 'Time cursor' }).getAttribute('aria-valuetext')) ?? '';
  for (const [back, forth] of [[',', '.'], ['[', ']'], ['{', '}']] as const) {
    await press(',');
    const from = await where();
    await press(back);
    await until(async () => (await where()) !== from, `${back} moves`);
    const there = await where();
    // Nobody comes behind the only conflict; from before it, it comes next.
    if (forth === '}') await press(',');
    else await press(back);
    await until(async () => (await where()) !== there, 'further back');
    const further = await where();
    await press(forth);
    await until(async () => (await where()) !== further, `${forth} moves`);
    await press('L');
    await until(isLive, 'live');
  }
});

test('Alt and arrows go from context to context, Alt / filters them, F6 goes from region to region', async () => {
  await press('1');
  const chosen = (): Promise<string | null> => page.locator('tr[aria-selected="true"]').first().textContent({ timeout: 2_000 }).catch(() => null);
  const before = await chosen();
  await press('Alt+ArrowDown');
  await until(async () => (await chosen()) !== before, 'another context');
  const then = await chosen();
  await press('Alt+ArrowUp');
  await until(async () => (await chosen()) !== then, 'and back');
  await press('Alt+/');
  await page.keyboard.type('clinic-c');
  await until(async () => (await page.locator('.side [role="option"]').allTextContents()).filter((text) => text.includes('clinic-')).length === 1, 'one is left');
  await page.keyboard.press('Control+A');
  await page.keyboard.press('Delete');
  await page.keyboard.press('Escape');
  await page.locator('body').click({ position: { x: 700, y: 30 } });
  const regions = new Set<string>();
  for (let i = 0; i < 8; i++) {
    await press('F6');
    regions.add(await page.evaluate(() => document.activeElement?.closest('[data-region]')?.className ?? ''));
  }
  expect(regions.size).toBeGreaterThan(2);
});

test('lists move by arrows and Enter opens; F gives the detail the panel; V hides values everywhere; C copies; / filters', async () => {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await press('1');
  const grid = page.getByRole('grid', { name: 'Contexts' });
  await grid.locator('tbody tr').first().click();
  await press('ArrowDown');
  await press('ArrowUp');
  await press('ArrowDown');
  await press('Enter');
  await page.locator('.detail').first().waitFor();
  await press('F');
  await grid.waitFor({ state: 'hidden' });
  await press('Escape');
  await grid.waitFor();
  await press('V');
  await press('V');
  await press('C');
  await page.getByText(/ copied$/).first().waitFor();
  await press('R');
  await press('/');
  await page.keyboard.type('clinic-b');
  await until(async () => (await grid.locator('tbody tr[data-index], tbody tr[role="row"]').count()) <= 2, 'the list is filtered');
  await page.keyboard.press('Control+A');
  await page.keyboard.press('Delete');
  await press('Escape');
});

test('? lists the keys; single letters do nothing in a text, and can be turned off', async () => {
  await press('?');
  const sheet = page.getByRole('dialog');
  for (const word of ['Search or run a command', 'Zoom in, out', 'Emulation', 'Save the query']) await sheet.getByText(word, { exact: true }).waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  await press('Escape');
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByRole('menuitemcheckbox', { name: 'Single-key shortcuts' }).click();
  await press('Escape');
  await press('3');
  await press('T');
  await isShown('Contexts');
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByRole('menuitemcheckbox', { name: 'Single-key shortcuts' }).click();
  for (const [theme, scheme] of [['Light', 'light'], ['Dark', 'dark'], ['Browser', null]] as const) {
    await page.getByRole('radio', { name: theme }).click();
    if (scheme !== null) expect(await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme + (document.querySelector('.root') === null ? '' : getComputedStyle(document.querySelector('.root') as Element).colorScheme))).toContain(scheme);
  }
  await page.getByRole('radio', { name: 'Roomy' }).click();
  await page.getByRole('radio', { name: 'Compact' }).click();
  await press('Escape');
});

test('Ctrl E saves a recording that Ctrl O opens without its client; one of a newer format says what to do', async () => {
  await press('1');
  const [download] = await Promise.all([page.waitForEvent('download'), press('Control+e')]);
  const file = join(kit.folder, 'saved.ctxscope');
  await download.saveAs(file);
  const viewer = await kit.attach(desk);
  const open = async (path: string): Promise<void> => {
    const [chooser] = await Promise.all([viewer.waitForEvent('filechooser'), viewer.keyboard.press('Control+o')]);
    await chooser.setFiles(path);
  };
  await open(file);
  await viewer.getByText(/saved\.ctxscope/).first().waitFor();
  for (const [at, panel] of PANELS.entries()) {
    await viewer.getByRole('tab', { name: new RegExp(`^${panel}`) }).click();
    await isShown(panel, viewer);
    expect(await seriousFindings(viewer), `${at} ${panel}`).toEqual([]);
  }
  await viewer.getByRole('tab', { name: /^Contexts/ }).click();
  await viewer.getByRole('row').filter({ hasText: 'clinic-b' }).first().click();
  expect(await viewer.getByRole('button', { name: /^(?:Activate|Force deactivate)$/ }).first().getAttribute('title')).toContain('recording');
  const newer = join(kit.folder, 'newer.ctxscope');
  await writeFile(newer, readFileSync(file));
  const db = new DatabaseSync(newer);
  db.exec('PRAGMA user_version = 99');
  db.close();
  await open(newer);
  await viewer.getByText('newer.ctxscope could not be opened').waitFor();
  await viewer.getByText(/newer|upgrade/i).first().waitFor();
  await writeFile(newer, readFileSync(file).subarray(0, 40_960));
  await viewer.getByRole('button', { name: 'Dismiss' }).first().click();
  await open(newer);
  await viewer.getByText('newer.ctxscope could not be opened').waitFor();
  await viewer.close();
});

test('hostile names are text: nothing runs, nothing is markup, the layout stays', async () => {
  const title = '<img src=x onerror="document.title=1"> \u202Eevil\u202C';
  const platform = await nodePlatform({ dir: join(kit.folder, 'hostile') });
  const agent = startAgent(desk.client, { platform, hub: kit.demo.hub.agentUrl.replace(/\/agent$/, ''), title, clientId: 'hostile', values: 'structure' });
  await until(() => agent.connected, 'it is there');
  const viewer = await kit.page(kit.demo.hub.newLink());
  await viewer.getByText('<img src=x').first().waitFor();
  await viewer.getByRole('row').filter({ hasText: '<img src=x' }).getByRole('button', { name: 'Attach' }).click();
  await viewer.getByText('Connected').first().waitFor();
  expect(await viewer.title()).not.toBe('1');
  expect(await viewer.locator('img[src="x"]').count()).toBe(0);
  expect(await viewer.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  agent.stop();
  await viewer.close();
});

test('a client that goes in the midst leaves what is known, dimmed, and comes back by itself', async () => {
  const gone = await kit.device('desk-9');
  await gone.client.activate('clinic-a');
  const viewer = await kit.attach(gone);
  await viewer.getByRole('row').filter({ hasText: 'clinic-a' }).first().waitFor();
  gone.agent.stop();
  await viewer.getByText('No answer').first().waitFor();
  await viewer.getByRole('row').filter({ hasText: 'clinic-a' }).first().click();
  expect(await viewer.getByRole('button', { name: 'Verify digest' }).first().getAttribute('title')).toBe('The client does not answer');
  await viewer.getByRole('tab', { name: /^Timeline/ }).click();
  await viewer.locator('table[aria-label="Events"] tbody tr').first().waitFor();
  const again = startAgent(gone.client, { platform: await nodePlatform({ dir: join(kit.folder, 'again') }), hub: kit.demo.hub.agentUrl.replace(/\/agent$/, ''), title: 'Desk desk-9', values: 'full' });
  await viewer.getByText('Connected').first().waitFor({ timeout: 30_000 });
  again.stop();
  await viewer.close();
});

test('every key of the map is pressed by a test of this folder', async () => {
  const { BINDINGS } = await import('../../../shared/ui/state/keys.ts');
  const texts = readdirSync(import.meta.dirname).map((name) => readFileSync(join(import.meta.dirname, name), 'utf8')).join('\n');
  const pressed = new Set([...texts.matchAll(/(?:press|keys?)\(\s*'([^']+)'/g)].map(([, key = '']) => key.replace(/^(?:Control|Meta)\+/, 'Mod+').toUpperCase()));
  for (const [, list = ''] of texts.matchAll(/\[((?:'[^']{1,12}'(?:, )?)+)\](?:[,\]]| as const)/g)) for (const [, key = ''] of list.matchAll(/'([^']+)'/g)) pressed.add(key.replace(/^(?:Control|Meta)\+/, 'Mod+').toUpperCase());
  const digits = /^[0-9]$/;
  expect(BINDINGS.flatMap(({ keys }) => keys).filter((key) => !digits.test(key) && !pressed.has(key.toUpperCase()))).toEqual([]);
});
