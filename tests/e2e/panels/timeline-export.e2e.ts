import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRecording, RecordingWriter } from '../../../shared/recording/index.ts';
import { DemoKit } from '../demo-kit.ts';
import { seriousFindings } from '../inspector-kit.ts';

// What the timeline saves as a file: of a device on the running demo, and of a recording that is long.

let kit: DemoKit;
let page: Page;
const CLINIC = 'clinic-b';

beforeAll(async () => {
  kit = await DemoKit.open();
  const [desk, other] = [await kit.device('desk-1'), await kit.device('desk-2')];
  await kit.collide(desk, other, CLINIC, 'v-first');
  page = await kit.attach(desk);
  // Frames are told only while they are looked at.
  await page.keyboard.press('6');
  await page.getByRole('tab', { name: /^Network/, selected: true }).waitFor();
  await kit.collide(desk, other, CLINIC, 'v-second');
  // Nobody else writes to what this device has open: what is counted below stays as it is.
  await Promise.all(desk.client.registry().map(({ contextId }) => desk.client.deactivate(contextId, { force: true }).catch(() => undefined)));
  await page.keyboard.press('3');
  await rows().first().waitFor();
}, 180_000);
afterAll(() => kit?.close(), 60_000);

const rows = () => page.locator('table[aria-label="Events"] tbody tr[role="row"]');
const press = (key: string) => page.keyboard.press(key);
const search = () => page.getByRole('textbox', { name: 'Search events' });

/** A double click on the minimap. */
const showAll = () => page.locator('.tl-mini .tl-p').dblclick({ position: { x: 300, y: 20 } });

async function select(from: number, to: number): Promise<void> {
  const box = await page.locator('.tl-plot').first().boundingBox();
  if (box === null) throw new Error('The lanes are not drawn');
  await page.mouse.move(box.x + box.width * from, box.y + 20);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * to, box.y + 20, { steps: 5 });
  await page.mouse.up();
}

const menu = () => page.getByRole('dialog', { name: 'Export events' });
/** How many events the menu says it will be. */
const promised = async (): Promise<number> => Number(/^([\d,]+) events?/.exec(await menu().locator('.ex-note').innerText())?.[1]?.replaceAll(',', '') ?? Number.NaN);
async function exported(item: RegExp): Promise<{ readonly name: string; readonly lines: readonly string[] }> {
  const [download] = await Promise.all([page.waitForEvent('download'), menu().getByRole('menuitem', { name: item }).click()]);
  return { name: download.suggestedFilename(), lines: (await readFile(await download.path(), 'utf8')).trimEnd().split(/\r?\n/) };
}

test('the events of a selection, or of the view, are exported as the chips and the search leave them', async () => {
  await showAll();
  await press('Control+e');
  const inView = await promised();
  expect(await seriousFindings(page)).toEqual([]);
  const all = await exported(/^CSV/);
  expect(all.name).toBe('events.csv');
  expect(all.lines).toHaveLength(inView + 1);
  // Frames are hidden by their chip.
  expect(all.lines.filter((line) => /^\d+,[^,]*,frame,/.test(line))).toEqual([]);
  await page.getByText(/ events exported$/).first().waitFor();
  await select(0.3, 0.9);
  await page.getByRole('heading', { name: 'Selection' }).waitFor();
  await page.getByRole('button', { name: 'Export selection…' }).click();
  const inSelection = await promised();
  expect(inSelection).toBeLessThan(inView);
  const some = await exported(/^JSON lines/);
  expect(some.name).toBe('events.ndjson');
  expect(some.lines).toHaveLength(inSelection);
  await press('Escape');
  await page.getByRole('heading', { name: 'In view' }).waitFor();
  await search().fill('kind:conflict v-second');
  await expect.poll(async () => (await rows().allInnerTexts()).every((text) => text.includes('v-second'))).toBe(true);
  await page.getByRole('button', { name: 'Export view…' }).click();
  const found = (await exported(/^JSON lines/)).lines.map((line) => JSON.parse(line) as { readonly kind: string; readonly entityId: string });
  expect(found.map(({ kind, entityId }) => `${kind} ${entityId}`)).toEqual(['conflict v-second']);
  // What a person names is listed although its chip is off.
  await search().fill('kind:frame');
  await rows().first().waitFor();
  await page.getByRole('button', { name: 'Export view…' }).click();
  expect(await promised()).toBeGreaterThan(0);
  await press('Escape');
  await search().fill('');
  // What is pressed next is no text.
  await search().blur();
});

/** A recording of so many events, one in ten ms. */
function recordingOf(path: string, events: number): void {
  const db = new DatabaseSync(path);
  createRecording(db);
  const writer = new RecordingWriter(db);
  const at = (i: number) => 1_760_000_000_000 + i * 10;
  for (let first = 0; first < events; first += 50_000) {
    writer.append([{ clientId: 'c', runId: 'r', events: Array.from({ length: Math.min(50_000, events - first) }, (_, i) => ({ seq: first + i + 1, at: at(first + i), kind: 'delta' as const, contextId: 'clinic-a', fromVersion: first + i, toVersion: first + i + 1, bytes: 300, mutationIds: [`m-${first + i}`], data: { changes: 1, own: 0, serverVersion: first + i + 1 } })) }]);
  }
  db.close();
}

test('a long export goes on beside the page, tells how far it is, and is cancelled without a file', async () => {
  const EVENTS = 200_000;
  recordingOf(join(kit.folder, 'long.ctxscope'), EVENTS);
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), press('Control+o')]);
  await chooser.setFiles(join(kit.folder, 'long.ctxscope'));
  await page.getByRole('button', { name: /^Connect|long/ }).first().waitFor();
  await press('3');
  await showAll();
  await expect.poll(async () => {
    await press('Control+e');
    const count = await promised();
    if (count !== EVENTS) await press('Escape');
    return count;
  }, { timeout: 20_000 }).toBe(EVENTS);
  let files = 0;
  page.on('download', () => void (files += 1));
  await page.evaluate('globalThis.gaps = []; { let last = performance.now(); const beat = (now) => { gaps.push(now - last); last = now; requestAnimationFrame(beat); }; requestAnimationFrame(beat); }');
  await menu().getByRole('menuitem', { name: /^CSV/ }).click();
  const notice = page.getByRole('status').filter({ hasText: 'Exporting events' });
  await notice.getByRole('progressbar').waitFor();
  await notice.getByText(/^\d+%$/).waitFor();
  await expect.poll(async () => Number(await notice.getByRole('progressbar').getAttribute('aria-valuenow'))).toBeGreaterThan(2);
  await notice.getByRole('button', { name: 'Cancel' }).click();
  await page.getByText('The export was cancelled').waitFor();
  await page.getByText(/^After [\d,]+ of 200,000 events; no file was made$/).waitFor();
  expect(files).toBe(0);
  await press('Control+e');
  await menu().getByRole('menuitem', { name: /^JSON lines/ }).click();
  await page.getByText('200,000 events exported').waitFor({ timeout: 60_000 });
  expect(Math.max(...(await page.evaluate<number[]>('gaps')))).toBeLessThan(500);
  expect(files).toBe(1);
}, 120_000);
