import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DemoKit, type Desk } from '../demo-kit.ts';
import { seriousFindings } from '../inspector-kit.ts';

// The timeline, the time strip and the time cursor on the running demo: every action and every key of them, in a real browser.

let kit: DemoKit;
let desk: Desk;
let page: Page;
const CLINIC = 'clinic-b';

beforeAll(async () => {
  kit = await DemoKit.open();
  desk = await kit.device('desk-1');
  const other = await kit.device('desk-2');
  await kit.collide(desk, other, CLINIC, 'v-first');
  page = await kit.attach(desk);
  // Frames are told only while they are looked at.
  await page.keyboard.press('6');
  await page.getByRole('tab', { name: /^Network/, selected: true }).waitFor();
  await kit.collide(desk, other, CLINIC, 'v-second');
  await desk.client.activate('clinic-c');
  // Nobody else writes to what this device has open: what is drawn below stays as it is.
  await Promise.all(desk.client.registry().map(({ contextId }) => desk.client.deactivate(contextId, { force: true }).catch(() => undefined)));
  await page.keyboard.press('3');
  await rows().first().waitFor();
}, 180_000);
afterAll(() => kit?.close(), 60_000);

const rows = () => page.locator('table[aria-label="Events"] tbody tr[role="row"]');
const view = () => page.getByRole('slider', { name: 'View' });
const strip = () => page.getByRole('slider', { name: 'Time cursor' });
const press = (key: string) => page.keyboard.press(key);
const search = () => page.getByRole('textbox', { name: 'Search events' });

const CLOCK = /(\d\d):(\d\d):(\d\d)\.(\d{3})/g;
/** Both ends of the shown stretch, in ms of the day. */
async function shown(): Promise<readonly [number, number]> {
  const [from = 0, to = 0] = [...((await view().getAttribute('aria-valuetext')) ?? '').matchAll(CLOCK)].map(([, h, m, s, ms]) => ((Number(h) * 60 + Number(m)) * 60 + Number(s)) * 1_000 + Number(ms));
  return [from, to];
}
const width = async (): Promise<number> => (await shown()).reduce((from, to) => to - from);

/** Where the time cursor stands; live: nothing. */
const cursor = async (): Promise<string> => ((await strip().getAttribute('aria-valuetext')) ?? '').replace('Live', '');
async function leaves(before: string): Promise<string> {
  await expect.poll(cursor).not.toBe(before);
  return await cursor();
}

/** Where something is on the page. */
async function boxOf(selector: string): Promise<{ readonly x: number; readonly y: number; readonly width: number; readonly height: number }> {
  const box = await page.locator(selector).first().boundingBox();
  if (box === null) throw new Error(`${selector} is not drawn`);
  return box;
}

async function drag(selector: string, from: number, to: number, at = 0.5): Promise<void> {
  const box = await boxOf(selector);
  await page.mouse.move(box.x + from * box.width, box.y + at * box.height);
  await page.mouse.down();
  await page.mouse.move(box.x + to * box.width, box.y + at * box.height, { steps: 6 });
  await page.mouse.up();
}

test('the widths, W and S, A and D, the buttons and Follow change what is shown', async () => {
  for (const [name, ms] of [['10 s', 10_000], ['1 min', 60_000], ['8 min', 480_000]] as const) {
    await page.getByRole('radio', { name, exact: true }).or(page.getByRole('button', { name, exact: true })).first().click();
    await expect.poll(async () => Math.abs((await width()) - ms) < ms / 100).toBe(true);
  }
  await page.getByRole('switch', { name: 'Follow' }).click();
  await expect.poll(() => page.getByRole('switch', { name: 'Follow' }).getAttribute('aria-checked')).toBe('false');
  const wide = await width();
  await press('w');
  await expect.poll(width).toBeLessThan(wide * 0.7);
  await press('s');
  await expect.poll(width).toBeGreaterThan(wide * 0.9);
  await page.getByRole('button', { name: 'Zoom in (W)' }).click();
  await expect.poll(width).toBeLessThan(wide * 0.7);
  await page.getByRole('button', { name: 'Zoom out (S)' }).click();
  await expect.poll(width).toBeGreaterThan(wide * 0.9);
  const [from] = await shown();
  await press('a');
  await expect.poll(async () => (await shown())[0]).toBeLessThan(from);
  await press('d');
  await expect.poll(async () => Math.abs((await shown())[0] - from)).toBeLessThan(5);
  await press('l');
  await expect.poll(() => page.getByRole('switch', { name: 'Follow' }).getAttribute('aria-checked')).toBe('true');
});

