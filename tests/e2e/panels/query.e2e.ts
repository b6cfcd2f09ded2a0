import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { patientId } from '../../../demo/clinics.ts';
import { until } from '../../support/until.ts';
import { DemoKit, type Desk } from '../demo-kit.ts';
import { seriousFindings } from '../inspector-kit.ts';

// SQL on the running demo: over the recording and over one clinic, as table, chart, plan and bisect; saved, exported, stopped.

let kit: DemoKit;
let page: Page;
let desk: Desk;
const CLINIC = 'clinic-b';
const NUMBERS = 'with recursive n(i) as (select 1 union all select i + 1 from n where i < 250) select i, i * i as square from n';

beforeAll(async () => {
  kit = await DemoKit.open();
  desk = await kit.device('desk-1');
  const handle = await desk.client.activate(CLINIC);
  await until(() => desk.client.control.status(CLINIC)?.connection === 'live', 'live');
  for (let i = 0; i < 12; i++) await handle.put('note', `n-${i}`, { patient: patientId(CLINIC, 1), text: `Note ${i}` });
  await until(async () => (await handle.outbox()).length === 0, 'settled');
  page = await kit.attach(desk);
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.keyboard.press('0');
  await editor().waitFor();
}, 180_000);
afterAll(() => kit?.close(), 60_000);

const editor = () => page.getByRole('textbox', { name: 'SQL' });
const tab = (name: string) => page.getByRole('tablist', { name: 'Result' }).getByRole('tab', { name });
const meta = () => page.locator('.qu-meta');
const grid = () => page.getByRole('grid', { name: 'Rows of the query' });
const copied = (): Promise<unknown> => page.evaluate<string>('navigator.clipboard.readText()').then((text) => JSON.parse(text) as unknown);
const target = (name: 'One context' | 'Recording') => page.getByRole('radiogroup', { name: 'What to ask' }).getByRole('radio', { name }).click();

async function ask(sql: string): Promise<void> {
  await editor().fill(sql);
  await page.keyboard.press('Escape');
  await editor().focus();
  await page.keyboard.press('Control+Enter');
}

/** Asks and waits for so many rows. */
async function rowsOf(sql: string, rows: number): Promise<void> {
  await ask(sql);
  await meta().getByText(`${rows} row${rows === 1 ? '' : 's'}`, { exact: true }).waitFor();
  await expect.poll(() => meta().getByText('query edited').count()).toBe(0);
}

/** One value of the recording, asked for in the panel itself. */
async function valueOf(sql: string): Promise<string> {
  await rowsOf(sql, 1);
  return await grid().locator('tbody tr').first().locator('td').nth(1).innerText();
}

test('the recording answers at once, and so does every template', async () => {
  await meta().getByText(/\d+ rows?/).first().waitFor();
  const templates = page.locator('section[aria-label="Templates"] button');
  const count = await templates.count();
  expect(count).toBeGreaterThanOrEqual(8);
  for (let i = 0; i < count; i++) {
    await templates.nth(i).click();
    await page.keyboard.press('r');
    await expect.poll(() => meta().getByText('query edited').count(), { timeout: 15_000 }).toBe(0);
    await meta().getByText(/^\d+ rows?$/).waitFor();
    expect(await page.locator('.qu-err').count()).toBe(0);
  }
});

test('one context per query: its rows as of a version, what changed since, and nothing but reading', async () => {
  await target('One context');
  await page.getByRole('combobox', { name: 'Context' }).selectOption(CLINIC);
  await page.getByText('One context per query').waitFor();
  await rowsOf("select _id, text from note where _id like 'n-%' order by _id", 12);
  await meta().getByText(new RegExp(`${CLINIC} at version`)).waitFor();
  const handle = await desk.client.activate(CLINIC);
  await handle.put('note', 'n-late', { patient: patientId(CLINIC, 1), text: 'Later' });
  await meta().getByText(/change.? since/).waitFor();
  for (const sql of ["delete from rows", "attach 'x' as y", 'pragma user_version = 7', 'select 1; select 2']) {
    await ask(sql);
    await page.locator('.qu-err').waitFor();
    await page.getByText('Last result that worked').waitFor();
    await page.getByRole('button', { name: 'Dismiss' }).click();
  }
  expect((await handle.get('note', 'n-late'))?.text).toBe('Later');
  // What is said of one context is not said of another.
  await page.getByRole('combobox', { name: 'Context' }).selectOption('clinic-h');
  await page.locator('.bar').getByText(/^at /).waitFor();
  await page.getByRole('combobox', { name: 'Context' }).selectOption(CLINIC);
});

