import type { ReactNode } from 'react';
import type { EventKind } from '../../core/events.ts';
import type { ShownState } from '../../views/context-now.ts';
import { formatAge, formatCount } from '../../views/format.ts';
import { Icon } from './icon.tsx';
import type { IconName } from './icons.tsx';

export const STATE_WORDS: { readonly [state in ShownState]: string } = {
  ambient: 'active',
  active: 'active',
  activating: 'activating',
  deactivating: 'deactivating',
  dormant: 'dormant',
  pruned: 'pruned',
  error: 'failed',
};

export function StateIcon({ state }: { state: ShownState }): ReactNode {
  return <Icon name={`lc-${state}`} className={`c-${state}`} label={state === 'ambient' ? 'ambient, active' : STATE_WORDS[state]} />;
}

/** The lifecycle as four stations, the current one filled; `word` says more than the state does. */
export function Track({ state, age, word = STATE_WORDS[state] }: { state: ShownState; age: number | null; word?: string }): ReactNode {
  const station = state === 'ambient' ? 'active' : state;
  const since = age === null ? '' : formatAge(age);
  return (
    <span className="track" title={since === '' ? word : `${word} for ${since}`}>
      <span className={`st st-${station} c-${state}`} aria-hidden="true">
        <i />
        <i />
        <i />
        <i />
      </span>
      <span className="lb">
        {word}
        {since === '' ? null : <span className="t3"> {since}</span>}
      </span>
    </span>
  );
}

export function Progress({ done, total, tone }: { done: number; total: number; tone: string }): ReactNode {
  return (
    <span className={`prog ${tone}`} aria-hidden="true">
      <i style={{ width: `${Math.round((100 * done) / Math.max(1, total))}%` }} />
    </span>
  );
}

/** A number of versions with a bar beside it, which grows with its logarithm: 10 and 100 must both be seen. */
export function Behind({ behind }: { behind: number }): ReactNode {
  if (behind === 0) return '0';
  return (
    <>
      <i className="lagbar" style={{ width: Math.min(28, 3 + Math.round(Math.log10(behind + 1) * 6)) }} />
      {formatCount(behind)}
    </>
  );
}

export const KIND_ICONS: { readonly [kind in EventKind]: { readonly icon: IconName; readonly tone: string } } = {
  lifecycle: { icon: 'ev-lifecycle', tone: 'c-active' },
  phase: { icon: 'ev-lifecycle', tone: 'c-activating' },
  connection: { icon: 'ev-lifecycle', tone: 'c-ambient' },
  write: { icon: 'ev-push', tone: 'c-pending' },
  push: { icon: 'ev-push', tone: 'c-push' },
  result: { icon: 'ev-frame', tone: 'c-push' },
  delta: { icon: 'ev-delta', tone: 'c-delta' },
  snapshot: { icon: 'ev-snapshot', tone: 'c-snapshot' },
  conflict: { icon: 'ev-conflict', tone: 'c-conflict' },
  migration: { icon: 'ev-migration', tone: 'c-migration' },
  prune: { icon: 'ev-prune', tone: 'c-prune' },
  forget: { icon: 'ev-prune', tone: 'c-error' },
  replay: { icon: 'ev-snapshot', tone: 'c-snapshot' },
  drained: { icon: 'ev-push', tone: 'c-push' },
  stale: { icon: 'ev-stale', tone: 't2' },
  command: { icon: 'ev-lifecycle', tone: 'c-accent' },
  clock: { icon: 'ev-lifecycle', tone: 'c-migration' },
  gap: { icon: 'ev-stale', tone: 'c-conflict' },
  error: { icon: 'ev-error', tone: 'c-error' },
  frame: { icon: 'ev-frame', tone: 't2' },
};

export function KindIcon({ kind }: { kind: EventKind }): ReactNode {
  const { icon, tone } = KIND_ICONS[kind];
  return <Icon name={icon} className={tone} />;
}

/**
 * A name or value that came from outside: text whatever it holds, cut where it is endless, and kept from turning the direction of what
 * stands around it.
 */
export function Name({ text, className = '', most = 300 }: { text: string; className?: string; most?: number }): ReactNode {
  const shown = text.length > most ? `${text.slice(0, most)}…` : text;
  return (
    <bdi className={className} dir="auto">
      {shown}
    </bdi>
  );
}

export function Heading({ children, note, action }: { children: ReactNode; note?: ReactNode; action?: ReactNode }): ReactNode {
  return (
    <h3 className="h">
      {children} {note === undefined ? null : <span className="t2">{note}</span>}
      {action}
    </h3>
  );
}

/** What a panel shows when it has nothing to show: what is so, why, and the one next step. */
export function Empty({ icon, tone = 't2', title, children, actions }: { icon: IconName; tone?: string; title: string; children?: ReactNode; actions?: ReactNode }): ReactNode {
  return (
    <div className="st-empty">
      <Icon name={icon} className={tone} />
      <div>
        <h3>{title}</h3>
        {children === undefined ? null : <p>{children}</p>}
        {actions === undefined ? null : <div className="st-acts">{actions}</div>}
      </div>
    </div>
  );
}

export function LinkButton({ children, onPress, className = '', title }: { children: ReactNode; onPress: () => void; className?: string; title?: string }): ReactNode {
  return (
    <button type="button" className={`link ${className}`} title={title} onClick={onPress}>
      {children}
    </button>
  );
}
