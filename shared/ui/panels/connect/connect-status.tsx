import type { ReactNode } from 'react';
import { DEBUG_PROTOCOL } from '../../../protocol/debug/index.ts';
import { formatAge } from '../../../views/format.ts';
import { Icon } from '../../components/icon.tsx';
import { useInspector } from '../../state/inspector.ts';
import { useStore } from '../../state/store.ts';
import { useTick } from './use-tick.ts';

export function ConnectStatus(): ReactNode {
  const inspector = useInspector();
  const hub = useStore(inspector.hub.state);
  useTick();
  const said = {
    connecting: { icon: 'lc-activating', tone: 'c-activating', text: 'Looking for the hub at' },
    open: { icon: 'lc-active', tone: 'c-active', text: 'Hub' },
    refused: { icon: 'lc-error', tone: 'c-error', text: 'Refused by the hub at' },
    closed: { icon: 'lc-dormant', tone: 'c-dormant', text: 'No hub at' },
  } as const;
  const { icon, tone, text } = said[hub.state];
  return (
    <footer className="status">
      <span>
        <Icon name={icon} className={tone} />
        {text} {inspector.host.hubAddress}
      </span>
      {hub.state === 'closed' ? (
        <>
          <span className="sep" />
          <span>Next try in {formatAge(Math.max(0, hub.retryAt - Date.now()))}</span>
        </>
      ) : null}
      <span className="grow" />
      <span>
        Contextscope{hub.state === 'open' ? ` ${hub.hub}` : ''}, protocol {DEBUG_PROTOCOL}
      </span>
    </footer>
  );
}
