import { readFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { patientId } from '../../../demo/clinics.ts';
import { until } from '../../support/until.ts';
import { DemoKit, type Desk } from '../demo-kit.ts';
import { seriousFindings } from '../inspector-kit.ts';

// Conflicts on the running demo: two devices of the test collide, one of them is looked at and settled by hand, and the other one hears of it.

let kit: DemoKit;
let page: Page;
let desk: Desk;
let other: Desk;
const CLINIC = 'clinic-b';

beforeAll(async () => {
  kit = await DemoKit.open();
  [desk, other] = [await kit.device('desk-1'), await kit.device('desk-2')];
  await kit.collide(desk, other, CLINIC, 'v-lww');
  await collideTexts();
  await collideDelete();
  page = await kit.attach(desk);
  await page.keyboard.press('4');
  await row('visit/v-lww').waitFor();
}, 180_000);
afterAll(() => kit?.close(), 60_000);

const row = (name: string) => page.locator('table[aria-label="Conflicts"] tbody tr', { hasText: name }).first();
const workbench = () => page.getByRole('region', { name: /^Conflict on / });
const panelText = async (name: string): Promise<string> => (await row(name).innerText()).replaceAll(/\s+/g, ' ');

/** A note that both change inside, so that it is merged by character. */
async function collideTexts(): Promise<void> {
  const [here, there] = [await desk.client.activate(CLINIC), await other.client.activate(CLINIC)];
  const note = (text: string) => ({ patient: patientId(CLINIC, 1), text });
  await here.put('note', 'n-text', note('Follow-up after flu. Inhaler twice a day.'));
  await until(async () => (await there.get('note', 'n-text')) !== undefined && (await here.outbox()).length === 0, 'the note is on both');
  desk.hold(true);
  await here.put('note', 'n-text', note('Follow-up after flu. Inhaler 3 times a day.'));
  await there.put('note', 'n-text', note('Follow-up after flu. Inhaler twice a day. Peak flow 240.'));
  await until(async () => (await there.outbox()).length === 0, 'the other was first');
  desk.hold(false);
  await until(async () => (await desk.client.control.conflicts(CLINIC, null, 100)).some(({ entityId }) => entityId === 'n-text'), 'the note is in conflict', 30_000);
}

/** A visit that one deletes and the other changes afterwards. */
async function collideDelete(): Promise<void> {
  const [here, there] = [await desk.client.activate(CLINIC), await other.client.activate(CLINIC)];
  const visit = (pulse: number) => ({ patient: patientId(CLINIC, 1), at: '2026-01-01T09:00:00Z', room: 'R1', pulse });
  await here.put('visit', 'v-gone', visit(60));
  await until(async () => (await there.get('visit', 'v-gone')) !== undefined && (await here.outbox()).length === 0, 'the visit is on both');
  desk.hold(true);
  await here.delete('visit', 'v-gone');
  // Each device takes the server's time over a round trip: the later write is the later one however long that took.
  await setTimeout(1_500);
  await there.put('visit', 'v-gone', visit(88));
  await until(async () => (await there.outbox()).length === 0, 'the other was first');
  desk.hold(false);
  await until(async () => (await desk.client.control.conflicts(CLINIC, null, 100)).some(({ entityId }) => entityId === 'v-gone'), 'the visit is in conflict', 30_000);
}

test('CF4 the conflicts are listed with who won, by which strategy, against which device and versions', async () => {
  expect(await panelText('visit/v-lww')).toMatch(/lww .*desk-2/);
  expect(await panelText('note/n-text')).toMatch(/text merged desk-2/);
  // The versions are those of the row: none is 0.
  const [base, mine, theirs] = (await panelText('note/n-text')).match(/desk-2 ([\d,]+) ([\d,]+) ([\d,]+) automatic/)?.slice(1).map((n) => Number(n.replaceAll(',', ''))) ?? [];
  expect(base).toBeGreaterThan(0);
  expect(theirs).toBeGreaterThan(base ?? 0);
  // What was merged is a write on top of theirs; what lost is none.
  expect(mine).toBe((await (await desk.client.activate(CLINIC)).query("SELECT version FROM rows WHERE id = 'n-text'"))[0]?.['version']);
  expect(mine).toBeGreaterThan(theirs ?? 0);
  expect(await panelText('visit/v-lww')).toMatch(/desk-2 [\d,]+ – [\d,]+ automatic/);
  expect(await seriousFindings(page)).toEqual([]);
});

test('a filter, the chips, the grouping and who causes them narrow the list; nothing that matches says how to get back', async () => {
  const filter = page.getByRole('textbox', { name: 'Filter conflicts' });
  await page.keyboard.press('/');
  await filter.fill('entity:note');
  await row('visit/v-lww').waitFor({ state: 'detached' });
  await filter.fill('nothing-of-this-name');
  await page.getByRole('button', { name: /^Clear filter/ }).click();
  await row('visit/v-lww').waitFor();
  await page.getByRole('group', { name: 'State' }).getByRole('button', { name: /^Open/ }).click();
  await row('note/n-text').waitFor({ state: 'detached' });
  await page.getByRole('group', { name: 'State' }).getByRole('button', { name: /^All/ }).click();
  await page.getByRole('radio', { name: 'Strategy', exact: true }).click();
  const lww = page.getByRole('button', { name: 'lww', exact: true });
  await lww.press('Enter');
  await row('visit/v-lww').waitFor({ state: 'detached' });
  await row('note/n-text').waitFor();
  expect(await lww.getAttribute('aria-expanded')).toBe('false');
  expect(await page.locator('.cf-g', { has: lww }).innerText()).toMatch(/2\s+67%\s+most with desk-2 2\s+last .*2 automatic/s);
  expect(await seriousFindings(page)).toEqual([]);
  await lww.press('Enter');
  await row('visit/v-lww').waitFor();
  await page.getByRole('radio', { name: 'None', exact: true }).click();
  await page.getByRole('button', { name: /^Show the / }).click();
  expect(await filter.inputValue()).toMatch(/^device:/);
  await filter.fill('');
});

test('CF4 a write that a conflict left is pending until it came back', async () => {
  const [here, there] = [await desk.client.activate(CLINIC), await other.client.activate(CLINIC)];
  const note = (text: string) => ({ patient: patientId(CLINIC, 1), text });
  await here.put('note', 'n-waits', note('Twice a day.'));
  await until(async () => (await there.get('note', 'n-waits')) !== undefined && (await here.outbox()).length === 0, 'the note is on both');
  desk.hold(true);
  await here.put('note', 'n-waits', note('Twice a day, with food.'));
  await there.put('note', 'n-waits', note('Since May: Twice a day.'));
  await until(async () => (await there.outbox()).length === 0, 'the other was first');
  // What waits goes, and what is made of the answer waits again.
  desk.hold(false);
  desk.hold(true);
  await expect.poll(() => panelText('note/n-waits'), { timeout: 30_000 }).toMatch(/merged desk-2 [\d,]+ pending [\d,]+ automatic/);
  desk.hold(false);
  await expect.poll(() => panelText('note/n-waits'), { timeout: 30_000 }).toMatch(/merged desk-2 [\d,]+ [\d,]+ [\d,]+ automatic/);
});

test('what is shown is exported with its filter, as CSV and as JSON lines, without a value', async () => {
  await page.getByRole('textbox', { name: 'Filter conflicts' }).fill('id:n-text');
  await row('visit/v-lww').waitFor({ state: 'detached' });
  await page.locator('table[aria-label="Conflicts"]').focus();
  await page.keyboard.press('Control+E');
  const menu = page.getByRole('dialog', { name: 'Export conflicts' });
  await menu.getByText('1 conflict, without the values of their rows').waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  const [csv] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')]);
  expect(csv.suggestedFilename()).toBe('conflicts.csv');
  const lines = (await readFile(await csv.path(), 'utf8')).trimEnd().split('\r\n');
  expect(lines[0]).toContain('conflictId,entity,entityId,fields,strategy,winner,state');
  expect(lines.slice(1)).toHaveLength(1);
  expect(lines[1]).toMatch(/,note,n-text,text,text,merged,automatic,,desk-1,desk-2,\d+,\d+,\d+,/);
  expect(lines.join()).not.toMatch(/Inhaler|Peak/);
  await page.getByText('1 conflict exported').first().waitFor();
  await page.getByRole('textbox', { name: 'Filter conflicts' }).fill('');
  await page.getByRole('button', { name: 'Export…' }).click();
  const [json] = await Promise.all([page.waitForEvent('download'), menu.getByRole('menuitem', { name: /^JSON lines/ }).click()]);
  const objects = (await readFile(await json.path(), 'utf8')).trim().split('\n').map((line) => JSON.parse(line) as { readonly entityId: string });
  expect(objects.map(({ entityId }) => entityId).toSorted()).toEqual(['n-text', 'n-waits', 'v-gone', 'v-lww']);
  expect(JSON.stringify(objects)).not.toMatch(/Inhaler|Peak/);
});

test('CF5 stamps that are nearer than the clock was off say so', async () => {
  let ahead = 0;
  const third = await kit.device('desk-3', { aheadMs: () => ahead });
  const [here, there] = [await third.client.activate(CLINIC), await other.client.activate(CLINIC)];
  const visit = (pulse: number) => ({ patient: patientId(CLINIC, 1), at: '2026-01-01T09:00:00Z', room: 'R1', pulse });
  await here.put('visit', 'v-clock', visit(60));
  await until(async () => (await there.get('visit', 'v-clock')) !== undefined && (await here.outbox()).length === 0, 'the visit is on both');
  third.client.control.network.emulate({ offline: true });
  ahead = 45_000;
  await here.put('visit', 'v-clock', visit(61));
  await there.put('visit', 'v-clock', visit(99));
  await until(async () => (await there.outbox()).length === 0, 'the other was first');
  third.client.control.network.emulate(null);
  await until(async () => (await third.client.control.conflicts(CLINIC, null, 100)).some(({ entityId }) => entityId === 'v-clock'), 'the visit is in conflict', 30_000);
  const watched = await kit.attach(third);
  await watched.keyboard.press('4');
  await watched.locator('table[aria-label="Conflicts"] tbody tr', { hasText: 'visit/v-clock' }).first().click();
  await watched.getByText(/^Mine carries this device’s offset of −4[45]\.\d s\. .* may be the clocks, not who wrote first\.$/).waitFor();
  expect(await watched.getByText(/, by [\d,]+ ms, for the whole row/).innerText()).toMatch(/^, by/);
  await watched.close();
  // Where no offset is told, nothing is said of clocks.
  await row('visit/v-lww').click();
  await workbench().getByText(/, by [\d,]+ ms, for the whole row/).waitFor();
  expect(await workbench().getByText(/may be the clocks/).count()).toBe(0);
  await page.keyboard.press('Escape');
});

test('CF2 a text is shown by character, with the edits of both; strategies are tried on a copy', async () => {
  await row('note/n-text').click();
  const fields = workbench().getByRole('table', { name: 'Base, mine, theirs and result, field by field' });
  await fields.locator('ins.l', { hasText: '3 times' }).first().waitFor();
  await fields.locator('ins.r', { hasText: 'Peak flow 240.' }).first().waitFor();
  const edits = workbench().getByRole('table', { name: 'Edits of text' });
  expect(await edits.innerText()).toMatch(/mine\s+replace[\s\S]*theirs\s+insert/);
  const tried = workbench().getByRole('table', { name: 'What each strategy makes of it' });
  await tried.getByRole('radio', { name: /^lww/ }).check();
  await workbench().getByText('1 field otherwise').waitFor();
  const before = (await desk.client.activate(CLINIC)).get('note', 'n-text');
  expect(await (await desk.client.activate(CLINIC)).get('note', 'n-text')).toEqual(await before);
  await workbench().getByRole('button', { name: 'Use as edit' }).click();
  expect(await workbench().getByRole('radio', { name: 'Edit', exact: true }).getAttribute('aria-checked')).toBe('true');
  expect(await seriousFindings(page)).toEqual([]);
});

test('the row’s way through the conflict is drawn and told in a table; unchanged fields unfold with U', async () => {
  const steps = workbench().getByRole('table', { name: 'Versions of the row around the conflict' });
  await until(async () => /base.*mine.*never in the log.*theirs.*result/s.test((await steps.textContent()) ?? ''), 'all steps are told');
  const fold = workbench().getByRole('button', { name: /unchanged fields?/ });
  expect(await fold.getAttribute('aria-expanded')).toBe('false');
  await page.keyboard.press('U');
  expect(await fold.getAttribute('aria-expanded')).toBe('true');
  await page.keyboard.press('U');
  await workbench().getByRole('button', { name: /^All \d+ versions?$/ }).waitFor();
});

test('CF4 an edit of single fields is dried first, refused while it does not fit, and reaches the other device', async () => {
  await row('visit/v-lww').click();
  await workbench().getByRole('radio', { name: 'Edit', exact: true }).click();
  const pulse = workbench().getByRole('textbox', { name: 'pulse, number' });
  await pulse.fill('seventy');
  await workbench().getByText('pulse: A number is wanted here').waitFor();
  expect(await workbench().getByRole('button', { name: /^Settle with/ }).getAttribute('aria-disabled')).toBe('true');
  await pulse.fill('72');
  await workbench().getByText('What it writes').waitFor();
  await workbench().locator('.cf-write ins', { hasText: '72' }).waitFor();
  await workbench().getByRole('button', { name: 'Settle with 1 edit' }).click();
  await page.getByText('Settled by hand').first().waitFor();
  const there = await other.client.activate(CLINIC);
  await until(async () => (await there.get('visit', 'v-lww'))?.pulse === 72, 'the other device has it', 30_000);
  expect((await desk.client.control.conflicts(CLINIC, null, 100)).find(({ entityId }) => entityId === 'v-lww')?.state).toBe('by-hand');
});

test('CF4 a delete that met an update has a line for the row; the delete taken again reaches the other device', async () => {
  await row('visit/v-gone').click();
  const line = workbench().getByRole('row', { name: /^\(row\)/ });
  expect((await line.innerText()).replaceAll(/\s+/g, ' ')).toMatch(/exists deleted not kept updated exists Delete met update/);
  expect(await workbench().getByRole('row', { name: /^pulse/ }).innerText()).toContain('Only theirs changed');
  await workbench().getByRole('radio', { name: 'Take mine' }).click();
  await workbench().getByText('4 fields go with it').waitFor();
  await workbench().getByRole('button', { name: 'Settle with mine' }).click();
  const there = await other.client.activate(CLINIC);
  await until(async () => (await there.get('visit', 'v-gone')) === undefined, 'the other device has lost it', 30_000);
});

test('J, K, {, }, T, O, F, R and C do what the sheet says', async () => {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await row('note/n-text').click();
  const title = (): Promise<string | null> => workbench().getAttribute('aria-label');
  const first = await title();
  await page.keyboard.press('J');
  await until(async () => (await title()) !== first, 'the next conflict');
  await page.keyboard.press('K');
  await until(async () => (await title()) === first, 'and back');
  await page.keyboard.press('C');
  await page.getByText('The conflict copied').waitFor();
  expect(JSON.parse(await page.evaluate(() => navigator.clipboard.readText()))).toMatchObject({ entity: 'note', entityId: 'n-text' });
  await page.keyboard.press('R');
  await page.keyboard.press('F');
  await page.locator('table[aria-label="Conflicts"]').waitFor({ state: 'hidden' });
  await page.keyboard.press('Escape');
  await row('note/n-text').waitFor();
  await page.keyboard.press('T');
  await page.getByRole('tab', { name: /^Timeline/, selected: true }).waitFor();
  await page.keyboard.press('4');
  await workbench().getByRole('button', { name: 'Open row in Data' }).click();
  await page.getByRole('tab', { name: /^Data/, selected: true }).waitFor();
  await page.getByRole('region', { name: 'note/n-text' }).waitFor();
  await page.keyboard.press('4');
  await page.keyboard.press('{');
  await page.getByRole('button', { name: /^Go live/ }).first().waitFor();
  expect(await workbench().getByRole('button', { name: /^Settle with/ }).getAttribute('title')).toContain('past');
  await page.keyboard.press('L');
  await page.getByRole('button', { name: /^Go live/ }).first().waitFor({ state: 'detached' });
});

test('in an observe session it is looked at, and nothing of it can be settled', async () => {
  const watcher = await kit.paired();
  await watcher.getByRole('row').filter({ hasText: 'desk-1' }).getByRole('button', { name: 'Attach' }).click();
  await watcher.getByRole('tab', { name: /^Contexts/ }).waitFor();
  await watcher.keyboard.press('4');
  await watcher.locator('table[aria-label="Conflicts"] tbody tr', { hasText: 'note/n-text' }).first().click();
  const settle = watcher.getByRole('button', { name: /^Settle with/ });
  await settle.waitFor();
  expect(await settle.getAttribute('aria-disabled')).toBe('true');
  expect(await settle.getAttribute('title')).toMatch(/observe/i);
  await watcher.close();
});

test('docked and narrow, in both themes, it stays readable and nothing serious is found', async () => {
  const found: string[] = [];
  for (const [width, height] of [[1_000, 420], [360, 760], [1_440, 900]] as const) {
    await page.setViewportSize({ width, height });
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme });
      found.push(...(await seriousFindings(page)).map((line) => `${width}, ${colorScheme}: ${line}`));
      // A state that needs a look is told by an icon with its name where there is no room for the word.
      const state = page.locator('table[aria-label="Conflicts"] tbody tr', { hasText: 'by hand' }).first().locator('.cf-cs');
      expect(await state.evaluate((cell) => cell.scrollWidth <= cell.clientWidth), `${width}: the state is whole`).toBe(true);
      expect(await state.locator('svg, i').first().isVisible()).toBe(true);
      expect(await page.locator('.cf-why .lg > *').evaluateAll((parts) => parts.filter((part) => part.getBoundingClientRect().top < (part.parentElement?.getBoundingClientRect().bottom ?? 0) && part.scrollWidth > part.clientWidth).length)).toBe(0);
    }
  }
  expect(found).toEqual([]);
});

test('docked, a group keeps its line, and the actions of the detail are in a menu', async () => {
  await page.getByRole('radio', { name: 'Context', exact: true }).click();
  await page.setViewportSize({ width: 1_000, height: 420 });
  const group = page.getByRole('button', { name: new RegExp(`${CLINIC}`) }).and(page.locator('.cf-g .nm'));
  await group.waitFor();
  await row('note/n-text').click();
  await workbench().getByRole('button', { name: 'More actions' }).click();
  expect(await seriousFindings(page)).toEqual([]);
  await page.getByRole('menuitem', { name: /^Open row in Data/ }).click();
  await page.getByRole('region', { name: 'note/n-text' }).waitFor();
  await page.keyboard.press('4');
  await page.setViewportSize({ width: 1_440, height: 900 });
  await page.getByRole('radio', { name: 'None', exact: true }).click();
});
