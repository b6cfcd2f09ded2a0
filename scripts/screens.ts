// `npm run screens [-- PANEL…]`: pictures of every panel and dialog on a scripted client, in both themes and three sizes. They go to
// .contextscope/screens, or to the folder after `--to`; `--port N` where 5198 is taken.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import { createServer } from 'vite';
import { launchChromium } from '../tests/support/chromium.ts';

interface Picture {
  readonly name: string;
  readonly view: string;
  readonly query?: string;
  readonly sizes: readonly (keyof typeof SIZES)[];
  readonly steps?: (page: Page) => Promise<void>;
}

/** 14:05:58.402 local time on a day of the past, so that a picture made anew differs only where the page does. */
const NOW = new Date(2026, 10, 23, 14, 5, 58, 402).getTime();
const SIZES = { full: { width: 1_440, height: 900 }, docked: { width: 1_000, height: 420 }, narrow: { width: 360, height: 760 } } as const;
const ALL = ['full', 'docked', 'narrow'] as const;

const PICTURES: readonly Picture[] = [
  { name: 'contexts', view: 'show=clinic-b', sizes: ALL },
  { name: 'registry', view: 'panel=registry&show=clinic-b', sizes: ALL },
  { name: 'timeline', view: 'panel=timeline', sizes: ALL },
  { name: 'timeline-event', view: 'panel=timeline&f.timeline=kind:conflict', sizes: ['full'], steps: (page) => press(page, 'table[aria-label=Events] tbody tr:nth-child(2)') },
  { name: 'timeline-close', view: 'panel=timeline&width=10000&show=clinic-b', sizes: ['full'] },
  { name: 'timeline-past', view: 'panel=timeline&at=9000', sizes: ['full'] },
  { name: 'conflicts', view: 'panel=conflicts', sizes: ALL, steps: (page) => press(page, 'table[aria-label=Conflicts] tbody tr:nth-child(3)') },
  { name: 'data', view: 'panel=data&show=clinic-b&f.data.entity=patient', sizes: ALL, steps: (page) => press(page, 'td:has-text("p-20419")') },
  { name: 'data-asof', view: 'panel=data&show=clinic-b&f.data.entity=patient&f.data.asof=2876&f.data.compare=differ', sizes: ALL, steps: (page) => press(page, 'td:has-text("p-20419")') },
  { name: 'data-conflicts', view: 'panel=data&show=clinic-b&f.data.entity=patient&f.data.only=conflicts', sizes: ['full'] },
  { name: 'data-outbox', view: 'panel=data&show=clinic-b&f.data.kept=outbox', sizes: ALL },
  { name: 'network', view: `panel=network&f.network.follow=off&sel.from=${NOW - 289_000}&sel.to=${NOW - 270_000}`, sizes: ALL, steps: (page) => press(page, 'table[aria-label=Frames] tr.is-stale') },
  { name: 'network-push', view: 'panel=network', sizes: ALL, steps: (page) => press(page, 'table[aria-label=Frames] tr:has-text("PUSH_RESULT"):has-text("conflict") >> nth=-1') },
  { name: 'network-emulate', view: 'panel=network&f.network.emulate=open', sizes: ALL, steps: (page) => frames(page).then(() => press(page, '[aria-label="Emulation on"]')) },
  { name: 'network-stress', view: 'panel=network', sizes: ALL, steps: (page) => frames(page).then(() => stress(page)) },
  { name: 'storage', view: 'panel=storage&show=clinic-h', sizes: ALL },
  { name: 'telemetry', view: 'panel=telemetry', sizes: ALL },
  { name: 'telemetry-contexts', view: 'panel=telemetry&f.telemetry.by=context', sizes: ['full'], steps: (page) => press(page, 'button:has-text("8 dormant")') },
  { name: 'replay', view: 'panel=replay', sizes: ALL },
  { name: 'query', view: 'panel=query', sizes: ALL },
  { name: 'query-error', view: 'panel=query&f.query=select+*+form+events', sizes: ['full'], steps: (page) => press(page, '.qu-work .btn.primary') },
  { name: 'query-chart', view: 'panel=query&f.query=select+kind,+count(*)+as+events+from+events+group+by+kind', sizes: ['full'], steps: (page) => press(page, 'role=tab[name="Chart"]') },
  { name: 'connect', view: 'panel=contexts&client=', sizes: ALL, steps: (page) => press(page, 'b:has-text("nightly-export")') },
  { name: 'connect-none', view: 'panel=contexts&client=', query: 'empty', sizes: ['full'] },
  { name: 'observe', view: 'show=clinic-b', query: 'mode=observe', sizes: ['full'] },
  { name: 'hostile', view: 'show=clinic-a', query: 'hostile', sizes: ['full', 'narrow'] },
  { name: 'dialog-deactivate', view: 'show=clinic-b', sizes: ['full'], steps: (page) => press(page, 'button:has-text("Force deactivate")') },
  { name: 'dialog-prune', view: 'panel=storage', sizes: ALL, steps: (page) => press(page, 'button:has-text("Prune 6 contexts")') },
  { name: 'dialog-discard', view: 'show=clinic-h', sizes: ['full'], steps: (page) => press(page, 'button:has-text("Prune…")', 'role=radio[name="Discard them"]') },
  { name: 'dialog-replay', view: 'show=clinic-b', sizes: ['full'], steps: (page) => press(page, 'button:has-text("Replay from server")', 'role=radio[name="Rebuild"]') },
  { name: 'dialog-forget', view: 'panel=registry&show=clinic-g', sizes: ['full'], steps: (page) => press(page, 'button:has-text("Forget…")') },
  { name: 'palette', view: 'show=clinic-b', sizes: ['full'], steps: (page) => page.keyboard.press('Control+k') },
  { name: 'shortcuts', view: 'show=clinic-b', sizes: ['full'], steps: (page) => page.keyboard.press('?') },
  { name: 'settings', view: 'show=clinic-b', sizes: ['full'], steps: (page) => press(page, '[aria-label^="Settings"]') },
];

