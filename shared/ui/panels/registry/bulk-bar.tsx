import type { ReactNode } from 'react';
import type { ContextNow } from '../../../views/context-now.ts';
import { formatBytes, formatCount, plural } from '../../../views/format.ts';
import { Button } from '../../components/controls.tsx';
import { activateContext } from '../../dialogs/actions.ts';
import { useCapable, useInspector, useRefusal } from '../../state/inspector.ts';

/** What can be done to the rows that are ticked. */
export function BulkBar({ contexts, onCompare, compareOff, onClear }: { contexts: readonly ContextNow[]; onCompare: () => void; compareOff: string | null; onClear: () => void }): ReactNode {
  const inspector = useInspector();
  const activate = useRefusal('Context.activate');
  const prune = useRefusal('Context.prune');
  const forget = useRefusal('Context.forget');
  const can = { activate: useCapable('Context.activate'), compare: useCapable('Registry.check'), prune: useCapable('Context.prune'), forget: useCapable('Context.forget') };
  const ids = contexts.map(({ contextId }) => contextId);
  const dormant = contexts.filter(({ status }) => status.lifecycle === 'dormant');
  const prunable = dormant.filter(({ row }) => row.partition.present);
  const pending = contexts.reduce((sum, one) => sum + one.pending, 0);
  const open = async (): Promise<void> => {
    // One after the other: more at once than may be active would close each other.
    for (const { contextId } of dormant) await activateContext(inspector, contextId);
  };
  return (
    <div className="bar rg-bulk" role="toolbar" aria-label="Selected rows">
      <b>{formatCount(contexts.length)} selected</b>
      <span className="t2 p2">
        {formatBytes(contexts.reduce((sum, { row }) => sum + (row.partition.present ? row.partition.bytes : 0), 0))}, {plural(pending, 'pending write')}
      </span>
      <span className="sep" />
      {can.activate ? <Button className="p2" icon="power" label={`Activate ${formatCount(dormant.length)}`} off={activate ?? (dormant.length === 0 ? 'All of them are open' : null)} onPress={() => void open()} /> : null}
      {can.compare ? <Button className="p3" icon="server" label="Compare with server" off={compareOff} onPress={onCompare} /> : null}
      {can.prune ? <Button className="danger" icon="prune" label={`Prune ${plural(prunable.length, 'context')}…`} off={prune ?? (prunable.length === 0 ? 'None of them is dormant with data' : null)} onPress={() => inspector.dialog.set({ kind: 'prune', contextIds: prunable.map(({ contextId }) => contextId) })} /> : null}
      {can.forget ? <Button className="danger" icon="trash" label="Forget…" off={forget ?? (ids.length === 1 ? null : 'One at a time: each name is typed')} onPress={() => inspector.dialog.set({ kind: 'forget', contextId: ids[0] ?? '' })} /> : null}
      <Button className="quiet p4" icon="copy" label="Copy as JSON" onPress={() => void inspector.copy(JSON.stringify(contexts.map(({ row }) => row), null, 2), plural(contexts.length, 'row'))} />
      <span className="grow" />
      <Button className="quiet" label="Clear" kbd="Esc" onPress={onClear} />
    </div>
  );
}
