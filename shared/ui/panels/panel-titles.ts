import type { PanelName } from '../state/view.ts';

export const PANEL_TITLES: { readonly [panel in PanelName]: string } = {
  contexts: 'Contexts',
  registry: 'Registry',
  timeline: 'Timeline',
  conflicts: 'Conflicts',
  data: 'Data',
  network: 'Network',
  storage: 'Storage',
  telemetry: 'Telemetry',
  replay: 'Replay',
  query: 'Query',
};
