import { rowKey } from '../../shared/core/change.ts';
import type { RowWrite } from '../../shared/core/outbox/commit.ts';
import type { ConfirmedRow } from '../../shared/core/row.ts';

/** A row that a step is about to write, with how it stood; null: it is known from an earlier step of the same segment. */
export interface TouchedRow {
  readonly write: RowWrite;
  readonly before: ConfirmedRow | null;
}

interface OfAContext {
  /** Keys whose rows are known, taken but not yet written down ones among them. */
  readonly known: Set<string>;
  /** How each row stands behind the steps that are written down. */
  readonly latest: Map<string, ConfirmedRow>;
  /** Keys that the segment holds a preimage of. */
  readonly written: Set<string>;
}

/**
 * RP1: which rows of a segment were first touched by which step, and how they stood before. A row is read once a segment at most: what a step leaves behind
 * is what the next one finds.
 */
export class Preimages {
  readonly #contexts = new Map<string, OfAContext>();

  /** Called when a step is taken, before its commit. `read`: how a row stands now. */
  touch(contextId: string, writes: readonly RowWrite[], read: (write: RowWrite) => ConfirmedRow): readonly TouchedRow[] {
    const { known } = this.#of(contextId);
    return writes.map((write) => {
      const key = rowKey(write.entity, write.entityId);
      if (known.has(key)) return { write, before: null };
      known.add(key);
      return { write, before: read(write) };
    });
  }

  /** Called when the step is written down: the rows that the segment touches with it for the first time. */
  first(contextId: string, rows: readonly TouchedRow[]): { readonly entity: string; readonly entityId: string; readonly row: ConfirmedRow }[] {
    const { latest, written } = this.#of(contextId);
    const found: { entity: string; entityId: string; row: ConfirmedRow }[] = [];
    for (const { write, before } of rows) {
      const { entity, entityId } = write;
      const key = rowKey(entity, entityId);
      const row = before ?? latest.get(key);
      if (row !== undefined && !written.has(key)) {
        written.add(key);
        found.push({ entity, entityId, row });
      }
      latest.set(key, write.confirmed);
    }
    return found;
  }

  /** A segment starts: its rows are written down anew. */
  cut(): void {
    for (const { written } of this.#contexts.values()) written.clear();
  }

  /** Everything that was taken is written down: what the segment has not touched is forgotten, so that memory stays within a segment. */
  settle(): void {
    for (const { known, latest, written } of this.#contexts.values()) {
      for (const key of latest.keys()) if (!written.has(key)) latest.delete(key);
      for (const key of known) if (!latest.has(key)) known.delete(key);
    }
  }

  /** A step was taken behind which the rows of a context are others: another generation, another schema, a commit that did not happen. */
  outdate(contextId: string): void {
    this.#of(contextId).known.clear();
  }

  /** That step is written down. */
  renew(contextId: string): void {
    const { latest, written } = this.#of(contextId);
    latest.clear();
    written.clear();
  }

  clear(): void {
    this.#contexts.clear();
  }

  #of(contextId: string): OfAContext {
    let found = this.#contexts.get(contextId);
    if (found === undefined) {
      found = { known: new Set(), latest: new Map(), written: new Set() };
      this.#contexts.set(contextId, found);
    }
    return found;
  }
}
