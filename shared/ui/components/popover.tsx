import { useEffect, useRef, type CSSProperties, type ReactNode, type RefObject } from 'react';

const FOCUSABLE = 'button:not([tabindex="-1"]), input, select, textarea, a[href], [tabindex="0"]';

/** What is open, the last one last. */
const opened: HTMLElement[] = [];

/** Keeps the focus inside while open and gives it back when closed; Escape and a press outside close it. */
export function useModal(ref: RefObject<HTMLElement | null>, onClose: () => void, options: { readonly initial?: RefObject<HTMLElement | null>; readonly outside?: boolean; readonly anchor?: RefObject<HTMLElement | null> | undefined } = {}): void {
  const close = useRef(onClose);
  close.current = onClose;
  const { initial, outside = true, anchor } = options;
  useEffect(() => {
    const element = ref.current;
    if (element === null) return undefined;
    const before = document.activeElement instanceof HTMLElement ? document.activeElement : null;
    // Where the focus starts is part of the question: it is shown although a pointer may have opened this.
    (initial?.current ?? element.querySelector<HTMLElement>(FOCUSABLE) ?? element).focus({ focusVisible: true });
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === 'Escape') {
        event.stopPropagation();
        event.preventDefault();
        close.current();
        return;
      }
      if (event.key !== 'Tab') return;
      const all = [...element.querySelectorAll<HTMLElement>(FOCUSABLE)].filter((one) => one.offsetParent !== null || one === document.activeElement);
      const first = all[0];
      const last = all.at(-1);
      if (first === undefined || last === undefined) return;
      if (event.shiftKey && document.activeElement === first) {
        event.preventDefault();
        last.focus();
      } else if (!event.shiftKey && document.activeElement === last) {
        event.preventDefault();
        first.focus();
      }
    };
    // What had the focus may be gone: a key that then goes to nobody is for what was opened last.
    const onLostKey = (event: KeyboardEvent): void => {
      if (event.target === document.body && opened.at(-1) === element) onKey(event);
    };
    opened.push(element);
    const onPress = (event: PointerEvent): void => {
      // What opened it closes it by itself.
      if (outside && event.target instanceof Node && !element.contains(event.target) && anchor?.current?.contains(event.target) !== true) close.current();
    };
    element.addEventListener('keydown', onKey);
    document.addEventListener('keydown', onLostKey, true);
    document.addEventListener('pointerdown', onPress, true);
    return () => {
      opened.splice(opened.indexOf(element), 1);
      element.removeEventListener('keydown', onKey);
      document.removeEventListener('keydown', onLostKey, true);
      document.removeEventListener('pointerdown', onPress, true);
      if (before?.isConnected === true) before.focus();
    };
  }, [ref, initial, outside, anchor]);
}

/** Arrow keys move through the items of a menu. */
export function moveInMenu(event: React.KeyboardEvent<HTMLElement>): void {
  if (!['ArrowDown', 'ArrowUp', 'Home', 'End'].includes(event.key)) return;
  if (event.target instanceof HTMLInputElement && event.key !== 'ArrowDown') return;
  event.preventDefault();
  event.stopPropagation();
  const items = [...event.currentTarget.querySelectorAll<HTMLElement>('[role^="menuitem"], [role="option"]')];
  const here = items.findIndex((item) => item === document.activeElement);
  const to = event.key === 'Home' ? 0 : event.key === 'End' ? items.length - 1 : here + (event.key === 'ArrowDown' ? 1 : -1);
  items[(to + items.length) % items.length]?.focus();
}

/** `anchor`: the button that opens it, and closes it again; `style` puts it beside that. */
export function Menu({ label, className, children, onClose, anchor, style }: { label: string; className: string; children: ReactNode; onClose: () => void; anchor?: RefObject<HTMLElement | null>; style?: CSSProperties }): ReactNode {
  const ref = useRef<HTMLDivElement>(null);
  useModal(ref, onClose, { anchor });
  return (
    <div className={`st-menu ${className}`} style={style} ref={ref} role="dialog" aria-label={label} tabIndex={-1} onKeyDown={moveInMenu}>
      {children}
    </div>
  );
}
