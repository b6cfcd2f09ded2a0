import { useEffect, useState, type ReactNode } from 'react';
import { messageOf } from '../../../base/app-error.ts';
import type { TargetInfo } from '../../../protocol/debug/index.ts';
import { plural } from '../../../views/format.ts';
import { Button, Segments, Tick } from '../../components/controls.tsx';
import { Heading, Name } from '../../components/parts.tsx';
import { useInspector } from '../../state/inspector.ts';
import { useStore } from '../../state/store.ts';
import { useAnswer } from '../../state/use-read.ts';
import { contextsOf } from './contexts-of.ts';

const CODE_MS = 300_000;

/** Lets somebody on another machine in, by a code that the hub prints: to look or to change, to all contexts or to some that are named. */
export function OfferPairing({ target }: { target: TargetInfo }): ReactNode {
  const inspector = useInspector();
  const hub = useStore(inspector.hub.state);
  const [mode, setMode] = useState<'observe' | 'control'>('observe');
  const [limited, setLimited] = useState(false);
  const [named, setNamed] = useState<ReadonlySet<string>>(new Set());
  const [offer, setOffer] = useState<{ readonly expiresAt: number; readonly text: string } | null>(null);
  const [error, setError] = useState<string | null>(null);
  const { clientId } = target.client;
  const contexts = useAnswer(`contexts of ${clientId} ${limited}`, limited ? () => contextsOf(inspector, clientId) : null);
  const off = hub.state !== 'open' ? 'The hub does not answer' : hub.mode !== 'control' ? 'This session only observes: it can let nobody in' : hub.contexts !== null ? 'A session that is limited to some contexts can let nobody in' : limited && named.size === 0 ? 'Name at least one context' : null;
  const print = async (): Promise<void> => {
    try {
      const { rpc } = inspector.hub;
      if (rpc === null) throw new Error('The hub does not answer');
      const { expiresAt } = await rpc.call('Hub.pairing', { mode, ...(limited ? { contexts: [...named] } : {}) });
      setOffer({ expiresAt, text: `${mode === 'observe' ? 'to look' : 'to look and to change'}, ${limited ? `at ${plural(named.size, 'context')}` : 'at every client'}` });
      setError(null);
    } catch (thrown) {
      setOffer(null);
      setError(messageOf(thrown));
    }
  };
  const toggle = (contextId: string): void =>
    setNamed((before) => {
      const after = new Set(before);
      if (!after.delete(contextId)) after.add(contextId);
      return after;
    });
  return (
    <section aria-label="Let somebody in">
      <Heading note="from another machine">Let somebody in</Heading>
      <div className="cn-opts cn-offer">
        <Segments label="Their session" value={mode} onChange={setMode} options={[{ value: 'observe', label: 'Observe', title: 'Reads only' }, { value: 'control', label: 'Control', title: 'Can also activate, prune and replay' }]} />
        <Button icon="lock" label={offer === null ? 'Print a pairing code' : 'Print a new code'} off={off} onPress={() => void print()} />
        <Tick label="Limit to named contexts" state={limited ? 'on' : 'off'} onPress={() => setLimited(!limited)} shown={<span>Limit to named contexts{limited ? `, ${named.size}` : '…'}</span>} />
      </div>
      {offer === null ? null : <Countdown key={offer.expiresAt} expiresAt={offer.expiresAt} text={offer.text} />}
      {error === null ? null : (
        <p className="c-error" role="alert">
          {error}
        </p>
      )}
      {limited ? (
        <div className="cn-named" role="group" aria-label="Contexts that they may see">
          {(contexts.value ?? []).map(({ contextId, title }) => (
            <Tick
              key={contextId}
              label={contextId.slice(0, 100)}
              state={named.has(contextId) ? 'on' : 'off'}
              onPress={() => toggle(contextId)}
              shown={
                <span className="clip">
                  <Name text={contextId} most={60} />{' '}
                  <span className="t2">
                    <Name text={title} most={60} />
                  </span>
                </span>
              }
            />
          ))}
          {contexts.error === null ? null : <p className="c-error">{contexts.error}</p>}
          {contexts.value?.length === 0 ? <p className="t2">This client knows no context yet.</p> : null}
        </div>
      ) : null}
    </section>
  );
}

/** How long the code is good for; which code it is stands in the terminal of the hub alone. */
function Countdown({ expiresAt, text }: { expiresAt: number; text: string }): ReactNode {
  const [left, setLeft] = useState(() => expiresAt - Date.now());
  useEffect(() => {
    const timer = setInterval(() => setLeft(expiresAt - Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [expiresAt]);
  if (left <= 0) return <p className="t2 cn-p">The code is not good any more.</p>;
  const seconds = Math.floor(left / 1_000);
  return (
    <>
      <div className="cn-count" role="progressbar" aria-label="Time left" aria-valuemin={0} aria-valuemax={CODE_MS / 1_000} aria-valuenow={seconds}>
        <i style={{ width: `${Math.min(100, (100 * left) / CODE_MS)}%` }} />
      </div>
      <p className="t2 cn-p" role="status">
        The hub shows a code in its terminal: {text}. It works once.{' '}
        <span className="mono">
          {Math.floor(seconds / 60)}:{String(seconds % 60).padStart(2, '0')} left
        </span>
      </p>
    </>
  );
}
