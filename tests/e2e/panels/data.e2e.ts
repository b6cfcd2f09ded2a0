import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { patientId } from '../../../demo/clinics.ts';
import { until } from '../../support/until.ts';
import { DemoKit, type Desk } from '../demo-kit.ts';
import { seriousFindings } from '../inspector-kit.ts';

// Rows of a clinic on the running demo: now and as of a version, one row with its history, what refers to it, and saved as a file.

let kit: DemoKit;
let page: Page;
let desk: Desk;
const CLINIC = 'clinic-b';
const PATIENT = patientId(CLINIC, 1);

beforeAll(async () => {
  kit = await DemoKit.open();
  desk = await kit.device('desk-1');
  const handle = await desk.client.activate(CLINIC);
  await until(() => desk.client.control.status(CLINIC)?.connection === 'live', 'live');
  for (const text of ['First line of a note that is long enough to be read.', 'First line of a note that is long enough to be compared.', 'Another line of a note that is long enough to be compared.']) {
    await handle.put('note', 'n-history', { patient: PATIENT, text });
    await until(async () => (await handle.outbox()).length === 0, 'settled');
  }
  page = await kit.attach(desk);
  await page.keyboard.press('5');
  await page.getByRole('combobox', { name: 'Context' }).selectOption(CLINIC);
  await choose('patient');
  await rows('patient').waitFor();
}, 180_000);
afterEach(() => desk.hold(false));
afterAll(() => kit?.close(), 60_000);

const rows = (entity: string) => page.locator(`table[aria-label="Rows of ${entity}"]`);
const choose = (entity: string) => page.locator('.da-ent', { hasText: entity }).first().click();
const detail = () => page.locator('.detail');

test('entities are listed with strategy and count, rows page on, references are read late', async () => {
  for (const [entity, strategy] of [['patient', 'fields'], ['visit', 'lww'], ['note', 'text'], ['consent', 'ask']] as const) expect(await page.locator('.da-ent', { hasText: entity }).first().innerText()).toContain(strategy);
  await rows('patient').getByText(/ → /).first().waitFor();
  const count = (): Promise<number> => page.getByText(/^Rows 1 to [\d,]+/).innerText().then((text) => Number(/to ([\d,]+)/.exec(text)?.[1]?.replaceAll(',', '') ?? 0));
  const before = await count();
  await page.getByRole('button', { name: 'More rows' }).click();
  await until(async () => (await count()) > before, 'more rows');
  expect(await seriousFindings(page)).toEqual([]);
});

test('a filter finds by id and value, says when nothing matches, and is cleared', async () => {
  await page.keyboard.press('/');
  await page.getByRole('textbox', { name: 'Filter rows' }).fill(PATIENT);
  await rows('patient').getByText(PATIENT).first().waitFor();
  await page.getByRole('textbox', { name: 'Filter rows' }).fill('nobody has this');
  await page.getByRole('button', { name: /^Clear filter/ }).click();
  await rows('patient').locator('tbody tr').nth(3).waitFor();
});

test('a row shows its value as tree and JSON, what refers to it, and hides its values with V', async () => {
  await page.getByRole('textbox', { name: 'Filter rows' }).fill(PATIENT);
  await rows('patient').getByText(PATIENT).first().click();
  const name = (await desk.client.activate(CLINIC)).get('patient', PATIENT).then((row) => row?.name ?? '');
  await detail().getByText(await name).first().waitFor();
  await detail().getByRole('radio', { name: 'JSON' }).click();
  await detail().locator('.codebox', { hasText: await name }).waitFor();
  await page.keyboard.press('V');
  await detail().getByText('Press V to show them').waitFor();
  expect(await detail().innerText()).not.toContain(await name);
  await page.keyboard.press('V');
  await detail().locator('.codebox', { hasText: await name }).waitFor();
  await detail().getByText('by no entity').waitFor();
  await page.getByRole('combobox', { name: 'Context' }).selectOption('shared');
  await page.getByRole('textbox', { name: 'Filter rows' }).fill('');
  await choose('user');
  await rows('user').locator('tbody tr').first().click();
  await detail().getByText(/Referenced by/).waitFor();
  await page.getByRole('combobox', { name: 'Context' }).selectOption(CLINIC);
  await choose('note');
});