test('names are completed: tables behind from, columns of what is used, views of a context', async () => {
  const list = page.getByRole('listbox', { name: 'Completions' });
  const type = async (before: string): Promise<void> => {
    await editor().fill('');
    await editor().pressSequentially(before);
  };
  await type('select * from pat');
  await list.getByRole('option', { name: /patient/ }).waitFor();
  await page.keyboard.press('Tab');
  expect(await editor().inputValue()).toBe('select * from patient');
  await type('select p.dia');
  await page.keyboard.press('Escape');
  expect(await list.count()).toBe(0);
  await editor().fill(' from patient p');
  await page.keyboard.press('Home');
  await editor().pressSequentially('select p.d');
  await page.keyboard.press('Control+Space');
  expect(await list.getByRole('option').allInnerTexts().then((all) => all.map((text) => text.split('\n')[1]))).toEqual(expect.arrayContaining(['diagnosis', 'doctor']));
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  expect(await editor().inputValue()).toMatch(/^select p\.(diagnosis|doctor) from patient p$/);
  await target('Recording');
  await type('select count(*) from ev');
  await list.getByRole('option', { name: /events/ }).click();
  expect(await editor().inputValue()).toBe('select count(*) from events');
});

test('an error keeps the last result, points at its place, and says what was meant', async () => {
  await rowsOf('select kind, count(*) as events\nfrom events\nwhere kind = \'write\'\ngroup by kind', 1);
  await ask("select *\nform events\nwhere kind = 'form'");
  await page.getByText('line 2, column 1').waitFor();
  expect(await page.locator('.qu-lines .sq').innerText()).toBe('form');
  await page.getByText('Last result that worked').waitFor();
  expect(await grid().locator('tbody tr').count()).toBe(1);
  await page.getByRole('button', { name: 'Copy the error' }).click();
  await page.getByText('The error copied').waitFor();
  await page.getByRole('button', { name: 'Use from' }).click();
  expect(await editor().inputValue()).toBe("select *\nfrom events\nwhere kind = 'form'");
  await ask('select contxtId from events');
  await page.getByRole('button', { name: 'Use contextId' }).click();
  await rowsOf('select contextId from events limit 3', 3);
  expect(await page.locator('.qu-err').count()).toBe(0);
});

test('a limit says that more exist, counts them, and is raised', async () => {
  await page.getByRole('combobox', { name: 'Limit' }).selectOption('100');
  await rowsOf(NUMBERS, 100);
  await meta().getByText('more exist').waitFor();
  await page.getByText('First 100 rows, more exist.').waitFor();
  await page.getByRole('button', { name: 'Count all' }).click();
  await page.getByText('First 100 rows of 250.').waitFor();
  await page.getByRole('button', { name: 'Raise the limit' }).click();
  await meta().getByText('250 rows', { exact: true }).waitFor();
  expect(await page.getByRole('combobox', { name: 'Limit' }).inputValue()).toBe('1000');
});

test('an export holds all rows, also those behind the limit; C copies them, or the one that is chosen', async () => {
  await page.getByRole('combobox', { name: 'Limit' }).selectOption('100');
  await rowsOf(NUMBERS, 100);
  await grid().focus();
  const [csv] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Control+e')]);
  expect(csv.suggestedFilename()).toBe('query-recording.csv');
  const lines = (await readFile(await csv.path(), 'utf8')).trimEnd().split('\r\n');
  expect([lines.length, lines[0], lines[250]]).toEqual([251, 'i,square', '250,62500']);
  const [json] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'JSON', exact: true }).click()]);
  const rows = JSON.parse(await readFile(await json.path(), 'utf8')) as unknown[];
  expect([rows.length, rows[249]]).toEqual([250, { i: 250, square: 62_500 }]);
  await grid().focus();
  await page.keyboard.press('c');
  await page.getByText('The rows copied').waitFor();
  expect(await copied()).toHaveLength(100);
  await grid().locator('tbody tr').nth(1).click();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('c');
  await page.getByText('The row copied').waitFor();
  expect(await copied()).toEqual({ i: 3, square: 9 });
  await page.getByRole('combobox', { name: 'Limit' }).selectOption('1000');
});

