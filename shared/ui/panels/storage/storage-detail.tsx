import type { ReactNode } from 'react';
import type { ContextNow } from '../../../views/context-now.ts';
import { formatBytes, formatCount, plural } from '../../../views/format.ts';
import type { StorageLine, StoragePlan } from '../../../views/storage-plan.ts';
import { Button } from '../../components/controls.tsx';
import { DetailHead } from '../../components/detail-head.tsx';
import { Heading, LinkButton, Name, StateIcon } from '../../components/parts.tsx';
import { activateContext } from '../../dialogs/actions.ts';
import { useInspector, useRefusal, useShownContexts, useView } from '../../state/inspector.ts';
import { useAnswer } from '../../state/use-read.ts';
import { PendingWrites } from '../contexts/pending-writes.tsx';
import { PendingChoices, type PendingChoice } from './pending-choice.tsx';

const SHOWN_WRITES = 4;

interface DetailProps {
  readonly context: ContextNow;
  readonly plan: StoragePlan;
  readonly limit: number;
  readonly choice: PendingChoice;
  readonly onChoice: (choice: PendingChoice) => void;
  readonly onPrune: (contextIds: readonly string[]) => void;
  readonly onClose: () => void;
}

/** One context's files and writes, and all files of the device. */
export function StorageDetail({ context, plan, limit, choice, onChoice, onPrune, onClose }: DetailProps): ReactNode {
  const inspector = useInspector();
  const { fields } = useView();
  const activate = useRefusal('Context.activate');
  const prune = useRefusal('Context.prune');
  const refused = useRefusal('Registry.files');
  const files = useAnswer(`files ${refused ?? ''} ${context.row.partition.generation} ${context.row.partition.present}`, refused === null ? () => inspector.session.call('Registry.files', {}) : null);
  const line = plan.lines.find((one) => one.context.contextId === context.contextId);
  const quarantined = useShownContexts().filter((one) => one.row.quarantine !== null);
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
            {pending > 0 && status.lifecycle === 'dormant' ? <Button className="p2" icon="power" label="Activate to push" title="Opens it, migrates it where it must, and pushes its writes. Then it can be pruned, or stays" off={activate} onPress={() => void activateContext(inspector, contextId)} /> : null}
            {pending > 0 ? <Button className="p3" icon="ev-push" label="Show writes" onPress={() => inspector.go('data', { selected: contextId })} /> : null}
            <Button className="danger" icon="prune" label="Prune…" off={prune ?? (status.lifecycle !== 'dormant' ? 'Deactivate it first: only dormant contexts are pruned' : row.partition.present ? null : 'There is no data on this device')} onPress={() => onPrune([contextId])} />
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
      <div className="detail-body" tabIndex={0} role="group" aria-label="Writes and files">
        <div className="cols so-cols">
          <section>
            <Heading note={pending === 0 ? 'all are on the server' : undefined}>{pending === 0 ? 'No unsynced writes' : `${plural(pending, 'write')} not on the server`}</Heading>
            <PendingWrites context={context} most={SHOWN_WRITES} />
            {plan.lines.some(({ fate }) => fate === 'blocked') ? <PendingChoices plan={plan} choice={choice} onChoice={onChoice} /> : null}
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
            {own.some(({ kind }) => kind === 'staged') ? <p className="t2 so-p">The staged file is a snapshot download that was not finished. It goes on at the next activation.</p> : null}
            <Heading>{line?.fate === 'goes' || line?.fate === 'blocked' ? 'Why it is a candidate' : 'Why it stays'}</Heading>
            <p className="t2">{line === undefined ? '' : whyOf(line, limit)}</p>
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
            <Heading note={formatCount(quarantined.length)}>Quarantined outboxes</Heading>
            {quarantined.length === 0 ? <p className="t2">No outbox was set aside.</p> : null}
            <dl className="kv">
              {quarantined.map(({ contextId: id, state: shown, row: { quarantine } }) => (
                <div key={id} className="cf-try-line">
                  <dt>
                    <StateIcon state={shown} /> <Name text={id} most={40} />
                  </dt>
                  <dd className="mono clip" title={quarantine ?? ''}>
                    {formatBytes(all.find(({ file }) => file === quarantine)?.bytes ?? 0)} <span className="t2">{quarantine}</span>
                  </dd>
                </div>
              ))}
            </dl>
            {quarantined.length === 0 ? null : <p className="t2 so-p">Rebased and pushed at the next activation of their context. They are not among the pending writes.</p>}
          </section>
        </div>
      </div>
    </section>
  );
}

function whyOf({ fate, why, context }: StorageLine, limit: number): string {
  const state = context.status.lifecycle === 'dormant' ? 'Dormant, ' : '';
  if (fate === 'blocked') return `${state}and the limit is ${limit} d. Without its ${plural(context.pending, 'write')} it would go.`;
  if (fate === 'goes') return `${state}${why}; the limit is ${limit} d.`;
  if (fate === 'empty') return `It holds no data: ${why}.`;
  return `${state === '' ? why.charAt(0).toUpperCase() + why.slice(1) : `${state}${why}: within the limit of ${limit} d`}.`;
}
