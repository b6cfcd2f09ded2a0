// The language of every filter field: words that must occur, and `key:value` terms, with `>` and `<` before numbers. What is quoted behind a key
// is the whole of it: `context:clinic-a` finds clinic-aa too, `context:"clinic-a"` does not.

export interface Term {
  readonly key: string | null;
  readonly op: '=' | '>' | '<';
  readonly value: string;
  /** The value and nothing more. */
  readonly whole: boolean;
}

export function parseFilter(input: string): readonly Term[] {
  const terms: Term[] = [];
  for (const match of input.matchAll(/(?:([a-zA-Z]+):)?(?:"([^"]*)"|(\S+))/g)) {
    const value = match[2] ?? match[3] ?? '';
    const whole = match[1] !== undefined && match[2] !== undefined;
    const op = whole ? '=' : value.startsWith('>') ? '>' : value.startsWith('<') ? '<' : '=';
    terms.push({ key: match[1]?.toLowerCase() ?? null, op, value: (op === '=' ? value : value.slice(1)).toLowerCase(), whole });
  }
  return terms;
}

/** What a row answers to a key; undefined: it has no such key, so a term with it never matches. */
export type Fields = (key: string) => string | number | undefined;

export function matches(terms: readonly Term[], fields: Fields, words: string): boolean {
  const all = words.toLowerCase();
  return terms.every(({ key, op, value, whole }) => {
    if (key === null) return all.includes(value);
    const field = fields(key);
    if (field === undefined) return false;
    if (op === '=') return typeof field === 'number' || whole ? String(field).toLowerCase() === value : field.toLowerCase().includes(value);
    const limit = Number(value);
    return Number.isFinite(limit) && (op === '>' ? Number(field) > limit : Number(field) < limit);
  });
}
