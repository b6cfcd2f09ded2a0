import { useId, useRef, type ReactNode, type RefObject } from 'react';
import { IconButton } from './controls.tsx';
import { Icon } from './icon.tsx';
import type { IconName } from './icons.tsx';
import { useModal } from './popover.tsx';

interface DialogProps {
  readonly title: string;
  readonly icon: IconName;
  readonly tone: string;
  readonly where: string;
  readonly size: 'small' | 'forget' | 'mid' | 'wide';
  readonly alert?: boolean;
  readonly onClose: () => void;
  readonly initial?: RefObject<HTMLElement | null>;
  readonly children: ReactNode;
  readonly footer: ReactNode;
}

export function Dialog({ title, icon, tone, where, size, alert = false, onClose, initial, children, footer }: DialogProps): ReactNode {
  const ref = useRef<HTMLDivElement>(null);
  const titleId = useId();
  useModal(ref, onClose, { outside: false, ...(initial === undefined ? {} : { initial }) });
  return (
    <div className="scrim dl-scrim">
      <div className={`dialog dl-dlg dl-${size}`} role={alert ? 'alertdialog' : 'dialog'} aria-modal="true" aria-labelledby={titleId} ref={ref} tabIndex={-1}>
        <header>
          <Icon name={icon} className={tone} />
          <h2 id={titleId}>{title}</h2>
          <span className="t2 dl-where">{where}</span>
          <span className="grow" />
          <IconButton icon="close" label="Close (Esc)" onPress={onClose} />
        </header>
        <div className="body">{children}</div>
        <footer>{footer}</footer>
      </div>
    </div>
  );
}

export function Audit({ by, long = false }: { by: string; long?: boolean }): ReactNode {
  return (
    <span className="t3 dl-audit">
      <Icon name="lock" />
      <span>{long ? `Kept as an event and in the audit log of the hub, asked by ${by}` : `In the audit log, asked by ${by}`}</span>
    </span>
  );
}
