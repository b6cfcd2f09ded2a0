import type { ReactNode } from 'react';
import { Icon } from '../../components/icon.tsx';
import { Menu } from '../../components/popover.tsx';
import { useInspector } from '../../state/inspector.ts';
import { exportRows, type ExportChoice } from './export-rows.ts';

/** What of a context is saved as a file, and how. */
export function ExportMenu({ contextId, entity, onClose }: { contextId: string; entity: string | null; onClose: () => void }): ReactNode {
  const inspector = useInspector();
  const choices: readonly { readonly label: string; readonly note: string; readonly choice: ExportChoice }[] = [
    ...(entity === null
      ? []
      : [
          { label: `${entity.slice(0, 40)} as CSV`, note: 'a column a field', choice: { contextId, entity, format: 'csv' as const } },
          { label: `${entity.slice(0, 40)} as NDJSON`, note: 'a line a row', choice: { contextId, entity, format: 'ndjson' as const } },
        ]),
    { label: 'All entities as NDJSON', note: 'a line a row', choice: { contextId, entity: null, format: 'ndjson' } },
    { label: 'All entities as CSV', note: 'values as JSON', choice: { contextId, entity: null, format: 'csv' } },
  ];
  return (
    <Menu label="Export rows" className="da-export" onClose={onClose}>
      <div role="menu" aria-label="Export rows">
        {choices.map(({ label, note, choice }) => (
          <button key={label} type="button" role="menuitem" className="st-mi" onClick={() => { onClose(); void exportRows(inspector, choice); }}>
            <Icon name="download" />
            <span>{label}</span>
            <span className="grow" />
            <span className="t2">{note}</span>
          </button>
        ))}
      </div>
    </Menu>
  );
}