test('a row of the recording is shown in the timeline with T', async () => {
  await rowsOf("select seq, kind from events where kind = 'write' order by place limit 2", 2);
  await grid().locator('tbody tr').first().click();
  await page.keyboard.press('t');
  await page.getByRole('tab', { name: /^Timeline/, selected: true }).waitFor();
  await page.locator('.detail, .tl-evd').first().waitFor();
  await page.keyboard.press('0');
  // The result is still there.
  await meta().getByText('2 rows', { exact: true }).waitFor();
});

test('a query is saved with Ctrl S, found again after a reload, renamed, and deleted with a way back', async () => {
  const saved = page.locator('section[aria-label="Saved"]');
  await rowsOf('select 7 as seven', 1);
  await page.keyboard.press('Control+s');
  await page.getByRole('dialog', { name: 'Save this query' }).getByRole('textbox').fill('Seven');
  await page.keyboard.press('Enter');
  await saved.getByRole('button', { name: 'Seven', exact: true }).waitFor();
  // The address follows a moment later.
  await page.waitForURL(/panel=query.*seven/);
  await page.reload();
  await editor().waitFor();
  await page.getByRole('button', { name: 'New query' }).click();
  expect(await editor().inputValue()).toBe('');
  await saved.getByRole('button', { name: 'Seven', exact: true }).click();
  expect(await editor().inputValue()).toBe('select 7 as seven');
  await page.keyboard.press('F2');
  await page.getByRole('textbox', { name: 'New name of Seven' }).fill('Lucky');
  await page.keyboard.press('Enter');
  await saved.getByRole('button', { name: 'Lucky', exact: true }).hover();
  await saved.getByRole('button', { name: 'Delete Lucky' }).click();
  await expect.poll(() => saved.getByRole('button', { name: 'Lucky', exact: true }).count()).toBe(0);
  await page.getByRole('button', { name: 'Undo' }).click();
  await saved.getByRole('button', { name: 'Lucky', exact: true }).waitFor();
  // Under the same name it asks to replace.
  await page.keyboard.press('Control+s');
  const dialog = page.getByRole('dialog', { name: 'Save this query' });
  expect(await dialog.getByRole('textbox').inputValue()).toBe('Lucky');
  await dialog.getByText('it will be replaced').waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
});

test('the history brings a query back, is searched with /, and is emptied with a way back', async () => {
  const history = page.locator('section[aria-label="History"] .qu-hq');
  await rowsOf('select 1 as one', 1);
  await rowsOf('select 2 as two', 1);
  await history.filter({ hasText: 'select 1 as one' }).click();
  expect(await editor().inputValue()).toBe('select 1 as one');
  await page.locator('.qu-rail h3').first().click();
  await page.keyboard.press('/');
  await page.keyboard.type('as two');
  await expect.poll(() => history.count()).toBe(1);
  expect(await page.locator('section[aria-label="Templates"]').count()).toBe(0);
  await page.keyboard.press('Escape');
  const before = await history.count();
  await page.getByRole('button', { name: 'Clear' }).click();
  await expect.poll(() => history.count()).toBe(0);
  await page.getByRole('button', { name: 'Undo' }).last().click();
  await expect.poll(() => history.count()).toBe(before);
});

