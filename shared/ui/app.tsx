import { useEffect, useMemo, useState, useSyncExternalStore, type ReactNode } from 'react';
import { Banner } from './frame/banner.tsx';
import { ContextFilter } from './frame/context-filter.tsx';
import { ClientPicker, ContextPicker, PanelMenu, SettingsMenu } from './frame/menus.tsx';
import { Palette } from './frame/palette.tsx';
import { Shortcuts } from './frame/shortcuts.tsx';
import { StatusBar } from './frame/status-bar.tsx';
import { Tabs } from './frame/tabs.tsx';
import { TimeStrip } from './frame/time-strip.tsx';
import { Toasts } from './frame/toasts.tsx';
import { TopBar } from './frame/top-bar.tsx';
import { DialogHost } from './dialogs/dialog-host.tsx';
import type { Host } from './host.ts';
import { ConnectPanel } from './panels/connect/connect-panel.tsx';
import { ConnectStatus } from './panels/connect/connect-status.tsx';
import { Panel } from './panels/panel.tsx';
import { Inspector, InspectorContext, useInspector, useView } from './state/inspector.ts';
import { useKeyboard } from './state/keys.ts';
import { useStore } from './state/store.ts';
import './styles/index.css';

/** The whole inspector, in whatever shell. */
export function App({ host }: { host: Host }): ReactNode {
  const [inspector, setInspector] = useState<Inspector | null>(null);
  useEffect(() => {
    const made = new Inspector(host);
    setInspector(made);
    return () => made.close();
  }, [host]);
  if (inspector === null) return null;
  return (
    <InspectorContext value={inspector}>
      <Frame />
    </InspectorContext>
  );
}

function Frame(): ReactNode {
  const inspector = useInspector();
  const { panel } = useView();
  const client = useStore(inspector.session.client);
  const choosing = useStore(inspector.choosing);
  const dialog = useStore(inspector.dialog);
  const overlay = useStore(inspector.overlay);
  const wide = useStore(inspector.wide);
  useLook();
  useKeyboard();
  useRestoredClient();
  const connecting = choosing || ['none', 'attaching', 'refused'].includes(client.state);
  const covered = dialog.kind !== 'none' || overlay === 'palette' || overlay === 'shortcuts';
  return (
    <div className="root">
      <div className={`app ${connecting ? 'no-side' : wide ? 'is-wide' : ''}`} data-panel={connecting ? 'connect' : panel} inert={covered}>
        <TopBar connecting={connecting} />
        <Banner />
        <Tabs off={connecting} />
        {connecting ? null : <ContextFilter />}
        {connecting ? <ConnectPanel /> : <Panel panel={panel} />}
        {connecting ? null : <TimeStrip />}
        {connecting ? <ConnectStatus /> : <StatusBar />}
      </div>
      <div className="overlays">
        <Overlays />
        <DialogHost />
        <Toasts />
      </div>
    </div>
  );
}

function Overlays(): ReactNode {
  const inspector = useInspector();
  const overlay = useStore(inspector.overlay);
  // A menu item may have opened another overlay on its way out.
  const close = (): void => {
    if (inspector.overlay.get() === overlay) inspector.overlay.set('none');
  };
  switch (overlay) {
    case 'palette':
      return <Palette onClose={close} />;
    case 'shortcuts':
      return <Shortcuts onClose={close} />;
    case 'settings':
      return <SettingsMenu onClose={close} />;
    case 'clients':
      return <ClientPicker onClose={close} />;
    case 'contexts':
      return <ContextPicker onClose={close} />;
    case 'panels':
      return <PanelMenu onClose={close} />;
    default:
      return null;
  }
}

/** Theme and density on the root element, where the tokens read them. */
function useLook(): void {
  const { host, settings } = useInspector();
  const { theme, density } = useStore(settings);
  const around = useSyncExternalStore(host.theme.listen, host.theme.get);
  useEffect(() => {
    const { dataset } = document.documentElement;
    const shown = theme === 'browser' ? around : theme;
    if (shown === null) delete dataset['theme'];
    else dataset['theme'] = shown;
    dataset['density'] = density;
  }, [theme, density, around]);
}

/** Attaches to the client that the address names, or to the only one there is. */
function useRestoredClient(): void {
  const inspector = useInspector();
  const { client } = useView();
  const targets = useStore(inspector.hub.targets);
  const state = useStore(inspector.session.client).state;
  const only = useMemo(() => {
    const connected = targets.filter((target) => target.connected);
    return connected.length === 1 ? (connected[0]?.client.clientId ?? null) : null;
  }, [targets]);
  const [tried, setTried] = useState(false);
  useEffect(() => {
    if (state !== 'none' || tried || inspector.choosing.get()) return;
    const wanted = client !== null && targets.some((target) => target.client.clientId === client) ? client : client === null ? only : null;
    if (wanted === null) return;
    setTried(true);
    inspector.attach(wanted);
  }, [client, targets, only, state, tried, inspector]);
}
