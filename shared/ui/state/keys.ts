import { useEffect } from 'react';
import { useInspector, type Inspector } from './inspector.ts';
import { PANELS, type PanelName } from './view.ts';

// The keyboard map: what the sheet shows is what is listened to. Nothing that deletes has a key.

const ON_MAC = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.userAgent);
export const modKey = (key: string): string => (ON_MAC ? `⌘ ${key}` : `Ctrl ${key}`);

export interface Binding {
  readonly group: string;
  readonly title: string;
  readonly keys: readonly string[];
  /** Only while this panel is shown. */
  readonly panel?: PanelName;
  /** Absent: the panel or a text field handles it itself. */
  readonly run?: (inspector: Inspector, key: string) => void;
}

/** What panels do with the keys that are theirs. */
export interface PanelKeys {
  readonly [key: string]: () => void;
}

const FRAME = 'Everywhere';
const TIME = 'Contexts and time';
const LIST = 'List and detail';
const ON = 'Go on from here';

export const BINDINGS: readonly Binding[] = [
  { group: FRAME, title: 'Search or run a command', keys: ['Mod+K'], run: (inspector) => inspector.overlay.set('palette') },
  { group: FRAME, title: 'This sheet', keys: ['?'], run: (inspector) => inspector.overlay.set('shortcuts') },
  { group: FRAME, title: 'Filter of the panel', keys: ['/'], run: () => focusFilter('/') },
  { group: FRAME, title: 'Panel 1 to 10', keys: ['1', '2', '3', '4', '5', '6', '7', '8', '9', '0'], run: (inspector, key) => inspector.go(PANELS[(Number(key) + 9) % 10] ?? 'contexts') },
  { group: FRAME, title: 'Next region', keys: ['F6'], run: nextRegion },
  { group: FRAME, title: 'Close, stop, back', keys: ['Escape'], run: (inspector) => closeOne(inspector) },
  { group: FRAME, title: 'Save the recording', keys: ['Mod+E'], run: (inspector) => void inspector.saveRecording() },
  { group: FRAME, title: 'Open a report', keys: ['Mod+O'], run: (inspector) => void inspector.openRecording() },
  { group: TIME, title: 'Filter contexts', keys: ['Alt+/'], run: (inspector) => (document.querySelector('.side input')?.checkVisibility() === true ? focusFilter('Alt /') : inspector.overlay.set('contexts')) },
  { group: TIME, title: 'Previous, next context', keys: ['Alt+ArrowUp', 'Alt+ArrowDown'], run: (inspector, key) => stepContext(inspector, key === 'Alt+ArrowUp' ? -1 : 1) },
  { group: TIME, title: 'Live, follow', keys: ['L'], run: (inspector) => inspector.goLive() },
  { group: TIME, title: 'Event before, after', keys: [',', '.'], run: (inspector, key) => stepShown(inspector, (_kind, to) => to === null, key === '.' ? 1 : -1) },
  { group: TIME, title: 'Activation before, after', keys: ['[', ']'], run: (inspector, key) => stepShown(inspector, (kind) => kind === 'activation', key === ']' ? 1 : -1) },
  { group: TIME, title: 'Conflict before, after', keys: ['{', '}'], run: (inspector, key) => stepShown(inspector, (kind) => kind === 'conflict', key === '}' ? 1 : -1) },
  { group: LIST, title: 'Move', keys: ['ArrowUp', 'ArrowDown'] },
  { group: LIST, title: 'Open detail', keys: ['Enter'] },
  { group: LIST, title: 'Next, previous item', keys: ['J', 'K'] },
  { group: LIST, title: 'Detail at full width', keys: ['F'], run: (inspector) => inspector.wide.update((wide) => !wide) },
  { group: LIST, title: 'Show values', keys: ['V'], run: (inspector) => inspector.settings.update((settings) => ({ ...settings, showValues: !settings.showValues })) },
  { group: LIST, title: 'Copy as JSON', keys: ['C'] },
  { group: ON, title: 'Show in Timeline', keys: ['T'], run: (inspector) => inspector.go('timeline') },
  { group: ON, title: 'Open in Data', keys: ['O'], run: (inspector) => inspector.go('data') },
  { group: ON, title: 'Open in Query', keys: ['Q'], run: (inspector) => inspector.go('query') },
  { group: ON, title: 'Run, compare, dry run again', keys: ['R'] },
  { group: ON, title: 'Make a test', keys: ['M'] },
  { group: 'Timeline', title: 'Zoom in, out', keys: ['W', 'S'], panel: 'timeline' },
  { group: 'Timeline', title: 'Pan', keys: ['A', 'D'], panel: 'timeline' },
  { group: 'Timeline', title: 'Zoom to selection', keys: ['Z'], panel: 'timeline' },
  { group: 'Timeline', title: 'Export the events', keys: ['Mod+E'], panel: 'timeline' },
  { group: 'Query', title: 'Run', keys: ['Mod+Enter'], panel: 'query' },
  { group: 'Query', title: 'Save the query', keys: ['Mod+S'], panel: 'query' },
  { group: 'Query', title: 'All names at the caret', keys: ['Mod+Space'], panel: 'query' },
  { group: 'Query', title: 'Export the result as CSV', keys: ['Mod+E'], panel: 'query' },
  { group: 'Network', title: 'Emulation', keys: ['E'], panel: 'network' },
  { group: 'Network', title: 'Hide acks and pings', keys: ['H'], panel: 'network' },
  { group: 'Conflicts', title: 'Unchanged fields', keys: ['U'], panel: 'conflicts' },
  { group: 'Conflicts', title: 'Export what is shown', keys: ['Mod+E'], panel: 'conflicts' },
];

