import type { Host } from '../host.ts';
import { Store } from './store.ts';

export interface Settings {
  readonly theme: 'browser' | 'light' | 'dark';
  readonly density: 'compact' | 'regular' | 'roomy';
  readonly time: 'clock' | 'elapsed';
  readonly showValues: boolean;
  readonly singleKeys: boolean;
  readonly groupDormant: boolean;
  /** Thresholds of Telemetry that a person set, by id. */
  readonly limits: { readonly [id: string]: unknown };
}

const DEFAULTS: Settings = { theme: 'browser', density: 'regular', time: 'clock', showValues: true, singleKeys: true, groupDormant: true, limits: {} };
const KEY = 'contextscope.settings';
const LAYOUT = 'contextscope.layout';

/** Reads what was kept; anything that does not fit is as if it was never set. */
function load<T extends object>(host: Host, key: string, defaults: T): T {
  try {
    const kept: unknown = JSON.parse(host.storage.get(key) ?? '{}');
    if (typeof kept !== 'object' || kept === null) return defaults;
    const fitting = Object.entries(kept).filter(([name, value]) => typeof value === typeof (defaults as { [name: string]: unknown })[name]);
    return { ...defaults, ...Object.fromEntries(fitting) };
  } catch {
    return defaults;
  }
}

export function openSettings(host: Host): Store<Settings> {
  const store = new Store(load(host, KEY, DEFAULTS));
  store.listen((settings) => host.storage.set(KEY, JSON.stringify(settings)));
  return store;
}

/** Sizes and docks of regions by name, as a person left them. */
export class Layout {
  readonly #host: Host;
  readonly store: Store<{ readonly [name: string]: number | string }>;

  constructor(host: Host) {
    this.#host = host;
    let kept: { [name: string]: number | string } = {};
    try {
      const parsed: unknown = JSON.parse(host.storage.get(LAYOUT) ?? '{}');
      if (typeof parsed === 'object' && parsed !== null) {
        kept = Object.fromEntries(Object.entries(parsed).filter((entry): entry is [string, number | string] => ['number', 'string'].includes(typeof entry[1])));
      }
    } catch {
      kept = {};
    }
    this.store = new Store(kept);
  }

  set(name: string, value: number | string): void {
    this.store.update((layout) => ({ ...layout, [name]: value }));
    this.#host.storage.set(LAYOUT, JSON.stringify(this.store.get()));
  }
}
