import { useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { formatCount, plural } from '../../views/format.ts';
import { ContextTags } from '../components/context-tags.tsx';
import { Button, Segments } from '../components/controls.tsx';
import { Audit, Dialog } from '../components/dialog.tsx';
import { Heading } from '../components/parts.tsx';
import { describeConditions, presetOf } from '../panels/network/emulation-presets.ts';
import { useContexts, useInspector, useRefusal } from '../state/inspector.ts';
import { useStore } from '../state/store.ts';
import { useAnswer } from '../state/use-read.ts';
import { Failed } from './dialog-parts.tsx';
import { StressReport } from './stress-report.tsx';
import { stressRunsOf, type StressRun } from './stress-run.ts';
import { useWhere } from './use-dialog.ts';

const ROUNDS = ['100', '1000', '2000', '10000'] as const;
const MOST_CONTEXTS = 100;

/** Rapid switching between contexts; whatever invariant broke is named with its event. */
export function StressDialog({ contextIds, onClose }: { contextIds: readonly string[]; onClose: () => void }): ReactNode {
  const inspector = useInspector();
  const runs = stressRunsOf(inspector);
  const run = useStore(runs.last);
  const { where, by } = useWhere();
  const refused = useRefusal('Context.stressSwitch');
  const cancel = useRef<HTMLButtonElement>(null);
  const [chosen, setChosen] = useState<readonly string[]>(() => contextIds.slice(0, MOST_CONTEXTS));
  const [rounds, setRounds] = useState<(typeof ROUNDS)[number]>('1000');
  const [setup, setSetup] = useState(run === null);
  useEffect(() => {
    runs.isShown = true;
    return () => {
      runs.isShown = false;
    };
  }, [runs]);
  const running = run?.state.name === 'running';
  const off = refused ?? (running ? 'It is running' : chosen.length < 2 ? 'It takes two contexts' : null);
  const start = (): void => {
    if (off !== null) return;
    setSetup(false);
    void runs.start(chosen, Number(rounds));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key.toUpperCase() !== 'R' || event.ctrlKey || event.metaKey || event.altKey || setup || event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement) return;
    event.preventDefault();
    start();
  };
  return (
    <div onKeyDown={onKeyDown} role="presentation">
      <Dialog
        title="Switching stress"
        icon="swap"
        tone="c-activating"
        where={where}
        size="wide"
        onClose={onClose}
        initial={cancel}
        footer={
          <>
            <Audit by={by} />
            <span className="grow" />
            <Button className="big" label={running ? 'Run in background' : 'Close'} kbd="Esc" buttonRef={cancel} onPress={onClose} />
            {running ? (
              <Button className="big" icon="close" label={run.state.name === 'running' && run.state.cancelling ? 'Ending…' : 'Cancel'} off={run.state.name === 'running' && run.state.cancelling ? 'The client was asked to end it' : null} onPress={() => runs.cancel()} />
            ) : setup ? (
              <Button className="big primary" icon="swap" label={`Switch ${formatCount(Number(rounds))} times`} off={off} onPress={start} />
            ) : (
              <>
                <Button className="big" label="Change setup" onPress={() => setSetup(true)} />
                <Button className="big primary" label="Run again" kbd="R" off={off} onPress={start} />
              </>
            )}
          </>
        }
      >
        {setup && !running ? <Setup chosen={chosen} onChosen={setChosen} rounds={rounds} onRounds={setRounds} /> : <Shown run={run} before={runs.before.get()} onClose={onClose} />}
      </Dialog>
    </div>
  );
}

function Shown({ run, before, onClose }: { run: StressRun | null; before: StressRun | null; onClose: () => void }): ReactNode {
  if (run === null) return null;
  if (run.state.name === 'failed') return <Failed error={run.state.error} />;
  return <StressReport run={run} before={before} onClose={onClose} />;
}

interface SetupParts {
  readonly chosen: readonly string[];
  readonly onChosen: (ids: readonly string[]) => void;
  readonly rounds: (typeof ROUNDS)[number];
  readonly onRounds: (rounds: (typeof ROUNDS)[number]) => void;
}

function Setup({ chosen, onChosen, rounds, onRounds }: SetupParts): ReactNode {
  const inspector = useInspector();
  const others = useContexts().filter(({ contextId, row }) => row.kind === 'tenant' && !chosen.includes(contextId));
  const refused = useRefusal('Network.conditions');
  const { value } = useAnswer(`stress network ${refused ?? ''}`, refused === null ? () => inspector.session.call('Network.conditions', {}) : null);
  const conditions = value?.conditions ?? null;
  return (
    <>
      <p className="dl-p">Switches at random between these contexts, faster than any hand, some of them overtaken before they are done, and looks for what may never be. It changes no data; the app is without its handles meanwhile, and what was open before is open again after.</p>
      <Heading note={plural(chosen.length, 'context')}>Contexts</Heading>
      <div className="nx-tags">
        <ContextTags chosen={chosen} others={chosen.length >= MOST_CONTEXTS ? [] : others.map(({ contextId }) => contextId)} onChosen={onChosen} />
      </div>
      <div className="dl-mode">
        <span>Switches</span>
        <Segments label="Switches" value={rounds} onChange={onRounds} options={ROUNDS.map((value) => ({ value, label: formatCount(Number(value)) }))} />
      </div>
      <p className="t2">
        {conditions === null ? 'The network is real. Emulate a bad one first to switch under it.' : `Under the emulated network: ${presetOf(conditions)?.name ?? describeConditions(conditions)}${conditions.contexts === undefined ? '' : `, for ${plural(conditions.contexts.length, 'context')}`}.`}
      </p>
    </>
  );
}
