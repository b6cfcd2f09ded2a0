// The language of every filter field: words that must occur, and `key:value` terms, with `>` and `<` before numbers.

export interface Term {
  readonly key: string | null;
  readonly op: '=' | '>' | '<';
  readonly value: string;
}

export function parseFilter(input: string): readonly Term[] {
  const terms: Term[] = [];
  for (const match of input.matchAll(/(?:([a-zA-Z]+):)?(?:"([^"]*)"|(\S+))/g)) {
    const value = match[2] ?? match[3] ?? '';
    const op = value.startsWith('>') ? '>' : value.startsWith('<') ? '<' : '=';
    terms.push({ key: match[1]?.toLowerCase() ?? null, op, value: (op === '=' ? value : value.slice(1)).toLowerCase() });
  }
  return terms;
}

/** What a row answers to a key; undefined: it has no such key, so a term with it never matches. */
export type Fields = (key: string) => string | number | undefined;

export function matches(terms: readonly Term[], fields: Fields, words: string): boolean {
  const all = words.toLowerCase();
  return terms.every(({ key, op, value }) => {
    if (key === null) return all.includes(value);
    const field = fields(key);
    if (field === undefined) return false;
    if (op === '=') return typeof field === 'number' ? String(field) === value : field.toLowerCase().includes(value);
    const limit = Number(value);
    return Number.isFinite(limit) && (op === '>' ? Number(field) > limit : Number(field) < limit);
  });
}
