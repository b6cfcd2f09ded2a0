import type { ReactNode } from 'react';
import { plural } from '../../views/format.ts';
import type { ContextNow } from '../../views/context-now.ts';
import { Button } from '../components/controls.tsx';
import { useCapable, useInspector, useRefusal } from '../state/inspector.ts';
import { activateContext, verifyDigest } from './actions.ts';

/** What can be done to a context; what cannot be done now stays, disabled, with its reason. */
export function ActionButtons({ context }: { context: ContextNow }): ReactNode {
  const inspector = useInspector();
  const { contextId, status, row, pending } = context;
  const open = status.lifecycle !== 'dormant';
  const activate = useRefusal('Context.activate');
  const deactivate = useRefusal('Context.deactivate');
  const verify = useRefusal('Context.verify');
  const replay = useRefusal('Context.replay');
  const prune = useRefusal('Context.prune');
  const can = { activate: useCapable('Context.activate'), deactivate: useCapable('Context.deactivate'), verify: useCapable('Context.verify'), replay: useCapable('Context.replay'), prune: useCapable('Context.prune') };
  const noData = row.partition.present ? null : 'There is no data on this device';
  return (
    <>
      {can.activate ? <Button className="p3" icon="power" label="Activate" off={activate ?? (open ? `Already ${status.lifecycle}` : null)} onPress={() => void activateContext(inspector, contextId)} /> : null}
      {can.deactivate ? (
        <Button
          className="p2"
          icon="power"
          label="Force deactivate"
          title={pending > 0 ? `Skips the flush. ${plural(pending, 'pending write')} stay on disk` : 'Closes now, without waiting'}
          off={deactivate ?? (open ? (row.kind === 'ambient' ? 'The ambient tier stays open' : null) : 'It is dormant')}
          onPress={() => inspector.dialog.set({ kind: 'deactivate', contextId })}
        />
      ) : null}
      {can.verify ? <Button className="p3" icon="verify" label="Verify digest" off={verify ?? noData} onPress={() => void verifyDigest(inspector, contextId)} /> : null}
      {can.replay ? <Button className="p2" icon="replay" label="Replay from server…" off={replay ?? noData} onPress={() => inspector.dialog.set({ kind: 'replay', contextId })} /> : null}
      {can.prune ? (
        <Button className="danger" icon="prune" label="Prune…" off={prune ?? (open ? 'Deactivate it first: only dormant contexts are pruned' : noData)} onPress={() => inspector.dialog.set({ kind: 'prune', contextIds: [contextId] })} />
      ) : null}
    </>
  );
}
