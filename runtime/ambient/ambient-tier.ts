import type { Undo } from '../../shared/base/clock.ts';
import type { Json } from '../../shared/base/json.ts';
import type { ContextId } from '../../shared/core/ids.ts';
import type { Engine } from '../../shared/engine/engine.ts';
import type { SqliteStorage } from '../storage/sqlite-storage.ts';

/** AM2: how a reference stands. `pending`: the ambient context is still on its way. */
export type Resolved = { readonly state: 'found'; readonly value: Json } | { readonly state: 'missing' } | { readonly state: 'pending' };

const CACHE_SIZE = 1_000;

/** Late reads of what tenant rows refer to by identity, through a bounded cache that lives as long as the ambient rows do not change. */
export class AmbientTier {
  readonly #engine: Engine;
  readonly #storage: SqliteStorage;
  readonly #contexts: { readonly [entity: string]: string };
  readonly #cache = new Map<string, Resolved>();

  constructor(engine: Engine, storage: SqliteStorage, contexts: { readonly [entity: string]: string }) {
    this.#engine = engine;
    this.#storage = storage;
    this.#contexts = contexts;
    engine.changed.listen(({ contextId }) => {
      // A context switch re-processes no ambient row: only the ambient context's own changes empty the cache (AM1).
      if (this.#isAmbient(contextId)) this.#cache.clear();
    });
  }

  #isAmbient(contextId: string): boolean {
    return this.#engine.state.rows.get(contextId)?.kind === 'ambient';
  }

  #contextOf(entity: string): ContextId | null {
    const named = this.#contexts[entity];
    if (named !== undefined) return named as ContextId;
    for (const row of this.#engine.state.rows.values()) if (row.kind === 'ambient') return row.contextId;
    return null;
  }

  /** Looks a reference up now. */
  resolve(entity: string, id: string): Resolved {
    const key = `${entity.length}:${entity}${id}`;
    const kept = this.#cache.get(key);
    if (kept !== undefined) return kept;
    const contextId = this.#contextOf(entity);
    const db = contextId === null ? undefined : this.#storage.openStore(contextId)?.db;
    if (contextId === null || db === undefined || db === null) return { state: 'pending' };
    const text = db.visible(entity, id);
    const live = this.#engine.contextState(contextId)?.link.name === 'live';
    const found: Resolved = text === null ? { state: live ? 'missing' : 'pending' } : { state: 'found', value: JSON.parse(text) as Json };
    if (found.state !== 'pending') {
      if (this.#cache.size >= CACHE_SIZE) this.#cache.delete(this.#cache.keys().next().value ?? '');
      this.#cache.set(key, found);
    }
    return found;
  }

  /** Tells how a reference stands now and each time the ambient rows change. */
  subscribe(entity: string, id: string, changed: (resolved: Resolved) => void): Undo {
    changed(this.resolve(entity, id));
    return this.#engine.changed.listen(({ contextId, entities }) => {
      if (this.#isAmbient(contextId) && entities.has(entity)) changed(this.resolve(entity, id));
    });
  }
}
