import { act } from 'react';
import { afterEach, expect, test } from 'vitest';
import { render, type Rendered } from '../../testing/render.tsx';

let page: Rendered | null = null;
afterEach(async () => {
  await page?.close();
  page = null;
});

const opened = async (): Promise<Rendered> => {
  const shown = await render({ gap: true, location: 'client=k-rounds&panel=telemetry' });
  page = shown;
  await shown.until('contexts are measured', () => /8 dormant/.test(shown.text()) && /other devices/.test(shown.text()) && /clinic-c\d\d:\d\drunning/.test(shown.text()));
  return shown;
};
const rows = (shown: Rendered): readonly string[] => [...shown.find('grid', 'Contexts, measured').querySelectorAll('tbody tr[role="row"]')].map((row) => row.textContent ?? '');

test('LC4 an activation that is still running is hatched and says so, instead of a time', async () => {
  const shown = await opened();
  const line = [...shown.page.querySelectorAll('.tm-act-row')].find((row) => /clinic-c.*running/.test(row.textContent ?? ''));
  expect(line?.querySelectorAll('.tm-run')).toHaveLength(1);
  expect(line?.textContent).not.toContain('0.0 ms');
});

test('contexts at rest are one line that opens, the sums of all are the last one however it is sorted', async () => {
  const shown = await opened();
  expect(rows(shown).map((row) => row.slice(0, 9))).toEqual([...rows(shown).slice(0, -2).map((row) => row.slice(0, 9)), '8 dormant', expect.stringMatching(/^All/)]);
  const before = rows(shown).length;
  await shown.press('button', '8 dormant');
  expect(rows(shown)).toHaveLength(before + 8);
  await act(async () => shown.find('columnheader', 'Storage').click());
  expect(rows(shown).at(-1)).toMatch(/^All/);
  expect(rows(shown)[before - 2]).toMatch(/^8 dormant/);
  await shown.press('button', '8 dormant');
  expect(rows(shown)).toHaveLength(before);
});

test('TE2 devices that do not fit are one row, and the corner is the number of all meetings', async () => {
  const shown = await opened();
  const heat = shown.page.querySelector('[aria-label="Conflicts by device and context"]');
  const lines = [...(heat?.querySelectorAll('tbody tr') ?? [])].map((line) => [...line.children].map((cell) => cell.textContent ?? ''));
  const all = Number(lines.at(-1)?.at(-1));
  expect(lines.slice(0, -1).reduce((sum, line) => sum + Number(line.at(-1)), 0)).toBe(all);
  expect(shown.find('radio', /^All \d/).textContent).toBe(`All ${all}`);
  expect(lines.at(-2)?.[0]).toMatch(/^\d other devices$/);
});
