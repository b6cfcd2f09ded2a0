import type { ReactNode } from 'react';
import { METHODS, type TargetInfo } from '../../../protocol/debug/index.ts';
import { formatBytes, formatSecond, plural } from '../../../views/format.ts';
import { Button, Segments } from '../../components/controls.tsx';
import { Icon } from '../../components/icon.tsx';
import { Heading, Name } from '../../components/parts.tsx';
import { TYPE_ICONS } from '../../frame/top-bar.tsx';
import { infoOf, isLocal } from '../../state/client-state.ts';
import { useInspector } from '../../state/inspector.ts';
import { useStore } from '../../state/store.ts';
import { OfferPairing } from './offer-pairing.tsx';
import type { HubSession } from './use-sessions.ts';

const POLICIES = { full: 'as they are', structure: 'names, types and lengths only', redacted: 'by a redaction policy' } as const;

/** `sessions`: those of this client, by what the hub says; null where it does not. */
export function ClientDetail({ target, sessions }: { target: TargetInfo; sessions: readonly HubSession[] | null }): ReactNode {
  const inspector = useInspector();
  const hub = useStore(inspector.hub.state);
  const { client, connected } = target;
  useStore(inspector.layout.store);
  const observes = inspector.observes(client.clientId);
  const own = infoOf(useStore(inspector.session.client))?.clientId === client.clientId ? 1 : 0;
  const others = Math.max(0, (sessions?.length ?? 0) - own);
  const names = [...new Set((sessions ?? []).map(({ name, mode }) => `${name.slice(0, 40)}, ${mode}`))];
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
        <Button className="p2" icon="copy" label="Copy id" onPress={() => void inspector.copy(client.clientId, 'The id')} />
        <Button className="primary" label={connected ? 'Attach' : 'Open'} onPress={() => inspector.attach(client.clientId)} />
      </div>
      <div className="detail-body">
        <div className="cols cn-cols">
          <section>
            <Heading>Session</Heading>
            {control && connected ? (
              <div className="cn-opts">
                <Segments label="This session" value={observes ? 'observe' : 'control'} onChange={(mode) => inspector.chooseObserve(client.clientId, mode === 'observe')} options={[{ value: 'observe', label: 'Observe' }, { value: 'control', label: 'Control' }]} />
                <p className="t2">{observes ? `Reads only${isLocal(target) ? '' : ', the default on the network'}.` : 'Can also activate, prune and replay.'}</p>
              </div>
            ) : (
              <p>{connected ? 'Observe: it reads only.' : 'The recording opens read-only.'}</p>
            )}
            <p className="t2 cn-p">The client records who attached, and each command.</p>
            <p className="t2">{others === 0 ? 'Nobody else is attached.' : `${plural(others, 'other session')} attached: ${names.join(', ')}.`}</p>
            {hub.state === 'open' && hub.contexts !== null ? <p className="t2">Limited to {plural(hub.contexts.length, 'context')}.</p> : null}
          </section>
          <OfferPairing target={target} />
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
              <dd>{plural(client.capabilities.filter((one) => one in METHODS).length, 'method')}</dd>
              <dt>Id</dt>
              <dd className="mono">{client.clientId}</dd>
            </dl>
          </section>
        </div>
      </div>
    </section>
  );
}
