import { useRef, useState, type ReactNode } from 'react';
import { formatCount } from '../../../views/format.ts';
import { AnchoredMenu } from '../../components/anchored-menu.tsx';
import { Icon } from '../../components/icon.tsx';
import { KIND_ICONS } from '../../components/parts.tsx';
import { countOf, KIND_GROUPS, type KindChipsProps } from './kind-chips.tsx';

/** The kinds where there is no room for their chips. */
export function KindsMenu({ counts, hidden, onToggle }: KindChipsProps): ReactNode {
  const button = useRef<HTMLButtonElement>(null);
  const [open, setOpen] = useState(false);
  const shown = KIND_GROUPS.filter(({ label }) => !hidden.has(label)).length;
  const words = `Kinds ${shown} of ${KIND_GROUPS.length}`;
  return (
    <>
      <button type="button" ref={button} className="btn quiet tl-kinds" aria-label={words} aria-haspopup="menu" aria-expanded={open} title="Kinds of events that are shown" onClick={() => setOpen(!open)}>
        <Icon name="filter" />
        <span>
          Kinds{' '}
          <span className="t2">
            {shown} of {KIND_GROUPS.length}
          </span>
        </span>
      </button>
      {open ? (
        <AnchoredMenu label="Event kinds" className="tl-kmenu" anchor={button} onClose={() => setOpen(false)}>
          <div role="menu" aria-label="Event kinds">
            {KIND_GROUPS.map(({ label, kinds }) => {
              const { icon, tone } = KIND_ICONS[kinds[0]];
              return (
                <button key={label} type="button" role="menuitemcheckbox" aria-checked={!hidden.has(label)} className="st-mi" onClick={(event) => onToggle(label, event.altKey)}>
                  <span className="st-ck">{hidden.has(label) ? null : <Icon name="check" />}</span>
                  <Icon name={icon} className={tone} />
                  <span>{label}</span>
                  <span className="grow" />
                  <span className="t2 num">{formatCount(countOf(counts, kinds))}</span>
                </button>
              );
            })}
          </div>
        </AnchoredMenu>
      ) : null}
    </>
  );
}
