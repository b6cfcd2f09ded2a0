import type { RegistryEntry } from '../../shared/protocol/debug/index.ts';
import type { ControlPort } from '../control.ts';
import { entryOf } from '../control/registry-entry.ts';

/** Sends what changed since the last look, at most once in `REGISTRY_PERIOD`. */
export const REGISTRY_PERIOD = 150;

export class RegistryWatch {
  readonly #control: ControlPort;
  #known = new Map<string, string>();

  constructor(control: ControlPort) {
    this.#control = control;
  }

  reset(): void {
    this.#known = new Map();
  }

  changes(): { readonly entries: RegistryEntry[]; readonly removed: string[] } | null {
    const now = new Map<string, string>();
    const entries: RegistryEntry[] = [];
    for (const row of this.#control.rows()) {
      const entry = entryOf(this.#control, row);
      const text = JSON.stringify(entry);
      now.set(row.contextId, text);
      if (this.#known.get(row.contextId) !== text) entries.push(entry);
    }
    const removed = [...this.#known.keys()].filter((contextId) => !now.has(contextId));
    this.#known = now;
    return entries.length === 0 && removed.length === 0 ? null : { entries, removed };
  }
}
