import { isQuiet, KEYWORDS, sourcesOf, wordBefore } from '../../../views/sql-text.ts';
import type { SqlRow } from '../../../views/reader.ts';
import { text } from '../../../views/reader.ts';

export interface SqlName {
  readonly name: string;
  readonly kind: 'table' | 'view' | 'column' | 'function' | 'keyword';
  /** Of a column: its table, and its type where one is declared. */
  readonly of?: string;
  readonly type?: string;
  /** Of a table or view. */
  readonly columns?: readonly string[];
  readonly note?: string;
}

/** Every column of every table and view, in any database. */
export const NAMES_SQL = "select s.name as source, s.type as kind, c.name as name, c.type as type from sqlite_schema s, pragma_table_info(s.name) c where s.type in ('table', 'view') order by s.type desc, s.name, c.cid";

const NOTES: { readonly [table: string]: string } = {
  events: 'What the client told, in the order of arrival',
  gaps: 'Ranges of events that are missing, and why',
  contexts: 'The last known registry row of each context, as JSON',
  clients: 'Each run of the client',
  steps: 'Inputs of the core, to run again',
  preimages: 'Rows as they were before a segment touched them',
  checkpoints: 'The state of the core at the start of each segment',
  redactions: 'What was taken out, by path and rule',
  snapshots: 'Partition files that came along',
  schemas: 'Schemas of the app by version',
  meta: 'What the file says of itself',
  rows: 'Every row of the context, deleted ones without a value',
  base: 'The confirmed state of rows with a pending write',
  outbox: 'Writes that the server has not confirmed',
  conflicts: 'What conflicted, with all three values',
};

const FUNCTIONS = 'abs avg coalesce count date datetime format glob group_concat hex ifnull iif instr json json_array_length json_each json_extract json_group_array json_type julianday lag lead length like lower ltrim max min nullif printf quote random rank replace round row_number rtrim sign strftime substr sum time total trim typeof unicode upper'.split(' ');
const WORDS: readonly SqlName[] = [...FUNCTIONS.map((name): SqlName => ({ name, kind: 'function' })), ...[...KEYWORDS].map((name): SqlName => ({ name, kind: 'keyword' }))];

export function namesOf(rows: readonly SqlRow[]): readonly SqlName[] {
  const columns = rows.map((row): SqlName => ({ name: text(row['name']), kind: 'column', of: text(row['source']), type: text(row['type']).toLowerCase() }));
  const kinds = new Map(rows.map((row) => [text(row['source']), text(row['kind'])]));
  const sources = [...kinds].map(([name, kind]): SqlName => ({ name, kind: kind === 'view' ? 'view' : 'table', columns: columns.filter(({ of }) => of === name).map((column) => column.name), note: kind === 'view' ? `Rows of ${name}, a column per field` : (NOTES[name] ?? '') }));
  return [...sources, ...columns];
}

/** Quoted where it would be read as something else. */
const written = (name: string): string => (/^[A-Za-z_]\w*$/.test(name) && !KEYWORDS.has(name.toLowerCase()) ? name : `"${name.replaceAll('"', '""')}"`);

export interface Offer extends SqlName {
  /** What goes in, and how much of what stands before the caret it replaces. */
  readonly insert: string;
  readonly replaces: number;
}

const MOST = 40;
const ORDER = { table: 1, view: 1, column: 0, function: 2, keyword: 3 } as const;

/** What could stand at the caret. `all`: also where nothing was typed yet. */
export function offersAt(sql: string, caret: number, names: readonly SqlName[], all = false): readonly Offer[] {
  const word = wordBefore(sql, caret);
  if ((word === '' && !all) || (isQuiet(sql, caret) && !all) || /^\d/.test(word)) return [];
  const sources = sourcesOf(sql);
  const used = new Set(sources.values());
  const dot = word.lastIndexOf('.');
  const last = word.slice(dot + 1).toLowerCase();
  const table = dot < 0 ? null : (sources.get(word.slice(0, dot)) ?? word.slice(0, dot));
  if (dot < 0 && last.length === 1 && !all) return [];
  const wantsTable = /\b(?:from|join)\s+$/i.test(sql.slice(0, caret - word.length));
  const pool = table !== null ? names.filter(({ of }) => of === table) : [...names, ...WORDS].filter(({ kind }) => !wantsTable || kind === 'table' || kind === 'view');
  const seen = new Set<string>();
  const rank = (one: SqlName): number => ORDER[one.kind] + (one.kind === 'column' && used.size > 0 && !used.has(one.of ?? '') ? 1.5 : 0);
  return pool
    .filter(({ name }) => name.toLowerCase().startsWith(last) && name.toLowerCase() !== last)
    .toSorted((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1))
    .filter(({ name, kind }) => !seen.has(`${kind} ${name}`) && seen.add(`${kind} ${name}`))
    .slice(0, MOST)
    .map((one) => ({ ...one, insert: one.kind === 'function' ? `${one.name}(` : one.kind === 'keyword' ? one.name : written(one.name), replaces: last.length }));
}
