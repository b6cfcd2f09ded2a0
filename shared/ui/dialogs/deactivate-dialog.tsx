import { useRef, type ReactNode } from 'react';
import { formatAge, formatCount, plural } from '../../views/format.ts';
import { Button } from '../components/controls.tsx';
import { Audit, Dialog } from '../components/dialog.tsx';
import { useInspector, useRefusal } from '../state/inspector.ts';
import { newCommandId, runCommand } from './actions.ts';
import { Writes } from './dialog-parts.tsx';
import { useLiveContext, useWhere } from './use-dialog.ts';

/** One light question: nothing is lost by it. */
export function DeactivateDialog({ contextId, onClose }: { contextId: string; onClose: () => void }): ReactNode {
  const inspector = useInspector();
  const context = useLiveContext(contextId);
  const { where, by } = useWhere();
  const action = useRef<HTMLButtonElement>(null);
  const refused = useRefusal('Context.deactivate');
  if (context === undefined) return null;
  const { status, row, pending } = context;
  const name = contextId.slice(0, 80);
  const run = (): void => {
    onClose();
    void runCommand(
      inspector,
      'Context.deactivate',
      { commandId: newCommandId(), contextId, force: true },
      { icon: 'power', tone: 'c-deactivating', doing: `Deactivating ${name}`, failed: `${name} was not deactivated` },
      ({ lifecycle, pendingWrites }) => ({ title: `${name} is ${lifecycle}`, text: pendingWrites > 0 ? `${plural(pendingWrites, 'write')} stay on disk for the next activation` : 'Nothing was waiting' }),
    );
  };
  const live = status.connection === 'live';
  return (
    <Dialog
      title={`Force deactivate ${name}`}
      icon="power"
      tone="c-deactivating"
      where={where}
      size="small"
      onClose={onClose}
      initial={action}
      footer={
        <>
          <Audit by={by} />
          <span className="grow" />
          <Button className="big" label="Cancel" kbd="Esc" onPress={onClose} />
          <Button className="big primary" icon="power" label="Force deactivate" off={refused ?? (status.lifecycle === 'dormant' ? 'It is dormant already' : null)} buttonRef={action} onPress={run} />
        </>
      }
    >
      <p className="dl-p">Closes now, without the flush. {pending > 0 ? <b>{plural(pending, 'pending write')} stay on disk for the next activation.</b> : 'No write is waiting.'}</p>
      <Writes writes={status.pending} />
      <dl className="kv dl-kv">
        <dt>The app</dt>
        <dd>
          {status.holders > 0 ? `${plural(status.holders, 'holder')}, for ${formatAge(Date.now() - status.since)}. ` : 'Nobody holds it. '}
          Calls fail with <code>ContextInactiveError</code>
        </dd>
        <dt>The data</dt>
        <dd>stays. The next activation goes on from {formatCount(row.localVersion)}</dd>
        <dt>The flush</dt>
        <dd>{live ? 'is skipped' : `would not run anyway: the context is ${status.connection ?? 'offline'}, not live`}</dd>
        <dt>Afterwards</dt>
        <dd>dormant. The app can activate it again at any time</dd>
      </dl>
    </Dialog>
  );
}
