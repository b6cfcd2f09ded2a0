import { useEffect, useState, type ReactNode } from 'react';

const WIDTHS = [62, 44, 70, 52, 58, 40];

/** True after 150 ms: what loads faster needs no sign of it. */
export function useLate(): boolean {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), 150);
    return () => clearTimeout(timer);
  }, []);
  return late;
}

/** Rows of a table that is on its way. */
export function Skeleton({ columns }: { columns: readonly string[] }): ReactNode {
  if (!useLate()) return null;
  return WIDTHS.map((width, row) => (
    <tr key={width} aria-hidden="true">
      {columns.map((column, index) => (
        <td key={index} className={column}>
          <span className="st-sk" style={{ width: `${Math.max(18, width - ((index * 17 + row * 9) % 40))}%` }} />
        </td>
      ))}
    </tr>
  ));
}
