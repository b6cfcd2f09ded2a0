import { useId, type ReactNode } from 'react';
import { formatCount, formatSecond } from '../../views/format.ts';
import type { ContextNow } from '../../views/context-now.ts';
import { Icon } from '../components/icon.tsx';
import { LinkButton, Name } from '../components/parts.tsx';
import type { DryRun } from './use-dialog.ts';

/** When the dry run was made, and the way to make it again. */
export function DryRunTag({ run }: { run: Pick<DryRun<unknown>, 'at' | 'again' | 'error'> }): ReactNode {
  return (
    <>
      {run.at === null ? null : <span className={`tag ${run.error === null ? 'tint-ok' : 'tint-error'}`}>dry run {formatSecond(run.at)}</span>}
      <LinkButton onPress={run.again}>Run again</LinkButton>
    </>
  );
}

/** The writes at stake, by name. */
export function Writes({ writes, cut = false }: { writes: ContextNow['status']['pending']; cut?: boolean }): ReactNode {
  if (writes.length === 0) return null;
  return (
    <div className={`dl-writes ${cut ? 'cut' : ''}`} role="list">
      {writes.slice(0, 6).map((write) => (
        <span key={write.mutationId} className={`mono ${cut ? '' : 'c-pending'}`} role="listitem">
          <Icon name="ev-push" className={cut ? 'c-error' : 'c-push'} /> {write.op} <Name text={`${write.entity}/${write.entityId}`} most={60} /> {write.baseVersion === null ? null : <span className="t2">base {formatCount(write.baseVersion)}</span>}
        </span>
      ))}
      {writes.length > 6 ? (
        <span role="listitem" className="t2">
          and {formatCount(writes.length - 6)} more
        </span>
      ) : null}
    </div>
  );
}

/** Danger, rule 3: where unsynced writes or a membership go, the name must be typed. */
export function TypeName({ name, deed, value, onChange }: { name: string; deed: string; value: string; onChange: (value: string) => void }): ReactNode {
  const id = useId();
  const ok = value === name;
  return (
    <div className="dl-type">
      <label htmlFor={id}>
        Type{' '}
        <b className="mono">
          <Name text={name} most={200} />
        </b>{' '}
        to {deed}
      </label>
      <span className={`field ${ok ? 'is-ok' : ''}`}>
        <input id={id} value={value} autoComplete="off" spellCheck={false} onChange={(event) => onChange(event.target.value)} />
        {ok ? <Icon name="check" className="c-ok" label="matches" /> : null}
      </span>
    </div>
  );
}

export function ThreeLists({ lists }: { lists: readonly { readonly title: string; readonly lines: readonly string[] }[] }): ReactNode {
  return (
    <div className="dl-three">
      {lists.map(({ title, lines }) => (
        <section key={title}>
          <h3 className="h">{title}</h3>
          <ul>
            {lines.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

export function Failed({ error }: { error: string }): ReactNode {
  return (
    <div className="dl-note" role="alert">
      <Icon name="alert" className="c-error" />
      <p className="c-error">{error.slice(0, 500)}</p>
    </div>
  );
}
