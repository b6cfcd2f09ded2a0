import type { ReactNode } from 'react';
import type { EventKind } from '../../../core/events.ts';
import { formatCount } from '../../../views/format.ts';
import { Chip } from '../../components/controls.tsx';
import { KIND_ICONS } from '../../components/parts.tsx';

/** Kinds that are shown and hidden together, in the order of the legend. */
export const KIND_GROUPS: readonly { readonly label: string; readonly kinds: readonly [EventKind, ...EventKind[]] }[] = [
  { label: 'Lifecycle', kinds: ['lifecycle', 'phase', 'connection'] },
  { label: 'Push', kinds: ['push', 'write', 'result', 'drained'] },
  { label: 'Delta', kinds: ['delta'] },
  { label: 'Snapshot', kinds: ['snapshot', 'replay'] },
  { label: 'Conflict', kinds: ['conflict'] },
  { label: 'Migration', kinds: ['migration'] },
  { label: 'Prune', kinds: ['prune', 'forget'] },
  { label: 'Error', kinds: ['error'] },
  { label: 'Stale, dropped', kinds: ['stale', 'gap', 'clock'] },
  { label: 'Command', kinds: ['command'] },
  { label: 'Frame', kinds: ['frame'] },
];

export interface KindChipsProps {
  readonly counts: ReadonlyMap<EventKind, number>;
  /** Labels of the groups that are hidden. */
  readonly hidden: ReadonlySet<string>;
  /** `alone`: shows it and nothing else. */
  readonly onToggle: (label: string, alone: boolean) => void;
}

export const countOf = (counts: ReadonlyMap<EventKind, number>, kinds: readonly EventKind[]): number => kinds.reduce((sum, kind) => sum + (counts.get(kind) ?? 0), 0);

export function KindChips({ counts, hidden, onToggle }: KindChipsProps): ReactNode {
  return (
    <div className="bar sub tl-b2">
      <div className="chips" role="group" aria-label="Event kinds">
        {KIND_GROUPS.map(({ label, kinds }) => {
          const n = countOf(counts, kinds);
          const { icon, tone } = KIND_ICONS[kinds[0]];
          return <Chip key={label} label={label} icon={icon} tone={tone} className={n > 0 ? '' : label === 'Command' || label === 'Migration' ? 'nil is-rare' : 'nil'} count={formatCount(n)} pressed={!hidden.has(label)} onPress={(alone) => onToggle(label, alone)} />;
        })}
      </div>
      <span className="grow" />
      <span className="legend">
        <span className="c-local">
          <i className="ln" />
          local
        </span>
        <span className="c-remote">
          <i className="ln dash" />
          server
        </span>
        <span className="t2">
          <i className="sw tl-beh" />
          behind
        </span>
      </span>
    </div>
  );
}
