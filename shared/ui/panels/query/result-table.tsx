import { useMemo, useState, type ReactNode } from 'react';
import type { SqlValue } from '../../../views/reader.ts';
import { Grid, type Column } from '../../components/grid.tsx';
import { Name } from '../../components/parts.tsx';
import type { Shown } from './query-panel.tsx';

interface Row {
  readonly index: number;
  readonly cells: readonly SqlValue[];
}

/** What a query gave, as it came. */
export function ResultTable({ result }: { result: Shown }): ReactNode {
  const [selected, setSelected] = useState<string | null>(null);
  const rows = useMemo(() => result.rows.map((cells, index): Row => ({ index, cells })), [result]);
  const columns = useMemo(
    (): readonly Column<Row>[] => [
      { id: '#', header: '', name: 'Row', numeric: true, width: 48, className: 'mono', cell: ({ index }) => <span className="t3">{index + 1}</span> },
      ...result.columns.map((name, at): Column<Row> => {
        const numeric = result.rows.slice(0, 20).every((row) => row[at] === null || typeof row[at] === 'number');
        return { id: `${at}.${name}`, header: <Name text={name} most={60} />, name, numeric, className: 'mono', sort: ({ cells }) => cells[at] ?? '', cell: ({ cells }) => (cells[at] === null || cells[at] === undefined ? <span className="t3">null</span> : <Name text={String(cells[at])} most={200} />), cellTitle: ({ cells }) => String(cells[at] ?? 'null').slice(0, 1_000) };
      }),
    ],
    [result],
  );
  return <Grid key={result.at} label="Rows of the query" className="qu-grid" columns={columns} rows={rows} idOf={({ index }) => String(index)} selected={selected} onSelect={({ index }) => setSelected(String(index))} />;
}
