import type { ConflictEvent } from './conflicts.ts';
import { number, text, type Reader } from './reader.ts';

/** What became of this device's side of a conflict: the version that its write has in the log, or that it still waits; null: not kept, or not known. */
export type OwnVersion = number | 'pending' | null;

/** A conflict with the version that this device's write has by now. */
export interface ListedConflict extends ConflictEvent {
  readonly mine: OwnVersion;
}

/** The write that a conflict left of this device's: one that lost, was refused or is not decided left none. */
export function writeLeft({ state, winner, mutationIds }: Pick<ConflictEvent, 'state' | 'winner' | 'mutationIds'>): string | null {
  if (state === 'by-hand') return mutationIds.at(-1) ?? null;
  // A write that was made anew stands behind those that met theirs.
  return state === 'automatic' && winner !== 'theirs' && mutationIds.length > 1 ? (mutationIds.at(-1) ?? null) : null;
}

/**
 * Where writes came back in a delta. Each stretch of a recording is looked through once for the writes that wait for it: a recording that
 * grows is not read from its beginning again.
 */
export class OwnVersions {
  readonly #found = new Map<string, { readonly version: number; readonly place: number }>();
  readonly #readTo = new Map<string, number>();

  /** Looks for the writes of these conflicts in what the recording holds by now. */
  async read(read: Reader, conflicts: readonly ConflictEvent[]): Promise<void> {
    const wanted = new Map<string, number>();
    for (const conflict of conflicts) {
      const id = writeLeft(conflict);
      if (id !== null && !this.#found.has(id)) wanted.set(id, this.#readTo.get(id) ?? conflict.place);
    }
    if (wanted.size === 0) return;
    // Places of a recording count from 1.
    const upTo = number((await read('SELECT max(place) AS place FROM events'))[0]?.['place']) - 1;
    const from = [...wanted.values()].reduce((least, place) => Math.min(least, place), upTo);
    if (from >= upTo) return;
    // A delta is a run of consecutive changes that ends at its version, and a long one names none.
    const rows = await read(
      `SELECT place, ids.value AS id, toVersion - (json_array_length(mutationIds) - 1 - ids.key) AS version FROM events, json_each(events.mutationIds) AS ids
       WHERE place > ? AND place <= ? AND kind = 'delta' AND mutationIds IS NOT NULL AND ids.value IN (SELECT value FROM json_each(?))`,
      [from + 1, upTo + 1, JSON.stringify([...wanted.keys()])],
    );
    for (const id of wanted.keys()) this.#readTo.set(id, upTo);
    for (const row of rows) this.#found.set(text(row['id']), { version: number(row['version']), place: number(row['place']) - 1 });
  }

  /** As it stood at a place; `waiting`: the writes that are in an outbox now. */
  at(conflict: ConflictEvent, place: number, waiting: ReadonlySet<string>): OwnVersion {
    const id = writeLeft(conflict);
    if (id === null) return null;
    const found = this.#found.get(id);
    // What came back later was on its way then.
    if (found !== undefined) return found.place <= place ? found.version : 'pending';
    return waiting.has(id) ? 'pending' : null;
  }
}
