import { useState, type ReactNode } from 'react';
import { plural } from '../../../views/format.ts';
import { Button, FilterField } from '../../components/controls.tsx';
import { useInspector } from '../../state/inspector.ts';
import { useStore } from '../../state/store.ts';
import { ClientDetail } from './client-detail.tsx';
import { ClientList } from './client-list.tsx';
import { Mismatch } from './mismatch.tsx';
import { NothingFound } from './nothing-found.tsx';
import { useSessions } from './use-sessions.ts';
import { Ways } from './ways.tsx';

/** Fills the page while no client is attached, or when another one is to be chosen. */
export function ConnectPanel(): ReactNode {
  const inspector = useInspector();
  const targets = useStore(inspector.hub.targets);
  const hub = useStore(inspector.hub.state);
  const client = useStore(inspector.session.client);
  const choosing = useStore(inspector.choosing);
  const [search, setSearch] = useState('');
  const [chosen, setChosen] = useState<string | null>(null);
  const needle = search.toLowerCase();
  const found = targets.filter(({ client: { title, app, deviceId, type } }) => `${title} ${app} ${deviceId} ${type}`.toLowerCase().includes(needle)).toSorted((a, b) => (a.client.title < b.client.title ? -1 : 1));
  const sessions = useSessions();
  const current = found.find((target) => target.client.clientId === chosen);
  const state = hub.state === 'connecting' ? 'searching' : targets.length === 0 ? 'none' : 'list';
  const reachable = targets.filter(({ connected }) => connected).length;
  return (
    <main className="panel cn" aria-label="Connect" data-region>
      <div className="cn-root" data-state={state}>
        <section className="cn-list" aria-label="Clients">
          <div className="bar cn-bar">
            <b>Clients</b>
            <span className="t2">{state === 'searching' ? 'Looking' : targets.length === 0 ? '0 found' : `${targets.length} found, ${reachable} reachable`}</span>
            <span className="grow" />
            {hub.state === 'open' ? (
              <span className="cn-live t2 p2">
                <i className="cn-beat" />
                The hub tells of each change
              </span>
            ) : null}
            {choosing ? <Button className="quiet" label="Back" kbd="Esc" onPress={() => inspector.choosing.set(false)} /> : null}
            {targets.length === 0 ? null : <FilterField label="Filter clients" placeholder="Filter by app, device or type" icon="search" value={search} onChange={setSearch} />}
          </div>
          {client.state === 'refused' && client.code === 'PROTOCOL_VERSION' ? (
            <div className="cn-note">
              <Mismatch message={client.message} onRetry={() => inspector.attach(client.clientId)} />
            </div>
          ) : client.state === 'refused' ? (
            <p className="cn-note c-error" role="alert">
              {client.message}
            </p>
          ) : null}
          {state === 'list' ? (
            <ClientList targets={found} sessions={sessions ?? []} chosen={chosen} onChoose={setChosen} />
          ) : (
            <NothingFound searching={state === 'searching'} />
          )}
          {found.length === 0 && targets.length > 0 ? <p className="cn-note t2">No client matches. {plural(targets.length, 'client')} without the filter.</p> : null}
        </section>
        {current === undefined ? null : <ClientDetail target={current} sessions={sessions === null ? null : sessions.filter(({ clientId }) => clientId === current.client.clientId)} />}
        <Ways sessions={sessions} />
      </div>
    </main>
  );
}
