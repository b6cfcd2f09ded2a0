import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { patientId } from '../../../demo/clinics.ts';
import { until } from '../../support/until.ts';
import { DemoKit, type Desk } from '../demo-kit.ts';
import { seriousFindings } from '../inspector-kit.ts';

// The wire of a device on the running demo: every frame with its answer, a network that is made bad and good again, and a switching stress.

let kit: DemoKit;
let page: Page;
let desk: Desk;
let other: Desk;
const HERE = 'clinic-e';
const THERE = 'clinic-a';

beforeAll(async () => {
  kit = await DemoKit.open();
  [desk, other] = [await kit.device('desk-1'), await kit.device('desk-2', { userId: 'amelie' })];
  page = await kit.attach(desk);
  await page.keyboard.press('6');
  await page.getByRole('button', { name: 'Frames', pressed: true }).waitFor();
}, 180_000);
afterAll(() => kit?.close(), 60_000);

/** What the page shows follows what the client does, on a busy machine with some delay. */
const soon = <T,>(look: () => T | Promise<T>) => expect.poll(look, { timeout: 60_000 });
const rows = (): Locator => page.locator('table[aria-label="Frames"] tbody tr[id]');
const row = (...texts: readonly (string | RegExp)[]): Locator => texts.reduce((found, hasText) => found.filter({ hasText }), rows()).last();
const detail = (): Locator => page.getByRole('region', { name: /^Frame / });
const selected = async (): Promise<string> => (await rows().and(page.locator('[aria-selected="true"]')).innerText()).replaceAll(/\s+/g, ' ');
const field = (): Locator => page.getByRole('textbox', { name: 'Filter frames' });
const emulation = (): Locator => page.getByRole('region', { name: 'Network emulation' });
const badge = (): Locator => page.getByRole('banner').getByRole('button', { name: /^Emulated/ });
const connections = (): Locator => page.getByRole('list', { name: 'Connections' });
const visit = (n: number) => ({ patient: patientId(HERE, 1), at: '2026-11-25T09:00:00Z', room: 'B-12', pulse: n });

async function press(key: string): Promise<void> {
  await page.locator('table[aria-label="Frames"]').focus().catch(() => undefined);
  await page.keyboard.press(key);
}

/** Writes a row and waits until it is settled. */
async function write(contextId: string, id: string, pulse = 60): Promise<number> {
  const handle = await desk.client.switchTo(contextId);
  const began = performance.now();
  await handle.put('visit', id, { ...visit(pulse), patient: patientId(contextId, 1) });
  await until(async () => (await handle.outbox()).length === 0, `${id} is settled`, 30_000);
  return performance.now() - began;
}

test('an activation and a write are listed frame by frame, each with what became of it and the rule that it served', async () => {
  await write(HERE, 'v-1');
  await row('PUSH_RESULT', HERE).waitFor();
  const text = async (...of: string[]): Promise<string> => (await row(...of).innerText()).replaceAll(/\s+/g, ' ');
  expect(await text('CONTEXT_ACTIVATED', HERE)).toMatch(/head [\d,]+ .* ms Mode (?:delta|snapshot)/);
  expect(await text('PUSH_RESULT', HERE)).toMatch(/→ [\d,]+ .*[\d.]+ ms 1 applied SY2/);
  await row('DELTA', 'Applied, own').waitFor();
  expect(await text('DELTA', 'Applied, own')).toMatch(/[\d,]+ → [\d,]+ 1 \d+ B .* ms Applied, own SY3/);
  expect(await connections().innerText()).toMatch(/127\.0\.0\.1:\d+\s+open/);
  expect(await seriousFindings(page)).toEqual([]);
});

