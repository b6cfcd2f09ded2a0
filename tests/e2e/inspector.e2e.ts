import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchChromium, type Browser } from '../support/chromium.ts';
import { seriousFindings, stage, type Stage } from './inspector-kit.ts';

// The page that the hub serves, built as it is shipped and under the hub's own content security policy, in a real browser.

let set: Stage;
let browser: Browser;
let page: Page;
const problems: string[] = [];

beforeAll(async () => {
  set = await stage();
  browser = await launchChromium({ width: 1_440, height: 900 });
  page = await browser.context.newPage();
  page.setDefaultTimeout(15_000);
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  await page.goto(set.link());
  await page.getByText('Connected').waitFor();
});
afterAll(async () => {
  await browser?.close();
  await set?.end();
});

const rowOf = (id: string) => page.locator('table[aria-label="Contexts"] tbody tr', { hasText: id }).first();

test('the link lets the page in once, and leaves no token in the address', async () => {
  expect(page.url()).not.toContain('token');
  await rowOf('clinic-b').waitFor();
  await page.reload();
  await page.getByText('Connected').waitFor();
  expect(problems).toEqual([]);
});

test('every panel is a key away, and an accessibility run finds nothing serious in either theme', async () => {
  const found: string[] = [];
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme });
    for (const [index, name] of ['Contexts', 'Registry', 'Timeline', 'Conflicts', 'Data', 'Network', 'Storage', 'Telemetry', 'Replay', 'Query'].entries()) {
      await page.keyboard.press(String((index + 1) % 10));
      await page.getByRole('tab', { name: new RegExp(`^${name}`), selected: true }).waitFor();
      await page.waitForTimeout(400);
      found.push(...(await seriousFindings(page)).map((line) => `${name}, ${colorScheme}: ${line}`));
    }
  }
  expect(found).toEqual([]);
  expect(problems).toEqual([]);
});

test('DB2 a forced deactivation and an activation reach the client and come back to the page', async () => {
  await page.keyboard.press('1');
  const open = [...set.agent.session.entries.values()].find(({ row, status }) => row.kind === 'tenant' && status.lifecycle === 'active');
  const id = open?.row.contextId ?? '';
  await rowOf(id).click();
  await page.getByRole('button', { name: 'Force deactivate' }).click();
  expect(await seriousFindings(page)).toEqual([]);
  await page.getByRole('dialog').getByRole('button', { name: 'Force deactivate' }).click();
  await page.getByText(`${id} is dormant`).waitFor();
  await expect.poll(() => rowOf(id).innerText()).toContain('dormant');
  await page.getByRole('button', { name: 'Activate', exact: true }).click();
  await expect.poll(() => rowOf(id).innerText()).toContain('active');
  const calls = set.agent.calls.filter(({ method }) => method === 'Context.deactivate');
  expect(calls.at(-1)?.params).toMatchObject({ contextId: id, force: true });
});

test('PR2 a prune is a dry run first; unsynced writes are left out, or their context is typed', async () => {
  await page.keyboard.press('1');
  await rowOf('clinic-h').click();
  await page.getByRole('button', { name: 'Prune…' }).click();
  const dialog = page.getByRole('alertdialog');
  await dialog.getByText('that the server has not seen').waitFor();
  await expect.poll(() => dialog.getByRole('button', { name: /^Prune/ }).last().getAttribute('aria-disabled')).toBe('true');
  await dialog.getByRole('radio', { name: 'Discard them' }).click();
  await dialog.getByText('gone for good').waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  expect(set.agent.calls.filter(({ method, params }) => method === 'Context.prune' && (params as { dryRun?: boolean }).dryRun !== true)).toEqual([]);
});

