import type { BrowserContext, Frame, Page } from 'playwright-core';

// The real panel inside the real DevTools, for a browser that was launched with `extension` and `devtools: true`.

/** Ends in the DevTools showing the panel with this title, and returns the panel's frame and the window that holds it. */
export async function showPanel(context: BrowserContext, title: string): Promise<{ readonly panel: Frame; readonly devtools: Page }> {
  const devtools = await until('the DevTools', () => context.pages().find((page) => page.url().startsWith('devtools://')));
  // A view's id is its extension's origin and its title. `showView` of one that is not registered yet resolves and shows nothing.
  const view = await until(`the panel ${title}`, async () => {
    const views = await listViews(devtools).catch(() => []);
    return views.find((id) => id.startsWith('chrome-extension://') && id.endsWith(title));
  });
  await showView(devtools, view);
  const origin = view.slice(0, -title.length);
  const panel = await until(`the frame of ${title}`, () => devtools.frames().find((frame) => frame.url().startsWith(origin) && !isOpener(frame)));
  return { panel, devtools };
}

/** The extension's own hidden page, which made the panel. */
const isOpener = (frame: Frame): boolean => new URL(frame.url()).pathname.endsWith('/devtools.html');

// Run inside the DevTools, as text: a test runner rewrites the `import` of a function, and the DevTools do not know what it writes.
const UI = `import('devtools://devtools/bundled/ui/legacy/legacy.js')`;
const listViews = (devtools: Page): Promise<string[]> => devtools.evaluate(`${UI}.then((ui) => ui.InspectorView.InspectorView.instance().tabbedPane.tabIds())`);
const showView = (devtools: Page, id: string): Promise<unknown> => devtools.evaluate(`${UI}.then((ui) => ui.ViewManager.ViewManager.instance().showView(${JSON.stringify(id)}))`);

async function until<T>(what: string, look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const deadline = performance.now() + 15_000;
  while (performance.now() < deadline) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${what} did not appear within 15 s`);
}
