import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { median, quantile } from './server-figure.ts';
import { against, inTurns, megabytes, type Bench, type Figure } from './support/bench.ts';
import { frameOf, startStage, type Stage } from './support/inspector-page.ts';
import { peakOf, renderers } from './support/renderers.ts';
import { writeReport } from './support/report.ts';

// RP7. A report of a million events in the inspector as it is shipped: from the choice of the file until its timeline is drawn, against sql.js
// alone loading the same file in a worker; and the longest frame of each input of a person who zooms, pans, jumps, filters and scrolls
// through it, against the same inputs on an empty page.

const OPEN_AT_MOST = 1.5;
const FRAME_MS = 32;
const FRAMES_AT_MOST = 2;
const MEMORY_AT_MOST = 5;

export const recording: Bench = {
  name: 'recording',
  about: 'opening a report of 1,000,000 events in Chromium and moving through it, against sql.js alone and an empty page',
  run: async (run) => {
    const events = run.quick ? 50_000 : 1_000_000;
    const folder = run.folder();
    const file = join(folder, 'report.ctxscope');
    run.progress(`writing ${events} events`);
    writeReport(file, events);
    const bytes = statSync(file).size;
    await using stage = await startStage(folder);
    run.progress(`opening ${megabytes(bytes)}`);
    const { ours, floor } = await inTurns(run.quick ? 2 : 7, { ours: () => openInInspector(stage, file), floor: () => openInSqlJs(stage, file, events) });
    const opened = against('recording open', ours, floor, OPEN_AT_MOST, `${events} events, ${megabytes(bytes)}`);
    run.progress(`open ${opened.value.toFixed(0)} ms against ${opened.floor.toFixed(0)} ms`);
    return [opened, await memory(stage, file, bytes), await interactions(stage, file, run.quick ? 1 : 3)];
  },
};

/** Chooses the file for the page's next file dialog; resolves with the time at which it was chosen. */
async function choose(page: Page, press: () => Promise<unknown>, file: string): Promise<number> {
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), press()]);
  const chosenAt = Date.now();
  await chooser.setFiles(file);
  return chosenAt;
}

async function openReport(stage: Stage, file: string): Promise<{ readonly page: Page; readonly ms: number }> {
  const page = await stage.inspector('panel=timeline');
  const button = page.getByRole('button', { name: 'Open a report…' });
  await button.waitFor();
  const drawn = page.evaluate(DRAWN);
  const chosenAt = await choose(page, () => button.click(), file);
  return { page, ms: ((await drawn) as number) - chosenAt };
}

/** When lanes stand on the canvas, with texts of events beside them. */
const DRAWN = `new Promise((resolve) => {
  const look = () => {
    const canvas = document.querySelector('.tl-plot canvas');
    const text = document.querySelector('table[aria-label="Events"] tbody td.wh');
    if (document.querySelector('.conn')?.textContent === 'Recorded' && canvas !== null && canvas.width > 300 && text !== null && text.textContent !== '') {
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      if (data.some((value) => value !== 0)) return resolve(Date.now());
    }
    requestAnimationFrame(look);
  };
  look();
})`;

async function openInInspector(stage: Stage, file: string): Promise<number> {
  const { page, ms } = await openReport(stage, file);
  await page.close();
  return ms;
}

async function openInSqlJs(stage: Stage, file: string, events: number): Promise<number> {
  const page = await stage.bare('loads');
  await page.evaluate('ready');
  const loaded = page.evaluate('loaded');
  const chosenAt = await choose(page, () => page.locator('input').click(), file);
  const { count, at } = (await loaded) as { readonly count: number; readonly at: number };
  await page.close();
  if (count !== events) throw new Error(`sql.js counted ${count} events`);
  return at - chosenAt;
}

/** The peak of a tab that opens the file and reads all of it. */
async function memory(stage: Stage, file: string, bytes: number): Promise<Figure> {
  const before = renderers();
  const { page } = await openReport(stage, file);
  // The time strip says so while events are still being read.
  await page.locator('.strip .gap[title*="still being read"]').waitFor({ state: 'detached' });
  const value = Math.max(0, ...[...renderers()].filter((pid) => !before.has(pid)).map(peakOf)) / 1_048_576;
  await page.close();
  const floor = bytes / 1_048_576;
  return { name: 'recording memory', value, unit: 'MB', floor, ratio: value / floor, target: `≤ ${MEMORY_AT_MOST} × file`, ok: value > 0 && value <= floor * MEMORY_AT_MOST, detail: 'peak of the tab, all events read' };
}

