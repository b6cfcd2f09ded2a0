// The text of a statement as its parts, in the dialect of SQLite: for colours, for names at a place, and to bind what a point of a recording is.

export type SqlPartKind = 'keyword' | 'function' | 'name' | 'quoted' | 'string' | 'number' | 'parameter' | 'comment' | 'sign' | 'space';

export interface SqlPart {
  readonly kind: SqlPartKind;
  readonly text: string;
  /** Where it starts in the statement. */
  readonly at: number;
}

export const KEYWORDS: ReadonlySet<string> = new Set(
  'all and as asc between by case cast collate cross current desc distinct else end escape except exists explain filter following from full glob group having in inner intersect is isnull join left like limit match materialized natural not notnull null nulls offset on or order outer over partition plan preceding query range recursive regexp right row rows select then union unbounded using values when where window with'.split(' '),
);

const PART =
  /(?<comment>--[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|(?<string>'(?:[^']|'')*(?:'|$))|(?<quoted>"(?:[^"]|"")*(?:"|$)|`(?:[^`]|``)*(?:`|$)|\[[^\]]*(?:\]|$))|(?<parameter>[:@$]\w+|\?\d*)|(?<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)|(?<word>[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)|(?<space>\s+)|(?<sign>->>|->|<>|<=|>=|==|!=|\|\||<<|>>|[\s\S])/g;

/** Every character of the statement is in exactly one part; what is not SQL is a sign. */
export function sqlParts(sql: string): readonly SqlPart[] {
  const parts: SqlPart[] = [];
  for (const match of sql.matchAll(PART)) {
    const { word, ...groups } = match.groups ?? {};
    const kind = word === undefined ? (Object.keys(groups).find((name) => groups[name] !== undefined) as SqlPartKind) : wordKind(word, sql.slice(match.index + word.length));
    parts.push({ kind, text: match[0], at: match.index });
  }
  return parts;
}

const wordKind = (word: string, rest: string): SqlPartKind => (KEYWORDS.has(word.toLowerCase()) ? 'keyword' : /^\s*\(/.test(rest) ? 'function' : 'name');

const isEmpty = ({ kind }: SqlPart): boolean => kind === 'space' || kind === 'comment';

/** The statement without the comments and semicolons at its end, so that it can stand inside another one. */
export function bareStatement(sql: string): string {
  const last = sqlParts(sql).findLast((part) => !isEmpty(part) && part.text !== ';');
  return last === undefined ? '' : sql.slice(0, last.at + last.text.length);
}

/** True when something stands behind the end of the first statement: SQLite would leave it out without a word. */
export function isSeveral(sql: string): boolean {
  const parts = sqlParts(sql).filter((part) => !isEmpty(part));
  const end = parts.findIndex(({ text }, at) => text === ';' && at > 0);
  return end >= 0 && parts.slice(end).some(({ text }) => text !== ';');
}

/** The part of a name that stands left of the caret, with the dots in it. */
export const wordBefore = (sql: string, caret: number): string => /[\w.$\u0080-\uffff]*$/.exec(sql.slice(0, caret))?.[0] ?? '';

/** True where names make no sense: inside a string or a comment. */
export function isQuiet(sql: string, caret: number): boolean {
  return sqlParts(sql).some(({ kind, at, text }) => (kind === 'string' || kind === 'comment') && at < caret && (caret < at + text.length || (caret === at + text.length && !(kind === 'string' ? text.length > 1 && text.endsWith("'") : text.endsWith('*/')))));
}

export const unquoted = (text: string): string => (/^["`[]/.test(text) ? text.slice(1, -1).replaceAll('""', '"').replaceAll('``', '`') : text);

/** Tables and views that a statement names, by what it calls them: `from patient p` gives p → patient, and patient → patient. */
export function sourcesOf(sql: string): ReadonlyMap<string, string> {
  const parts = sqlParts(sql).filter((part) => !isEmpty(part));
  const sources = new Map<string, string>();
  const isName = (part: SqlPart | undefined): part is SqlPart => part !== undefined && (part.kind === 'name' || part.kind === 'quoted' || part.kind === 'function');
  for (const [i, part] of parts.entries()) {
    const before = parts[i - 1];
    if (!isName(part) || before === undefined || !(['from', 'join'].includes(before.text.toLowerCase()) || (before.text === ',' && isInFrom(parts, i)))) continue;
    const table = unquoted(part.text);
    sources.set(table, table);
    const next = parts[i + 1];
    const alias = next?.text.toLowerCase() === 'as' ? parts[i + 2] : next;
    if (isName(alias)) sources.set(unquoted(alias.text), table);
  }
  return sources;
}

/** True for a comma between two tables, not between two columns. */
function isInFrom(parts: readonly SqlPart[], place: number): boolean {
  let depth = 0;
  for (let i = place - 1; i >= 0; i--) {
    const text = parts[i]?.text.toLowerCase();
    if (text === ')') depth++;
    else if (text === '(' && --depth < 0) return false;
    else if (depth === 0 && text === 'from') return true;
    else if (depth === 0 && parts[i]?.kind === 'keyword' && text !== 'as' && text !== 'join' && text !== 'left' && text !== 'on') return false;
  }
  return false;
}

/** A statement whose named parameters are numbered in the order of `names`, and how many of them it needs. Its length stays the same. */
export function numbered(sql: string, names: readonly string[]): { readonly sql: string; readonly used: ReadonlySet<string>; readonly needs: number } {
  const used = new Set<string>();
  const text = sqlParts(sql)
    .map((part) => {
      const place = part.kind === 'parameter' ? names.indexOf(part.text.slice(1)) : -1;
      if (place < 0) return part.text;
      used.add(names[place] ?? '');
      return `?${place + 1}`.padEnd(part.text.length);
    })
    .join('');
  return { sql: text, used, needs: Math.max(0, ...[...used].map((name) => names.indexOf(name) + 1)) };
}

export interface Comparison {
  /** The statement with two columns: whether it holds, and what was compared. */
  readonly sql: string;
  /** What is compared, as it is written. */
  readonly measure: string;
  readonly limit: number;
}

const COMPARES = new Set(['>=', '>', '<=', '<', '=', '==']);

/** A condition of the form `select MEASURE >= NUMBER …` taken apart, so that what was counted can be shown; null for any other. */
export function comparisonOf(sql: string): Comparison | null {
  const parts = sqlParts(sql);
  let depth = 0;
  let start = -1;
  let end = -1;
  const signs: number[] = [];
  for (const [i, { kind, text }] of parts.entries()) {
    const word = text.toLowerCase();
    if (text === '(') depth++;
    else if (text === ')') depth--;
    else if (depth > 0 || kind === 'space' || kind === 'comment') continue;
    else if (word === 'select') {
      if (start >= 0) return null;
      start = i + 1;
    } else if (start >= 0 && end < 0) {
      if (word === 'from') end = i;
      else if (kind === 'keyword' || text === ',') return null;
      else if (COMPARES.has(text)) signs.push(i);
    }
  }
  const stop = end < 0 ? parts.length : end;
  const [sign] = signs;
  if (start < 0 || sign === undefined || signs.length > 1) return null;
  const textOf = (from: number, to: number): string => parts.slice(from, to).filter(({ kind }) => kind !== 'comment').map(({ text }) => text).join('').replace(/[\s;]+$/, '').trim();
  const [measure, right] = [textOf(start, sign), textOf(sign + 1, stop)];
  if (measure === '' || !/^-?\d+(?:\.\d+)?$/.test(right)) return null;
  const before = parts.slice(0, start).map(({ text }) => text).join('');
  const after = parts.slice(stop).map(({ text }) => text).join('');
  return { sql: `${before} (${measure}) ${parts[sign]?.text ?? ''} ${right}, (${measure}) ${after}`, measure, limit: Number(right) };
}