test('J and K go through an exchange and on to the next; its frames are bound by a bracket, and C copies one', async () => {
  await row('PUSH_RESULT', HERE).click();
  await detail().waitFor();
  await detail().getByRole('treeitem', { name: /pushId/ }).waitFor();
  expect(await page.locator('td.gut.pa, td.gut.pb').count()).toBe(2);
  await press('k');
  await soon(selected).toMatch(/ PUSH clinic-e/);
  await detail().getByRole('treeitem', { name: /mutations/ }).waitFor();
  expect(await detail().innerText()).toMatch(/Where the \d+ bytes go/);
  await press('j');
  await soon(selected).toContain('PUSH_RESULT');
  await press('j');
  await soon(selected).toContain('DELTA');
  await detail().getByRole('button', { name: 'Previous frame of the exchange (K)' }).click();
  await soon(selected).toContain('PUSH_RESULT');
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await press('c');
  await page.getByText('The frame copied').waitFor();
  expect(JSON.parse(await page.evaluate('navigator.clipboard.readText()'))).toMatchObject({ type: 'PUSH_RESULT', frame: { results: [{ outcome: 'applied' }] } });
});

test('what a frame held is a tree for the keyboard, and raw; V hides its values', async () => {
  await press('k');
  const tree = detail().getByRole('tree', { name: 'Content of the frame' });
  const item = (name: RegExp): Locator => tree.getByRole('treeitem', { name });
  await item(/^type/).focus();
  await page.keyboard.press('End');
  await page.keyboard.press('Home');
  await item(/^mutations/).focus();
  await page.keyboard.press('ArrowLeft');
  await soon(() => item(/^mutations/).getAttribute('aria-expanded')).toBe('false');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowDown');
  await soon(() => tree.locator('[role=treeitem]:focus').innerText()).toContain('visit/v-1');
  const value = item(/^value/);
  await value.click();
  await item(/^room/).waitFor();
  expect(await item(/^room/).innerText()).toContain('B-12');
  await press('v');
  await soon(() => item(/^room/).innerText()).not.toContain('B-12');
  await detail().getByRole('radio', { name: 'Raw' }).click();
  await detail().getByText('Show values to read the frame').waitFor();
  await press('v');
  await soon(() => detail().getByLabel('The frame as JSON').innerText()).toContain('"room": "B-12"');
});

test('the chain leads on: to the row, the moment, a query, the events that it caused', async () => {
  const chosen = await selected();
  const back = async (): Promise<void> => {
    await page.keyboard.press('6');
    await detail().getByText('Cause and effects').waitFor();
    expect(await selected()).toBe(chosen);
  };
  await press('o');
  await page.locator('table[aria-label="Rows of visit"] tr[aria-selected="true"]', { hasText: 'v-1' }).waitFor();
  await back();
  await detail().getByRole('button', { name: 'visit/v-1', exact: true }).click();
  await page.getByRole('tab', { name: /^Data/, selected: true }).waitFor();
  await back();
  await press('t');
  await page.getByRole('tab', { name: /^Timeline/, selected: true }).waitFor();
  await page.getByRole('region', { name: 'Event', exact: true }).getByText('Cause and effects').waitFor();
  await back();
  await press('q');
  await page.getByRole('tab', { name: /^Query/, selected: true }).waitFor();
  await soon(() => decodeURIComponent(page.url().replaceAll('+', ' '))).toMatch(/where place in \(\d+, \d+\)/);
  await back();
  await detail().getByRole('button', { name: /^Delta / }).click();
  await page.getByRole('tab', { name: /^Timeline/, selected: true }).waitFor();
  await back();
  await page.keyboard.press('Escape');
  await detail().waitFor({ state: 'detached' });
});

test('CF1 a refused push leads to its conflict', async () => {
  await kit.collide(desk, other, 'clinic-b', 'v-hit');
  await row('PUSH_RESULT', '1 conflict').click();
  await detail().getByText('CF1').waitFor();
  await detail().getByRole('button', { name: /^Conflict visit\/v-hit/ }).click();
  await page.getByRole('region', { name: /^Conflict on / }).waitFor();
  await page.keyboard.press('6');
  await page.keyboard.press('Escape');
});

