import { afterEach, expect, test } from 'vitest';
import { render, type Rendered } from '../../testing/render.tsx';
import { axis, dayAt } from './axis.ts';

let page: Rendered | null = null;
afterEach(async () => {
  await page?.close();
  page = null;
});

const opened = async (show = ''): Promise<Rendered> => {
  const shown = await render({ location: `client=k-rounds&panel=storage${show}` });
  page = shown;
  await shown.until('the contexts are listed', () => shown.text().includes('clinic-l') && /Prune \d+ contexts?…/.test(shown.text()));
  return shown;
};
const pruned = (shown: Rendered): string => /Prune \d+ contexts?…/.exec(shown.text())?.[0] ?? '';

test('a day and its place on the axis are one thing', () => {
  for (const days of [1, 2, 7, 30, 90, 180]) expect(dayAt(axis(days))).toBe(days);
  expect([dayAt(-5), dayAt(200), axis(0), axis(9_999)]).toEqual([1, 180, 0, 100]);
});

test('PR1 the limit goes by days and weeks with the keys, and what would go follows it', async () => {
  const shown = await opened();
  const before = pruned(shown);
  const slider = shown.find('slider', 'Older than');
  const days = Number(slider.getAttribute('aria-valuenow'));
  slider.focus();
  await shown.key('ArrowRight', { shiftKey: true });
  await shown.key('ArrowLeft');
  expect(shown.find('slider', 'Older than').getAttribute('aria-valuenow')).toBe(String(days + 6));
  await shown.key('End');
  expect(shown.find('slider', 'Older than').getAttribute('aria-valuetext')).toMatch(/^180 days: 0 contexts/);
  expect(pruned(shown)).toBe('Prune 0 contexts…');
  await shown.press('button', 'Use app policy');
  expect(pruned(shown)).toBe(before);
});

test('PR2 what is blocked goes along once its writes have a choice, and the dialog begins with it', async () => {
  const shown = await opened('&show=clinic-h');
  const before = Number(/\d+/.exec(pruned(shown))?.[0]);
  await shown.press('radio', /^Quarantine/);
  expect(pruned(shown)).toBe(`Prune ${before + 1} contexts…`);
  await shown.press('button', pruned(shown));
  await shown.until('the dialog asks with it', () => shown.host.hub.calls.findLast(({ method }) => method === 'Context.prune') !== undefined);
  expect(shown.host.hub.calls.findLast(({ method }) => method === 'Context.prune')?.params).toMatchObject({ pending: 'quarantine', dryRun: true });
});
