import { readFileSync } from 'node:fs';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../support/until.ts';
import { DemoKit, type Desk } from '../demo-kit.ts';
import { seriousFindings } from '../inspector-kit.ts';

// Is it fast and calm, and what does watching cost: Telemetry on the running demo.

let kit: DemoKit;
let page: Page;
let desk: Desk;

beforeAll(async () => {
  kit = await DemoKit.open();
  desk = await kit.device('desk-1');
  const other = await kit.device('desk-2');
  for (const id of ['clinic-d', 'clinic-b', 'clinic-e']) {
    await desk.client.activate(id);
    await until(() => desk.client.control.status(id)?.connection === 'live', `${id} is live`);
  }
  await kit.collide(desk, other, 'clinic-d', 'telemetry-1');
  await kit.collide(desk, other, 'clinic-d', 'telemetry-2');
  await kit.collide(desk, other, 'clinic-b', 'telemetry-3');
  page = await kit.attach(desk);
  await page.keyboard.press('8');
  await card('Switch').waitFor();
}, 180_000);
afterAll(() => kit?.close(), 60_000);

const card = (name: string): Locator => page.locator('.tm-card').filter({ has: page.getByRole('heading', { name: new RegExp(`^${name}`) }) });
const grid = (): Locator => page.getByRole('grid', { name: 'Contexts, measured' });
const row = (contextId: string): Locator => grid().locator('tbody tr', { hasText: contextId }).first();
const range = (name: string): Locator => page.getByRole('radiogroup', { name: 'Range' }).getByRole('radio', { name });
const thresholds = (): Locator => page.getByRole('button', { name: /^Thresholds/ });

test('TE1 openings by phase, switches, latency, conflicts and storage are measured', async () => {
  await until(async () => /clinic-\w/.test((await card('Activation').textContent()) ?? ''), 'openings are shown');
  expect(await card('Activation').textContent()).toMatch(/p50 [\d.]+ m?s, p95 [\d.]+ m?s/);
  await until(async () => /from the disk \d+fetched first [1-9]/.test((await card('Switch').textContent()) ?? ''), 'fetched ones are told apart');
  await until(async () => /^Conflicts, in a minute: most [1-9]/.test((await card('Conflicts').getByRole('img').getAttribute('aria-label')) ?? ''), 'conflicts are drawn');
  for (const name of ['Sync latency', 'On the wire', 'Writes wait', 'Applied']) await card(name).locator('svg.recharts-surface').waitFor();
  expect(await card('Storage').textContent()).toMatch(/clinic-d.*[KM]B/);
  await until(async () => /clinic-d.*2/.test((await row('clinic-d').textContent()) ?? ''), 'the table counts conflicts');
});

test('charts go by context and back, the choice is in the address', async () => {
  await page.getByRole('radio', { name: 'By context' }).click();
  await page.locator('.bar .legend').getByText('clinic-d').waitFor();
  await until(() => page.url().includes('f.telemetry.by=context'), 'the address has it');
  await until(async () => (await card('Conflicts').locator('.recharts-area').count()) > 1, 'a line for each');
  await page.getByRole('radio', { name: 'Total' }).click();
  await until(async () => (await card('Conflicts').locator('.recharts-area').count()) === 1, 'one line again');
});

test('the range is that of Timeline', async () => {
  await range('1 min').click();
  await page.getByRole('button', { name: / to \d\d:\d\d:\d\d$/ }).click();
  await page.getByRole('tab', { name: /^Timeline/, selected: true }).waitFor();
  await until(() => page.url().includes('width=60000'), 'the address has the range');
  await page.keyboard.press('8');
  await range('All').click();
  await until(async () => (await range('All').getAttribute('aria-checked')) === 'true', 'all of it');
});

