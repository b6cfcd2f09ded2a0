import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { chromium, type BrowserContext } from 'playwright-core';

// One Chromium for every test: the machine's own, because a downloaded one is a second thing to keep up to date.

/** No graphics card, no sandbox (a container has neither), and nothing that calls home or changes under a test. */
export const CHROMIUM_FLAGS: readonly string[] = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const ELSEWHERE = ['/usr/bin', '/usr/local/bin', '/snap/bin', '/opt/google/chrome'];
const MAC = ['/Applications/Chromium.app/Contents/MacOS/Chromium', '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'];

/** The path of a Chromium: `CHROMIUM_PATH`, else the first that the machine has, else null. */
export function findChromium(): string | null {
  const told = process.env['CHROMIUM_PATH'];
  if (told !== undefined && told !== '') return isExecutable(told) ? told : null;
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...ELSEWHERE].filter((folder) => folder !== '');
  const candidates = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  return [...candidates, ...MAC].find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export interface Browser {
  readonly context: BrowserContext;
  close(): Promise<void>;
}

export interface LaunchOptions {
  /** The folder of a built extension to load. */
  readonly extension?: string;
  /** Opens the DevTools with every tab, and shows them to Playwright as pages (`devtools://…`). */
  readonly devtools?: boolean;
  readonly args?: readonly string[];
  readonly width?: number;
  readonly height?: number;
}

/** A Chromium with an empty profile of its own, which goes with it. */
export async function launchChromium(options: LaunchOptions = {}): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === null) throw new Error('No Chromium was found; `npm test` installs one, or set CHROMIUM_PATH');
  const { width = 1280, height = 800 } = options;
  const profile = await mkdtemp(join(tmpdir(), 'contextscope-chromium-'));
  const args = [...CHROMIUM_FLAGS, `--window-size=${width},${height}`, ...(options.args ?? [])];
  if (options.extension !== undefined) args.push(`--disable-extensions-except=${options.extension}`, `--load-extension=${options.extension}`);
  if (options.devtools === true) {
    args.push('--auto-open-devtools-for-tabs');
    // Playwright reads it when it attaches to a target; without it the DevTools' own window stays hidden.
    process.env['PW_CHROMIUM_ATTACH_TO_OTHER'] = '1';
  }
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    args,
    viewport: options.devtools === true ? null : { width, height },
  });
  return {
    context,
    async close() {
      await context.close();
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