async function interactions(stage: Stage, file: string, rounds: number): Promise<Figure> {
  const { page } = await openReport(stage, file);
  const empty = await stage.bare('empty');
  const frames = await inTurns(rounds, { ours: () => walk(page), floor: () => walk(empty) });
  const value = quantile(frames.ours, 0.95);
  const floor = quantile(frames.floor, 0.95);
  return { name: 'recording frame, p95', value, unit: 'ms', floor, ratio: value / floor, target: `≤ ${FRAME_MS} ms or ≤ ${FRAMES_AT_MOST} × floor`, ok: value <= FRAME_MS || value <= floor * FRAMES_AT_MOST, detail: `${frames.ours.length} inputs, p50 ${median(frames.ours).toFixed(1)} ms, longest ${Math.max(...frames.ours).toFixed(0)} ms` };
}

/** What a person does with a timeline; the longest frame of each input. */
async function walk(page: Page): Promise<readonly number[]> {
  await page.bringToFront();
  const frames: number[] = [];
  const take = async (name: string, times: number, input: (n: number) => Promise<unknown>): Promise<void> => {
    const taken: number[] = [];
    for (let n = 0; n < times; n++) taken.push(await frameOf(page, () => input(n)));
    if (process.env['BENCH_FRAMES'] !== undefined) console.log(`  ${name}: p50 ${median(taken).toFixed(0)}, worst ${Math.max(...taken).toFixed(0)}`);
    frames.push(...taken);
  };
  const press = (key: string): Promise<void> => page.keyboard.press(key);
  const [left, lanes, list, map] = [600, 400, 760, 155];
  await page.mouse.move(left, lanes);
  await take('all', 1, () => page.mouse.dblclick(left, map));
  await take('hover', 20, (n) => page.mouse.move(left + n * 20, lanes + n));
  await take('zoom in', 12, () => press('w'));
  await take('pan', 12, (n) => press(n % 3 === 0 ? 'd' : 'a'));
  await take('zoom out', 12, () => press('s'));
  await page.mouse.move(left, map);
  await page.mouse.down();
  await take('brush', 20, (n) => page.mouse.move(left + n * 15, map));
  await page.mouse.up();
  await page.mouse.move(left, lanes);
  await page.mouse.down();
  await take('range', 20, (n) => page.mouse.move(left + n * 15, lanes));
  await take('range chosen', 1, () => page.mouse.up());
  await take('zoom to range', 1, () => press('z'));
  await take('all again', 1, () => page.mouse.dblclick(left, map));
  await page.mouse.move(left, lanes);
  await take('lanes', 15, (n) => page.mouse.wheel(0, n < 8 ? 60 : -60));
  await take('jump to an activation', 10, (n) => press(n < 7 ? '[' : ']'));
  await take('jump to a conflict', 10, (n) => press(n < 7 ? '{' : '}'));
  await take('next event', 10, (n) => press(n < 7 ? ',' : '.'));
  await take('live', 1, () => press('l'));
  await page.mouse.move(left, list);
  await take('scroll', 30, (n) => page.mouse.wheel(0, n % 10 === 0 ? 200_000 : 300));
  await take('filter', 1, () => press('/'));
  for (const letter of 'kind:conflict') await take(`type ${letter}`, 1, () => press(letter));
  await take('clear', 1, () => page.mouse.click(left, list));
  await take('escape', 2, () => press('Escape'));
  await page.evaluate(`{ const text = document.querySelector('input[aria-label="Search events"]'); document.activeElement?.blur(); if (text !== null) { const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set; set.call(text, ''); text.dispatchEvent(new Event('input', { bubbles: true })); } }`);
  await take('cleared', 1, () => page.mouse.move(left, lanes));
  await take('chips', 4, (n) => page.mouse.click(300 + (n % 2) * 90, 108));
  return frames;
}
