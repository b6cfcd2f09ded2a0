import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchChromium, type Browser } from '../../support/chromium.ts';
import { until } from '../../support/until.ts';
import { DemoKit, type Desk } from '../demo-kit.ts';
import { seriousFindings } from '../inspector-kit.ts';

// Find a client, and let somebody else in: Connect on the running demo, with a second browser that the hub does not know.

let kit: DemoKit;
let page: Page;
let desk: Desk;
let stranger: Browser;

beforeAll(async () => {
  [kit, stranger] = await Promise.all([DemoKit.open(), launchChromium({ width: 1_280, height: 800 })]);
  desk = await kit.device('desk-1');
  await desk.client.activate('clinic-b');
  page = await kit.page(kit.demo.hub.newLink());
  await kit.browser.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await row(page, 'desk-1').waitFor();
}, 180_000);
afterAll(async () => {
  await stranger?.close();
  await kit?.close();
}, 60_000);

const grid = (at: Page): Locator => at.getByRole('grid', { name: 'Clients' });
const row = (at: Page, deviceId: string): Locator => grid(at).getByRole('row').filter({ hasText: deviceId });
const detail = (): Locator => page.locator('.cn-detail');
const offer = (): Locator => page.getByRole('region', { name: 'Let somebody in' });
const clients = (): Promise<number> => grid(page).getByRole('row').filter({ has: page.getByRole('button', { name: /Attach|Open/ }) }).count();

test('clients are listed by where they are, found by a filter, and gone ones keep their recording', async () => {
  await grid(page).getByText('On this machine').waitFor();
  expect(await clients()).toBe(4);
  await page.keyboard.press('/');
  await page.keyboard.type('phone');
  await until(async () => (await clients()) === 1, 'one is found');
  await page.getByRole('textbox', { name: 'Filter clients' }).fill('nobody');
  await page.getByText(/^No client matches/).waitFor();
  await page.keyboard.press('Escape');
  await until(async () => (await clients()) === 4, 'all again');
  const visitor = await kit.device('desk-2');
  await row(page, 'desk-2').waitFor();
  await visitor.close();
  await grid(page).getByText('Gone, recording kept').waitFor();
  expect(await row(page, 'desk-2').getByRole('button', { name: 'Open' }).count()).toBe(1);
});

test('the detail says who a client is; arrows move, ways to get one are copied', async () => {
  await row(page, 'desk-1').click();
  for (const heading of ['Session', 'Let somebody in', 'About this client']) await detail().getByRole('heading', { name: new RegExp(`^${heading}`) }).waitFor();
  expect(await detail().textContent()).toMatch(/Valuesas they are.*Can do\d+ methods/);
  await page.keyboard.press('ArrowDown');
  await until(async () => !((await detail().textContent()) ?? '').includes('desk-1'), 'another client');
  await row(page, 'desk-1').click();
  await page.getByRole('button', { name: 'Copy', exact: true }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain(`startAgent(client, { platform, hub: 'ws://${new URL(kit.demo.hub.url).host}' })`);
  await page.getByRole('button', { name: 'Copy the command' }).click();
  await until(async () => (await page.evaluate(() => navigator.clipboard.readText())) === 'npm start', 'the command is copied');
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme });
    expect(await seriousFindings(page)).toEqual([]);
  }
});

test('DB2 who chooses to observe changes nothing, also after a reload, until control is chosen', async () => {
  await detail().getByRole('radio', { name: 'Observe' }).first().click();
  await detail().getByRole('button', { name: 'Attach' }).click();
  const deactivate = page.locator('.detail').getByRole('button', { name: 'Force deactivate' });
  const open = (): Promise<void> => page.getByRole('grid', { name: 'Contexts', exact: true }).locator('tbody tr', { hasText: 'clinic-b' }).first().click();
  await open();
  expect(await deactivate.getAttribute('title')).toBe('This session only observes');
  await until(() => page.url().includes('show=clinic-b'), 'the address has it');
  await page.reload();
  await until(async () => (await deactivate.getAttribute('title')) === 'This session only observes', 'it still observes');
  await page.getByRole('button', { name: /^Desk desk-1|Clients|Choose/ }).first().click();
  await page.getByRole('menuitem', { name: /^All clients/ }).click();
  await row(page, 'desk-1').click();
  await detail().getByRole('radio', { name: 'Control' }).first().click();
  await detail().getByRole('button', { name: 'Attach' }).click();
  await open();
  await until(async () => (await deactivate.getAttribute('aria-disabled')) === null, 'it can again');
  await page.getByRole('button', { name: /^Desk desk-1/ }).first().click();
  await page.getByRole('menuitem', { name: /^All clients/ }).click();
});

