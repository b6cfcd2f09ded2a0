import { Component, type ReactNode } from 'react';
import { messageOf } from '../../base/app-error.ts';
import { Button } from '../components/controls.tsx';
import { Icon } from '../components/icon.tsx';
import { useInspector } from '../state/inspector.ts';
import type { PanelName } from '../state/view.ts';
import { ConflictsPanel } from './conflicts/conflicts-panel.tsx';
import { ContextsPanel } from './contexts/contexts-panel.tsx';
import { DataPanel } from './data/data-panel.tsx';
import { NetworkPanel } from './network/network-panel.tsx';
import { PANEL_TITLES } from './panel-titles.ts';
import { QueryPanel } from './query/query-panel.tsx';
import { RegistryPanel } from './registry/registry-panel.tsx';
import { ReplayPanel } from './replay/replay-panel.tsx';
import { StoragePanel } from './storage/storage-panel.tsx';
import { TelemetryPanel } from './telemetry/telemetry-panel.tsx';
import { TimelinePanel } from './timeline/timeline-panel.tsx';

const CONTENT: { readonly [panel in PanelName]: () => ReactNode } = {
  contexts: ContextsPanel,
  registry: RegistryPanel,
  timeline: TimelinePanel,
  conflicts: ConflictsPanel,
  data: DataPanel,
  query: QueryPanel,
  network: NetworkPanel,
  storage: StoragePanel,
  telemetry: TelemetryPanel,
  replay: ReplayPanel,
};

export function Panel({ panel }: { panel: PanelName }): ReactNode {
  const inspector = useInspector();
  const Content = CONTENT[panel];
  return (
    <main className="area">
      <div className="panel" role="tabpanel" aria-label={PANEL_TITLES[panel]} data-region>
        <PanelGuard key={panel} copy={(text) => void inspector.copy(text, 'Details')}>
          <Content />
        </PanelGuard>
      </div>
    </main>
  );
}

/** An error in one panel is that panel's: the others go on. */
class PanelGuard extends Component<{ children: ReactNode; copy: (text: string) => void }, { thrown: unknown }> {
  override state: { thrown: unknown } = { thrown: null };

  static getDerivedStateFromError(thrown: unknown): { thrown: unknown } {
    return { thrown };
  }

  override render(): ReactNode {
    const { thrown } = this.state;
    if (thrown === null) return this.props.children;
    const details = thrown instanceof Error ? `${thrown.message}\n${thrown.stack ?? ''}` : messageOf(thrown);
    return (
      <div className="st-empty">
        <Icon name="ev-error" className="c-error" />
        <div>
          <h3>This panel stopped</h3>
          <p>The recording and the other panels go on.</p>
          <pre className="codebox st-err">{messageOf(thrown)}</pre>
          <div className="st-acts">
            <Button icon="replay" label="Try again" onPress={() => this.setState({ thrown: null })} />
            <Button className="quiet" icon="copy" label="Copy details" onPress={() => this.props.copy(details)} />
          </div>
        </div>
      </div>
    );
  }
}
