import type { GridItem } from '../../components/grid.tsx';
import { sumOf, type ContextLine, type Measures, type Model } from './model.ts';

/** A line of the table: a context, those that were at rest together, or all. */
export interface TableRow {
  readonly id: string;
  readonly kind: 'context' | 'resting' | 'all';
  readonly lines: readonly ContextLine[];
  readonly measures: Measures;
}

/** What a context is called that is none. */
const RESTING = '\u0000resting';
const ALL = '\u0000all';
/** One alone takes no less room when it is folded. */
const FEWEST = 2;

/** Dormant, and nothing happened in it. */
const isResting = ({ context, opensMs, writes, conflicts, applied, sent, received }: ContextLine): boolean => context.status.lifecycle === 'dormant' && opensMs === null && writes + conflicts + applied + sent + received === 0;

/** The rows of a stretch: contexts, one line for those at rest, with them where it is open, and one for all. */
export function tableRows(model: Model, isOpen: boolean): readonly TableRow[] {
  const resting = model.lines.filter(isResting);
  const folds = resting.length >= FEWEST;
  const one = (line: ContextLine): TableRow => ({ id: line.context.contextId, kind: 'context', lines: [line], measures: line });
  return [
    ...model.lines.filter((line) => !folds || isOpen || !resting.includes(line)).map(one),
    ...(folds ? [{ id: RESTING, kind: 'resting' as const, lines: resting, measures: sumOf(resting) }] : []),
    ...(model.lines.length > 1 ? [{ id: ALL, kind: 'all' as const, lines: model.lines, measures: model.all }] : []),
  ];
}

/** Sums stay last however the table is sorted, and those at rest behind the line that names them. */
export function placed(sorted: readonly TableRow[]): readonly GridItem<TableRow>[] {
  const resting = sorted.find(({ kind }) => kind === 'resting');
  const isBehind = ({ kind, lines }: TableRow): boolean => kind === 'context' && resting !== undefined && lines.every((line) => resting.lines.includes(line));
  const rest = sorted.filter((row) => row.kind === 'context' && !isBehind(row));
  return [...rest, ...(resting === undefined ? [] : [resting]), ...sorted.filter(isBehind), ...sorted.filter(({ kind }) => kind === 'all')].map((row) => ({ row }));
}
