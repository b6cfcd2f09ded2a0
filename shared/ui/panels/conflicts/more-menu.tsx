import { useRef, useState, type ReactNode } from 'react';
import { AnchoredMenu } from '../../components/anchored-menu.tsx';
import { IconButton } from '../../components/controls.tsx';
import { Icon } from '../../components/icon.tsx';
import type { IconName } from '../../components/icons.tsx';

interface MoreItem {
  readonly icon: IconName;
  readonly label: string;
  readonly kbd: string;
  run(): void;
}

/** The actions of a detail that is too narrow for their buttons. */
export function MoreMenu({ items }: { items: readonly MoreItem[] }): ReactNode {
  const button = useRef<HTMLButtonElement>(null);
  const [open, setOpen] = useState(false);
  return (
    <>
      <IconButton className="cf-more" icon="more" label="More actions" buttonRef={button} onPress={() => setOpen(!open)} />
      {open ? (
        <AnchoredMenu label="More actions" className="cf-mmenu" anchor={button} onClose={() => setOpen(false)}>
          <div role="menu" aria-label="More actions">
            {items.map(({ icon, label, kbd, run }) => (
              <button key={label} type="button" role="menuitem" className="st-mi" onClick={() => { setOpen(false); run(); }}>
                <Icon name={icon} />
                <span>{label}</span>
                <span className="grow" />
                <kbd>{kbd}</kbd>
              </button>
            ))}
          </div>
        </AnchoredMenu>
      ) : null}
    </>
  );
}
