import { afterEach, expect, test } from 'vitest';
import { deferred } from '../../../base/deferred.ts';
import { render, type Rendered } from '../../testing/render.tsx';

let shown: Rendered | null = null;
afterEach(async () => {
  await shown?.close();
  shown = null;
});

async function open(view = ''): Promise<Rendered> {
  const page = await render({ location: `client=k-rounds&panel=network${view}` });
  shown = page;
  await page.until('frames are listed', () => rows(page).length > 0);
  return page;
}

const rows = (page: Rendered): HTMLElement[] => [...page.page.querySelectorAll<HTMLElement>('table[aria-label="Frames"] tbody tr[id]')];
const selected = (page: Rendered): string => rows(page).find((row) => row.getAttribute('aria-selected') === 'true')?.textContent ?? '';
const clickRow = async (page: Rendered, text: RegExp): Promise<void> => {
  rows(page).find((row) => text.test(row.textContent))?.click();
  await page.until('its detail is there', () => page.page.querySelector('section[aria-label^="Frame "]') !== null);
};
const detail = (page: Rendered): string => page.page.querySelector('section[aria-label^="Frame "]')?.textContent ?? '';

test('a frame shows its exchange, what it held and the rules it served; J and K go through the exchange', async () => {
  const page = await open('&ctx=clinic-a&f.network.group=Push&f.network.follow=off');
  await clickRow(page, /PUSH_RESULT.*1 applied/);
  await page.until('the content is read', () => detail(page).includes('"PUSH_RESULT"'));
  expect(detail(page)).toMatch(/Exchange.*PUSH.*PUSH_RESULT.*\+58 ms/);
  expect(detail(page)).toMatch(/SY2A local write lands exactly once/);
  await page.until('the chain is read', () => detail(page).includes('Cause and effects'));
  expect(rows(page).filter((row) => row.className.includes('is-kin'))).toHaveLength(2);
  expect(page.page.querySelectorAll('td.gut.pa, td.gut.pb')).toHaveLength(2);
  const result = selected(page);
  await page.key('k');
  expect(selected(page)).toMatch(/PUSHclinic-a/);
  await page.key('j');
  expect(selected(page)).toBe(result);
  await page.key('j');
  expect(selected(page)).toMatch(/PUSHclinic-a/);
  await page.key('c');
  await page.until('it is copied', () => page.host.copied.length > 0);
  expect(JSON.parse(page.host.copied[0] ?? '{}')).toMatchObject({ type: 'PUSH', frame: { type: 'PUSH', contextId: 'clinic-a' } });
  await page.key('Escape');
  expect(detail(page)).toBe('');
});

test('IS3 a frame of an ended activation is hatched, and belongs to the close that it came behind', async () => {
  const page = await open('&ctx=clinic-b&f.network.quick=stale');
  expect(rows(page)).toHaveLength(1);
  expect(rows(page)[0]?.className).toContain('is-stale');
});

test('acks and pings are hidden until H shows them', async () => {
  const page = await open('&ctx=clinic-a');
  expect(page.text()).not.toContain('APPLIED');
  await page.key('h');
  await page.until('acks are listed', () => rows(page).some((row) => row.textContent.includes('APPLIED')));
  expect(page.find('checkbox', 'Hide acks and pings (H)').getAttribute('aria-checked')).toBe('false');
});

test('what is in flight, the last back-off and a download stand above the list', async () => {
  const page = await open();
  const connections = page.find('list', 'Connections').textContent;
  expect(connections).toMatch(/sync-eu\.rounds\.exampleopen/);
  expect(connections).toMatch(/In flight 78\d B/);
  expect(connections).toMatch(/Reconnected.*attempt 8, 19 s.*8 reconnects/);
  expect(connections).toMatch(/sync-us.*no socket.*No open context for 64 d/);
  expect(connections).toMatch(/Snapshot over HTTP.*clinic-d.*SHA-256/);
});

test('T, O and Q lead on: to the moment, the row, a query', async () => {
  const page = await open('&ctx=clinic-a&f.network.group=Push&f.network.follow=off');
  await clickRow(page, /PUSHclinic-a/);
  await page.until('the content is read', () => detail(page).includes('Rows'));
  await page.key('q');
  expect(decodeURIComponent(page.host.location.read().replaceAll('+', ' '))).toMatch(/panel=query.*where place in \(\d+, \d+\)/s);
  await page.key('6');
  await page.until('the frame is still chosen', () => detail(page).includes('Rows'));
  await page.key('o');
  expect(page.host.location.read()).toMatch(/panel=data.*show=clinic-a/);
  expect(page.host.location.read()).toMatch(/f\.data\.row=/);
  await page.key('6');
  await page.until('the frame is still chosen', () => detail(page).includes('Rows'));
  await page.key('t');
  expect(page.host.location.read()).toMatch(/panel=timeline.*f\.timeline\.event=\d+/);
});

