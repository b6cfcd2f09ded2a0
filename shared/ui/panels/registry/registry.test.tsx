import { afterEach, expect, test } from 'vitest';
import { render, type Rendered } from '../../testing/render.tsx';

let page: Rendered | null = null;
afterEach(async () => {
  await page?.close();
  page = null;
});

const row = (shown: Rendered, id: string): HTMLElement | undefined => [...shown.page.querySelectorAll<HTMLElement>('[role="grid"] tr')].find(({ textContent }) => textContent.trim().startsWith(id));

test('ticks of rows and of a group make a selection that says its sums, and Escape clears it', async () => {
  const shown = await render({ location: 'client=k-rounds&panel=registry' });
  page = shown;
  await shown.until('the rows are listed', () => row(shown, 'clinic-l') !== undefined);
  await shown.press('checkbox', 'Select clinic-j');
  expect(shown.text()).toContain('1 selected');
  await shown.press('checkbox', 'Select all of this endpoint');
  const all = [...shown.page.querySelectorAll('tbody [role="checkbox"][aria-checked="true"]')].length;
  expect(shown.text()).toContain(`${all - 1} selected`);
  shown.find('grid', 'Registry rows').focus();
  await shown.key('Escape');
  expect(shown.text()).not.toContain('selected');
});

test('a group folds away, and comes back', async () => {
  const shown = await render({ location: 'client=k-rounds&panel=registry' });
  page = shown;
  await shown.until('the rows are listed', () => row(shown, 'clinic-l') !== undefined);
  const fold = shown.page.querySelector<HTMLElement>('.rg-fold');
  const name = fold?.textContent.trim() ?? '';
  const before = shown.page.querySelectorAll('tbody tr').length;
  await shown.press('button', name);
  await shown.until('its rows are gone', () => shown.page.querySelectorAll('tbody tr').length < before);
  expect(fold?.getAttribute('aria-expanded')).toBe('false');
  await shown.press('button', name);
  await shown.until('they are back', () => shown.page.querySelectorAll('tbody tr').length === before);
});

test('a context that the server does not list is a finding: what differs is marked, and what happens now is said', async () => {
  const shown = await render({ location: 'client=k-rounds&panel=registry&show=clinic-l' });
  page = shown;
  await shown.press('button', 'Compare with server');
  await shown.until('the finding is there', () => shown.text().includes('What happens now'));
  const bad = [...shown.page.querySelectorAll('.rg-bad th')].map(({ textContent }) => textContent);
  expect(bad).toEqual(['kind', 'role', 'serverVersion']);
  expect(row(shown, 'clinic-l')?.textContent).toContain('unlisted');
});
