import { resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EXTENSION_ID } from '../../extension/manifest.ts';
import { launchChromium } from '../support/chromium.ts';
import { showPanel } from '../support/devtools.ts';
import { stage, type Stage } from './inspector-kit.ts';

// The extension as it is built: its page as a tab, and the panel inside real DevTools.

const EXTENSION = resolve('dist/extension');
let set: Stage;
beforeAll(async () => {
  set = await stage({ extensionIds: [EXTENSION_ID] });
});
afterAll(() => set?.end());

/** Puts the address of the hub where the panel keeps it, as a person would have. */
const storageFor = (url: string): string => `localStorage.setItem('contextscope.hub', ${JSON.stringify(new URL(url).host)})`;

test('panel.html as a tab attaches to the hub by its link, under the id that the key pins', async () => {
  const browser = await launchChromium({ extension: EXTENSION, width: 1_440, height: 900 });
  try {
    const page = await browser.context.newPage();
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(error.message));
    await page.goto(`chrome-extension://${EXTENSION_ID}/extension/panel.html`);
    await page.evaluate(storageFor(set.url));
    await page.reload();
    await page.getByRole('textbox', { name: 'Link that the hub printed' }).fill(set.link());
    await page.getByRole('button', { name: 'Enter' }).click();
    await page.getByText('Connected').waitFor();
    await page.locator('table[aria-label="Contexts"]').getByText('clinic-b').first().waitFor();
    await page.keyboard.press('3');
    await page.locator('table[aria-label="Events"] tbody tr').first().waitFor();
    expect(problems).toEqual([]);
  } finally {
    await browser.close();
  }
});

test('the panel named Contexts in the real DevTools shows the same inspector', async () => {
  const browser = await launchChromium({ extension: EXTENSION, devtools: true, width: 1_280, height: 900 });
  try {
    const { context } = browser;
    const app = context.pages().find((one) => !one.url().startsWith('devtools://')) ?? (await context.newPage());
    await app.goto(`${set.url}/json/version`);
    const { panel, devtools } = await showPanel(context, 'Contexts');
    await panel.evaluate(storageFor(set.url));
    await panel.evaluate(() => location.reload());
    await panel.getByRole('textbox', { name: 'Link that the hub printed' }).fill(set.link());
    await panel.getByRole('button', { name: 'Enter' }).click();
    await panel.locator('table[aria-label="Contexts"]').getByText('clinic-b').first().waitFor();
    // The theme is that of the DevTools, not of the system.
    expect(await panel.evaluate(() => document.documentElement.dataset['theme'])).toMatch(/^(?:dark|light)$/);
    await devtools.screenshot({ path: '.build/panel-in-devtools.png' });
  } finally {
    await browser.close();
  }
});