test('the history of a row compares any version with any other, a text by character', async () => {
  await choose('note');
  await page.getByRole('textbox', { name: 'Filter rows' }).fill('n-history');
  await rows('note').getByText('n-history').first().click();
  const versions = detail().getByRole('table', { name: 'Versions of the row' });
  await until(async () => (await versions.locator('tbody tr').count()) === 3, 'three versions');
  await detail().locator('del', { hasText: 'First' }).waitFor();
  await versions.getByRole('radio', { name: /^From version/ }).last().check();
  await detail().locator('ins', { hasText: 'compar' }).first().waitFor();
  await detail().getByText('None kept on this row.').waitFor();
  expect(await seriousFindings(page)).toEqual([]);
});

test('SY4 as of an older version the rows are those of then, and what became of them is counted', async () => {
  const handle = await desk.client.activate(CLINIC);
  const before = desk.client.control.status(CLINIC)?.localVersion ?? 0;
  await handle.put('note', 'n-later', { patient: PATIENT, text: 'It was not there then.' });
  await until(async () => (await handle.outbox()).length === 0, 'settled');
  await page.getByRole('textbox', { name: 'Filter rows' }).fill('n-later');
  await rows('note').getByText('n-later').waitFor();
  await page.getByRole('textbox', { name: 'Filter rows' }).fill('');
  const version = page.getByRole('textbox', { name: /version/i }).first();
  await until(async () => Number((await version.inputValue()).replaceAll(',', '')) > before, 'the page has heard of it');
  await version.fill(String(before));
  await version.press('Enter');
  await page.getByText(/as of [\d,]+, from the server's log/).waitFor();
  await page.getByLabel('Since then').waitFor();
  expect(await page.getByLabel('Since then').innerText()).toMatch(/\+[1-9]\d* added/);
  await page.getByRole('textbox', { name: 'Filter rows' }).fill('n-later');
  await page.getByText('No row matches').waitFor();
  await page.getByRole('textbox', { name: 'Filter rows' }).fill('');
  await page.getByRole('button', { name: 'Back to now' }).click();
  await page.getByText(/^Rows 1 to/).waitFor();
});

test('DB6 rows are exported as CSV with Ctrl E, by the keyboard alone', async () => {
  await choose('note');
  await page.keyboard.press('Control+E');
  await page.getByRole('dialog', { name: 'Export rows' }).waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')]);
  expect(download.suggestedFilename()).toBe(`${CLINIC}-note.csv`);
  const text = await readFile(await download.path(), 'utf8');
  const handle = await desk.client.activate(CLINIC);
  const [{ n } = { n: 0 }] = await handle.query('SELECT count(*) AS n FROM note');
  expect(text.split('\r\n').length - 2).toBe(Number(n));
  expect(text).toContain('n-history');
  await page.getByText(/ rows exported$/).first().waitFor();
});

test('a pending write is marked, and stands in the outbox of its row', async () => {
  const handle = await desk.client.activate(CLINIC);
  desk.hold(true);
  await handle.put('note', 'n-pending', { patient: PATIENT, text: 'It waits.' });
  await page.getByRole('textbox', { name: 'Filter rows' }).fill('n-pending');
  await rows('note').getByText('n-pending').click();
  await detail().getByText('1 pending', { exact: true }).waitFor();
  await detail().getByText('sent, base 0').waitFor();
  await rows('note').getByLabel('pending write').waitFor();
  desk.hold(false);
  await detail().getByText('1 pending', { exact: true }).waitFor({ state: 'detached' });
  await page.getByRole('textbox', { name: 'Filter rows' }).fill('');
});

test('chips list the rows that sync keeps something about, count them, and stay in the address', async () => {
  const handle = await desk.client.activate(CLINIC);
  const before = (await handle.get('patient', PATIENT))?.phone ?? '';
  const chip = (name: string) => page.getByRole('group', { name: 'Quick filters' }).getByRole('button', { name: new RegExp(`^${name}`) });
  await choose('patient');
  await chip('Pending').getByText('0').waitFor();
  desk.hold(true);
  const patient = await handle.get('patient', PATIENT);
  if (patient !== undefined) await handle.put('patient', PATIENT, { ...patient, phone: '+1 555 0999' });
  await handle.delete('patient', patientId(CLINIC, 2));
  await chip('Pending').getByText('2').waitFor();
  await chip('Pending').click();
  await until(async () => (await rows('patient').locator('tbody tr[id]').count()) === 2, 'only the two');
  await rows('patient').getByText('deleted', { exact: true }).waitFor();
  await page.getByText('2 rows with a write that waits').waitFor();
  await until(() => page.url().includes('f.data.only=pending'), 'it is in the address');
  await rows('patient').getByText(PATIENT).click();
  await detail().getByText(`pending, was "${before}"`).waitFor();
  await detail().getByText('Changes phone').waitFor();
  await page.getByRole('textbox', { name: 'Filter rows' }).fill('nobody has this');
  await page.getByText('No row matches').waitFor();
  await page.getByRole('textbox', { name: 'Filter rows' }).fill('');
  expect(await seriousFindings(page)).toEqual([]);
  desk.hold(false);
  await chip('Pending').getByText('0').waitFor();
  await page.getByText('No row with a write that waits').waitFor();
  await page.getByRole('button', { name: 'All rows' }).click();
  await rows('patient').locator('tbody tr').nth(3).waitFor();
});

test('what sync keeps is listed in place of rows: the outbox, the conflicts with the way to them, the quarantine', async () => {
  const other = await kit.device('desk-2');
  await kit.collide(desk, other, CLINIC, 'v-collide');
  const kept = (name: string) => page.getByRole('listbox', { name: 'Kept by sync' }).getByRole('option', { name });
  await kept('outbox').click();
  await page.getByText('The outbox is empty').waitFor();
  desk.hold(true);
  const handle = await desk.client.activate(CLINIC);
  await handle.put('note', 'n-kept', { patient: PATIENT, text: 'It waits.' });
  const outbox = page.getByRole('grid', { name: 'Outbox' });
  await outbox.getByText('note/n-kept').waitFor();
  expect(await outbox.locator('tbody tr[id]').innerText()).toMatch(/put[\s\S]*note\/n-kept[\s\S]*(sent|pending)/);
  await outbox.getByRole('button', { name: 'note/n-kept' }).click();
  await page.getByRole('region', { name: 'note/n-kept' }).waitFor();
  desk.hold(false);
  await page.getByRole('group', { name: 'Quick filters' }).getByRole('button', { name: /^All/ }).click();
  await kept('conflicts').click();
  const conflicts = page.getByRole('grid', { name: 'Kept conflicts' });
  await conflicts.getByText('visit/v-collide').waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  await conflicts.getByRole('button', { name: 'visit/v-collide' }).click();
  await page.getByRole('region', { name: 'visit/v-collide' }).getByText('1 conflict', { exact: true }).waitFor();
  await rows('visit').getByLabel('1 kept conflict').waitFor();
  await page.getByText('1 row with a kept conflict').waitFor();
  await page.getByRole('group', { name: 'Quick filters' }).getByRole('button', { name: /^All/ }).click();
  await kept('conflicts').click();
  await conflicts.getByTitle('Open in Conflicts').first().click();
  await page.getByRole('tab', { name: /^Conflicts/, selected: true }).waitFor();
  await page.getByRole('region', { name: /v-collide/ }).waitFor();
  await page.getByRole('tab', { name: /^Data/ }).click();
  await kept('quarantine').click();
  await page.getByText('Nothing is set aside').waitFor();
  await choose('patient');
  await other.close();
});

test('a version is compared with now: what is new, what changed with both values, what is gone', async () => {
  const handle = await desk.client.activate(CLINIC);
  await handle.put('note', 'n-gone', { patient: PATIENT, text: 'It goes.' });
  await until(async () => (await handle.outbox()).length === 0, 'settled');
  const before = desk.client.control.status(CLINIC)?.localVersion ?? 0;
  await handle.put('note', 'n-came', { patient: PATIENT, text: 'It came.' });
  await handle.put('note', 'n-history', { patient: PATIENT, text: 'It became another text.' });
  await handle.delete('note', 'n-gone');
  await until(async () => (await handle.outbox()).length === 0, 'settled again');
  await choose('note');
  const version = page.getByRole('textbox', { name: 'Version' });
  await until(async () => Number((await version.inputValue()).replaceAll(',', '')) > before + 2, 'the page has heard of it');
  await version.fill(String(before));
  await version.press('Enter');
  await page.getByRole('checkbox', { name: 'Compare with now' }).click();
  const compared = page.locator('table[aria-label^="Rows of note at"]');
  await compared.getByText('n-came').waitFor();
  await compared.getByText('n-gone').waitFor();
  expect(await compared.locator('tr.is-chg', { hasText: 'n-history' }).innerText()).toContain('It became another text.');
  await page.getByLabel('Compared').waitFor();
  const chips = page.getByRole('group', { name: 'What became of them' });
  await chips.getByRole('button', { name: /Added/ }).click();
  await compared.getByText('n-gone').waitFor({ state: 'detached' });
  await chips.getByRole('button', { name: /Deleted/ }).click();
  await compared.getByText('n-gone').waitFor();
  await compared.getByText('n-came').waitFor({ state: 'detached' });
  await chips.getByRole('button', { name: /Differ/ }).click();
  await until(() => page.url().includes('f.data.compare=differ'), 'it is in the address');
  expect(await seriousFindings(page)).toEqual([]);
  await page.getByRole('checkbox', { name: 'Compare with now' }).click();
  await page.getByText(/as of [\d,]+, from the server's log/).waitFor();
  await page.getByRole('button', { name: 'Back to now' }).click();
  await page.getByText(/^Rows 1 to/).waitFor();
});

test('PR2 a context that was pruned with unsynced writes lists what was set aside', async () => {
  const desk4 = await kit.device('desk-4');
  const handle = await desk4.client.activate(CLINIC);
  await until(() => desk4.client.control.status(CLINIC)?.connection === 'live', 'live');
  desk4.client.control.network.emulate({ offline: true });
  await handle.put('note', 'n-aside', { patient: PATIENT, text: 'It was set aside.' });
  await desk4.client.deactivate(CLINIC, { force: true });
  await desk4.client.prune({ contexts: [CLINIC], pending: 'quarantine' });
  const pruned = await kit.attach(desk4);
  await pruned.keyboard.press('5');
  await pruned.getByRole('combobox', { name: 'Context' }).selectOption(CLINIC);
  await pruned.getByText('sends what was set aside: 1 write').waitFor();
  await pruned.getByRole('grid', { name: 'Quarantine' }).getByText('note/n-aside').waitFor();
  await pruned.getByText('It was set aside.').waitFor();
  expect(await seriousFindings(pruned)).toEqual([]);
  await pruned.close();
  await desk4.close();
});

test('J, K, C, T, Q, F and R do what the sheet says', async () => {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await choose('visit');
  await rows('visit').locator('tbody tr').first().click();
  const title = (): Promise<string | null> => detail().first().getAttribute('aria-label');
  const first = await title();
  await page.keyboard.press('J');
  await until(async () => (await title()) !== first, 'the next row');
  await page.keyboard.press('K');
  await until(async () => (await title()) === first, 'and back');
  await page.keyboard.press('C');
  await page.getByText('The row copied').waitFor();
  expect(JSON.parse(await page.evaluate(() => navigator.clipboard.readText()))).toHaveProperty('value');
  await page.keyboard.press('R');
  await page.keyboard.press('F');
  await rows('visit').waitFor({ state: 'hidden' });
  await page.keyboard.press('Escape');
  await detail().getByRole('button', { name: /^Open in Query/ }).waitFor();
  await page.keyboard.press('Q');
  await page.getByRole('tab', { name: /^Query/, selected: true }).waitFor();
  await page.getByText("FROM rows").first().waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('tab', { name: /^Data/ }).click();
  await detail().getByRole('button', { name: 'Show in Timeline' }).click();
  await page.getByRole('tab', { name: /^Timeline/, selected: true }).waitFor();
  await page.getByRole('tab', { name: /^Data/ }).click();
});

test('DB8 a client that keeps its values shows types and lengths, and says why', async () => {
  const careful = await kit.device('desk-3', { values: 'structure' });
  const handle = await careful.client.activate(CLINIC);
  await until(() => careful.client.control.status(CLINIC)?.connection === 'live', 'live');
  const name = (await handle.get('patient', PATIENT))?.name ?? '';
  const masked = await kit.attach(careful);
  await masked.keyboard.press('5');
  await masked.getByRole('combobox', { name: 'Context' }).selectOption(CLINIC);
  await masked.locator('.da-ent', { hasText: 'patient' }).first().click();
  await masked.locator('table[aria-label="Rows of patient"]').getByText(`text, ${name.length} characters`).first().waitFor();
  expect(await masked.locator('table[aria-label="Rows of patient"]').innerText()).not.toContain(name);
  await masked.getByText('by the policy of the client').waitFor();
  await masked.close();
});

test('RP4 a report without its client shows the rows that it touches, at its end and at moments before', async () => {
  const handle = await desk.client.activate(CLINIC);
  await handle.put('note', 'n-report', { patient: PATIENT, text: 'before' });
  await until(async () => (await handle.outbox()).length === 0, 'settled');
  const between = desk.client.control.lastSeq;
  await handle.put('note', 'n-report', { patient: PATIENT, text: 'after' });
  await until(async () => (await handle.outbox()).length === 0, 'settled again');
  const file = join(kit.folder, 'report.ctxscope');
  await writeFile(file, await desk.client.exportReport({ values: 'full' }));
  const viewer = await kit.attach(desk);
  await viewer.bringToFront();
  const [chooser] = await Promise.all([viewer.waitForEvent('filechooser'), viewer.keyboard.press('Control+o')]);
  await chooser.setFiles(file);
  await viewer.keyboard.press('5');
  await viewer.getByRole('combobox', { name: 'Context' }).selectOption(CLINIC);
  await viewer.getByRole('textbox', { name: 'Filter rows' }).fill('n-report');
  const table = viewer.locator('table[aria-label="Rows that the recording touches"]');
  await table.getByText('"after"').waitFor();
  await viewer.keyboard.press('Escape');
  await viewer.keyboard.press('Control+K');
  await viewer.keyboard.type(`#${between}`);
  await viewer.keyboard.press('Enter');
  await table.getByText('"before"').waitFor();
  await table.getByText('n-report').click();
  await viewer.getByRole('region', { name: 'note/n-report' }).getByText('What the app saw').waitFor();
  expect(await seriousFindings(viewer)).toEqual([]);
  await viewer.close();
});

test('docked and narrow, in both themes, it stays readable and nothing serious is found', async () => {
  const found: string[] = [];
  for (const [width, height] of [[1_000, 420], [360, 760], [1_440, 900]] as const) {
    await page.setViewportSize({ width, height });
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme });
      found.push(...(await seriousFindings(page)).map((line) => `${width}, ${colorScheme}: ${line}`));
    }
  }
  expect(found).toEqual([]);
});