test('a result is drawn as bars, lines or areas, by the columns that are chosen, and a minute opens in the timeline', async () => {
  await page.locator('section[aria-label="Templates"] button', { hasText: 'Events by kind per minute' }).click();
  await page.keyboard.press('r');
  await expect.poll(() => meta().getByText('query edited').count()).toBe(0);
  await tab('Chart').click();
  const drawing = page.getByRole('img', { name: /^events by minute, split by kind/ });
  await drawing.locator('.recharts-bar-rectangle').first().waitFor();
  for (const [type, mark] of [['Line', '.recharts-line'], ['Area', '.recharts-area'], ['Bar', '.recharts-bar']] as const) {
    await page.getByRole('radiogroup', { name: 'Type' }).getByRole('radio', { name: type }).click();
    await drawing.locator(mark).first().waitFor({ state: 'attached' });
  }
  await page.getByRole('checkbox', { name: 'Stacked' }).click();
  await page.getByRole('table', { name: 'Series' }).getByText('frame').or(page.getByRole('table', { name: 'Series' }).getByText('write')).first().waitFor();
  await page.getByRole('combobox', { name: 'Split by' }).selectOption({ label: 'nothing' });
  await page.getByRole('img', { name: /^events by minute, \d+ points/ }).waitFor();
  expect(await page.getByRole('table', { name: 'Series' }).count()).toBe(0);
  await page.getByRole('combobox', { name: 'X' }).selectOption({ label: 'kind' });
  await page.getByRole('img', { name: /^events by kind/ }).waitFor();
  await page.getByRole('combobox', { name: 'X' }).selectOption({ label: 'minute' });
  expect(await seriousFindings(page)).toEqual([]);
  await page.locator('.recharts-bar-rectangle').first().click();
  await page.getByRole('tab', { name: /^Timeline/, selected: true }).waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('0');
  await tab('Table').click();
});

test('the plan shows which index reaches a table, and a scan of it', async () => {
  await editor().fill("select * from events e where e.contextId = 'clinic-b' order by bytes");
  await tab('Plan').click();
  const plan = page.getByRole('grid', { name: 'Plan' });
  await plan.getByText('events_context (contextId=?)').waitFor();
  await plan.getByText('no index has this order').waitFor();
  await meta().getByText('explain query plan, nothing was run').waitFor();
  await ask('select * from events');
  await plan.getByText('Scan', { exact: true }).waitFor();
  await target('One context');
  await ask("select * from patient where name = 'x'");
  await plan.getByText('ix:patient:name').waitFor();
  await target('Recording');
  await tab('Table').click();
});

