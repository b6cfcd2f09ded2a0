import { KEYWORDS, sqlParts, unquoted } from './sql-text.ts';

// SQLite says what it did not understand, and not where. The place is found again in the text.

export interface SqlErrorPlace {
  readonly at: number;
  readonly text: string;
  /** From 1, as an editor counts. */
  readonly line: number;
  readonly column: number;
}

const NAMED = /^(?:near|unrecognized token:) "([\s\S]+?)"(?:: |$)|(?:no such (?:column|table|function|collation sequence)|ambiguous column name|misuse of aggregate|misuse of aliased aggregate|misuse of window function|wrong number of arguments to function):? ([^\s()]+)/;

/**
 * Where in a statement an error is. Where a word stands in it several times, `errorOf` is asked for the error of what ends with each: the first
 * one that has the same error ends with the culprit. Null: the message names nothing that is there.
 */
export async function errorPlace(sql: string, message: string, errorOf: (start: string) => Promise<string | null>): Promise<SqlErrorPlace | null> {
  if (message.includes('incomplete input')) return placeAt(sql, sql.trimEnd().length, '');
  const match = NAMED.exec(message);
  const name = match?.[1] ?? match?.[2];
  if (name === undefined) return null;
  const last = name.split('.').at(-1) ?? name;
  const found = sqlParts(sql).filter(({ kind, text }) => kind !== 'comment' && kind !== 'space' && (text === name || unquoted(text).toLowerCase() === last.toLowerCase() || (kind === 'string' && text === name)));
  if (match?.[1] !== undefined && found.length > 1) {
    for (const part of found) {
      const error = await errorOf(sql.slice(0, part.at + part.text.length));
      if (error === message) return placeAt(sql, part.at, part.text);
    }
  }
  const [first] = found;
  return first === undefined ? null : placeAt(sql, first.at, first.text);
}

function placeAt(sql: string, at: number, text: string): SqlErrorPlace {
  const lines = sql.slice(0, at).split('\n');
  return { at, text, line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
}

/** The known name that was most likely meant, when one is near enough. */
export function nearestName(word: string, names: Iterable<string>): string | null {
  const wanted = word.toLowerCase();
  let best: string | null = null;
  let least = Math.max(1, Math.floor(wanted.length / 3)) + 0.5;
  for (const name of names) {
    const distance = distanceOf(wanted, name.toLowerCase());
    if (distance > 0 && distance < least) [best, least] = [name, distance];
  }
  return best;
}

export const nearestKeyword = (word: string): string | null => nearestName(word, KEYWORDS);

/** How many letters must be put, taken, changed or swapped with their neighbour. */
function distanceOf(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 8) return Number.POSITIVE_INFINITY;
  const rows = Array.from({ length: a.length + 1 }, (_, i) => Array.from({ length: b.length + 1 }, (_unused, j) => (i === 0 ? j : j === 0 ? i : 0)));
  const at = (i: number, j: number): number => rows[i]?.[j] ?? 0;
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const change = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(i - 2, j - 2) + 1 : change;
      (rows[i] as number[])[j] = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, change, swap);
    }
  }
  return at(a.length, b.length);
}
