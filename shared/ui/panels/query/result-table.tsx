import { useMemo, type ReactNode } from 'react';
import type { SqlValue } from '../../../views/reader.ts';
import { Grid, type Column } from '../../components/grid.tsx';
import { Name } from '../../components/parts.tsx';
import type { Shown } from './query-desk.ts';

interface Row {
  readonly index: number;
  readonly cells: readonly SqlValue[];
}

const LOOKED_AT = 200;

/** What the values of a column are, in the words of SQLite. */
function typeOf(result: Shown, at: number): 'int' | 'real' | 'text' | 'json' | 'null' | 'mixed' {
  const types = new Set(result.rows.slice(0, LOOKED_AT).map((row) => kindOf(row[at])));
  types.delete('null');
  if (types.size === 0) return 'null';
  if (types.size === 1) return [...types][0] ?? 'mixed';
  return types.size === 2 && types.has('int') && types.has('real') ? 'real' : types.size === 2 && types.has('json') && types.has('text') ? 'text' : 'mixed';
}

function kindOf(value: SqlValue | undefined): 'int' | 'real' | 'text' | 'json' | 'null' {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'real';
  return /^[[{].*[\]}]$/s.test(value) ? 'json' : 'text';
}

/** What a query gave, as it came. */
export function ResultTable({ result, selected, onSelect, onOpen }: { result: Shown; selected: number | null; onSelect: (row: number) => void; onOpen: (row: number) => void }): ReactNode {
  const rows = useMemo(() => result.rows.map((cells, index): Row => ({ index, cells })), [result]);
  const columns = useMemo(
    (): readonly Column<Row>[] => [
      { id: '#', header: '', name: 'Row', numeric: true, width: 48, className: 'mono', cell: ({ index }) => <span className="t3">{index + 1}</span> },
      ...result.columns.map((name, at): Column<Row> => {
        const type = typeOf(result, at);
        const numeric = type === 'int' || type === 'real';
        return {
          id: `${at}.${name}`,
          header: (
            <>
              <Name text={name} most={60} /> <span className="qu-ty">{type}</span>
            </>
          ),
          name,
          numeric,
          className: 'mono',
          sort: ({ cells }) => cells[at] ?? '',
          cell: ({ cells }) => <Cell value={cells[at]} />,
          cellTitle: ({ cells }) => String(cells[at] ?? 'null').slice(0, 1_000),
        };
      }),
    ],
    [result],
  );
  return <Grid key={result.at} label="Rows of the query" className="qu-grid" scrolls columns={columns} rows={rows} idOf={({ index }) => String(index)} selected={selected === null ? null : String(selected)} onSelect={({ index }) => onSelect(index)} onOpen={({ index }) => onOpen(index)} />;
}

function Cell({ value }: { value: SqlValue | undefined }): ReactNode {
  return value === null || value === undefined ? <span className="t3">null</span> : <Name text={String(value)} most={200} />;
}
