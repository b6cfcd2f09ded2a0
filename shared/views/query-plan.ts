import { text, type SqlValue } from './reader.ts';
import { sourcesOf } from './sql-text.ts';

// What EXPLAIN QUERY PLAN says, as steps that a person can read.

export interface PlanStep {
  readonly id: number;
  readonly depth: number;
  /** Scan and search read a table; the others are work on what was read. */
  readonly kind: 'scan' | 'search' | 'sort' | 'subquery' | 'other';
  /** The first words, and what stands behind them. */
  readonly verb: string;
  readonly object: string;
  /** The table or view that is read, by its own name. */
  readonly table: string | null;
  readonly index: string | null;
  /** What the index is searched by, as `entity=? AND version>?`. */
  readonly by: string | null;
  readonly note: string;
}

interface PlanRow {
  readonly id: number;
  readonly parent: number;
  readonly detail: string;
}

/** Steps in the order of the plan, each behind its parent. */
export function planSteps(columns: readonly string[], rows: readonly (readonly SqlValue[])[], sql: string): readonly PlanStep[] {
  const [id, parent, detail] = ['id', 'parent', 'detail'].map((name) => columns.indexOf(name));
  const plan = rows.map((row): PlanRow => ({ id: Number(row[id ?? 0]), parent: Number(row[parent ?? 1]), detail: text(row[detail ?? 3]) }));
  const depths = new Map<number, number>();
  const sources = sourcesOf(sql);
  return plan.map((row) => {
    const depth = (depths.get(row.parent) ?? -1) + 1;
    depths.set(row.id, depth);
    return { id: row.id, depth, ...readDetail(row.detail, sources) };
  });
}

const VIRTUAL = /^SCAN (\S+) VIRTUAL TABLE/;
const READS = /^(SCAN|SEARCH) (?:TABLE |SUBQUERY )?(.+?)(?: AS (\S+))?(?: USING (.+))?$/;

function readDetail(detail: string, sources: ReadonlyMap<string, string>): Omit<PlanStep, 'id' | 'depth'> {
  const nothing = { table: null, index: null, by: null, note: '' };
  const made = VIRTUAL.exec(detail);
  if (made !== null) return { ...nothing, kind: 'other', verb: 'Walk', object: made[1] ?? '', note: 'rows that a function gives' };
  const reads = READS.exec(detail);
  if (reads !== null) {
    const [, verb = '', whole = '', , using = ''] = reads;
    const [name = whole, ...rest] = whole.split(' ');
    const index = /(?:COVERING |AUTOMATIC )*(?:PARTIAL )?(?:INDEX (\S+)|(INTEGER PRIMARY KEY|PRIMARY KEY))/.exec(using);
    const by = /\(([^()]*(?:\([^()]*\)[^()]*)*)\)\s*$/.exec(using)?.[1] ?? null;
    const automatic = using.includes('AUTOMATIC');
    const notes = [using.includes('COVERING') && !automatic ? 'the index holds all that is asked' : '', automatic ? 'an index made for this run' : '', rest.join(' ').toLowerCase()].filter((note) => note !== '');
    return {
      kind: verb === 'SCAN' ? 'scan' : 'search',
      verb: verb === 'SCAN' ? 'Scan' : 'Search',
      object: name,
      table: sources.get(name) ?? name,
      index: automatic ? 'automatic' : (index?.[1] ?? index?.[2]?.toLowerCase() ?? null),
      by,
      note: notes.join(', '),
    };
  }
  const sort = /^USE TEMP B-TREE FOR (.+)$/.exec(detail);
  if (sort !== null) return { ...nothing, kind: 'sort', verb: /ORDER BY/.test(detail) ? 'Sort' : 'Collect', object: `in a temporary b-tree for ${(sort[1] ?? '').toLowerCase()}`, note: 'no index has this order' };
  const [first = '', ...words] = detail.split(' ');
  const kind = /SUBQUERY|CO-ROUTINE|MATERIALIZE|COMPOUND|UNION|SETUP|RECURSIVE/.test(detail) ? 'subquery' : 'other';
  return { ...nothing, kind, verb: first.charAt(0) + first.slice(1).toLowerCase(), object: words.join(' ').replaceAll(/\b[A-Z-]{2,}\b/g, (word) => word.toLowerCase()) };
}

/** What the plan comes to: how many indexes help, and which tables are read from end to end. */
export function planSummary(steps: readonly PlanStep[]): { readonly indexes: number; readonly scans: readonly PlanStep[] } {
  return { indexes: new Set(steps.flatMap(({ index }) => index ?? [])).size, scans: steps.filter(({ kind, index, table }) => kind === 'scan' && index === null && table !== null && !/^(?:CONSTANT|json_)/i.test(table)) };
}
