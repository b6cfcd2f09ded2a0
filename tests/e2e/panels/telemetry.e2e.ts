import { readFileSync } from 'node:fs';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../support/until.ts';
import { DemoKit, type Desk } from '../demo-kit.ts';
import { seriousFindings, seriousFindingsInEveryLook } from '../inspector-kit.ts';

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
  await until(async () => /^Conflicts, a minute: most [1-9]/.test((await card('Conflicts').getByRole('img').getAttribute('aria-label')) ?? ''), 'conflicts are drawn');
  for (const name of ['Sync latency', 'On the wire', 'Oldest pending', 'Applied']) await card(name).locator('svg.recharts-surface').waitFor();
  expect(await card('Storage').textContent()).toMatch(/clinic-d.*[KM]B/);
  await until(async () => /clinic-d.*2/.test((await row('clinic-d').textContent()) ?? ''), 'the table counts conflicts');
});

test('charts go by context and back, the choice is in the address', async () => {
  await page.getByRole('radio', { name: 'By context' }).click();
  await page.locator('.bar .legend').getByText('clinic-d').waitFor();
  await until(() => page.url().includes('f.telemetry.by=context'), 'the address has it');
  await until(async () => !((await card('Conflicts').locator('.ft').textContent()) ?? '').includes('loudest'), 'the lines are those of contexts');
  expect(await card('Conflicts').locator('.recharts-area').count()).toBeGreaterThan(1);
  const chip = row('clinic-d').locator('.tm-dot');
  const [inTable, inBar] = await Promise.all([chip, page.locator('.bar .legend span', { hasText: 'clinic-d' }).locator('.sw')].map((one) => one.evaluate((element) => getComputedStyle(element).backgroundColor)));
  expect(inTable).toBe(inBar);
  await page.getByRole('radio', { name: 'Total' }).click();
  await card('Conflicts').getByText('loudest context').waitFor();
  expect(await card('Conflicts').locator('.recharts-area').count()).toBe(2);
});

test('what happened nowhere is one line that opens, and the last line is the sum of all', async () => {
  const lines = grid().locator('tbody tr[role="row"]');
  const fold = grid().getByRole('button', { name: /^\d+ dormant$/ });
  const resting = Number((await fold.textContent())?.split(' ')[0]);
  const before = await lines.count();
  expect(await lines.last().textContent()).toMatch(/^All/);
  const cells = async (line: Locator): Promise<readonly string[]> => await line.getByRole('gridcell').allTextContents();
  const conflictsOf = async (line: Locator): Promise<number> => Number((await cells(line))[4]);
  const shown = await Promise.all(Array.from({ length: before - 2 }, (_, n) => conflictsOf(lines.nth(n))));
  expect(await conflictsOf(lines.last())).toBe(shown.reduce((sum, count) => sum + count, 0));
  expect(await row('clinic-d').locator('svg.spark[aria-hidden="true"]').count()).toBe(2);
  await grid().getByRole('columnheader', { name: 'Applied' }).waitFor();
  await fold.click();
  await until(async () => (await lines.count()) === before + resting, 'they are listed below it');
  expect(await fold.getAttribute('aria-expanded')).toBe('true');
  await lines.last().click();
  await page.keyboard.press('ArrowUp');
  await fold.focus();
  await page.keyboard.press('Enter');
  await until(async () => (await lines.count()) === before, 'they are one line again');
});

test('the whole panel is seen without scrolling at 1440 by 900', async () => {
  const body = page.getByRole('group', { name: 'Charts and tables' });
  await until(async () => body.evaluate((element) => element.scrollHeight <= element.clientHeight), 'nothing is below the fold');
  await page.locator('.tm-verdict').waitFor();
  expect(await page.locator('.tm-card .v, .tm-card .ft span, .tm-title b').evaluateAll((all) => all.filter((element) => element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).display !== 'inline').map((element) => element.textContent))).toEqual([]);
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
  await card('Conflicts').getByText('limit 0.5').waitFor();
  await until(async () => (await card('Conflicts').locator('.recharts-reference-dot').count()) > 0, 'what crosses it is marked');
  expect(await card('Conflicts').locator('.recharts-area-curve[stroke^="url("]').count(), 'and drawn in the colour of an error').toBeGreaterThan(0);
  expect(await card('Conflicts').getByRole('img').getAttribute('aria-label')).toContain('over the limit of 0.5');
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
  await until(async () => (await page.getByRole('grid', { name: 'Conflicts' }).locator('tbody tr[id]').count()) === 2, 'those two are listed');
  await page.keyboard.press('8');
  await page.getByRole('radio', { name: /^Range \d/ }).click();
  await heat.getByRole('button', { name: '2', exact: true }).click();
  expect(await page.getByRole('textbox', { name: /^Filter/ }).last().inputValue()).toMatch(/^device:"desk-2" context:"clinic-d" seq:>\d+/);
  await until(async () => (await page.getByRole('grid', { name: 'Conflicts' }).locator('tbody tr[id]').count()) === 2, 'the same two, by the range');
  await page.keyboard.press('8');
  await heat.waitFor();
});

test('a time without a network and an emulated one are shaded in every chart over time', async () => {
  await page.keyboard.press('6');
  await page.keyboard.press('e');
  const emulation = page.getByRole('region', { name: 'Network emulation' });
  await emulation.getByRole('radio', { name: 'All contexts' }).click();
  await emulation.getByRole('radio', { name: /^Offline/ }).click();
  await emulation.getByRole('switch', { name: 'Emulation on' }).click();
  // The context that was opened last is the one that is open.
  await until(() => desk.client.control.status('clinic-b')?.connection === 'offline', 'it is offline');
  await page.waitForTimeout(1_500);
  await emulation.getByRole('button', { name: 'Turn off' }).click();
  await until(() => desk.client.control.status('clinic-b')?.connection === 'live', 'it is back', 30_000);
  await page.keyboard.press('Escape');
  await page.keyboard.press('8');
  for (const name of ['Sync latency', 'Conflicts', 'On the wire', 'Oldest pending', 'Applied']) {
    await until(async () => (await card(name).locator('.tm-span-o').count()) > 0 && (await card(name).locator('.tm-span-e').count()) > 0, `${name} shades both`);
    expect(await card(name).locator('.tm-plot').getAttribute('aria-label')).toMatch(/with (?:a gap, )?a time offline, an emulated network/);
  }
});

test('the server beside the client: heads, answers to its writes, and where the rest is to be seen', async () => {
  const table = page.getByRole('table', { name: 'Client and server side by side' });
  const line = table.getByRole('row').filter({ hasText: 'clinic-d' });
  await until(async () => /clinic-d.*\d+ms|clinic-d.*ms/.test((await line.textContent()) ?? ''), 'its answers are measured');
  const head = (): number | undefined => desk.client.registry().find(({ contextId }) => contextId === 'clinic-d')?.serverVersion;
  await until(async () => (await line.getByRole('cell').nth(2).textContent()) === String(head()), 'the head is the one that the client knows');
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
  expect(await seriousFindingsInEveryLook(page)).toEqual([]);
});