test('the filter, the chips, the direction, H and Follow narrow the list; nothing that matches says how to get back', async () => {
  await page.keyboard.press('/');
  await field().fill('type:PUSH context:clinic-e');
  await soon(async () => (await rows().allInnerTexts()).every((text) => text.includes('PUSH') && text.includes(HERE))).toBe(true);
  await field().fill('latency:>100000');
  await page.getByText('No frame matches').waitFor();
  await page.getByRole('button', { name: 'Clear filter' }).click();
  await row('ACTIVATE_CONTEXT').waitFor();
  const types = page.getByRole('group', { name: 'Types of frames' });
  await types.getByRole('button', { name: /^Lifecycle/ }).click();
  await soon(async () => (await rows().allInnerTexts()).every((text) => /ACTIVATE|DEACTIVATE/.test(text))).toBe(true);
  await types.getByRole('button', { name: /^All/ }).click();
  await page.getByRole('radio', { name: 'Sent' }).click();
  await soon(async () => (await rows().allInnerTexts()).some((text) => text.includes('DELTA'))).toBe(false);
  await page.getByRole('radio', { name: 'Both' }).click();
  for (const quick of ['Errors', 'Dropped, stale', 'Slow', 'Unanswered']) {
    const chip = page.getByRole('button', { name: new RegExp(`^${quick}`) });
    await chip.click();
    await soon(() => chip.getAttribute('aria-pressed')).toBe('true');
    await chip.click();
  }
  await row('DELTA').waitFor();
  expect(await rows().filter({ hasText: /APPLIED/ }).count()).toBe(0);
  await press('h');
  await row(/APPLIED/).waitFor();
  await page.getByRole('checkbox', { name: 'Hide acks and pings (H)' }).click();
  await row(/APPLIED/).waitFor({ state: 'detached' });
  const follow = page.getByTitle('Keep the newest frame in view (L)');
  await press('l');
  await soon(() => follow.getAttribute('aria-pressed')).toBe('true');
  await follow.click();
  await soon(() => follow.getAttribute('aria-pressed')).toBe('false');
  await press('l');
  await soon(() => follow.getAttribute('aria-pressed')).toBe('true');
  for (let n = 0; n < 20; n += 1) await write(HERE, 'v-many', n);
  // More than fit: else there is nothing to scroll away from.
  for (let n = 0; n < 12; n++) await write(HERE, `v-more-${n}`);
  // The list is told of them a little later.
  await soon(() => page.evaluate<boolean>("(() => { const list = document.querySelector('.nx-body .scroll'); return list.scrollTop > 400 && list.scrollHeight - list.scrollTop - list.clientHeight < 44; })()")).toBe(true);
  await rows().last().hover();
  await page.mouse.wheel(0, -400);
  await soon(() => follow.getAttribute('aria-pressed')).toBe('false');
  await follow.click();
  await soon(() => follow.getAttribute('aria-pressed')).toBe('true');
  await page.getByRole('columnheader', { name: 'Bytes' }).click();
  await soon(() => page.getByRole('columnheader', { name: /^Bytes/ }).getAttribute('aria-sort')).toBe('ascending');
  await page.getByRole('columnheader', { name: /^Time/ }).click();
});

test('frames are recorded while they are wanted, and not otherwise', async () => {
  const toggle = page.getByRole('button', { name: 'Frames', exact: true });
  await toggle.click();
  await soon(() => toggle.getAttribute('aria-pressed')).toBe('false');
  let frames = 0;
  const undo = desk.client.control.onEvent(({ kind }) => void (frames += kind === 'frame' ? 1 : 0));
  const written = async (): Promise<number> => {
    frames = 0;
    await write(HERE, 'v-counted', frames);
    return frames;
  };
  await until(async () => (await written()) === 0, 'the client makes no frames');
  await toggle.click();
  await until(async () => (await written()) > 0, 'it makes them again');
  undo();
});

