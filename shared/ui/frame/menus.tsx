import { useState, type ReactNode } from 'react';
import { groupOf, type ContextGroup } from '../../views/context-now.ts';
import { formatAge, formatBytes } from '../../views/format.ts';
import { Button, FilterField, Segments } from '../components/controls.tsx';
import { Icon } from '../components/icon.tsx';
import type { IconName } from '../components/icons.tsx';
import { Name } from '../components/parts.tsx';
import { Menu } from '../components/popover.tsx';
import { infoOf } from '../state/client-state.ts';
import { PANEL_TITLES } from '../panels/panel-titles.ts';
import { useContexts, useInspector, useView } from '../state/inspector.ts';
import type { Settings } from '../state/settings.ts';
import { useStore } from '../state/store.ts';
import { PANELS } from '../state/view.ts';
import { ContextLine } from './context-filter.tsx';
import { TYPE_ICONS } from './top-bar.tsx';

export function SettingsMenu({ onClose }: { onClose: () => void }): ReactNode {
  const inspector = useInspector();
  const settings = useStore(inspector.settings);
  const client = useStore(inspector.session.client);
  const set = (part: Partial<Settings>): void => inspector.settings.update((before) => ({ ...before, ...part }));
  const diagnostics = (): string =>
    JSON.stringify({ shell: inspector.host.kind, hub: inspector.hub.state.get().state, client: client.state, events: inspector.session.index.length, traffic: inspector.session.traffic.get(), agent: navigator.userAgent }, null, 2);
  return (
    <Menu label="Settings" className="st-settings" onClose={onClose}>
      <div className="st-mrow">
        <span>Theme</span>
        <span className="grow" />
        <Segments label="Theme" value={settings.theme} onChange={(theme) => set({ theme })} options={[{ value: 'browser', label: inspector.host.kind === 'devtools' ? 'DevTools' : 'Browser' }, { value: 'light', label: 'Light' }, { value: 'dark', label: 'Dark' }]} />
      </div>
      <div className="st-mrow">
        <span>Density</span>
        <span className="grow" />
        <Segments label="Density" value={settings.density} onChange={(density) => set({ density })} options={[{ value: 'compact', label: 'Compact' }, { value: 'regular', label: 'Regular' }, { value: 'roomy', label: 'Roomy' }]} />
      </div>
      <hr />
      <div role="menu" aria-label="Settings">
        <Choice label="Show values" note={client.state === 'recorded' ? 'as the recording keeps them' : ''} on={settings.showValues} onPress={() => set({ showValues: !settings.showValues })} />
        <Choice label="Single-key shortcuts" on={settings.singleKeys} onPress={() => set({ singleKeys: !settings.singleKeys })} />
        <Choice label="Group dormant contexts" on={settings.groupDormant} onPress={() => set({ groupDormant: !settings.groupDormant })} />
        <hr />
        <Item icon="server" label="Hub and clients…" note={inspector.host.hubAddress} onPress={() => inspector.choosing.set(true)} onClose={onClose} />
        <Item icon="help" label="Keyboard shortcuts" kbd="?" onPress={() => inspector.overlay.set('shortcuts')} />
        <Item icon="copy" label="Copy diagnostics of the inspector" onPress={() => void inspector.copy(diagnostics(), 'Diagnostics')} onClose={onClose} />
      </div>
    </Menu>
  );
}

function Choice({ label, note = '', on, onPress }: { label: string; note?: string; on: boolean; onPress: () => void }): ReactNode {
  return (
    <button type="button" role="menuitemcheckbox" aria-checked={on} className="st-mi" onClick={onPress}>
      <span className="st-ck">{on ? <Icon name="check" /> : null}</span>
      <span>{label}</span>
      {note === '' ? null : <span className="t2">{note}</span>}
    </button>
  );
}

function Item({ icon, label, note, kbd, onPress, onClose }: { icon: IconName; label: string; note?: string; kbd?: string; onPress: () => void; onClose?: () => void }): ReactNode {
  return (
    <button
      type="button"
      role="menuitem"
      className="st-mi"
      onClick={() => {
        onClose?.();
        onPress();
      }}
    >
      <span className="st-ck">
        <Icon name={icon} className="t2" />
      </span>
      <span className="clip">
        <Name text={label} most={80} />
      </span>
      {note === undefined ? null : <span className="t2 clip">{note}</span>}
      <span className="grow" />
      {kbd === undefined ? null : <kbd>{kbd}</kbd>}
    </button>
  );
}

