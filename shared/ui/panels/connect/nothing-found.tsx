import { useState, type ReactNode } from 'react';
import { messageOf } from '../../../base/app-error.ts';
import { formatAge } from '../../../views/format.ts';
import { Button } from '../../components/controls.tsx';
import { Icon } from '../../components/icon.tsx';
import type { IconName } from '../../components/icons.tsx';
import { useLate } from '../../components/skeleton.tsx';
import { useInspector } from '../../state/inspector.ts';
import { useStore } from '../../state/store.ts';

/** Nothing is there: says why that may be, most likely first, and what to do about it. */
export function NothingFound({ searching }: { searching: boolean }): ReactNode {
  const inspector = useInspector();
  const hub = useStore(inspector.hub.state);
  const { hubAddress } = inspector.host;
  const late = useLate();
  if (searching) return late ? <Searching address={hubAddress} /> : null;
  const line = `debug: { hub: 'ws://${hubAddress}' }`;
  return (
    <div className="scroll cn-none">
      <div className="cn-none-in">
        <h2>{hub.state === 'open' ? 'No client has dialled in' : hub.state === 'refused' ? 'The hub refused this inspector' : 'The hub does not answer'}</h2>
        <p className="t2">{hub.state === 'open' ? `The hub listens on ${hubAddress}. A client that dials in appears here by itself.` : `Nothing can be listed until the hub at ${hubAddress} answers.`}</p>
        <div className="cn-two">
          <section>
            <h3 className="h">What the hub can tell</h3>
            {hub.state === 'open' ? <Check icon="check" tone="c-ok" title="The hub is up" text="Nothing is wrong on this side." /> : null}
            {hub.state === 'closed' ? (
              <Check icon="alert" tone="c-error" title={`Nobody listens at ${hubAddress}`} text={<>Start it with <code>npx contextscope hub</code>, or <code>npm start</code> for the demo. Next try in {formatAge(Math.max(0, hub.retryAt - Date.now()))}.</>} action={<Button label="Try now" onPress={() => inspector.hub.retry()} />} />
            ) : null}
            {hub.state === 'refused' ? (
              <Check icon="alert" tone="c-error" title={hub.code === 'UNAUTHENTICATED' ? 'It does not know this inspector' : hub.code} text={hub.code === 'UNAUTHENTICATED' ? 'Open the link that the hub printed in its terminal, or paste it here; it works once. On another machine type the pairing code that the hub shows.' : hub.message} action={<Button label="Try again" onPress={() => inspector.hub.retry()} />} />
            ) : null}
            {hub.state === 'refused' && inspector.host.signIn !== undefined ? <SignIn /> : null}
            {inspector.host.setHubAddress === undefined ? null : <HubAddress />}
          </section>
          <section>
            <h3 className="h">If that is not it, most likely first</h3>
            <Check icon="power" title="The agent is off" text={<>It is off until asked for. Add <code>{line}</code> to the client.</>} action={<Button icon="copy" label="Copy line" onPress={() => void inspector.copy(line, 'The line')} />} />
            <Check icon="replay" title="The app was not started again" text="The agent starts with the client. Reload the page, or start the process, once after the change." />
            <Check icon="swap" title="The app dials another port" text={<>Compare the port in the app with {hubAddress}, or start the hub with <code>--port</code>.</>} action={<Button icon="copy" label="Copy hub address" onPress={() => void inspector.copy(`ws://${hubAddress}`, 'The address')} />} />
            <Check icon="phone" title="The client is on another device" text={<>This hub is loopback only unless it was started with <code>--host</code>; then pair with a code.</>} />
          </section>
        </div>
      </div>
    </div>
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

function Searching({ address }: { address: string }): ReactNode {
  return (
    <div className="cn-note t2" role="status">
      Looking for the hub at {address}
      {[180, 140, 160].map((width) => (
        <span key={width} className="cn-skrow">
          <i className="cn-sk" style={{ width }} />
          <i className="cn-sk thin" style={{ width: width * 0.7 }} />
        </span>
      ))}
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

/** A link or a 6-digit code buys a session. */
function SignIn(): ReactNode {
  const inspector = useInspector();
  const [text, setText] = useState('');
  const [error, setError] = useState<string | null>(null);
  const enter = async (): Promise<void> => {
    try {
      await inspector.host.signIn?.(text);
      setError(null);
      inspector.hub.retry();
    } catch (thrown) {
      setError(messageOf(thrown));
    }
  };
  return (
    <form
      className="cn-chk"
      onSubmit={(event) => {
        event.preventDefault();
        void enter();
      }}
    >
      <Icon name="lock" className="t2" />
      <label className="cn-address">
        <b>Link or pairing code</b>
        <span className="field">
          <input aria-label="Link or pairing code" value={text} autoComplete="off" spellCheck={false} onChange={(event) => setText(event.target.value)} />
        </span>
        {error === null ? null : (
          <span className="c-error" role="alert">
            {error}
          </span>
        )}
      </label>
      <Button label="Enter" onPress={() => void enter()} />
    </form>
  );
}