test('RP4 in the past the list ends at the cursor, and the network cannot be changed', async () => {
  await row('PUSH_RESULT').click();
  await press('t');
  await page.getByRole('button', { name: 'Move the time cursor here' }).click();
  await page.keyboard.press('6');
  await page.keyboard.press('Escape');
  await press('End');
  await soon(selected).toContain('PUSH_RESULT');
  await press('Escape');
  await press('e');
  expect(await emulation().getByRole('button', { name: 'Turn on' }).getAttribute('title')).toContain('past');
  await press('e');
  await emulation().waitFor({ state: 'detached' });
  await press('l');
  await soon(async () => (await page.getByRole('group', { name: 'Time cursor' }).innerText())).toContain('Live');
});

test('what has no answer yet is in flight, by context', async () => {
  const handle = await desk.client.switchTo(HERE);
  await press('l');
  desk.hold(true);
  try {
    await handle.put('visit', 'v-held', visit(71));
    await soon(() => connections().innerText()).toMatch(/In flight \d{3} B\s+clinic-e/);
    await row('PUSH', 'Waiting').waitFor();
  } finally {
    desk.hold(false);
  }
  await until(async () => (await handle.outbox()).length === 0, 'it is settled');
  await soon(() => connections().innerText()).toMatch(/In flight 0 B/);
});

test('DB2 a network that is emulated for one context slows that one alone, with a badge, and tells what it did', async () => {
  await press('l');
  await write(HERE, 'v-before');
  await press('e');
  await emulation().getByRole('radio', { name: 'Chosen' }).click();
  await emulation().getByRole('combobox', { name: 'Add a context' }).selectOption(HERE);
  await emulation().getByRole('radio', { name: /^Good 4G/ }).click();
  await emulation().getByRole('spinbutton', { name: 'Latency, ms' }).fill('400');
  await emulation().getByRole('spinbutton', { name: 'Jitter, ms' }).fill('0');
  await emulation().getByRole('switch', { name: 'Emulation on' }).click();
  await badge().waitFor();
  expect(desk.client.control.network.conditions()).toMatchObject({ latencyMs: 400, contexts: [HERE] });
  expect(await badge().getAttribute('title')).toContain('1 context');
  expect(await write(HERE, 'v-slow')).toBeGreaterThan(800);
  expect(await write(THERE, 'v-fast')).toBeLessThan(800);
  await soon(async () => (await row('PUSH_RESULT', HERE).innerText()).replaceAll(/\s+/g, ' ')).toMatch(/(?: [89]\d\d ms| 1\.\d s) 1 applied/);
  await page.getByRole('button', { name: /^Slow/ }).click();
  await row('PUSH_RESULT', HERE).waitFor();
  expect((await rows().allInnerTexts()).some((text) => text.includes(THERE))).toBe(false);
  await page.getByRole('button', { name: /^Slow/ }).click();
  await soon(() => emulation().innerText()).toMatch(/Round trip\s+(?:[89]\d\d ms|1\.\d s)/);
  expect(await seriousFindings(page)).toEqual([]);
});

test('IS3 a delta of an activation that has ended is dropped, hatched, and belongs to the close', async () => {
  const [here, there] = [await desk.client.switchTo(HERE), await other.client.switchTo(HERE)];
  await until(async () => (await here.outbox()).length === 0, 'quiet');
  await there.put('visit', 'v-late', visit(99));
  await until(async () => (await there.outbox()).length === 0, 'the server has it');
  await desk.client.deactivate(HERE, { force: true });
  await page.locator('table[aria-label="Frames"] tr.is-stale').first().waitFor();
  await page.locator('table[aria-label="Frames"] tr.is-stale').first().click();
  await detail().getByText('Of an ended activation').waitFor();
  expect(await detail().innerText()).toMatch(/stale frame 1 of \d/);
  await page.keyboard.press('Escape');
});