test('a threshold that is set is kept, drawn, and what crosses it is named and leads there', async () => {
  await thresholds().click();
  const input = page.getByRole('textbox', { name: 'Conflicts a minute, of a context' });
  await input.fill('0.5');
  await page.keyboard.press('Escape');
  await page.locator('.attn').getByText(/had \d+ conflicts in the minute before/).first().waitFor();
  expect(await thresholds().textContent()).toMatch(/[1-9]/);
  await page.getByRole('radio', { name: 'By context' }).click();
  await until(async () => (await card('Conflicts').locator('.recharts-reference-line').count()) > 0, 'the limit is a line');
  await until(async () => (await card('Conflicts').locator('.recharts-reference-dot').count()) > 0, 'what crosses it is marked');
  await page.getByRole('radio', { name: 'Total' }).click();
  await page.reload();
  await thresholds().click();
  expect(await page.getByRole('textbox', { name: 'Conflicts a minute, of a context' }).inputValue()).toBe('0.5');
  expect(await seriousFindings(page)).toEqual([]);
  await page.getByRole('button', { name: 'As they were' }).click();
  await page.keyboard.press('Escape');
  await until(async () => (await page.locator('.attn').getByText(/conflicts in the minute/).count()) === 0, 'nothing is over it now');
});

test('a hotspot opens its conflicts', async () => {
  const heat = page.getByRole('table', { name: 'Conflicts by device and context' });
  await heat.getByText('desk-2').waitFor();
  await heat.getByRole('button', { name: '2', exact: true }).click();
  await page.getByRole('tab', { name: /^Conflicts/, selected: true }).waitFor();
  expect(await page.getByRole('textbox', { name: /^Filter/ }).last().inputValue()).toBe('device:"desk-2" context:"clinic-d"');
  await page.keyboard.press('8');
  await page.getByRole('radio', { name: /^Range \d/ }).click();
  await heat.waitFor();
});

test('the server beside the client: heads, answers to its writes, and where the rest is to be seen', async () => {
  const table = page.getByRole('table', { name: 'Client and server side by side' });
  const line = table.getByRole('row').filter({ hasText: 'clinic-d' });
  await until(async () => /clinic-d.*\d+ms|clinic-d.*ms/.test((await line.textContent()) ?? ''), 'its answers are measured');
  const { serverVersion } = desk.client.registry().find(({ contextId }) => contextId === 'clinic-d') ?? { serverVersion: -1 };
  expect(await line.getByRole('cell').nth(2).textContent()).toBe(String(serverVersion));
  await kit.browser.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.getByRole('button', { name: 'Copy the command' }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(/^curl .*token ops --admin.* http:\/\/127\.0\.0\.1:\d+\/contexts\/hotspots$/);
});

test('what watching costs is asked of the agent, and the verdict says what is unknown', async () => {
  await page.getByRole('row').filter({ hasText: 'Agent busy' }).getByText(/ms\/s|s\/s/).waitFor({ timeout: 15_000 });
  const facts = page.getByRole('table', { name: 'What speaks for one database per context' });
  await until(async () => /Contexts in this session3/.test((await facts.textContent()) ?? ''), 'three contexts were used');
  expect(await facts.getByRole('row').filter({ hasText: 'Share of the quota' }).textContent()).toContain('unknown');
  expect(await page.locator('.tm-verdict').textContent()).toMatch(/^(It pays|It does not pay|Not yet)\. /);
});

test('Ctrl E saves the table as CSV, C copies it', async () => {
  const saved = page.waitForEvent('download');
  await page.keyboard.press('Control+e');
  const csv = readFileSync(await (await saved).path(), 'utf8');
  expect(csv.split('\r\n')[0]).toBe('contextId,state,opensMs,latencyMs,writes,conflicts,sent,received,applied,unsyncedMs,bytes');
  expect(csv).toMatch(/\r\nclinic-d,/);
  await row('clinic-d').click();
  await page.keyboard.press('c');
  await page.locator('.st-toasts').getByText('The table copied').waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('tab', { name: /^Contexts/, selected: true }).waitFor();
  await page.keyboard.press('8');
});

test('nothing serious for those who cannot see, in both themes, docked and narrow', async () => {
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme });
    expect(await seriousFindings(page)).toEqual([]);
  }
  for (const size of [{ width: 1_000, height: 420 }, { width: 360, height: 760 }]) {
    await page.setViewportSize(size);
    expect(await seriousFindings(page)).toEqual([]);
  }
});
