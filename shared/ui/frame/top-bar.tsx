import type { ReactNode } from 'react';
import { formatAge, formatBytes, formatClock, formatCount, formatMs, formatStretch } from '../../views/format.ts';
import { IconButton } from '../components/controls.tsx';
import { Icon } from '../components/icon.tsx';
import type { IconName } from '../components/icons.tsx';
import { Name } from '../components/parts.tsx';
import { EmulatedBadge } from '../panels/network/emulated-badge.tsx';
import { infoOf } from '../state/client-state.ts';
import { useIndex, useInspector, useNow, useView } from '../state/inspector.ts';
import { modKey } from '../state/keys.ts';
import { useStore } from '../state/store.ts';

export const TYPE_ICONS: { readonly [type: string]: IconName } = { page: 'tab', worker: 'code', node: 'server', phone: 'phone', recording: 'file' };

export function TopBar({ connecting }: { connecting: boolean }): ReactNode {
  const inspector = useInspector();
  const client = useStore(inspector.session.client);
  const overlay = useStore(inspector.overlay);
  const info = infoOf(client);
  return (
    <header className="topbar">
      <h1 className="brand" title="Contextscope">
        <i className="logo" aria-hidden="true" />
        <span className="cn-vh">Contextscope</span>
      </h1>
      <button type="button" className="client" aria-haspopup="dialog" aria-expanded={overlay === 'clients'} onClick={() => inspector.overlay.set(overlay === 'clients' ? 'none' : 'clients')}>
        <Icon name={TYPE_ICONS[info?.type ?? 'page'] ?? 'tab'} />
        {info === null ? (
          <b>{client.state === 'attaching' ? 'Attaching' : 'Choose a client'}</b>
        ) : (
          <>
            <b>
              <Name text={info.title} most={60} />
            </b>
            <span className="t2 opt">
              <Name text={`${info.app}, ${info.deviceId}`} most={80} />
            </span>
          </>
        )}
        <Icon name="chev-down" />
      </button>
      <Connection />
      <EmulatedBadge />
      <span className="grow" />
      {connecting ? null : <TimeCursor />}
      <span className="grow" />
      {connecting ? null : <Recording />}
      <button type="button" className="cmdk" aria-haspopup="dialog" title="Search or run a command" onClick={() => inspector.overlay.set('palette')}>
        <Icon name="search" />
        <span className="opt">Search or run a command</span>
        <kbd>{modKey('K')}</kbd>
      </button>
      <IconButton icon="more" label="Settings, theme, density, shortcuts (?)" onPress={() => inspector.overlay.set(overlay === 'settings' ? 'none' : 'settings')} />
    </header>
  );
}

function Connection(): ReactNode {
  const { session } = useInspector();
  const client = useStore(session.client);
  const { rttMs } = useStore(session.traffic);
  switch (client.state) {
    case 'attached':
      return (
        <span className="conn c-active" title={rttMs === null ? 'No answer to the last beat yet' : `${formatMs(rttMs)} round trip to the client`}>
          <Icon name="lc-active" />
          <b>Connected</b>
          {rttMs === null ? null : <span className="t2 opt">{formatMs(rttMs)}</span>}
        </span>
      );
    case 'lost':
      return (
        <span className="conn c-pending">
          <Icon name="offline" />
          <b>No answer</b>
        </span>
      );
    case 'recorded':
      return (
        <span className="conn c-accent">
          <Icon name="file" />
          <b>Recorded</b>
        </span>
      );
    case 'attaching':
    case 'opening':
      return (
        <span className="conn c-activating">
          <Icon name="lc-activating" />
          <b>{client.state === 'opening' ? 'Opening' : 'Attaching'}</b>
        </span>
      );
    default:
      return (
        <span className="conn t2">
          <Icon name="lc-dormant" />
          <b>No client</b>
        </span>
      );
  }
}

function TimeCursor(): ReactNode {
  const inspector = useInspector();
  const { cursor } = useView();
  const { index } = useIndex();
  const now = useNow();
  const place = cursor ?? index.length - 1;
  const at = index.at[place];
  const seq = index.seq[place];
  const past = cursor !== null;
  const live = inspector.session.client.get().state !== 'recorded';
  return (
    <div className={`timecur ${past ? 'is-past' : ''}`} role="group" aria-label="Time cursor">
      <IconButton icon="step-back" label="Previous event (,)" onPress={() => inspector.moveTo(place - 1)} off={place <= 0 ? 'This is the first event' : null} />
      <span className="at">
        {past ? null : <span className="livedot" />}
        {past ? <b className="mono">{formatClock(at ?? now)}</b> : <b>{live ? 'Live' : 'End'}</b>}
        {past ? null : <span className="mono">{at === undefined ? '–' : formatClock(at)}</span>}
        {seq === undefined ? null : <span className="mono opt">seq {formatCount(seq)}</span>}
        {past && at !== undefined ? <span className="ago">{formatAge(Date.now() - at)} ago</span> : null}
      </span>
      <IconButton icon="step-fwd" label="Next event (.)" onPress={() => inspector.moveTo(place + 1)} off={past ? null : 'This is the last event'} />
      {past ? (
        <button type="button" className="golive" onClick={() => inspector.goLive()}>
          {live ? 'Go live' : 'To the end'} <kbd>L</kbd>
        </button>
      ) : null}
    </div>
  );
}

function Recording(): ReactNode {
  const inspector = useInspector();
  const { index } = useIndex();
  const { recordingBytes } = useStore(inspector.session.traffic);
  const client = useStore(inspector.session.client);
  if (client.state === 'recorded') return null;
  return (
    <button type="button" className="rec" title="What this inspector holds of the client. Press to save it as a file" onClick={() => void inspector.saveRecording()}>
      <i className="recdot" />
      <b>Rec</b>
      <span className="mono opt">
        {formatStretch(index.lastAt - index.firstAt)} · {formatBytes(recordingBytes)}
      </span>
    </button>
  );
}
