import { afterEach, expect, test } from 'vitest';
import { render, type Rendered } from './testing/render.tsx';

let shown: Rendered | null = null;
const open = async (...args: Parameters<typeof render>): Promise<Rendered> => {
  shown = await render(...args);
  return shown;
};
const attached = async (options: Parameters<typeof render>[0] = {}): Promise<Rendered> => {
  const page = await open({ location: 'client=k-rounds&show=clinic-b', ...options });
  await page.until('the client is attached', () => page.text().includes('Connected') && page.text().includes('clinic-m'));
  return page;
};
afterEach(async () => {
  await shown?.close();
  shown = null;
});

test('without a client Connect fills the page, and the tabs are off', async () => {
  const page = await open({ location: '', empty: true });
  await page.until('Connect says that nobody is there', () => page.text().includes('No client has dialled in'));
  expect(page.find('tab', /^Contexts/).getAttribute('aria-disabled')).toBe('true');
});

test('the contexts of a client are listed with state, lag and pending writes', async () => {
  const page = await attached();
  const row = [...page.page.querySelectorAll('tr')].find(({ textContent }) => textContent.startsWith('clinic-b'));
  expect(row?.textContent).toMatch(/active.*catching-up.*2,907.*2,951.*44.*2/);
  expect(page.text()).toContain('14 contexts');
});

test('DB2 a forced deactivation asks once, names its command, and tells what came of it', async () => {
  const page = await attached();
  await page.press('button', 'Force deactivate');
  expect(page.find('dialog', /Force deactivate clinic-b/).textContent).toContain('2 pending writes stay on disk');
  await page.press('button', /^Force deactivate$/);
  await page.until('a toast says that it is dormant', () => page.text().includes('clinic-b is dormant'));
  const call = page.host.hub.calls.find(({ method }) => method === 'Context.deactivate');
  expect(call?.params).toMatchObject({ contextId: 'clinic-b', force: true, commandId: expect.stringMatching(/^c-/) });
});

test('PR2 a prune shows its dry run, and discarding unsynced writes takes the typed name', async () => {
  const page = await attached({ location: 'client=k-rounds&show=clinic-h' });
  await page.press('button', 'Prune…');
  await page.until('the dry run is there', () => page.text().includes('clinic-h holds 3 writes'));
  expect(page.host.hub.calls.findLast(({ method }) => method === 'Context.prune')?.params).toMatchObject({ contexts: ['clinic-h'], pending: 'refuse', dryRun: true });
  expect(document.activeElement?.textContent).toContain('Cancel');
  await page.press('radio', 'Discard them');
  await page.until('the name is asked for', () => page.text().includes('to discard its writes'));
  const deed = (): HTMLElement => page.find('button', /^Prune clinic-h, discard 3 writes/);
  expect(deed().getAttribute('aria-disabled')).toBe('true');
  const input = page.page.querySelector<HTMLInputElement>('.dl-type input');
  expect(input).not.toBeNull();
  input?.setAttribute('aria-label', 'typed name');
  await page.type('textbox', 'typed name', 'clinic-h');
  expect(deed().getAttribute('aria-disabled')).toBeNull();
  await page.press('button', /^Prune clinic-h, discard 3 writes/);
  await page.until('it is pruned', () => page.text().includes('1 context pruned'));
  expect(page.host.hub.calls.findLast(({ method }) => method === 'Context.prune')?.params).toMatchObject({ contexts: ['clinic-h'], pending: 'discard' });
});

test('DB2 an observe session sees the buttons with the reason why they are off', async () => {
  const page = await attached({ mode: 'observe' });
  expect(page.find('button', 'Force deactivate').getAttribute('title')).toBe('This session only observes');
  expect(page.text()).toContain('Observe session.');
});

test('DB3 what a client cannot do has no button', async () => {
  const page = await attached({ capabilities: ['Client.getInfo', 'Registry.list', 'Context.activate'] });
  expect(() => page.find('button', 'Verify digest')).toThrow();
  expect(page.find('button', 'Activate').textContent).toBe('Activate');
  expect(page.text()).toContain('This client cannot do all.');
});

test('RP4 in the past the panels show that moment and actions are off', async () => {
  const page = await attached();
  await page.press('button', 'Previous event (,)');
  await page.until('the cursor is in the past', () => page.text().includes('You are looking at'));
  expect(page.find('button', 'Force deactivate').getAttribute('title')).toBe('You are looking at the past: go live first');
  await page.key('l');
  await page.until('it is live again', () => !page.text().includes('You are looking at'));
});

test('a client that disappears leaves its recording, dimmed by a banner, and comes back by itself', async () => {
  const page = await attached();
  page.host.hub.drop();
  await page.until('the banner tells it', () => page.text().includes('No answer for'));
  expect(page.text()).toContain('clinic-b');
  await page.press('button', 'Try now');
  await page.until('it is connected again', () => page.text().includes('Connected'));
});

test('script, bidi marks and a name of 1 MB are text and are cut', async () => {
  const page = await attached({ hostile: true });
  expect(page.page.querySelector('img')).toBeNull();
  expect(page.text()).toContain('<img src=x onerror=alert(1)>');
  expect(page.page.innerHTML.length).toBeLessThan(600_000);
});

test('the palette finds a command and a context, and the sheet lists the keys', async () => {
  const page = await attached();
  await page.key('k', { ctrlKey: true });
  await page.type('textbox', 'Search or run a command', 'verify');
  expect(page.find('option', /Verify digest of clinic-b/).getAttribute('aria-selected')).toBe('true');
  await page.key('Enter');
  await page.until('the digest is verified', () => page.text().includes('Digest of clinic-b matches'));
  await page.key('?');
  expect(page.find('dialog', /Keyboard shortcuts/).textContent).toContain('Zoom in, out');
});

test('the view is in the address: panel, filter, selection and cursor come back', async () => {
  const page = await attached({ location: 'client=k-rounds&panel=registry&ctx=clinic-a&ctx=clinic-b&show=clinic-a' });
  expect(page.find('tab', /^Registry/).getAttribute('aria-selected')).toBe('true');
  expect(page.text()).toContain('2 contexts shown');
  await page.key('3');
  expect(page.host.location.read()).toContain('panel=timeline');
});