test('a double click on the minimap shows all; its brush pans by drag and by arrow keys', async () => {
  const map = await boxOf('.tl-mini .tl-p');
  await page.mouse.dblclick(map.x + map.width / 2, map.y + 20);
  await expect.poll(async () => view().getAttribute('aria-valuenow')).toBe('100');
  await press('w');
  await press('w');
  await page.getByRole('switch', { name: 'Follow' }).click();
  const [from] = await shown();
  await view().focus();
  await press('ArrowLeft');
  await expect.poll(async () => (await shown())[0]).toBeLessThan(from);
  const [left] = await shown();
  await drag('.tl-mini .brush', 0.5, 0.8);
  await expect.poll(async () => (await shown())[0]).toBeGreaterThan(left);
  await page.mouse.dblclick(map.x + map.width / 2, map.y + 20);
  await expect.poll(async () => view().getAttribute('aria-valuenow')).toBe('100');
});

test('a range of the lanes is summed up, Z zooms to it, Escape lets it go', async () => {
  const before = await width();
  await drag('.tl-plot', 0.3, 0.7, 0.1);
  await page.getByRole('heading', { name: 'Selection' }).waitFor();
  await page.locator('table[aria-label="By kind"] tbody tr', { hasText: 'All kinds' }).waitFor();
  // A number is never cut, and kinds are named as their chips are.
  const sums = page.locator('table[aria-label="By kind"]');
  expect(await sums.locator('td.num').evaluateAll((cells) => cells.filter((cell) => cell.scrollWidth > cell.clientWidth).map((cell) => cell.textContent))).toEqual([]);
  expect(await sums.locator('tbody td:first-child').allInnerTexts()).toSatisfy((kinds: string[]) => kinds.every((kind) => /^[A-Z]/.test(kind.trim())));
  await page.getByRole('radio', { name: /^In selection/ }).or(page.getByRole('button', { name: /^In selection/ })).first().click();
  await press('z');
  await expect.poll(width).toBeLessThan(before * 0.6);
  await page.getByRole('heading', { name: 'In view' }).waitFor();
  await drag('.tl-plot', 0.3, 0.5, 0.1);
  await page.getByRole('heading', { name: 'Selection' }).waitFor();
  await press('Escape');
  await page.getByRole('heading', { name: 'In view' }).waitFor();
  const map = await boxOf('.tl-mini .tl-p');
  await page.mouse.dblclick(map.x + map.width / 2, map.y + 20);
});

test('kinds are hidden and shown by their chips, lanes are sorted and as tall as wanted, and each says in words what it draws', async () => {
  const chip = page.getByRole('group', { name: 'Event kinds' }).getByRole('button', { name: /^Conflict/ });
  await search().fill('');
  await expect.poll(async () => (await rows().allInnerTexts()).length).toBeGreaterThan(5);
  await chip.click();
  await expect.poll(() => chip.getAttribute('aria-pressed')).toBe('false');
  await expect.poll(async () => (await rows().allInnerTexts()).some((text) => text.includes('conflict'))).toBe(false);
  await chip.click();
  const lane = page.getByRole('grid', { name: 'Lanes' }).getByRole('row').filter({ hasText: CLINIC });
  expect((await lane.innerText()).replaceAll(/\s+/g, ' ')).toMatch(/dormant, [\d,]+ events in view, local version [\d,]+ of [\d,]+/);
  for (const order of ['state', 'name', 'activity']) {
    await page.getByTitle('Sort lanes').click();
    await page.getByTitle('Sort lanes').filter({ hasText: order }).waitFor();
  }
  for (const height of ['44', '18', '14', 'auto']) {
    await page.getByTitle(/^Lane height/).click();
    await page.getByTitle(/^Lane height/).filter({ hasText: height }).waitFor();
  }
  expect(await seriousFindings(page)).toEqual([]);
});

