import type { ReactNode, RefObject } from 'react';
import { createPortal } from 'react-dom';
import { Menu } from './popover.tsx';

/** A menu that hangs from the button that opens it, or, where a narrow bar has no room for the button, from the bar's end. */
export function AnchoredMenu({ label, className, anchor, onClose, children }: { label: string; className: string; anchor?: RefObject<HTMLElement | null>; onClose: () => void; children: ReactNode }): ReactNode {
  const button = anchor?.current ?? null;
  const at = (button?.checkVisibility() === true ? button : button?.closest('.bar'))?.getBoundingClientRect();
  return createPortal(
    <Menu label={label} className={className} {...(anchor === undefined ? {} : { anchor })} {...(at === undefined ? {} : { style: { top: at.bottom + 4, right: Math.max(8, globalThis.innerWidth - at.right) } })} onClose={onClose}>
      {children}
    </Menu>,
    // Its place is told of the window, and what it stands in would cut it.
    document.querySelector('.app') ?? document.body,
  );
}
