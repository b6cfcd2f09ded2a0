import type { ReactNode } from 'react';
import type { TargetInfo } from '../../../protocol/debug/index.ts';
import { formatBytes, formatSecond, plural } from '../../../views/format.ts';
import { Button } from '../../components/controls.tsx';
import { Icon } from '../../components/icon.tsx';
import { Heading, Name } from '../../components/parts.tsx';
import { TYPE_ICONS } from '../../frame/top-bar.tsx';
import { useInspector } from '../../state/inspector.ts';
import { useStore } from '../../state/store.ts';

const POLICIES = { full: 'as they are', structure: 'names, types and lengths only', redacted: 'by a redaction policy' } as const;

export function ClientDetail({ target }: { target: TargetInfo }): ReactNode {
  const inspector = useInspector();
  const hub = useStore(inspector.hub.state);
  const { client, connected } = target;
  const control = hub.state === 'open' && hub.mode === 'control';
  return (
    <section className="detail cn-detail" aria-label={client.title}>
      <div className="detail-head">
        <h2>
          <Icon name={TYPE_ICONS[client.type] ?? 'tab'} />
          <Name text={client.title} most={80} />
        </h2>
        <span className="t2">
          <Name text={client.deviceId} most={80} />
        </span>
        <span className="grow" />
        <Button className="primary" label={connected ? 'Attach' : 'Open'} onPress={() => inspector.attach(client.clientId)} />
      </div>
      <div className="detail-body">
        <div className="cols cn-cols">
          <section>
            <Heading>Session</Heading>
            <p>{control ? 'Control: it can also activate, prune and replay.' : 'Observe: it reads only.'}</p>
            <p className="t2">The client records who attached, and each command.</p>
            {hub.state === 'open' && hub.contexts !== null ? <p className="t2">Limited to {plural(hub.contexts.length, 'context')}.</p> : null}
          </section>
          <section>
            <Heading>About this client</Heading>
            <dl className="kv">
              <dt>Started</dt>
              <dd className="mono">{formatSecond(client.startedAt)}</dd>
              <dt>From</dt>
              <dd className="mono">{target.remote}</dd>
              <dt>Platform</dt>
              <dd>
                <Name text={client.platform} most={80} />
              </dd>
              <dt>Runtime</dt>
              <dd>{client.runtimeVersion}</dd>
              <dt>Values</dt>
              <dd>{POLICIES[client.valuePolicy]}</dd>
              <dt>Recording</dt>
              <dd>{formatBytes(target.recordingBytes)}</dd>
              <dt>Can do</dt>
              <dd>{plural(client.capabilities.length, 'method')}</dd>
              <dt>Id</dt>
              <dd className="mono">{client.clientId}</dd>
            </dl>
          </section>
        </div>
      </div>
    </section>
  );
}