test('a search finds events; one of them shows its chain, the frame that carried it, and how its effects followed', async () => {
  await search().fill('kind:conflict');
  await page.getByText('2 found').waitFor();
  await page.getByRole('button', { name: 'Next match' }).click();
  await page.getByText('1 of 2').waitFor();
  await page.getByRole('button', { name: 'Next match' }).click();
  await page.getByText('2 of 2').waitFor();
  await page.getByRole('button', { name: 'Previous match' }).click();
  await page.getByText('1 of 2').waitFor();
  await page.locator('body').click({ position: { x: 5, y: 500 } });
  await press('j');
  await page.getByText('2 of 2').waitFor();
  const detail = page.getByRole('region', { name: 'Event', exact: true });
  await detail.getByText('Cause and effects').waitFor();
  const links = detail.getByRole('listitem');
  await expect.poll(() => links.count()).toBeGreaterThan(2);
  await detail.getByRole('tab', { name: 'Raw frame' }).click();
  await expect.poll(async () => /"type": "(?:PUSH|PUSH_RESULT|DELTA)"|Values are hidden/.test(await detail.innerText())).toBe(true);
  if (await detail.getByRole('button', { name: 'Show values (V)' }).isVisible()) await detail.getByRole('button', { name: 'Show values (V)' }).click();
  await expect.poll(async () => /"type": "(?:PUSH|PUSH_RESULT|DELTA)"/.test(await detail.innerText())).toBe(true);
  await press('v');
  await detail.getByRole('tab', { name: 'Event' }).click();
  await expect.poll(async () => (await detail.innerText()).includes('"kind": "conflict"')).toBe(true);
  await page.getByRole('radio', { name: /^This chain/ }).or(page.getByRole('button', { name: /^This chain/ })).first().click();
  await expect.poll(async () => (await rows().allInnerTexts()).filter((text) => /push|result|conflict|write|delta/.test(text)).length).toBeGreaterThan(2);
  await detail.getByRole('button', { name: 'Previous in the chain' }).click();
  await page.locator('tr[aria-selected="true"]').filter({ hasNotText: 'conflict' }).waitFor();
  await detail.getByRole('button', { name: 'Next in the chain' }).click();
  expect(await seriousFindings(page)).toEqual([]);
  await detail.getByRole('button', { name: 'Open in Conflicts' }).click();
  await page.getByRole('tab', { name: /^Conflicts/, selected: true }).waitFor();
  await press('3');
  await detail.getByRole('button', { name: 'Close detail (Esc)' }).click();
  await page.getByRole('button', { name: 'Clear the search' }).click();
  await search().fill('nothing-of-this-name');
  await page.getByText('No event matches here').waitFor();
  await page.getByRole('button', { name: /^Clear search/ }).click();
  await rows().first().waitFor();
});

test('zoomed in, one lane opens into out, in and core, and lanes in which nothing happens share one line', async () => {
  await page.getByRole('radio', { name: '10 s', exact: true }).or(page.getByRole('button', { name: '10 s', exact: true })).first().click();
  const lanes = page.getByRole('grid', { name: 'Lanes' });
  await lanes.getByText('core', { exact: true }).waitFor();
  const quiet = lanes.getByRole('button', { name: /quiet lanes$/ });
  const before = await lanes.getByRole('row').count();
  await quiet.click();
  await expect.poll(() => lanes.getByRole('row').count()).toBeGreaterThan(before);
  await page.getByRole('button', { name: 'Fold quiet lanes' }).click();
  await quiet.waitFor();
  await page.getByRole('radio', { name: 'All', exact: true }).or(page.getByRole('button', { name: 'All', exact: true })).first().click();
});

