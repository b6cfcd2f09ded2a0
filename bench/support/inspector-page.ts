import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { build } from 'vite';
import { readHubFile, startHub, type Hub } from '../../inspector-server/index.ts';
import { launchChromium, type Browser } from '../../tests/support/chromium.ts';

// The inspector as it is shipped, in a real Chromium, beside pages that do less: the floors. All come from one hub, under its security policy.

export interface Stage extends AsyncDisposable {
  readonly hub: Hub;
  /** What lets an inspector in that is no page of ours. */
  token(): string;
  /** A tab with the inspector, let in. `view` is what stands behind the `#` of its address. */
  inspector(view: string): Promise<Page>;
  /** A tab with one of the pages below. */
  bare(name: 'loads' | 'empty' | 'listens', query?: string): Promise<Page>;
}

const SIZE = { width: 1_440, height: 900 };

export async function startStage(folder: string): Promise<Stage> {
  const webDir = join(folder, 'web');
  const root = fileURLToPath(new URL('../..', import.meta.url));
  await build({ configFile: join(root, 'vite.config.ts'), root: join(root, 'inspector-server/web'), mode: 'web', logLevel: 'error', build: { outDir: webDir } });
  writeBarePages(webDir);
  const dataDir = join(folder, 'data');
  const hub = await startHub({ dataDir, port: 0, webDir });
  const browser: Browser = await launchChromium({ ...SIZE, args: ['--enable-precise-memory-info'] });
  const open = async (address: string): Promise<Page> => {
    const page = await browser.context.newPage();
    page.setDefaultTimeout(120_000);
    await page.addInitScript(WATCH_FRAMES);
    await page.goto(address);
    return page;
  };
  return {
    hub,
    token: () => readHubFile(dataDir)?.token ?? '',
    async inspector(view) {
      const page = await open(hub.newLink());
      await page.waitForURL((url) => !url.href.includes('token'));
      await page.evaluate(`location.hash = ${JSON.stringify(view)}`);
      return page;
    },
    bare: (name, query = '') => open(`${hub.url}/${name}.html${query}`),
    async [Symbol.asyncDispose]() {
      await browser.close();
      await hub.close();
    },
  };
}

/** Keeps the length of every frame: what a person waits for between two pictures. */
const WATCH_FRAMES = `(() => {
  let last = performance.now();
  let worst = 0;
  let frames = [];
  const tick = (now) => {
    const length = now - last;
    last = now;
    worst = Math.max(worst, length);
    frames.push(length);
    requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
  // The longest frame since it was asked last, once two more have passed.
  globalThis.worstFrame = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => {
    const told = worst;
    worst = 0;
    resolve(told);
  })));
  globalThis.longFrames = [];
  new PerformanceObserver((list) => longFrames.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: 'long-animation-frame' });
})()`;

/** The longest frame, in ms, in which `input` was taken in and drawn. */
export async function frameOf(page: Page, input: () => Promise<unknown>): Promise<number> {
  await page.evaluate('worstFrame()');
  await input();
  return await page.evaluate<number>('worstFrame()');
}

function writeBarePages(webDir: string): void {
  mkdirSync(webDir, { recursive: true });
  const dist = dirname(createRequire(import.meta.url).resolve('sql.js'));
  for (const file of ['sql-wasm-browser.js', 'sql-wasm-browser.wasm']) cpSync(join(dist, file), join(webDir, file));
  const page = (name: string, body: string, script: string): void => {
    writeFileSync(join(webDir, `${name}.html`), `<!doctype html><meta charset="utf-8"><title>${name}</title>${body}<script src="${name}.js"></script>`);
    writeFileSync(join(webDir, `${name}.js`), script);
  };
  page('empty', '<input aria-label="text">', '');
  page('listens', '', LISTENS);
  page('loads', '<input type="file">', LOADS);
  writeFileSync(join(webDir, 'loads-worker.js'), LOADS_WORKER);
}

/** Follows a client, gives credit for what comes, and does nothing with it. */
const LISTENS = `const query = new URLSearchParams(location.search);
const socket = new WebSocket(location.origin.replace('http', 'ws') + '/client/' + query.get('client'));
let id = 0;
const call = (method, params) => socket.send(JSON.stringify({ id: ++id, method, params }));
socket.onopen = () => {
  call('Hub.hello', { protocol: 1, role: 'inspector', token: query.get('token'), name: 'listens' });
  call('Client.credit', { bytes: 8e6 });
  call('Client.enable', { sinceSeq: 0 });
};
socket.onmessage = ({ data }) => {
  if (!data.includes('"Client.events"')) return;
  const { events } = JSON.parse(data).params;
  if (events.length > 0) call('Client.credit', { bytes: data.length });
};`;

/** sql.js alone: the file is given to it in a worker, as the inspector does, and it counts the events. */
const LOADS = `const worker = new Worker('loads-worker.js');
const next = () => new Promise((resolve) => worker.addEventListener('message', ({ data }) => resolve({ count: data, at: Date.now() }), { once: true }));
globalThis.ready = next();
globalThis.loaded = ready.then(next);
document.querySelector('input').onchange = async ({ target }) => {
  const file = await target.files[0].arrayBuffer();
  worker.postMessage(file, [file]);
};`;
const LOADS_WORKER = `importScripts('sql-wasm-browser.js');
const engine = initSqlJs();
engine.then(() => postMessage(0));
onmessage = async ({ data }) => {
  const database = new (await engine).Database(new Uint8Array(data));
  postMessage(database.exec('SELECT count(*) FROM events')[0].values[0][0]);
};`;
