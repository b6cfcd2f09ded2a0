import { useRef, type CSSProperties, type KeyboardEvent, type PointerEvent, type ReactNode } from 'react';
import { useInspector } from '../state/inspector.ts';
import { useStore } from '../state/store.ts';

type Dock = 'below' | 'right';

const SMALLEST = 120;
const STEP = 24;

/** A list and its detail, below or to the right, with a border between them that can be dragged and moved by keys. */
export function Split({ name, below, children, detail, right = 400 }: { name: string; below: number; right?: number; children: ReactNode; detail: ReactNode | null }): ReactNode {
  const { layout } = useInspector();
  const kept = useStore(layout.store);
  const frame = useRef<HTMLDivElement>(null);
  const dock: Dock = kept[`${name}.dock`] === 'right' ? 'right' : 'below';
  const key = `${name}.${dock}`;
  const size = typeof kept[key] === 'number' ? kept[key] : dock === 'below' ? below : right;
  const resize = (to: number): void => {
    const rect = frame.current?.getBoundingClientRect();
    const most = (dock === 'below' ? (rect?.height ?? 900) : (rect?.width ?? 1400)) - SMALLEST;
    layout.set(key, Math.round(Math.max(SMALLEST, Math.min(most, to))));
  };
  const drag = (event: PointerEvent<HTMLDivElement>): void => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
    const rect = frame.current?.getBoundingClientRect();
    if (rect !== undefined) resize(dock === 'below' ? rect.bottom - event.clientY : rect.right - event.clientX);
  };
  const byKey = (event: KeyboardEvent): void => {
    const by = { ArrowUp: STEP, ArrowLeft: STEP, ArrowDown: -STEP, ArrowRight: -STEP }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    resize(size + by);
  };
  if (detail === null) return <div className="split whole">{children}</div>;
  const style = { '--below-h': `${size}px`, ...(dock === 'right' ? { '--detail-w': `${size}px` } : {}) } as CSSProperties;
  return (
    <div className={`split ${dock}`} style={style} ref={frame}>
      {children}
      <div
        className="splitter"
        role="separator"
        tabIndex={0}
        aria-label="Size of the detail"
        aria-orientation={dock === 'below' ? 'horizontal' : 'vertical'}
        aria-valuenow={size}
        aria-valuemin={SMALLEST}
        aria-valuemax={2_000}
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={drag}
        onKeyDown={byKey}
        onDoubleClick={() => resize(dock === 'below' ? below : right)}
      />
      {detail}
    </div>
  );
}

export function useDock(name: string): { readonly dock: Dock; readonly toggle: () => void } {
  const { layout } = useInspector();
  const kept = useStore(layout.store);
  const dock: Dock = kept[`${name}.dock`] === 'right' ? 'right' : 'below';
  return { dock, toggle: () => layout.set(`${name}.dock`, dock === 'right' ? 'below' : 'right') };
}
