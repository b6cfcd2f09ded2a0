// `npm run screens`: pictures of every panel, in both themes and three sizes, in docs/screens. Starts the demo, or takes the printed link
// of a hub that runs already: `npm run screens -- http://127.0.0.1:9777/#…`.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { launchChromium } from '../tests/support/chromium.ts';

const FOLDER = join(import.meta.dirname, '../docs/screens');
const SIZES = { full: [1440, 900], docked: [1000, 420], narrow: [360, 760] } as const;
const THEMES = ['dark', 'light'] as const;

async function main(link: string | undefined): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  const demo = link === undefined ? spawn(process.execPath, ['cli/contextscope.ts', 'demo', '--no-open'], { stdio: ['ignore', 'pipe', 'inherit'] }) : null;
  try {
    const { context, close } = await launchChromium({ width: SIZES.full[0], height: SIZES.full[1] });
    try {
      const page = await context.newPage();
      await page.goto(link ?? (demo === null ? '' : await printedLink(demo)));
      const panels = page.getByRole('tablist').first().getByRole('tab');
      await panels.first().waitFor();
      for (let i = 0; i < (await panels.count()); i++) {
        await panels.nth(i).click();
        const name = ((await panels.nth(i).textContent()) ?? '').toLowerCase().match(/[a-z]+/)?.[0] ?? String(i);
        await picture(page, name);
      }
    } finally {
      await close();
    }
  } finally {
    demo?.kill();
  }
}

async function picture(page: Page, name: string): Promise<void> {
  for (const colorScheme of THEMES) {
    await page.emulateMedia({ colorScheme });
    for (const [size, [width, height]] of Object.entries(SIZES)) {
      await page.setViewportSize({ width, height });
      await page.locator('[aria-busy="true"]').first().waitFor({ state: 'hidden' });
      await page.screenshot({ path: join(FOLDER, `${name}-${size}-${colorScheme}.png`) });
    }
  }
  console.log(name);
}

/** The first link with a token in its fragment that the demo prints. */
async function printedLink(demo: ChildProcess): Promise<string> {
  let text = '';
  return await new Promise((resolve, reject) => {
    demo.once('exit', (code) => reject(new Error(`The demo ended with ${code} before it printed a link:\n${text}`)));
    demo.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      const found = /https?:\/\/\S+#\S+/.exec(text)?.[0];
      if (found !== undefined) resolve(found);
    });
  });
}

await main(process.argv[2]);