export function ClientPicker({ onClose }: { onClose: () => void }): ReactNode {
  const inspector = useInspector();
  const targets = useStore(inspector.hub.targets);
  const info = infoOf(useStore(inspector.session.client));
  const now = Date.now();
  return (
    <Menu label="Clients" className="st-clients" onClose={onClose}>
      <div role="menu" aria-label="Clients">
        {targets.map(({ client, connected, lastSeenAt, recordingBytes }) => (
          <button
            key={client.clientId}
            type="button"
            role="menuitemradio"
            aria-checked={client.clientId === info?.clientId}
            className="st-mi st-pick"
            onClick={() => {
              onClose();
              inspector.attach(client.clientId);
            }}
          >
            <Icon name={TYPE_ICONS[client.type] ?? 'tab'} className={connected ? '' : 't3'} />
            <span className="clip">
              <Name text={client.title} most={60} /> <span className="t2">{client.deviceId}</span>
            </span>
            <span className="grow" />
            <span className="t3 num">{connected ? 'ready' : `gone ${formatAge(now - lastSeenAt)}, ${formatBytes(recordingBytes)}`}</span>
          </button>
        ))}
        {targets.length === 0 ? <p className="st-nil t2">No client has dialled in.</p> : null}
        <hr />
        <Item icon="swap" label="All clients, and ways to get one…" onClose={onClose} onPress={() => inspector.choosing.set(true)} />
        <Item icon="file" label="Open a report…" onClose={onClose} onPress={() => void inspector.openRecording()} />
      </div>
    </Menu>
  );
}

const GROUPS: readonly ContextGroup[] = ['Ambient', 'Open', 'Dormant'];

/** The context filter of narrow windows. */
export function ContextPicker({ onClose }: { onClose: () => void }): ReactNode {
  const inspector = useInspector();
  const all = useContexts();
  const { contexts } = useView();
  const [search, setSearch] = useState('');
  const found = all.filter(({ contextId, title }) => `${contextId} ${title}`.toLowerCase().includes(search.toLowerCase()));
  const toggle = (id: string): void => inspector.show({ contexts: contexts.includes(id) ? contexts.filter((one) => one !== id) : [...contexts, id] });
  return (
    <Menu label="Contexts" className="st-picker" onClose={onClose}>
      <FilterField label="Filter contexts" placeholder="Filter contexts" icon="search" kbd="Alt /" value={search} onChange={setSearch} />
      <div className="st-pbody" role="menu" aria-label="Contexts">
        {GROUPS.map((group) => {
          const list = found.filter((context) => groupOf(context) === group);
          return list.length === 0 ? null : (
            <div key={group} role="group" aria-label={group}>
              <h3 role="presentation">
                {group} <span className="t3">{list.length}</span>
              </h3>
              {list.map((context) => (
                <button
                  key={context.contextId}
                  type="button"
                  role="menuitemcheckbox"
                  aria-checked={contexts.includes(context.contextId)}
                  className="st-mi st-pick ctx"
                  onClick={(event) => (event.altKey ? inspector.show({ contexts: [context.contextId] }) : toggle(context.contextId))}
                >
                  <span className={`check ${contexts.includes(context.contextId) ? 'on' : ''}`}>
                    <i />
                  </span>
                  <ContextLine context={context} />
                </button>
              ))}
            </div>
          );
        })}
      </div>
      <div className="st-pfoot">
        <span className="t2">{contexts.length === 0 ? `All ${all.length} shown` : `${contexts.length} of ${all.length} shown`}</span>
        <span className="grow" />
        <Button className="quiet" label="Show all" onPress={() => inspector.show({ contexts: [] })} />
      </div>
    </Menu>
  );
}

/** The panels that a narrow window has no room for. */
export function PanelMenu({ onClose }: { onClose: () => void }): ReactNode {
  const inspector = useInspector();
  const { panel } = useView();
  return (
    <Menu label="Panels" className="st-panels" onClose={onClose}>
      <div role="menu" aria-label="Panels">
        {PANELS.map((name, index) => (
          <button
            key={name}
            type="button"
            role="menuitemradio"
            aria-checked={name === panel}
            className="st-mi"
            onClick={() => {
              onClose();
              inspector.go(name);
            }}
          >
            <span className="st-ck">{name === panel ? <Icon name="check" /> : null}</span>
            <span>{PANEL_TITLES[name]}</span>
            <span className="grow" />
            <kbd>{(index + 1) % 10}</kbd>
          </button>
        ))}
      </div>
    </Menu>
  );
}

