import { useRef, useState, type ReactNode } from 'react';
import { codeOf, messageOf } from '../../base/app-error.ts';
import type { ResultOf } from '../../protocol/debug/index.ts';
import { formatCount, formatMs, plural } from '../../views/format.ts';
import { Button, Segments } from '../components/controls.tsx';
import { Audit, Dialog } from '../components/dialog.tsx';
import { Icon } from '../components/icon.tsx';
import { LinkButton } from '../components/parts.tsx';
import { useInspector, useRefusal } from '../state/inspector.ts';
import { newCommandId } from './actions.ts';
import { Failed } from './dialog-parts.tsx';
import { useWhere } from './use-dialog.ts';

const ROUNDS = ['10', '100', '1000'] as const;

/** Rapid switching between contexts; whatever invariant broke is named with its event. */
export function StressDialog({ contextIds, onClose }: { contextIds: readonly string[]; onClose: () => void }): ReactNode {
  const inspector = useInspector();
  const { where, by } = useWhere();
  const refused = useRefusal('Context.stressSwitch');
  const cancel = useRef<HTMLButtonElement>(null);
  const [rounds, setRounds] = useState<(typeof ROUNDS)[number]>('100');
  const [running, setRunning] = useState(false);
  const [result, setResult] = useState<ResultOf<'Context.stressSwitch'> | null>(null);
  const [error, setError] = useState<string | null>(null);
  const contexts = contextIds.slice(0, 100);
  const run = async (): Promise<void> => {
    setRunning(true);
    setError(null);
    try {
      setResult(await inspector.session.call('Context.stressSwitch', { commandId: newCommandId(), contexts: [...contexts], rounds: Number(rounds) }));
    } catch (thrown) {
      setError(`${codeOf(thrown)}: ${messageOf(thrown)}`);
    } finally {
      setRunning(false);
    }
  };
  return (
    <Dialog
      title={`Stress switch, ${plural(contexts.length, 'context')}`}
      icon="swap"
      tone="c-activating"
      where={where}
      size="small"
      onClose={onClose}
      initial={cancel}
      footer={
        <>
          <Audit by={by} />
          <span className="grow" />
          <Button className="big" label={running ? 'Run in background' : 'Close'} kbd="Esc" buttonRef={cancel} onPress={onClose} />
          <Button className="big primary" icon="swap" label={running ? 'Running' : `Switch ${formatCount(Number(rounds))} times`} off={refused ?? (running ? 'It is running' : contexts.length < 2 ? 'It takes two contexts' : null)} onPress={() => void run()} />
        </>
      }
    >
      <p className="dl-p">Switches at random between these contexts, faster than any hand, some of them overtaken before they are done. It changes no data; the app is without its handles meanwhile.</p>
      <div className="dl-mode">
        <span>Rounds</span>
        <Segments label="Rounds" value={rounds} onChange={setRounds} options={ROUNDS.map((value) => ({ value, label: formatCount(Number(value)) }))} />
      </div>
      {error === null ? null : <Failed error={error} />}
      {result === null ? null : (
        <>
          <div className="dl-lead" role="status">
            <b className={result.broken.length === 0 ? 'c-ok' : 'c-error'}>{result.broken.length === 0 ? 'No invariant broke' : plural(result.broken.length, 'invariant broke', 'invariants broke')}</b>
            <span className="t2">
              {plural(result.rounds, 'switch', 'switches')} in {formatMs(result.durationMs)}, p50 {formatMs(result.p50Ms)}, p95 {formatMs(result.p95Ms)}, {formatCount(result.overtaken)} overtaken
            </span>
          </div>
          {result.broken.map((one) => (
            <div key={`${one.rule} ${one.text}`} className="dl-note">
              <Icon name="alert" className="c-error" />
              <p>
                <b>{one.rule}</b> {one.text.slice(0, 300)}{' '}
                {one.eventSeq === undefined ? null : (
                  <LinkButton
                    onPress={() => {
                      const place = inspector.session.index.placeOfSeq(one.eventSeq ?? 0);
                      onClose();
                      if (place !== null) inspector.go('timeline', { cursor: place });
                    }}
                  >
                    Show the event
                  </LinkButton>
                )}
              </p>
            </div>
          ))}
        </>
      )}
    </Dialog>
  );
}
