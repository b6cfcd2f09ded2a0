import type { Host } from '../../host.ts';
import { Store } from '../../state/store.ts';
import type { Target } from './templates.ts';

export type AskedTarget = Target | 'bisect';

/** A statement that a person gave a name. Names are unique. */
export interface SavedQuery {
  readonly name: string;
  readonly sql: string;
  readonly target: AskedTarget;
}

/** A statement that was run, newest first. */
export interface PastRun {
  readonly sql: string;
  readonly target: AskedTarget;
  readonly at: number;
  /** Null: it failed. */
  readonly durationMs: number | null;
  readonly rows: number | null;
}

const SAVED = 'contextscope.savedQueries';
const HISTORY = 'contextscope.queries';
const KEPT_RUNS = 50;

/** Saved queries and the history, kept with this browser's settings. */
export class SavedQueries {
  readonly saved: Store<readonly SavedQuery[]>;
  readonly history: Store<readonly PastRun[]>;

  constructor({ storage }: Pick<Host, 'storage'>) {
    this.saved = new Store(listOf(storage.get(SAVED), isSaved));
    this.history = new Store(listOf(storage.get(HISTORY), isRun));
    this.saved.listen((all) => storage.set(SAVED, JSON.stringify(all)));
    this.history.listen((all) => storage.set(HISTORY, JSON.stringify(all)));
  }

  /** Under a name that is taken it takes the place of what was there. */
  save(query: SavedQuery): void {
    this.saved.update((all) => [...all.filter(({ name }) => name !== query.name), query].toSorted((a, b) => a.name.localeCompare(b.name, 'en')));
  }

  rename(from: string, to: string): void {
    const query = this.saved.get().find(({ name }) => name === from);
    if (query === undefined || to.trim() === '' || from === to) return;
    this.delete(from);
    this.save({ ...query, name: to.trim() });
  }

  delete(name: string): void {
    this.saved.update((all) => all.filter((one) => one.name !== name));
  }

  ran(run: PastRun): void {
    this.history.update((all) => [run, ...all.filter(({ sql, target }) => sql !== run.sql || target !== run.target)].slice(0, KEPT_RUNS));
  }

  forgetHistory(): readonly PastRun[] {
    const before = this.history.get();
    this.history.set([]);
    return before;
  }
}

/** What was kept; what does not fit is as if it was never there. */
function listOf<T>(text: string | null, fits: (one: unknown) => one is T): readonly T[] {
  try {
    const kept: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(kept) ? kept.filter(fits) : [];
  } catch {
    return [];
  }
}

const partsOf = (one: unknown): { readonly [name: string]: unknown } => (typeof one === 'object' && one !== null ? (one as { readonly [name: string]: unknown }) : {});
const isTarget = (target: unknown): boolean => target === 'context' || target === 'recording' || target === 'bisect';

function isSaved(one: unknown): one is SavedQuery {
  const { name, sql, target } = partsOf(one);
  return typeof name === 'string' && typeof sql === 'string' && isTarget(target);
}

function isRun(one: unknown): one is PastRun {
  const { sql, target, at } = partsOf(one);
  return typeof sql === 'string' && typeof at === 'number' && isTarget(target);
}
