import { useId, useRef, useState, type ReactNode } from 'react';
import { messageOf } from '../../../base/app-error.ts';
import { Button } from '../../components/controls.tsx';
import { Icon } from '../../components/icon.tsx';
import { LinkButton } from '../../components/parts.tsx';
import { useInspector } from '../../state/inspector.ts';
import { CodeBoxes } from './code-boxes.tsx';

const PAIR = 'npx contextscope pair';
const plain = (message: string): string => message.replaceAll('`', '');
const LINK = 'npx contextscope link';

/** The hub does not know this inspector: a code from its terminal, or a link that it printed, buys a session. */
export function SignIn(): ReactNode {
  const inspector = useInspector();
  const [code, setCode] = useState('');
  const [link, setLink] = useState('');
  const [asking, setAsking] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const first = useRef<HTMLInputElement>(null);
  const about = useId();
  const { signIn } = inspector.host;
  if (signIn === undefined) return null;
  const enter = async (text: string): Promise<void> => {
    setAsking(true);
    try {
      await signIn(text);
      setError(null);
      inspector.hub.retry();
    } catch (thrown) {
      setError(/^\d{6}$/.test(text) ? `${text.slice(0, 3)} ${text.slice(3)} was not taken. ${plain(messageOf(thrown))}.` : plain(messageOf(thrown)));
      setCode('');
      first.current?.focus();
    } finally {
      setAsking(false);
    }
  };
  const missing = 6 - code.replaceAll(/\D/g, '').length;
  return (
    <>
      <h3 className="h">Pairing code</h3>
      <form
        className="cn-pair"
        onSubmit={(event) => {
          event.preventDefault();
          if (missing === 0) void enter(code);
        }}
      >
        <CodeBoxes value={code} onChange={setCode} onCode={(whole) => void enter(whole)} bad={error !== null && code.trim() === ''} describedBy={about} first={first} />
        <Button className="primary" label="Pair" off={asking ? 'Asking the hub' : missing === 0 ? null : missing === 1 ? '1 digit is missing' : `${missing} digits are missing`} onPress={() => void enter(code)} />
      </form>
      <p id={about} role={error === null ? undefined : 'alert'} className={error === null ? 't2' : 'c-error'}>
        {error ?? 'Type the 6 digits that the hub shows in its terminal. A code works once, for 5 minutes, and a wrong one makes a new one.'}
      </p>
      <p className="t2 cn-p">
        No code there? On the machine of the hub run <code>{PAIR}</code>, or let somebody in from an inspector that has control. <LinkButton onPress={() => void inspector.copy(PAIR, 'The command')}>Copy the command</LinkButton>
      </p>
      <h3 className="h">Or the link</h3>
      <form
        className="cn-chk"
        onSubmit={(event) => {
          event.preventDefault();
          void enter(link);
        }}
      >
        <Icon name="lock" className="t2" />
        <label className="cn-address">
          <b>Link that the hub printed</b>
          <span className="field">
            <input aria-label="Link that the hub printed" value={link} autoComplete="off" spellCheck={false} onChange={(event) => setLink(event.target.value)} />
          </span>
          <span className="t2">
            It works once; <code>{LINK}</code> prints a new one.
          </span>
        </label>
        <Button label="Enter" off={link.trim() === '' ? 'Paste the link first' : null} onPress={() => void enter(link)} />
      </form>
    </>
  );
}
