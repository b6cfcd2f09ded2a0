import type { ReactNode, RefObject } from 'react';
import { conflictFile } from '../../../views/conflict-file.ts';
import { formatBytes, plural } from '../../../views/format.ts';
import type { ListedConflict } from '../../../views/own-versions.ts';
import { ExportMenu } from '../../components/export-menu.tsx';
import { infoOf } from '../../state/client-state.ts';
import { useInspector, type Inspector } from '../../state/inspector.ts';

/** The conflicts that are shown as a file. */
export function ConflictsExportMenu({ conflicts, anchor, onClose }: { conflicts: readonly ListedConflict[]; anchor: RefObject<HTMLElement | null>; onClose: () => void }): ReactNode {
  const inspector = useInspector();
  return (
    <ExportMenu
      label="Export conflicts"
      note={`${plural(conflicts.length, 'conflict')}, without the values of their rows`}
      anchor={anchor}
      choices={[
        { label: 'CSV', note: 'a line a conflict', run: () => save(inspector, conflicts, 'csv') },
        { label: 'JSON lines', note: 'an object a line', run: () => save(inspector, conflicts, 'ndjson') },
      ]}
      onClose={onClose}
    />
  );
}

function save(inspector: Inspector, conflicts: readonly ListedConflict[], format: 'csv' | 'ndjson'): void {
  const device = infoOf(inspector.session.client.get())?.deviceId ?? '';
  const file = new Blob([conflictFile(conflicts, device, format)], { type: format === 'csv' ? 'text/csv' : 'application/x-ndjson' });
  inspector.host.files.save(`conflicts.${format}`, file);
  inspector.toast({ icon: 'check', tone: 'c-ok', title: `${plural(conflicts.length, 'conflict')} exported`, text: formatBytes(file.size) });
}
