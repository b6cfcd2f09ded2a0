import type { ReactNode } from 'react';
import { formatBytes, formatClock, formatCount, formatStretch, formatWhen, plural } from '../../../views/format.ts';
import { Button } from '../../components/controls.tsx';
import { DetailHead } from '../../components/detail-head.tsx';
import { Icon } from '../../components/icon.tsx';
import { Name } from '../../components/parts.tsx';
import { useInspector } from '../../state/inspector.ts';
import { useAnswer } from '../../state/use-read.ts';
import { MakeTest } from './make-test.tsx';
import { openHubFile, type HubFile } from './use-files.ts';

/** What a file of the hub holds, before it is opened: the hub has checked it (RP6). */
export function FileDetail({ file, off, onClose }: { file: HubFile; off: string | null; onClose: () => void }): ReactNode {
  const inspector = useInspector();
  const { rpc } = inspector.hub;
  const isReport = file.kind === 'report';
  const { value, error, loading, again } = useAnswer(`report ${file.file}`, rpc === null || !isReport ? null : () => rpc.call('Hub.openReport', { file: file.file }));
  const client = value?.clients.at(-1);
  const notes = value?.meta['notes'] ?? '';
  return (
    <section className="detail" aria-label={file.name}>
      <DetailHead
        name="replay"
        onClose={onClose}
        actions={
          <>
            <MakeTest className="p2" />
            <Button icon="file" label="Open" off={off ?? (error === null ? null : 'It did not pass the checks')} onPress={() => void openHubFile(inspector, file)} />
          </>
        }
      >
        <h2>
          <Icon name="file" className="t2" />
          <Name text={file.name} most={100} />
        </h2>
        {notes === '' ? null : (
          <span className="t2 clip">
            “<Name text={notes} most={200} />”
          </span>
        )}
      </DetailHead>
      <div className="detail-body">
        {error !== null ? (
          <div className="sec" role="alert">
            <p className="c-error">{error}</p>
            <p className="t2">It was checked and not opened: size, schema and version have to be those of a recording.</p>
            <Button icon="replay" label="Check again" onPress={again} />
          </div>
        ) : (
          <div className="rp-sum">
            <dl className="kv">
              <dt>{isReport ? 'Received' : 'Last event'}</dt>
              <dd>{file.at === 0 ? '–' : formatWhen(file.at, Date.now())}</dd>
              <dt>Size</dt>
              <dd>{formatBytes(file.bytes)}</dd>
            </dl>
            {isReport ? (
              loading ? (
                <p className="t2 rp-wait">Checking what it holds</p>
              ) : value === null ? null : (
                <>
                  <dl className="kv">
                    <dt>Device</dt>
                    <dd>{client === undefined ? '–' : <Name text={`${client.deviceId}, ${client.platform}`} most={100} />}</dd>
                    <dt>App</dt>
                    <dd>{client === undefined ? '–' : <Name text={`${client.app}, runtime ${client.runtimeVersion}`} most={100} />}</dd>
                  </dl>
                  <dl className="kv">
                    <dt>Range</dt>
                    <dd>
                      <span className="mono">{value.firstAt === null || value.lastAt === null ? '–' : `${formatClock(value.firstAt).slice(0, 8)} to ${formatClock(value.lastAt).slice(0, 8)}`}</span> {value.firstAt === null || value.lastAt === null ? '' : formatStretch(value.lastAt - value.firstAt)}
                    </dd>
                    <dt>Holds</dt>
                    <dd>
                      {plural(value.events, 'event')}, {plural(value.steps, 'step')}
                    </dd>
                  </dl>
                  <dl className="kv">
                    <dt>Contexts</dt>
                    <dd>
                      {formatCount(value.contexts.length)} <Name className="t2" text={value.contexts.slice(0, 6).join(', ')} most={100} />
                    </dd>
                    <dt>Gaps</dt>
                    <dd className={value.gaps > 0 ? 'c-pending' : ''}>{value.gaps === 0 ? 'None' : formatCount(value.gaps)}</dd>
                  </dl>
                </>
              )
            ) : (
              <dl className="kv">
                <dt>Client</dt>
                <dd className="mono">
                  <Name text={file.clientId} most={100} />
                </dd>
                <dt>Holds</dt>
                <dd>{plural(file.events ?? 0, 'event')}</dd>
              </dl>
            )}
          </div>
        )}
      </div>
    </section>
  );
}