test('a code lets a stranger in, to named contexts only; a wrong one is told and makes a new one', async () => {
  await row(page, 'desk-1').click();
  await offer().getByRole('checkbox', { name: 'Limit to named contexts' }).click();
  expect(await offer().getByRole('button', { name: 'Print a pairing code' }).getAttribute('title')).toBe('Name at least one context');
  await offer().getByRole('checkbox', { name: 'clinic-b' }).click();
  await offer().getByRole('button', { name: 'Print a pairing code' }).click();
  await offer().getByText(/The hub shows a code in its terminal: to look, at 1 context/).waitFor();
  await offer().getByRole('progressbar', { name: 'Time left' }).waitFor();

  const other = await stranger.context.newPage();
  other.setDefaultTimeout(20_000);
  const thrown: string[] = [];
  other.on('pageerror', (error) => thrown.push(error.message));
  await other.goto(kit.demo.hub.url);
  await other.getByRole('heading', { name: 'The hub does not know this inspector' }).waitFor();
  expect(await seriousFindings(other)).toEqual([]);
  const first = kit.pairingCode();
  const wrong = first === '000000' ? '000001' : '000000';
  await other.getByRole('textbox', { name: 'Digit 1 of 6' }).click();
  await other.keyboard.type(wrong);
  await other.getByText(/was not taken\. The code is wrong/).waitFor();
  await until(() => kit.pairingCode() !== first, 'the hub printed a new one');
  expect(await seriousFindings(other)).toEqual([]);
  await other.keyboard.type(kit.pairingCode());
  await row(other, 'desk-1').waitFor();
  await row(other, 'desk-1').click();
  await other.locator('.cn-detail').getByText('Limited to 1 context.').waitFor();
  expect(await other.getByRole('button', { name: 'Print a pairing code' }).getAttribute('title')).toMatch(/can let nobody in$/);
  await row(other, 'desk-1').getByRole('button', { name: 'Attach' }).click();
  const contexts = other.getByRole('grid', { name: 'Contexts', exact: true }).locator('tbody tr[id]');
  await until(async () => (await contexts.count()) === 1, 'one context is there');
  expect(await contexts.first().textContent()).toContain('clinic-b');
  expect(await other.locator('body').textContent()).not.toMatch(/clinic-[acdefgh]/);
  expect(thrown).toEqual([]);
});

test('who is attached is told to the others', async () => {
  await until(async () => /1 session/.test((await row(page, 'desk-1').textContent()) ?? ''), 'the list says so', 30_000);
  await until(async () => /other session/.test((await detail().textContent()) ?? ''), 'and the detail');
});

test('a hub that went says so and what to do; when it is back the list is', async () => {
  const away = await stranger.context.newPage();
  away.setDefaultTimeout(20_000);
  let gone = true;
  await away.routeWebSocket(/\/hub$/, (socket) => void (gone ? socket.close() : socket.connectToServer()));
  await away.goto(kit.demo.hub.url);
  await away.getByRole('heading', { name: 'The hub does not answer' }).waitFor();
  await away.getByText(/Next try in/).first().waitFor();
  expect(await seriousFindings(away)).toEqual([]);
  gone = false;
  await away.getByRole('button', { name: 'Try now' }).click();
  await row(away, 'desk-1').waitFor();
  await away.close();
});

test('nothing serious for those who cannot see, docked and narrow', async () => {
  for (const size of [{ width: 1_000, height: 420 }, { width: 360, height: 760 }]) {
    await page.setViewportSize(size);
    expect(await seriousFindings(page)).toEqual([]);
  }
});
