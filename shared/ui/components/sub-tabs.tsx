import type { KeyboardEvent, ReactNode } from 'react';

/** Tabs inside a panel: one is in the order of Tab, the arrow keys go to the others. */
export function SubTabs<T extends string>({ label, value, onChange, tabs, className = '' }: { label: string; value: T; onChange: (value: T) => void; tabs: readonly { readonly id: T; readonly label: ReactNode; readonly title?: string | undefined }[]; className?: string }): ReactNode {
  const byKey = (event: KeyboardEvent<HTMLDivElement>): void => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const next = tabs[(tabs.findIndex(({ id }) => id === value) + by + tabs.length) % tabs.length];
    if (next === undefined) return;
    onChange(next.id);
    const { currentTarget } = event;
    requestAnimationFrame(() => currentTarget.querySelector<HTMLElement>('[aria-selected="true"]')?.focus());
  };
  return (
    <div className={`subtabs ${className}`} role="tablist" aria-label={label} onKeyDown={byKey}>
      {tabs.map((tab) => (
        <button key={tab.id} type="button" role="tab" aria-selected={tab.id === value} tabIndex={tab.id === value ? 0 : -1} title={tab.title} onClick={() => onChange(tab.id)}>
          {tab.label}
        </button>
      ))}
    </div>
  );
}