test('RP4 the time cursor moves all panels to the past, where actions are off, and L goes live', async () => {
  await page.keyboard.press('1');
  await rowOf('clinic-b').click();
  for (let i = 0; i < 5; i++) await page.keyboard.press(',');
  await page.getByRole('button', { name: /^Go live/ }).first().waitFor();
  // What this client cannot do comes first; the past folds behind it.
  await page.locator('.banners').getByRole('button', { name: 'Dismiss' }).click();
  await page.getByText('You are looking at').waitFor();
  expect(await page.getByRole('button', { name: 'Verify digest' }).getAttribute('aria-disabled')).toBeNull();
  expect(await page.getByRole('button', { name: /^(?:Activate|Force deactivate)$/ }).first().getAttribute('title')).toContain('past');
  await page.keyboard.press('L');
  await page.getByText('You are looking at').waitFor({ state: 'detached' });
});

test('a range on the timeline is summed up, and an event shows its chain', async () => {
  await page.keyboard.press('3');
  const plot = page.locator('.tl-plot');
  const box = await plot.boundingBox();
  if (box === null) throw new Error('The lanes are not drawn');
  await page.mouse.move(box.x + 300, box.y + 60);
  await page.mouse.down();
  await page.mouse.move(box.x + 600, box.y + 60, { steps: 5 });
  await page.mouse.up();
  await page.getByRole('heading', { name: 'Selection' }).waitFor();
  await page.getByRole('textbox', { name: 'Search events' }).fill('kind:conflict');
  await page.locator('table[aria-label="Events"] tbody tr:has-text("conflict")').first().click();
  await page.getByText('Cause and effects').waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  await page.getByRole('button', { name: 'Clear the search' }).click();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
});

test('what was done stands in the audit log, and F gives a detail the whole panel until Escape', async () => {
  await page.keyboard.press('9');
  await page.getByRole('tab', { name: 'Audit log' }).click();
  await page.locator('table[aria-label="Audit log, newest first"] tbody tr', { hasText: 'Context.deactivate' }).first().waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  await page.keyboard.press('1');
  await rowOf('clinic-b').click();
  await page.keyboard.press('F');
  await page.locator('table[aria-label="Contexts"]').waitFor({ state: 'hidden' });
  await page.keyboard.press('Escape');
  await rowOf('clinic-b').waitFor();
});

test('menus, the palette, the sheet and Connect have nothing serious in either theme', async () => {
  const found: string[] = [];
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme });
    for (const [name, open] of [
      ['palette', () => page.keyboard.press('Control+K')],
      ['sheet', () => page.keyboard.press('?')],
      ['settings', () => page.getByRole('button', { name: 'Settings' }).click()],
    ] as const) {
      await open();
      await page.getByRole('dialog').first().waitFor();
      found.push(...(await seriousFindings(page)).map((line) => `${name}, ${colorScheme}: ${line}`));
      if (name !== 'settings') await page.keyboard.press('Escape');
    }
    await page.getByRole('menuitem', { name: 'Hub and clients…' }).click();
    await page.getByText('Get a client here').waitFor();
    found.push(...(await seriousFindings(page)).map((line) => `Connect, ${colorScheme}: ${line}`));
    await page.getByRole('button', { name: 'Back' }).click();
  }
  expect(found).toEqual([]);
});

test('DB9 SQL on the recording reads, keeps its last result beside an error, and cannot write', async () => {
  await page.keyboard.press('0');
  const sql = page.getByRole('textbox', { name: 'SQL' });
  await sql.fill("select kind, count(*) as n from events group by kind");
  await page.keyboard.press('Control+Enter');
  await page.locator('table[aria-label="Rows of the query"]').getByText('delta').waitFor();
  await sql.fill('delete from events');
  await page.keyboard.press('Control+Enter');
  await page.getByRole('alert').getByText(/readonly|not authorized|attempt to write/i).waitFor();
  await page.locator('table[aria-label="Rows of the query"]').getByText('delta').waitFor();
});

test('a client that goes away leaves its recording, and its actions wait', async () => {
  await page.keyboard.press('Escape');
  await page.getByRole('tab', { name: /^Contexts/ }).click();
  await rowOf('clinic-b').click();
  set.agent.drop();
  await page.getByText('No answer').first().waitFor();
  expect(await page.getByRole('button', { name: 'Verify digest' }).getAttribute('title')).toBe('The client does not answer');
  await page.getByRole('tab', { name: /^Timeline/ }).click();
  await page.locator('table[aria-label="Events"] tbody tr').first().waitFor();
});