test('DB2 emulation for one context, then for all, then off: each is one command, and a badge says so', async () => {
  const page = await open('&ctx=clinic-b');
  await page.key('e');
  await page.press('radio', /^Flaky Wi-Fi/);
  await page.press('switch', 'Emulation on');
  const sent = (): unknown => page.host.hub.calls.findLast(({ method }) => method === 'Network.emulate')?.params;
  await page.until('the badge is there', () => /Emulated60 ms, 8% loss/.test(page.text()));
  expect(sent()).toMatchObject({ conditions: { latencyMs: 60, dropRate: 0.08, contexts: ['clinic-b'] } });
  await page.press('radio', 'All contexts');
  await page.until('it is for all', () => !Object.hasOwn((sent() as { conditions: object }).conditions, 'contexts'));
  await page.until('what it did is told', () => page.text().includes('What it did'));
  page.host.hub.emit([{ at: Date.now() + 5, kind: 'frame', contextId: 'clinic-b', data: { direction: 'in', type: 'DELTA' } }]);
  await page.until('the frame is counted', () => page.find('button', /^Emulated \d/).textContent.endsWith('Emulated 1'));
  await page.press('button', 'Turn off');
  await page.until('the badge is gone', () => !/Emulated60 ms/.test(page.text()));
  expect(sent()).toMatchObject({ conditions: null });
  expect(page.host.hub.calls.filter(({ method }) => method === 'Network.emulate')).toHaveLength(3);
});

test('a change that another inspector made is shown in the box, and is not undone', async () => {
  const page = await open('&f.network.emulate=open');
  await page.host.hub.byAnother('Network.emulate', { commandId: 'c-other', conditions: { offline: false, latencyMs: 777, jitterMs: 0, dropRate: 0, duplicateRate: 0, reorderRate: 0, bandwidthKbps: 0, contexts: ['clinic-a'] } });
  await page.until('the box follows', () => (page.find('textbox', 'Latency, ms') as HTMLInputElement).value === '777');
  expect(page.find('button', 'Leave out clinic-a').textContent).toContain('clinic-a');
  expect(page.host.hub.calls.filter(({ method }) => method === 'Network.emulate')).toHaveLength(0);
});

test('IS3 LC6 a stress run that breaks something says which rule, and leads to the event', async () => {
  const page = await open();
  const seq = 9_000;
  page.host.hub.answers = {
    'Context.stressSwitch': ({ rounds }) => ({ rounds, durationMs: 900, p50Ms: 4.7, p95Ms: 31, overtaken: 12, broken: [{ rule: 'IS3', text: 'A delta took effect under an ended activation', eventSeq: seq }, { rule: 'LC6', text: 'A file is still open' }] }),
  };
  await page.press('button', 'Stress switch…');
  await page.press('button', /^Switch 1,000 times/);
  await page.until('the verdict is there', () => page.text().includes('IS3, LC6 broken, first at seq 9,000'));
  expect(page.find('list', 'Broken invariants').textContent).toContain('A file is still open');
  await page.press('button', 'seq 9,000');
  expect(page.host.location.read()).toContain(`f.timeline.event=${seq - 1}`);
});

test('DB6 a running stress can be cancelled: what it did is its result; in the background it tells when it ended', async () => {
  const page = await open();
  await page.press('button', 'Stress switch…');
  await page.press('radio', '10,000');
  await page.press('button', /^Switch 10,000 times/);
  await page.press('button', 'Cancel');
  await page.until('it ended early', () => /Cancelled after [\d,]+ of 10,000/.test(page.text()));
  const rest = deferred<{ rounds: number; durationMs: number; p50Ms: number; p95Ms: number; overtaken: number; broken: [] }>();
  page.host.hub.answers = { 'Context.stressSwitch': () => rest.promise };
  await page.press('button', /^Run again/);
  await page.press('button', /^Run in background/);
  expect(page.page.querySelector('[role="dialog"]')).toBeNull();
  rest.resolve({ rounds: 10_000, durationMs: 900, p50Ms: 4, p95Ms: 30, overtaken: 2, broken: [] });
  await page.until('a toast tells it', () => page.text().includes('No invariant broke10,000 switches'));
});

test('a recording of frames with a direction and a type alone is listed, and its detail says what is not kept', async () => {
  const page = (shown = await render({ location: 'client=k-rounds&panel=network&ctx=clinic-i' }));
  await page.until('nothing is listed', () => page.text().includes('No frame of these contexts'));
  page.host.hub.emit([{ at: Date.now(), kind: 'frame', contextId: 'clinic-i', data: { direction: 'out', type: 'PUSH' } }]);
  await page.until('it is listed', () => rows(page).length === 1);
  await clickRow(page, /PUSH/);
  await page.until('its detail is read', () => detail(page).includes('kept nothing'));
  expect(detail(page)).toContain('not kept');
});
