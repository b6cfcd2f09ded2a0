import type { Host } from '../host.ts';
import { Store } from './store.ts';

export const PANELS = ['contexts', 'registry', 'timeline', 'conflicts', 'data', 'network', 'storage', 'telemetry', 'replay', 'query'] as const;
export type PanelName = (typeof PANELS)[number];

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** What a person looks at: all of it goes into the page's address, so that a reload or a link shows the same. */
export interface View {
  readonly client: string | null;
  readonly panel: PanelName;
  /** Contexts that every panel is filtered by; empty: all. */
  readonly contexts: readonly string[];
  /** The context whose detail is shown. */
  readonly selected: string | null;
  /** The event that the time cursor stands on, as a place of the recording; null: live. */
  readonly cursor: number | null;
  /** What stands in the filter field of each panel, and chips and groups that are chosen. */
  readonly fields: { readonly [name: string]: string };
  /** Timeline: width of the window in ms (0: all), and its right edge unless it follows. */
  readonly width: number;
  readonly to: number | null;
  readonly selection: Span | null;
}

const START: View = { client: null, panel: 'contexts', contexts: [], selected: null, cursor: null, fields: {}, width: 480_000, to: null, selection: null };

export function parseView(fragment: string): View {
  const params = new URLSearchParams(fragment.replace(/^#/, ''));
  const number = (key: string): number | null => {
    const value = Number(params.get(key) ?? Number.NaN);
    return Number.isFinite(value) ? value : null;
  };
  const panel = PANELS.find((name) => name === params.get('panel')) ?? START.panel;
  const fields = Object.fromEntries([...params].filter(([key]) => key.startsWith('f.')).map(([key, value]) => [key.slice(2), value]));
  const from = number('sel.from');
  const to = number('sel.to');
  return {
    client: params.get('client'),
    panel,
    contexts: params.getAll('ctx'),
    selected: params.get('show'),
    cursor: number('at'),
    fields,
    width: number('width') ?? START.width,
    to: number('to'),
    selection: from === null || to === null ? null : { from, to },
  };
}

export function formatView(view: View): string {
  const params = new URLSearchParams();
  params.set('panel', view.panel);
  if (view.client !== null) params.set('client', view.client);
  for (const id of view.contexts) params.append('ctx', id);
  if (view.selected !== null) params.set('show', view.selected);
  if (view.cursor !== null) params.set('at', String(view.cursor));
  for (const [name, value] of Object.entries(view.fields)) if (value !== '') params.set(`f.${name}`, value);
  if (view.width !== START.width) params.set('width', String(Math.round(view.width)));
  if (view.to !== null) params.set('to', String(Math.round(view.to)));
  if (view.selection !== null) {
    params.set('sel.from', String(Math.round(view.selection.from)));
    params.set('sel.to', String(Math.round(view.selection.to)));
  }
  return params.toString();
}

/** The view, kept in the shell's address. */
export function openView(host: Host): Store<View> {
  const store = new Store(parseView(host.location.read()));
  store.listen((view) => host.location.write(formatView(view)));
  host.location.listen(() => store.set(parseView(host.location.read())));
  return store;
}
