import type { ReactNode } from 'react';
import { IconButton } from './controls.tsx';
import { useDock } from './split.tsx';

/** The bar of a detail: what it is of, its actions, where it is docked, close. */
export function DetailHead({ name, children, actions, onClose }: { name: string; children: ReactNode; actions?: ReactNode; onClose: () => void }): ReactNode {
  const { dock, toggle } = useDock(name);
  const to = dock === 'right' ? 'Dock detail below' : 'Dock detail to the right';
  return (
    <div className="detail-head">
      {children}
      <span className="grow" />
      {actions}
      <IconButton className="p2" icon={dock === 'right' ? 'split-h' : 'split-v'} label={to} onPress={toggle} />
      <IconButton icon="close" label="Close detail (Esc)" onPress={onClose} />
    </div>
  );
}