/** Until the list of frames has been read. */
const frames = (page: Page): Promise<void> => page.locator('table[aria-label=Frames] tbody tr[id]').first().waitFor();

/** Its button is not there on a narrow page. */
async function stress(page: Page): Promise<void> {
  await page.evaluate("document.querySelector('.nx-stress').click()");
  await press(page, 'button:has-text("Switch 1,000 times")');
  await page.locator('.nx-hist').waitFor();
}

/** A picture of a panel is none of the banner that tells of the gap in its range. */
async function dismissGap(page: Page): Promise<void> {
  const dismiss = page.locator('.banner', { hasText: 'missing here' }).getByRole('button', { name: 'Dismiss' });
  if (await dismiss.isVisible()) await dismiss.click();
}

async function press(page: Page, ...targets: readonly string[]): Promise<void> {
  for (const target of targets) {
    await page.locator(target).first().click();
    await page.waitForTimeout(350);
  }
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { to: { type: 'string', default: '.contextscope/screens' }, port: { type: 'string', default: '5198' }, theme: { type: 'string' } } });
  const wanted = PICTURES.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  if (wanted.length === 0) {
    console.error(`There is no such picture; there are ${PICTURES.map(({ name }) => name).join(', ')}.`);
    return 2;
  }
  await mkdir(values.to, { recursive: true });
  const server = await createServer({ configFile: 'vite.config.ts', mode: 'web', logLevel: 'error', cacheDir: '.build/vite-screens', server: { port: Number(values.port), host: '127.0.0.1', strictPort: true, hmr: false, fs: { allow: [process.cwd()] } } });
  await server.listen();
  const browser = await launchChromium();
  let bad = 0;
  try {
    const page = await browser.context.newPage();
    page.on('pageerror', (error) => {
      bad += 1;
      console.error(`  the page threw: ${error.message}`);
    });
    await page.clock.setFixedTime(NOW);
    for (const { name, view, query = '', sizes, steps } of wanted) {
      for (const theme of ['dark', 'light'].filter((one) => values.theme === undefined || values.theme === one)) {
        for (const size of sizes) {
          await page.setViewportSize(SIZES[size]);
          await page.goto('about:blank');
          await page.goto(`http://127.0.0.1:${values.port}/testing/scripted.html?now=${NOW}&theme=${theme}&${query}#${view.includes('client=') ? view : `client=k-rounds&${view}`}`);
          await page.waitForTimeout(1_100);
          // Until the recording has taken in what came.
          if (!view.includes('client=')) await page.locator('.rec', { hasText: / [1-9][\d.]* [KM]?B$/ }).waitFor({ timeout: 10_000, state: 'attached' });
          await dismissGap(page);
          try {
            await steps?.(page);
          } catch (thrown) {
            bad += 1;
            console.error(`  ${name}, ${size}, ${theme}: ${String(thrown).split('\n')[0]}`);
          }
          await page.waitForTimeout(350);
          await page.screenshot({ path: join(values.to, `${name}-${size}-${theme}.png`) });
        }
      }
      console.log(name);
    }
  } finally {
    await browser.close();
    await server.close();
  }
  return bad === 0 ? 0 : 1;
}

process.exitCode = await main();
