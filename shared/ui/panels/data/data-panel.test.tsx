import { afterEach, expect, test } from 'vitest';
import { METHODS, ROWS_ONLY } from '../../../protocol/debug/index.ts';
import { render, type Rendered } from '../../testing/render.tsx';

let shown: Rendered | null = null;
afterEach(async () => {
  await shown?.close();
  shown = null;
});

async function open(view: string, options: Parameters<typeof render>[0] = {}): Promise<Rendered> {
  const page = await render({ ...options, location: `client=k-rounds&panel=data&show=clinic-b&f.data.entity=patient${view}` });
  shown = page;
  await page.until('entities are listed', () => page.text().includes('Kept by sync'));
  return page;
}

const rows = (page: Rendered): HTMLElement[] => [...page.page.querySelectorAll<HTMLElement>('.da-gw tbody tr[id]')];
const calls = (page: Rendered): readonly unknown[] => page.host.hub.calls.filter(({ method }) => method === 'Data.rows').map(({ params }) => params);

test('a chip asks for the rows that sync keeps something about, and is where it was when the page comes back', async () => {
  const page = await open('&f.data.only=pending');
  await page.until('only the pending row is there', () => rows(page).length === 1);
  expect(calls(page)).toEqual([expect.objectContaining({ entity: 'patient', only: 'pending' })]);
  await page.press('button', /^Conflicts \d/);
  await page.until('the rows with conflicts are there', () => rows(page).length === 4);
  expect(page.text()).toContain('4 rows with a kept conflict');
  await page.press('button', /^All 1,240/);
  await page.until('all rows are there', () => page.text().includes('Rows 1 to 200 of 1,240'));
});

test('DB3 an older client is not asked for what it would leave unread: there are no chips, and all rows are listed', async () => {
  const page = await open('&f.data.only=pending', { capabilities: Object.keys(METHODS).filter((name) => name !== ROWS_ONLY) });
  await page.until('rows are there', () => page.text().includes('Rows 1 to 200 of 1,240'));
  expect(page.page.querySelector('[aria-label="Quick filters"]')).toBeNull();
  expect(calls(page)).toEqual([expect.not.objectContaining({ only: 'pending' })]);
});

test('a row says what of it waits, what the newest conflict decided, and opens in Query', async () => {
  const page = await open('&f.data.only=pending&f.data.row=p-20419');
  await page.until('its notes are there', () => page.text().includes('pending, was 22.9') && page.text().includes('2 conflicts'));
  await page.until('what was decided is there', () => [...page.page.querySelectorAll('.nt.c-conflict')].some(({ textContent }) => textContent === 'theirs'));
  await page.press('button', /^Open in Query/);
  expect(page.text()).toContain("AND id = 'p-20419'");
});
