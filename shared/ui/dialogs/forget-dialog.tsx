import { useRef, useState, type ReactNode } from 'react';
import { formatBytes, formatCount, plural } from '../../views/format.ts';
import { Button } from '../components/controls.tsx';
import { Audit, Dialog } from '../components/dialog.tsx';
import { Icon } from '../components/icon.tsx';
import { useInspector, useRefusal } from '../state/inspector.ts';
import { useStore } from '../state/store.ts';
import { newCommandId, runCommand } from './actions.ts';
import { DryRunTag, Failed, TypeName, Writes } from './dialog-parts.tsx';
import { useDryRun, useLiveContext, useWhere } from './use-dialog.ts';

/** Deletes a context and every trace of it on this device. Its name is typed. */
export function ForgetDialog({ contextId, onClose }: { contextId: string; onClose: () => void }): ReactNode {
  const inspector = useInspector();
  const context = useLiveContext(contextId);
  const contexts = useStore(inspector.session.contexts);
  const { where, by } = useWhere();
  const refused = useRefusal('Context.forget');
  const cancel = useRef<HTMLButtonElement>(null);
  const [typed, setTyped] = useState('');
  const dry = useDryRun('Context.forget', { contextId });
  if (context === undefined) return null;
  const name = contextId.slice(0, 60);
  const { row, status } = context;
  const pending = dry.result?.pending ?? context.pending;
  const run = (): void => {
    onClose();
    void runCommand(inspector, 'Context.forget', { commandId: newCommandId(), contextId }, { icon: 'trash', tone: 'c-error', doing: `Forgetting ${name}`, failed: `${name} was not forgotten` }, ({ frees, pending: lost }) => ({
      title: `${name} is forgotten`,
      text: `${formatBytes(frees)} freed${lost > 0 ? `, ${plural(lost, 'unsynced write')} discarded` : ''}`,
    }));
    if (inspector.view.get().selected === contextId) inspector.show({ selected: null });
  };
  return (
    <Dialog
      title={`Forget ${name}`}
      icon="trash"
      tone="c-error"
      where={where}
      size="forget"
      alert
      onClose={onClose}
      initial={cancel}
      footer={
        <>
          <Audit by={by} />
          <span className="grow" />
          <Button className="big quiet" label="Prune instead…" off={status.lifecycle === 'dormant' ? null : 'Deactivate it first'} onPress={() => inspector.dialog.set({ kind: 'prune', contextIds: [contextId] })} />
          <Button className="big" label="Cancel" kbd="Esc" buttonRef={cancel} onPress={onClose} />
          <Button className="big danger solid" icon="trash" label={`Forget ${name}`} off={refused ?? (dry.result === null ? 'The dry run is not done' : typed === contextId ? null : `Type ${name} first`)} onPress={run} />
        </>
      }
    >
      <p className="dl-p">{name} leaves this device completely: its data and its registry row. Use it when the user has left the tenant. To free space, prune instead: the row stays and the data can come back.</p>
      <div className="dl-lead">
        <b>Frees {formatBytes(dry.result?.frees ?? 0)}</b>
        <span className="grow" />
        <DryRunTag run={dry} />
      </div>
      {dry.error === null ? null : <Failed error={dry.error} />}
      <dl className="kv dl-kv dl-box">
        <dt>Partition</dt>
        <dd>{row.partition.present ? <>{formatBytes(row.partition.bytes)}, <span className="mono">{row.partition.file ?? `generation ${row.partition.generation}`}</span></> : 'none on this device'}</dd>
        <dt>Registry row</dt>
        <dd>
          role, endpoint, versions, last error. {contexts.size - 1} of {plural(contexts.size, 'row')} stay
        </dd>
        <dt>Conflict records</dt>
        <dd>{formatCount(dry.result?.conflicts ?? status.conflicts)}</dd>
        <dt>Unsynced writes</dt>
        <dd className={pending === 0 ? 'c-ok' : 'c-error'}>{pending === 0 ? '0, nothing is lost' : `${formatCount(pending)}, lost for good`}</dd>
        {row.lastError === null ? null : (
          <>
            <dt>Last error</dt>
            <dd>
              <span className="c-error">{row.lastError.message.slice(0, 200)}</span> <span className="t2">Its evidence goes too.</span>
            </dd>
          </>
        )}
      </dl>
      <Writes writes={status.pending} cut />
      {row.listed === 'yes' ? (
        <div className="dl-note">
          <Icon name="info" className="c-pending" />
          <p>The server still lists this user as a member. At the next connection the row comes back as dormant, without data. To end that, remove the membership on the server.</p>
        </div>
      ) : null}
      <TypeName name={contextId} deed="forget it" value={typed} onChange={setTyped} />
    </Dialog>
  );
}
