import type { ReactNode } from 'react';
import type { ContextNow } from '../../../views/context-now.ts';
import { formatBytes, formatCount, plural } from '../../../views/format.ts';
import type { StorageLine } from '../../../views/storage-plan.ts';
import { Button } from '../../components/controls.tsx';
import { DetailHead } from '../../components/detail-head.tsx';
import { Heading, LinkButton, Name, StateIcon } from '../../components/parts.tsx';
import { activateContext } from '../../dialogs/actions.ts';
import { useInspector, useNow, useRefusal, useView } from '../../state/inspector.ts';
import { useAnswer } from '../../state/use-read.ts';
import { PendingWrite } from '../contexts/context-detail.tsx';

/** One context's files and writes, and all files of the device. */
export function StorageDetail({ context, line, limit, onClose }: { context: ContextNow; line: StorageLine | undefined; limit: number; onClose: () => void }): ReactNode {
  const inspector = useInspector();
  const { fields } = useView();
  const now = useNow();
  const activate = useRefusal('Context.activate');
  const prune = useRefusal('Context.prune');
  const refused = useRefusal('Registry.files');
  const files = useAnswer(`files ${refused ?? ''} ${context.row.partition.generation} ${context.row.partition.present}`, refused === null ? () => inspector.session.call('Registry.files', {}) : null);
  const all = files.value?.files ?? [];
  const own = all.filter(({ contextId }) => contextId === context.contextId);
  const kinds = [...new Set(all.map(({ kind }) => kind))];
  const { contextId, title, state, status, row, pending } = context;
  return (
    <section className="detail" aria-label={contextId.slice(0, 100)} data-region>
      <DetailHead
        name="storage"
        onClose={onClose}
        actions={
          <>
            {pending > 0 && status.lifecycle === 'dormant' ? <Button className="p2" icon="power" label="Activate to push" off={activate} onPress={() => void activateContext(inspector, contextId)} /> : null}
            <Button className="danger" icon="prune" label="Prune…" off={prune ?? (status.lifecycle !== 'dormant' ? 'Deactivate it first: only dormant contexts are pruned' : row.partition.present ? null : 'There is no data on this device')} onPress={() => inspector.dialog.set({ kind: 'prune', contextIds: [contextId] })} />
          </>
        }
      >
        <h2>
          <StateIcon state={state} />
          <Name text={contextId} most={80} />
        </h2>
        <span className="t2">
          <Name text={title} most={80} />
        </span>
        {line?.fate === 'blocked' ? <span className="tag tint-pending">blocked</span> : null}
      </DetailHead>
      <div className="detail-body">
        <div className="cols so-cols">
          <section>
            <Heading note={pending === 0 ? 'all are on the server' : undefined}>{pending === 0 ? 'No unsynced writes' : `${plural(pending, 'write')} not on the server`}</Heading>
            <dl className="kv cx-writes">
              {status.pending.slice(0, 12).map((write) => (
                <PendingWrite key={write.mutationId} write={write} now={now} />
              ))}
            </dl>
            <Heading>Why</Heading>
            <p className="t2">{line === undefined ? '' : `${line.why}; the limit is ${limit} d.`}</p>
          </section>
          <section>
            <Heading note={formatBytes(own.reduce((sum, { bytes }) => sum + bytes, 0))}>Its files</Heading>
            <dl className="kv">
              {own.map(({ file, bytes, kind }) => (
                <div key={file} className="cf-try-line">
                  <dt className="mono clip so-file" title={file}>{file}</dt>
                  <dd>
                    {formatBytes(bytes)} <span className="t2">{kind}</span>
                  </dd>
                </div>
              ))}
            </dl>
            {own.length === 0 ? <p className="t2">{refused ?? files.error ?? 'None on this device.'}</p> : null}
          </section>
          <section>
            <Heading note={formatBytes(all.reduce((sum, { bytes }) => sum + bytes, 0))}>All files on this device</Heading>
            <dl className="kv">
              {kinds.map((kind) => {
                const of = all.filter((file) => file.kind === kind);
                return (
                  <div key={kind} className="cf-try-line">
                    <dt>{formatCount(of.length)} {kind}</dt>
                    <dd>
                      {formatBytes(of.reduce((sum, { bytes }) => sum + bytes, 0))} {kind === 'unknown' ? <LinkButton onPress={() => inspector.go('registry', { fields: { ...fields, 'registry.quick': 'findings' } })}>In Registry</LinkButton> : null}
                    </dd>
                  </div>
                );
              })}
            </dl>
          </section>
          <section>
            <Heading>Quarantine</Heading>
            {row.quarantine === null ? <p className="t2">No outbox of this context was set aside.</p> : <p className="mono">{row.quarantine}</p>}
          </section>
        </div>
      </div>
    </section>
  );
}
