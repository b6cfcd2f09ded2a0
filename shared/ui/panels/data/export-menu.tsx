import type { ReactNode } from 'react';
import { ExportMenu } from '../../components/export-menu.tsx';
import { useInspector } from '../../state/inspector.ts';
import { exportRows, type ExportChoice } from './export-rows.ts';

/** What of a context is saved as a file, and how. */
export function RowsExportMenu({ contextId, entity, onClose }: { contextId: string; entity: string | null; onClose: () => void }): ReactNode {
  const inspector = useInspector();
  const choice = (label: string, note: string, what: ExportChoice) => ({ label, note, run: () => void exportRows(inspector, what) });
  const one = entity === null ? [] : [choice(`${entity.slice(0, 40)} as CSV`, 'a column a field', { contextId, entity, format: 'csv' }), choice(`${entity.slice(0, 40)} as NDJSON`, 'a line a row', { contextId, entity, format: 'ndjson' })];
  const all = [choice('All entities as NDJSON', 'a line a row', { contextId, entity: null, format: 'ndjson' }), choice('All entities as CSV', 'values as JSON', { contextId, entity: null, format: 'csv' })];
  return <ExportMenu label="Export rows" choices={[...one, ...all]} onClose={onClose} />;
}
