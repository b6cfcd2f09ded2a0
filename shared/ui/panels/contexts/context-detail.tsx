import type { ReactNode } from 'react';
import type { ContextNow } from '../../../views/context-now.ts';
import { formatBytes, formatCount, shorten } from '../../../views/format.ts';
import { ActionButtons } from '../../dialogs/action-buttons.tsx';
import { DetailHead } from '../../components/detail-head.tsx';
import { Heading, Name, StateIcon } from '../../components/parts.tsx';
import { ActivationSection } from './activation-section.tsx';
import { Connection, Doing } from './context-columns.tsx';
import { PendingWrites } from './pending-writes.tsx';
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
      <PendingWrites context={context} most={20} />
    </section>
  );
}