test('RP4 the keys of the time cursor step by event, activation and conflict, and L goes live', async () => {
  expect(await cursor()).toBe('');
  await press(',');
  const first = await leaves('');
  await press(',');
  const second = await leaves(first);
  await press('.');
  expect(await leaves(second)).toBe(first);
  await press('{');
  const conflict = await leaves(first);
  await press('{');
  const earlier = await leaves(conflict);
  await press('}');
  expect(await leaves(earlier)).toBe(conflict);
  await press('[');
  const activation = await leaves(conflict);
  await press(']');
  await leaves(activation);
  await press('l');
  await expect.poll(cursor).toBe('');
});

test('RP4 at a past seq every panel shows that moment, and actions are off and say why', async () => {
  await press('{');
  const at = await leaves('');
  const seq = /seq (\d+)/.exec(at)?.[1] ?? '';
  const shownSeq = Number(seq).toLocaleString('en-US');
  for (const [index, name] of ['Contexts', 'Registry', 'Timeline', 'Conflicts', 'Data', 'Network', 'Storage', 'Telemetry', 'Replay', 'Query'].entries()) {
    await press(String((index + 1) % 10));
    await page.getByRole('tab', { name: new RegExp(`^${name}`), selected: true }).waitFor();
    await page.locator('.topbar').getByText(`seq ${shownSeq}`).waitFor();
    await page.getByText(`State as of seq ${shownSeq}`).waitFor();
    expect(await cursor()).toBe(at);
  }
  // At the moment of the conflict its context was open; now it is not.
  await press('1');
  const row = page.locator('table[aria-label="Contexts"] tbody tr', { hasText: CLINIC }).first();
  await expect.poll(() => row.innerText()).toMatch(/\bactive/);
  await row.click();
  const act = page.getByRole('button', { name: /^(?:Activate|Force deactivate)$/ }).first();
  await expect.poll(() => act.getAttribute('title')).toContain('past');
  expect(await act.getAttribute('aria-disabled')).toBe('true');
  await press('l');
  await expect.poll(() => row.innerText()).toContain('dormant');
  await press('Escape');
  await press('3');
});

test('RP4 the time strip is dragged into the past, and walked by its keys', async () => {
  await drag('.strip .plot', 0.9, 0.4);
  const dragged = await leaves('');
  await strip().focus();
  await press('ArrowLeft');
  const left = await leaves(dragged);
  await press('ArrowRight');
  expect(await leaves(left)).toBe(dragged);
  await press('PageUp');
  const paged = await leaves(dragged);
  await press('Home');
  await leaves(paged);
  expect(await strip().getAttribute('aria-valuenow')).toBe('0');
  await press('End');
  await expect.poll(cursor).toBe('');
  // From an event's detail, and by the button of the banner back.
  await rows().first().click();
  await page.getByRole('button', { name: 'Move the time cursor here' }).click();
  await leaves('');
  await page.getByRole('button', { name: /^Go live/ }).first().click();
  await expect.poll(cursor).toBe('');
  await press('Escape');
});

test('C copies the chosen event as JSON', async () => {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await rows().first().click();
  await page.getByRole('region', { name: 'Event', exact: true }).waitFor();
  await press('c');
  await page.getByText('The event copied').waitFor();
  expect(JSON.parse(await page.evaluate<string>('navigator.clipboard.readText()'))).toHaveProperty('kind');
});

test('docked and narrow, the kinds are in a menu', async () => {
  await page.setViewportSize({ width: 1_000, height: 420 });
  const kinds = page.getByRole('button', { name: /^Kinds \d+ of 11$/ });
  expect(await kinds.innerText()).toMatch(/Kinds\s+10 of 11/);
  await kinds.click();
  const frame = page.getByRole('menuitemcheckbox', { name: /^Frame/ });
  expect(await frame.getAttribute('aria-checked')).toBe('false');
  expect(await seriousFindings(page)).toEqual([]);
  await frame.click();
  expect(await frame.getAttribute('aria-checked')).toBe('true');
  await frame.click();
  await press('Escape');
  await page.getByRole('menu').waitFor({ state: 'detached' });
  await page.setViewportSize({ width: 360, height: 760 });
  await kinds.click();
  await frame.waitFor();
  await press('Escape');
  await page.setViewportSize({ width: 1_440, height: 900 });
});
