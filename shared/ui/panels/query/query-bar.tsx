import { useId, useRef, useState, type ReactNode } from 'react';
import { formatBytes, formatCount } from '../../../views/format.ts';
import { Button, Segments } from '../../components/controls.tsx';
import { Icon } from '../../components/icon.tsx';
import { useModal } from '../../components/popover.tsx';
import { useIndex, useInspector } from '../../state/inspector.ts';
import { modKey } from '../../state/keys.ts';
import { useStore } from '../../state/store.ts';
import { ContextSelect } from '../context-picker.tsx';
import type { Running } from './query-desk.ts';
import type { Target } from './templates.ts';

export const LIMITS = [100, 1_000, 10_000] as const;

interface QueryBarProps {
  readonly target: Target;
  readonly contextId: string | null;
  /** Where the context stands now; null: not known. */
  readonly localVersion: number | null;
  readonly limit: number;
  readonly bisects: boolean;
  readonly running: Running | null;
  readonly off: string | null;
  readonly onTarget: (target: Target) => void;
  readonly onLimit: (limit: number) => void;
  readonly onQueries: () => void;
  readonly onSave: () => void;
  readonly onBisect: () => void;
  readonly onRun: () => void;
  readonly onStop: () => void;
}

/** Of whom it is asked, how much may come, and the actions. */
export function QueryBar(props: QueryBarProps): ReactNode {
  const { target, contextId, localVersion, limit, bisects, running, off } = props;
  const { session } = useInspector();
  const { index } = useIndex();
  const { recordingBytes } = useStore(session.traffic);
  return (
    <div className="bar">
      <span className="qu-railb">
        <Button label="Queries" icon="chev-down" onPress={props.onQueries} />
      </span>
      <Segments<Target>
        label="What to ask"
        value={target}
        onChange={props.onTarget}
        options={[
          { value: 'context', label: <><Icon name="db" />One context</> },
          { value: 'recording', label: <><Icon name="clock" />Recording</> },
        ]}
      />
      {target === 'context' ? (
        <>
          <ContextSelect value={contextId} />
          {localVersion === null ? null : <span className="t2 mono p3">at {formatCount(localVersion)}</span>}
          <span className="t3 p3 qu-why" title="Each context is a database of its own, and no statement can reach two of them. To compare contexts, ask the recording">
            <Icon name="lock" />
            <span className="p4">One context per query</span>
          </span>
        </>
      ) : (
        <>
          <span className="t2 p3 mono">
            {formatCount(index.length)} events{recordingBytes > 0 ? `, ${formatBytes(recordingBytes)}` : ''}
          </span>
          <span className="t3 p3 qu-why" title="The recording is one SQLite file and covers every context">
            <Icon name="lock" />
            <span className="p4">All contexts, read-only</span>
          </span>
        </>
      )}
      <span className="grow" />
      {bisects ? null : (
        <label className="btn quiet p2 da-ctx">
          <span className="t2">Limit</span>
          <select aria-label="Limit" title="The most rows that a run returns" value={limit} onChange={(event) => props.onLimit(Number(event.target.value))}>
            {LIMITS.map((one) => (
              <option key={one} value={one}>
                {formatCount(one)}
              </option>
            ))}
          </select>
        </label>
      )}
      <Button className="quiet p3" label="Save…" title={`Save this query (${modKey('S')})`} onPress={props.onSave} />
      <button type="button" className="btn p2" title="Find the first event after which a condition holds. Asks the recording" aria-pressed={bisects} onClick={props.onBisect}>
        <Icon name="branch" />
        <span>Bisect…</span>
      </button>
      {running === null ? <Button className="primary" icon="play" label="Run" kbd={modKey('Enter')} off={off} title={`Run (${modKey('Enter')})`} onPress={props.onRun} /> : <Button className="qu-stop" icon="close" label="Stop" kbd="Esc" onPress={props.onStop} />}
    </div>
  );
}

/** Asks for the name of a query. */
export function SaveQuery({ suggested, taken, onSave, onClose }: { suggested: string; taken: readonly string[]; onSave: (name: string) => void; onClose: () => void }): ReactNode {
  const ref = useRef<HTMLFormElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const id = useId();
  const [name, setName] = useState(suggested);
  useModal(ref, onClose, { initial: field });
  const replaces = taken.includes(name.trim());
  return (
    <form
      ref={ref}
      className="st-menu qu-save"
      role="dialog"
      aria-label="Save this query"
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim() !== '') onSave(name.trim());
      }}
    >
      <label htmlFor={id}>Name</label>
      <span className="field">
        <input id={id} ref={field} value={name} maxLength={120} autoComplete="off" placeholder="What it finds" onFocus={(event) => event.currentTarget.select()} onChange={(event) => setName(event.target.value)} />
      </span>
      <p className="t2">{replaces ? 'There is one with this name; it will be replaced.' : 'Kept in this browser, with the settings.'}</p>
      <div className="qu-sb">
        <Button label="Cancel" kbd="Esc" onPress={onClose} />
        <button type="submit" className="btn primary" aria-disabled={name.trim() === '' ? true : undefined}>
          {replaces ? 'Replace' : 'Save'}
        </button>
      </div>
    </form>
  );
}
