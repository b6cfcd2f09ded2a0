import { useState, type ReactNode } from 'react';
import { formatAge } from '../../../views/format.ts';
import { Button } from '../../components/controls.tsx';
import { Icon } from '../../components/icon.tsx';
import type { IconName } from '../../components/icons.tsx';
import { useLate } from '../../components/skeleton.tsx';
import { useInspector } from '../../state/inspector.ts';
import { useStore } from '../../state/store.ts';
import { Mismatch } from './mismatch.tsx';
import { SignIn } from './sign-in.tsx';
import { useTick } from './use-tick.ts';

/** Nothing is there: says why that may be, most likely first, and what to do about it. */
export function NothingFound({ searching }: { searching: boolean }): ReactNode {
  const inspector = useInspector();
  const hub = useStore(inspector.hub.state);
  const { hubAddress } = inspector.host;
  const late = useLate();
  useTick();
  if (searching) return late ? <Searching address={hubAddress} /> : null;
  const unknown = hub.state === 'refused' && hub.code === 'UNAUTHENTICATED';
  return (
    <div className="scroll cn-none" tabIndex={0} role="group" aria-label="Why no client is listed">
      <div className="cn-none-in">
        <h2>{unknown ? 'The hub does not know this inspector' : hub.state === 'open' ? 'No client has dialled in' : hub.state === 'refused' ? 'The hub refused this inspector' : 'The hub does not answer'}</h2>
        <p className="t2">{hub.state === 'open' ? `The hub listens on ${hubAddress}. A client that dials in appears here by itself.` : unknown ? `It is up at ${hubAddress}, and lists its clients to who is paired with it.` : `Nothing can be listed until the hub at ${hubAddress} answers.`}</p>
        {unknown ? (
          <section className="cn-sec">
            <SignIn />
          </section>
        ) : hub.state === 'refused' && hub.code === 'PROTOCOL_VERSION' ? (
          <section className="cn-sec">
            <Mismatch message={hub.message} onRetry={() => inspector.hub.retry()} />
          </section>
        ) : (
          <div className="cn-two">
            <section>
              <h3 className="h">What the hub can tell</h3>
              {hub.state === 'open' ? <Check icon="check" tone="c-ok" title="The hub is up" text="Nothing is wrong on this side." /> : null}
              {hub.state === 'closed' ? (
                <Check icon="alert" tone="c-error" title={`Nobody listens at ${hubAddress}`} text={<>Start it with <code>npx contextscope hub</code>, or <code>npm start</code> for the demo. Next try in {formatAge(Math.max(0, hub.retryAt - Date.now()))}.</>} action={<Button label="Try now" onPress={() => inspector.hub.retry()} />} />
              ) : null}
              {hub.state === 'refused' ? <Check icon="alert" tone="c-error" title={hub.code} text={hub.message} action={<Button label="Try again" onPress={() => inspector.hub.retry()} />} /> : null}
            </section>
            <Reasons address={hubAddress} />
          </div>
        )}
        {inspector.host.setHubAddress === undefined || hub.state === 'open' ? null : <HubAddress />}
      </div>
    </div>
  );
}

function Reasons({ address }: { address: string }): ReactNode {
  const inspector = useInspector();
  const line = `startAgent(client, { platform, hub: 'ws://${address}' })`;
  return (
    <section>
      <h3 className="h">If that is not it, most likely first</h3>
      <Check icon="power" title="The agent is off" text={<>It is off until asked for. Add <code>{line}</code> behind the client.</>} action={<Button icon="copy" label="Copy line" onPress={() => void inspector.copy(line, 'The line')} />} />
      <Check icon="replay" title="The app was not started again" text="The agent starts with the client. Reload the page, or start the process, once after the change." />
      <Check icon="swap" title="The app dials another port" text={<>Compare the port in the app with {address}, or start the hub with <code>--port</code>.</>} action={<Button icon="copy" label="Copy hub address" onPress={() => void inspector.copy(`ws://${address}`, 'The address')} />} />
      <Check icon="phone" title="The client is on another device" text={<>This hub is loopback only unless it was started with <code>--host</code>; then pair with a code.</>} />
    </section>
  );
}

function Check({ icon, tone = 't2', title, text, action }: { icon: IconName; tone?: string; title: string; text: ReactNode; action?: ReactNode }): ReactNode {
  return (
    <div className="cn-chk">
      <Icon name={icon} className={tone} />
      <div>
        <b>{title}</b>
        <p className="t2">{text}</p>
      </div>
      {action ?? <span />}
    </div>
  );
}

/** The list as it will be, without anything in it yet. */
function Searching({ address }: { address: string }): ReactNode {
  return (
    <div role="status" aria-busy="true">
      {[120, 150, 96].map((width) => (
        <div key={width} className="cn-skrow" aria-hidden="true">
          <i className="cn-sk cn-sk-icon" />
          <span>
            <i className="cn-sk" style={{ width }} />
            <i className="cn-sk thin" style={{ width: width * 0.8 }} />
          </span>
          {[34, 64, 86, 56, 60].map((part) => (
            <i key={part} className="cn-sk" style={{ width: part }} />
          ))}
        </div>
      ))}
      <p className="cn-note t2">Looking for the hub at {address}. The list fills by itself; nothing needs to be pressed.</p>
    </div>
  );
}

/** Where the hub is, for a shell that has no address of its own. */
function HubAddress(): ReactNode {
  const { host } = useInspector();
  const [address, setAddress] = useState(host.hubAddress);
  const apply = (): void => host.setHubAddress?.(address.trim());
  return (
    <form
      className="cn-chk"
      onSubmit={(event) => {
        event.preventDefault();
        apply();
      }}
    >
      <Icon name="server" className="t2" />
      <label className="cn-address">
        <b>Address of the hub</b>
        <span className="field">
          <input aria-label="Address of the hub" value={address} spellCheck={false} onChange={(event) => setAddress(event.target.value)} />
        </span>
      </label>
      <Button label="Use it" onPress={apply} />
    </form>
  );
}
