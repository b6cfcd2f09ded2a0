import { expect, test } from 'vitest';
import { listFiles, readText } from './support/source.ts';
import { coveredRules, listRules } from './support/spec-ids.ts';

// A rule without a test is a wish. `tests/spec-open.json` holds those that are not built yet; it can only shrink.

interface Open {
  readonly [id: string]: { readonly since: string; readonly reason: string };
}

const open = JSON.parse(readText('tests/spec-open.json')) as Open;
const rules = listRules();
const covered = coveredRules();

test('every rule has an id of its own, and each family is counted from 1 without a gap', () => {
  const families = Map.groupBy(rules, (id) => id.slice(0, 2));
  for (const [family, ids] of families) expect(ids).toEqual(ids.map((_, i) => `${family}${i + 1}`));
  expect([...families.keys()].sort()).toEqual(['AM', 'CF', 'DB', 'IS', 'LC', 'MG', 'OB', 'PR', 'RP', 'SV', 'SY', 'TE']);
});

test('every rule has a test titled with it, or is listed as not built yet', () => {
  expect(rules.filter((id) => !covered.has(id) && !Object.hasOwn(open, id))).toEqual([]);
});

test('what is listed as not built yet is a rule, has no test, and says since when and why', () => {
  for (const [id, { since, reason }] of Object.entries(open)) {
    expect(rules, `${id} is no rule`).toContain(id);
    expect(covered.get(id) ?? [], `${id} has a test: run node scripts/spec-open.ts`).toEqual([]);
    expect(since).toMatch(/^\d{4}-\d\d-\d\d$/);
    expect(reason).toMatch(/^not built yet: .+/);
  }
});

test('titles and documents name no rule that does not exist', () => {
  const known = new Set(rules);
  const families = new Set(rules.map((id) => id.slice(0, 2)));
  const isWrong = (id: string): boolean => families.has(id.slice(0, 2)) && !known.has(id);
  const inTitles = [...covered].filter(([id]) => isWrong(id)).flatMap(([, titles]) => titles);
  const inDocuments = listFiles(['docs/**/*.md', '*.md']).flatMap((file) =>
    [...readText(file).matchAll(/\b[A-Z]{2}\d+\b/g)].filter(([id]) => isWrong(id)).map(([id]) => `${file}: ${id}`),
  );
  expect([...inTitles, ...inDocuments]).toEqual([]);
});