test('DB9 a query that runs away is stopped with Escape, and the app goes on', async () => {
  await target('One context');
  await ask('with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n');
  await page.getByRole('button', { name: 'Stop' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Stop' }).waitFor({ state: 'detached' });
  await rowsOf('select 1 as still_there', 1);
  await target('Recording');
});

test('RP4 bisect finds the event at which a condition turns true, and every way on from it', async () => {
  const wanted = await valueOf("select seq from events where kind = 'write' order by place limit 1 offset 4");
  await page.getByRole('button', { name: 'Bisect…' }).click();
  await page.getByText('No search yet').waitFor();
  await ask("select count(*) >= 5\nfrom events\nwhere runId = :runId and seq <= :seq and kind = 'write'");
  const found = page.locator('.qu-found');
  await found.getByText(`First event after which it holds: seq ${Number(wanted).toLocaleString('en-US')}`).waitFor();
  await page.getByText('Stays true afterwards').waitFor();
  await page.getByRole('img', { name: /^count\(\*\) at every checked event, holds from 5/ }).waitFor();
  const checks = page.getByRole('grid', { name: 'Checks' }).locator('tbody tr');
  expect(await checks.count()).toBeGreaterThan(4);
  expect(await seriousFindings(page)).toEqual([]);
  await page.getByRole('grid', { name: 'Checks' }).focus();
  await page.keyboard.press('c');
  await page.getByText('The search copied').waitFor();
  expect(await copied()).toMatchObject({ result: { found: Number(wanted), falseAgain: [] } });
  await found.getByRole('button', { name: 'Go to this moment' }).click();
  await page.getByRole('button', { name: /Go live|Live/ }).first().waitFor();
  expect(await page.locator('.timecur').innerText()).toContain(`seq ${Number(wanted).toLocaleString('en-US')}`);
  await page.keyboard.press('l');
  await found.getByRole('button', { name: 'Select everything after it' }).click();
  await page.getByRole('tab', { name: /^Timeline/, selected: true }).waitFor();
  await page.keyboard.press('0');
  await found.waitFor();
  await page.locator('.qu-bl').click({ position: { x: 4, y: 4 } });
  await page.keyboard.press('t');
  await page.getByRole('tab', { name: /^Timeline/, selected: true }).waitFor();
  await page.keyboard.press('0');
});

test('RP4 a condition that turns false again is reported, and one that holds nowhere too', async () => {
  const last = Number(await (async () => {
    await tab('Table').click();
    return await valueOf('select max(seq) from events');
  })());
  const [from, to] = [Math.floor(last * 0.2), Math.floor(last * 0.7)];
  await tab('Bisect').click();
  await ask(`select :seq between ${from} and ${to}`);
  await page.getByText(`First event after which it holds: seq ${from.toLocaleString('en-US')}`).waitFor();
  await page.getByText('Turns false again').waitFor();
  await page.locator('.qu-mono').getByRole('button', { name: (to + 1).toLocaleString('en-US'), exact: true }).waitFor();
  await page.getByText('and does not hold at the end').waitFor();
  await ask('select :seq < 0');
  await page.getByText('It holds nowhere that was asked').waitFor();
  await ask('select 1');
  await page.getByText('names neither :seq nor :step').waitFor();
  await ask('select :step > 1');
  await page.locator('.qu-err, .qu-found').first().waitFor();
});

test('a bisect is stopped between two checks, and what was found before stays', async () => {
  await ask('select :seq >= 3');
  await page.getByText('First event after which it holds: seq 3').waitFor();
  // Each check counts for a while.
  await ask('select (with recursive n(i) as (select 1 union all select i + 1 from n where i < 3000000) select count(*) from n) > 0 and :seq > 5');
  await page.getByRole('progressbar', { name: 'Bisect' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('progressbar', { name: 'Bisect' }).waitFor({ state: 'detached' });
  await page.getByText('First event after which it holds: seq 3').waitFor();
  await page.getByText('The condition was edited since').waitFor();
});

test('a bisect is saved and comes back as one; a test cannot be made of it yet, and M says so', async () => {
  await ask('select :seq >= 4');
  await page.getByText('First event after which it holds: seq 4').waitFor();
  const button = page.getByRole('button', { name: /^Make a test/ });
  expect(await button.getAttribute('aria-disabled')).toBe('true');
  expect(await button.getAttribute('title')).toContain('cannot be made into a test yet');
  await page.locator('.qu-bl').click({ position: { x: 4, y: 4 } });
  await page.keyboard.press('m');
  await page.getByText('No test can be made').waitFor();
  await page.keyboard.press('Control+s');
  await page.getByRole('dialog', { name: 'Save this query' }).getByRole('textbox').fill('Turn');
  await page.keyboard.press('Enter');
  await tab('Table').click();
  await page.getByRole('button', { name: 'New query' }).click();
  await page.locator('section[aria-label="Saved"]').getByRole('button', { name: 'Turn', exact: true }).click();
  expect(await tab('Bisect').getAttribute('aria-selected')).toBe('true');
  expect(await editor().inputValue()).toBe('select :seq >= 4');
  await page.getByRole('tablist', { name: 'Result' }).getByRole('tab', { selected: true }).focus();
  await page.keyboard.press('ArrowRight');
  expect(await tab('Table').getAttribute('aria-selected')).toBe('true');
});

test('both themes, and a narrow window with its queries in a menu, hold no serious finding', async () => {
  await rowsOf('select kind, count(*) as events from events group by kind having events > 0 and kind = \'write\'', 1);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    expect(await seriousFindings(page)).toEqual([]);
  }
  await page.setViewportSize({ width: 360, height: 760 });
  await page.getByRole('button', { name: 'Queries' }).click();
  const menu = page.getByRole('dialog', { name: 'Queries' });
  expect(await seriousFindings(page)).toEqual([]);
  await menu.getByRole('button', { name: 'Lucky', exact: true }).click();
  expect(await editor().inputValue()).toBe('select 7 as seven');
  await page.setViewportSize({ width: 1_440, height: 900 });
});

test('a recording is asked like a live client, and a context of it says why it cannot be', async () => {
  await page.locator('.qu-rail h3').first().click();
  await page.keyboard.press('9');
  const [saved] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Control+e')]);
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.keyboard.press('Control+o')]);
  await chooser.setFiles(await saved.path());
  await page.getByText('Recorded').first().waitFor();
  await page.keyboard.press('0');
  await rowsOf('select count(*) > 0 as some from events', 1);
  await target('One context');
  const run = page.getByRole('button', { name: /^Run/ });
  expect(await run.getAttribute('title')).toContain('recording');
  await target('Recording');
});
