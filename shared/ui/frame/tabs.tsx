import type { ReactNode } from 'react';
import { isOpen } from '../../views/context-now.ts';
import { formatCount } from '../../views/format.ts';
import { IconButton } from '../components/controls.tsx';
import { Icon } from '../components/icon.tsx';
import { PANEL_TITLES } from '../panels/panel-titles.ts';
import { useContexts, useInspector, useShownContexts, useView } from '../state/inspector.ts';
import { PANELS, type PanelName } from '../state/view.ts';

export function Tabs({ off }: { off: boolean }): ReactNode {
  const inspector = useInspector();
  const view = useView();
  const all = useContexts();
  const shown = useShownContexts();
  const counts: { readonly [panel: string]: { readonly n: number; readonly tone?: string } } = {
    contexts: { n: shown.filter(isOpen).length },
    registry: { n: shown.length },
    conflicts: { n: shown.reduce((sum, { status }) => sum + status.conflicts, 0), tone: 'c-conflict' },
  };
  const open = (panel: PanelName): void => {
    if (!off) inspector.go(panel);
  };
  return (
    <nav className={`tabs ${off ? 'is-off-all' : ''}`} aria-label="Panels">
      {off ? null : (
        <button type="button" className="ctxpick" aria-haspopup="dialog" onClick={() => inspector.overlay.set('contexts')}>
          <Icon name="filter" />
          <span>{view.contexts.length === 0 ? `All ${all.length}` : `${shown.length} of ${all.length}`}</span>
          <Icon name="chev-down" />
        </button>
      )}
      <div
        role="tablist"
        aria-label="Panels"
        onKeyDown={(event) => {
          const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
          if (by === undefined || off) return;
          event.preventDefault();
          const next = PANELS[(PANELS.indexOf(view.panel) + by + PANELS.length) % PANELS.length] ?? 'contexts';
          open(next);
          event.currentTarget.querySelector<HTMLElement>(`[data-tab="${next}"]`)?.focus();
        }}
      >
        {PANELS.map((panel, index) => {
          const selected = !off && panel === view.panel;
          const count = off ? undefined : counts[panel];
          return (
            <button
              key={panel}
              type="button"
              role="tab"
              className="tab"
              data-tab={panel}
              aria-selected={selected}
              aria-disabled={off ? true : undefined}
              tabIndex={selected || (off && index === 0) ? 0 : -1}
              title={`${PANEL_TITLES[panel]} (${(index + 1) % 10})`}
              onClick={() => open(panel)}
            >
              {PANEL_TITLES[panel]} {count === undefined || count.n === 0 ? null : <span className={`cnt ${count.tone ?? ''}`}>{formatCount(count.n)}</span>}
            </button>
          );
        })}
      </div>
      <IconButton icon="chev-right" className="tabmore" label="More panels" onPress={() => inspector.overlay.set('panels')} />
    </nav>
  );
}
