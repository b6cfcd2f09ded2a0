import { EVENT_KINDS, type EventKind } from '../core/events.ts';
import type { EventIndex } from './event-index.ts';
import type { Term } from './filter.ts';
import { placesIn } from './range-summary.ts';

/** Which events a list shows: those of kinds and contexts, and of a search where there is one. */
export interface Listed {
  readonly kinds: ReadonlySet<EventKind>;
  /** Null: all of them. */
  readonly contexts: readonly string[] | null;
  /** Places that the search keeps; null: nothing is searched. */
  readonly found: ArrayLike<number> | null;
}

/** Kinds that are shown, and those that a search asks for by name: who names a kind means it, hidden or not. */
export function kindsListed(shown: ReadonlySet<EventKind>, terms: readonly Term[]): ReadonlySet<EventKind> {
  const named = EVENT_KINDS.filter((kind) => terms.some(({ key, value }) => key === 'kind' && value === kind));
  return named.length === 0 ? shown : new Set([...shown, ...named]);
}

/** The listed events in [from, to), ascending. */
export function listedPlaces(index: EventIndex, from: number, to: number, { kinds, contexts, found }: Listed): ArrayLike<number> {
  if (found === null) return placesIn(index, from, to, kinds, contexts);
  const kept = contexts === null ? null : new Set<string | null>(contexts);
  return Array.from(found).filter((place) => place >= from && place < to && kinds.has(index.kindAt(place)) && (kept === null || kept.has(index.contextAt(place))));
}