test('LC4 a change acts while it is on; for all and offline the socket goes, and comes back by itself when it is turned off', async () => {
  await emulation().getByRole('radio', { name: 'All contexts' }).click();
  await until(() => desk.client.control.network.conditions()?.contexts === undefined, 'it is for all');
  await emulation().getByRole('radio', { name: /^Offline/ }).click();
  await until(() => desk.client.control.network.conditions()?.offline === true, 'it is offline');
  await soon(() => connections().innerText()).toMatch(/no socket/);
  await soon(() => badge().innerText()).toContain('offline');
  const handle = await desk.client.switchTo(HERE);
  await handle.put('visit', 'v-offline', visit(50));
  expect(await handle.outbox()).toHaveLength(1);
  await soon(() => connections().innerText()).toMatch(/Lost[\s\S]*attempt/);
  await emulation().getByRole('button', { name: 'Turn off' }).click();
  await badge().waitFor({ state: 'detached' });
  await until(async () => (await handle.outbox()).length === 0, 'it arrives', 40_000);
  await soon(() => connections().innerText()).toMatch(/Reconnected[\s\S]*attempt/);
  await emulation().getByRole('button', { name: 'Close (Esc)' }).click();
  await emulation().waitFor({ state: 'detached' });
});

test('IS3 LC3 LC6 a switching stress under a bad network breaks nothing, says so, and shows its frames', async () => {
  await press('e');
  await emulation().getByRole('radio', { name: /^Good 4G/ }).click();
  await emulation().getByRole('button', { name: 'Turn on' }).click();
  await badge().waitFor();
  await emulation().getByRole('button', { name: 'Stress switch with this…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Switching stress' });
  await dialog.getByText('Under the emulated network: Good 4G').waitFor();
  const left = await dialog.getByRole('button', { name: /^Leave out/ }).all();
  expect(left.length).toBeGreaterThan(1);
  await dialog.getByRole('radio', { name: '100', exact: true }).click();
  expect(await seriousFindings(page)).toEqual([]);
  await dialog.getByRole('button', { name: 'Switch 100 times' }).click();
  await dialog.getByText('100 switches, 0 broken invariants').waitFor({ timeout: 90_000 });
  await soon(() => dialog.getByRole('img', { name: /^Switch times/ }).getAttribute('aria-label')).toMatch(/\d+ from \d+ ms/);
  expect(await seriousFindings(page)).toEqual([]);
  await dialog.getByRole('button', { name: 'Show these frames' }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'All of the recording' }).waitFor();
  // Of each switch that came to its end at least a question and an answer.
  await soon(async () => Number(/[\d,]+$/.exec((await page.getByRole('group', { name: 'Types of frames' }).getByRole('button', { name: /^Lifecycle/ }).innerText()).trim())?.[0].replace(',', ''))).toBeGreaterThan(40);
  await page.getByRole('button', { name: 'All of the recording' }).click();
});

test('DB6 a stress is cancelled: what it did so far is its result, and what was open is open again', async () => {
  await desk.client.switchTo(HERE);
  await page.getByRole('button', { name: 'Stress switch…', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Switching stress' });
  await dialog.getByRole('button', { name: 'Change setup' }).click();
  await dialog.getByRole('radio', { name: '10,000' }).click();
  await dialog.getByRole('button', { name: 'Switch 10,000 times' }).click();
  await soon(() => dialog.getByRole('progressbar', { name: 'Switches' }).getAttribute('aria-valuenow')).not.toBe('0');
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await dialog.getByText(/Cancelled after [\d,]+ of 10,000/).waitFor({ timeout: 60_000 });
  await until(() => desk.client.control.status(HERE)?.lifecycle === 'active', 'what was open is open again');
  await dialog.getByRole('button', { name: 'Change setup' }).click();
  await dialog.getByRole('radio', { name: '100', exact: true }).click();
  await dialog.getByRole('button', { name: 'Switch 100 times' }).click();
  await page.keyboard.press('Escape');
  await page.getByText('No invariant broke').waitFor({ timeout: 90_000 });
  await emulation().getByRole('switch', { name: 'Emulation on' }).click();
  await badge().waitFor({ state: 'detached' });
});
