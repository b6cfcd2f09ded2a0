import type { ReactNode } from 'react';
import type { ContextNow } from '../../../views/context-now.ts';
import { formatAge, formatBytes, formatCount, plural, shorten } from '../../../views/format.ts';
import { ActionButtons } from '../../dialogs/action-buttons.tsx';
import { DetailHead } from '../../components/detail-head.tsx';
import { Icon } from '../../components/icon.tsx';
import { Heading, Name, StateIcon } from '../../components/parts.tsx';
import { useNow } from '../../state/inspector.ts';
import { ActivationSection } from './activation-section.tsx';
import { Connection, Doing } from './context-columns.tsx';
import { StaircaseSection } from './staircase-section.tsx';
import { WhySection } from './why-section.tsx';

export function ContextDetail({ context, appSchema, onClose }: { context: ContextNow; appSchema: number; onClose: () => void }): ReactNode {
  const { contextId, title, state, status } = context;
  return (
    <section className="detail" aria-label={contextId.slice(0, 100)} data-region>
      <DetailHead name="contexts" onClose={onClose} actions={<ActionButtons context={context} />}>
        <h2>
          <StateIcon state={state} />
          <Name text={contextId} most={80} />
        </h2>
        <span className="t2">
          <Name text={title} most={80} />
        </span>
        {status.activationId === undefined ? null : (
          <span className="tag line mono p3" title="Activation id: fences everything done under it">
            {shorten(status.activationId, 8)}
          </span>
        )}
      </DetailHead>
      <div className="detail-body">
        <div className="cols cx-cols">
          <Now context={context} appSchema={appSchema} />
          <ActivationSection context={context} />
          <StaircaseSection context={context} />
          <WhySection context={context} />
        </div>
      </div>
    </section>
  );
}

function Now({ context, appSchema }: { context: ContextNow; appSchema: number }): ReactNode {
  const now = useNow();
  const { row, status, behind, pending } = context;
  return (
    <section>
      <Heading>Now</Heading>
      <dl className="kv">
        <dt>Doing</dt>
        <dd className={context.state === 'error' ? 'c-error' : ''} title={row.lastError?.message.slice(0, 500)}>
          <Doing context={context} />
        </dd>
        <dt>Connection</dt>
        <dd>
          <Connection name={status.connection} />
        </dd>
        <dt>Local version</dt>
        <dd className="mono c-local">{row.partition.present ? formatCount(row.localVersion) : '–'}</dd>
        <dt>Server version</dt>
        <dd className="mono c-remote">
          {formatCount(row.serverVersion)} <span className="t2">{behind > 0 ? `${formatCount(behind)} ahead` : ''}</span>
        </dd>
        <dt>Schema</dt>
        <dd>{!row.partition.present ? '–' : row.schemaVersion < appSchema ? `${row.schemaVersion}, migrates to ${appSchema} when next activated` : `${row.schemaVersion}, same as the app`}</dd>
        <dt>Digest</dt>
        <dd className="mono">
          {status.digest === undefined ? (
            <span className="t3">{status.lifecycle === 'dormant' ? 'not known while dormant' : 'not told'}</span>
          ) : (
            <>
              {shorten(status.digest)} <span className="t2">at {formatCount(row.localVersion)}</span>
            </>
          )}
        </dd>
        <dt>Partition</dt>
        <dd>
          {row.partition.present ? (
            <>
              {formatBytes(row.partition.bytes)}, <span className="mono">{row.partition.file ?? `generation ${row.partition.generation}`}</span>
            </>
          ) : (
            'absent'
          )}
        </dd>
        <dt>Role</dt>
        <dd>{row.role}</dd>
      </dl>
      <Heading note={pending === 0 ? 'none in the outbox' : `${formatCount(pending)} in the outbox`}>Pending writes</Heading>
      <dl className="kv cx-writes">
        {status.pending.slice(0, 20).map((write) => (
          <PendingWrite key={write.mutationId} write={write} now={now} />
        ))}
      </dl>
      {status.pending.length > 20 ? <p className="t3">{plural(status.pending.length - 20, 'more')}</p> : null}
    </section>
  );
}

export function PendingWrite({ write, now }: { write: ContextNow['status']['pending'][number]; now: number }): ReactNode {
  return (
    <>
      <dt className="mono c-pending clip" title={`${write.mutationId}, ${write.state}`}>
        <Icon name="ev-push" className="c-push" /> {write.op} <Name text={`${write.entity}/${write.entityId}`} most={80} />
      </dt>
      <dd className="t2">{write.baseVersion === null ? write.state : `base ${formatCount(write.baseVersion)}`}</dd>
      <dd className="t2">{formatAge(now - write.writtenAt)}</dd>
    </>
  );
}
