import { codeOf, messageOf } from '../../../base/app-error.ts';
import type { Comparison } from '../../../views/compare.ts';
import { newCommandId } from '../../dialogs/actions.ts';
import { infoOf } from '../../state/client-state.ts';
import type { Inspector } from '../../state/inspector.ts';
import { keptBy } from '../../state/kept.ts';
import { Store } from '../../state/store.ts';

export interface Compared {
  readonly contextId: string;
  readonly at: number;
  readonly result: Comparison;
  /** Rows of each entity on this device, where the client tells. */
  readonly entities: readonly { readonly entity: string; readonly rows: number }[];
  /** Where the server stood when it was compared, as far as this device knew. */
  readonly serverVersion: number;
}

export interface Comparing {
  readonly contextId: string;
  readonly commandId: string;
  readonly since: number;
  /** Asked to stop; what answers decides whether it was in time. */
  readonly stopping: boolean;
}

export interface NotCompared {
  readonly contextId: string;
  readonly code: string;
  readonly message: string;
}

/** What compares a context with the server; it goes on while another panel is shown. */
export class CompareDesk {
  readonly running = new Store<Comparing | null>(null);
  /** The last comparison of each context. */
  readonly compared = new Store<ReadonlyMap<string, Compared>>(new Map());
  readonly failed = new Store<NotCompared | null>(null);
  readonly #inspector: Inspector;
  #stop: AbortController | null = null;
  #client: string | null;

  constructor(inspector: Inspector) {
    this.#inspector = inspector;
    this.#client = infoOf(inspector.session.client.get())?.clientId ?? null;
    inspector.session.client.listen((client) => {
      const clientId = infoOf(client)?.clientId ?? null;
      if (clientId === null || clientId === this.#client) return;
      this.#client = clientId;
      this.#stop?.abort();
      this.compared.set(new Map());
      this.failed.set(null);
    });
  }

  /** DB10: as of a version, or of the one that this device is at. One at a time. */
  async compare(contextId: string, toVersion: number | null): Promise<void> {
    if (this.running.get() !== null) return;
    const { session } = this.#inspector;
    const commandId = newCommandId();
    const stop = (this.#stop = new AbortController());
    this.running.set({ contextId, commandId, since: Date.now(), stopping: false });
    this.failed.set(null);
    const told = session.contexts.get().get(contextId);
    try {
      const result = await session.call('Context.replay', { commandId, contextId, mode: 'compare', ...(toVersion === null ? {} : { toVersion }) }, { signal: stop.signal });
      const entities = await session.call('Data.entities', { contextId }).then(({ entities: all }) => all, () => []);
      this.compared.update((all) => new Map(all).set(contextId, { contextId, at: Date.now(), result, entities, serverVersion: Math.max(result.version, told?.row.serverVersion ?? 0) }));
    } catch (thrown) {
      if (codeOf(thrown) !== 'CANCELLED') this.failed.set({ contextId, code: codeOf(thrown), message: messageOf(thrown) });
    } finally {
      this.running.set(null);
    }
  }

  cancel(): void {
    this.#stop?.abort();
    this.running.update((running) => (running === null ? null : { ...running, stopping: true }));
  }
}

export const compareDeskOf = keptBy((inspector) => new CompareDesk(inspector));
