import type { ContextNow } from '../../../views/context-now.ts';
import { formatBytes, formatCount } from '../../../views/format.ts';
import { Button } from '../../components/controls.tsx';
import type { Column } from '../../components/grid.tsx';
import { Behind, Name, StateIcon } from '../../components/parts.tsx';

/** Contexts with what a replay would start from. */
export function replayColumns(refused: string | null, onReplay: (contextId: string) => void): readonly Column<ContextNow>[] {
  return [
    { id: 'context', header: 'Context', sort: ({ contextId }) => contextId, cell: ({ contextId, title, state }) => <><StateIcon state={state} /><b><Name text={contextId} most={80} /></b> <span className="t2 p3"><Name text={title} most={80} /></span></> },
    { id: 'local', header: 'Local', numeric: true, width: 72, sort: ({ row }) => row.localVersion, cell: ({ row }) => formatCount(row.localVersion) },
    { id: 'server', header: 'Server', priority: 2, numeric: true, width: 72, sort: ({ row }) => row.serverVersion, cell: ({ row }) => formatCount(row.serverVersion) },
    { id: 'behind', header: 'Behind', priority: 2, numeric: true, width: 76, sort: ({ behind }) => behind, cellClass: ({ behind }) => (behind > 0 ? 'c-remote' : 'zero'), cell: ({ behind }) => <Behind behind={behind} /> },
    { id: 'pending', header: 'Pending', numeric: true, width: 70, sort: ({ pending }) => pending, cellClass: ({ pending }) => (pending > 0 ? 'c-pending' : 'zero'), cell: ({ pending }) => formatCount(pending) },
    { id: 'bytes', header: 'Bytes', priority: 2, numeric: true, width: 80, sort: ({ row }) => row.partition.bytes, cell: ({ row }) => formatBytes(row.partition.present ? row.partition.bytes : 0) },
    { id: 'digest', header: 'Digest', priority: 3, width: 170, className: 'mono', cell: ({ status }) => <span className="t2">{status.digest ?? '–'}</span> },
    { id: 'do', header: '', name: 'Action', width: 110, cell: ({ contextId, row }) => <Button icon="replay" label="Replay…" off={refused ?? (row.partition.present ? null : 'There is no data on this device')} onPress={() => onReplay(contextId)} /> },
  ];
}
