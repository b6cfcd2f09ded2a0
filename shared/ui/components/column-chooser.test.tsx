import { afterEach, expect, test } from 'vitest';
import { render, type Rendered } from '../testing/render.tsx';
import { readChoice } from './column-chooser.tsx';

let page: Rendered | null = null;
afterEach(async () => {
  await page?.close();
  page = null;
});

const headers = (): readonly string[] => [...(page?.page.querySelectorAll('[role="grid"] th[data-column]') ?? [])].map((cell) => cell.getAttribute('data-column') ?? '');

test('columns are turned off and on from the end of the head, kept, and put back', async () => {
  const shown = await render({ location: 'client=k-rounds' });
  page = shown;
  await shown.until('the contexts are listed', () => shown.text().includes('clinic-m'));
  expect(headers()).toContain('schema');
  await shown.press('button', 'Columns');
  await shown.press('menuitemcheckbox', 'Schema');
  expect(headers()).not.toContain('schema');
  expect(headers()).toContain('context');
  expect(shown.host.storage.get('contextscope.layout')).toContain('"columns.Contexts":"-schema"');
  await shown.press('menuitemcheckbox', 'Last 8 min');
  await shown.press('menuitemcheckbox', 'Last 8 min');
  expect(shown.page.querySelector('th[data-column="history"]')?.className).not.toContain('p4');
  await shown.press('menuitemradio', 'Sort by Conflicts');
  expect(shown.page.querySelector('th[data-column="conflicts"]')?.getAttribute('aria-sort')).toBe('ascending');
  await shown.press('menuitemradio', 'Sort by Conflicts');
  expect(shown.page.querySelector('th[data-column="conflicts"]')?.getAttribute('aria-sort')).toBe('descending');
  await shown.press('menuitem', 'Columns as they were');
  expect(headers()).toContain('schema');
  expect(shown.page.querySelector('th[data-column="history"]')?.className).toContain('p4');
});

test('what was kept and does not fit is as if it was never chosen', () => {
  expect([...readChoice('+history -schema nonsense + ')]).toEqual([['history', true], ['schema', false]]);
  expect(readChoice(7).size).toBe(0);
  expect(readChoice(undefined).size).toBe(0);
});