/** How a key is written on the sheet. */
export function keyLabel(key: string): string {
  return key
    .replace('Mod+', ON_MAC ? '⌘ ' : 'Ctrl ')
    .replace('Alt+', 'Alt ')
    .replace('Arrow', '')
    .replace('Up', '↑')
    .replace('Down', '↓')
    .replace('Escape', 'Esc');
}

/** One text for what was pressed: `Mod+K`, `Alt+ArrowUp`, `L`, `?`. Letters are upper case whatever Shift and Caps Lock do. */
export function keyOf(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey'>): string {
  const key = event.key.length === 1 ? event.key.toUpperCase() : event.key;
  return `${event.ctrlKey || event.metaKey ? 'Mod+' : ''}${event.altKey ? 'Alt+' : ''}${key}`;
}

const isText = (target: EventTarget | null): boolean => target instanceof HTMLElement && (target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

const panelKeys: { current: PanelKeys } = { current: {} };

/** Gives a panel its own keys while it is shown. */
export function usePanelKeys(keys: PanelKeys): void {
  useEffect(() => {
    panelKeys.current = keys;
    return () => {
      if (panelKeys.current === keys) panelKeys.current = {};
    };
  });
}

export function useKeyboard(): void {
  const inspector = useInspector();
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const key = keyOf(event);
      const plain = !key.includes('+') && key !== 'F6' && key !== 'Escape';
      if (event.defaultPrevented || (plain && (isText(event.target) || !inspector.settings.get().singleKeys))) return;
      if (inspector.overlay.get() !== 'none' && key !== 'Escape' && key !== 'Mod+K') return;
      if (inspector.dialog.get().kind !== 'none') return;
      if (key === 'Escape' && inspector.overlay.get() === 'none' && inspector.wide.get() && document.querySelector('.is-wide .detail') !== null) {
        event.preventDefault();
        inspector.wide.set(false);
        return;
      }
      const own = panelKeys.current[key];
      const run = own ?? BINDINGS.find(({ keys, panel }) => keys.includes(key) && (panel === undefined || panel === inspector.view.get().panel))?.run;
      if (run === undefined) return;
      event.preventDefault();
      run(inspector, key);
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [inspector]);
}

function focusFilter(kbd: string): void {
  document.querySelector<HTMLInputElement>(`input[data-filter="${kbd}"]`)?.focus();
}

function nextRegion(): void {
  const regions = [...document.querySelectorAll<HTMLElement>('[data-region]')].filter((region) => region.checkVisibility());
  const here = regions.findIndex((region) => region.contains(document.activeElement));
  for (let by = 1; by <= regions.length; by++) {
    const target = regions[(here + by) % regions.length]?.querySelector<HTMLElement>('[role="grid"], [role="slider"], input, button:not([tabindex="-1"]), [tabindex="0"]');
    if (target !== null && target !== undefined) {
      target.focus();
      return;
    }
  }
}

function closeOne(inspector: Inspector): void {
  if (inspector.overlay.get() !== 'none') inspector.overlay.set('none');
  else if (inspector.choosing.get()) inspector.choosing.set(false);
  else if (inspector.view.get().selection !== null) inspector.show({ selection: null });
  else if (inspector.view.get().selected !== null) inspector.show({ selected: null });
  else if (inspector.view.get().cursor !== null) inspector.goLive();
}

function stepContext(inspector: Inspector, by: 1 | -1): void {
  const ids = [...document.querySelectorAll<HTMLElement>('.side [role="option"]')].map((option) => option.querySelector('.id')?.textContent ?? '');
  const all = ids.length > 0 ? ids : [...inspector.session.contexts.get().keys()];
  const view = inspector.view.get();
  const here = all.indexOf(view.contexts[0] ?? view.selected ?? '');
  const next = all[Math.max(0, Math.min(all.length - 1, here + by))];
  if (next !== undefined) inspector.show({ selected: next, ...(view.contexts.length > 0 ? { contexts: [next] } : {}) });
}

/** Steps through the events that the context filter keeps; `wanted` names a kind, or takes all. */
function stepShown(inspector: Inspector, wanted: (kind: string, to: string | null) => boolean, direction: 1 | -1): void {
  const { index } = inspector.session;
  const { contexts } = inspector.view.get();
  for (let place = inspector.place() + direction; place >= 0 && place < index.length; place += direction) {
    const kind = index.kindAt(place);
    const context = index.contextAt(place);
    if (contexts.length > 0 && (context === null || !contexts.includes(context))) continue;
    if (wanted('', null) || wanted(kind, '') || (wanted('activation', '') && kind === 'lifecycle' && context !== null && index.tracks.get(context)?.lifecycle.at(place) === 'activating')) {
      inspector.moveTo(place);
      return;
    }
  }
}
