import { rowKey } from '../core/change.ts';
import type { RowWrite } from '../core/outbox/commit.ts';
import type { ConfirmedRow, RowState } from '../core/row.ts';
import type { SqliteHandle } from './handle.ts';
import { walkSteps } from './re-execute-recording.ts';
import { jsonOf, numberOf, textOf } from './row-codec.ts';

/** A row as a device had it at a moment of the past. */
export interface RowThen {
  readonly entity: string;
  readonly id: string;
  readonly confirmed: ConfirmedRow;
  /** What the app saw where a write was pending, else null: then it saw the confirmed row. */
  readonly visible: RowState | null;
}

interface Key {
  readonly entity: string;
  readonly id: string;
}

/** Behind these the rows of a context are others: what was known of them is not any more. */
const OTHER_ROWS: ReadonlySet<string> = new Set(['opened', 'created', 'migrated', 'adopted']);

/**
 * RP4: the rows of a context right behind the event `seq` of a run, as far as a recording tells: those that it touches anywhere, at first or later, with the values
 * that running its steps again gives them. Rows that it never touches, and those of a bulk step, are not in it; nobody may take it for the whole.
 */
export function rowsAt(db: SqliteHandle, { runId, contextId, seq }: { readonly runId: string; readonly contextId: string; readonly seq: number }): readonly RowThen[] {
  const rows = new Map<string, RowThen>();
  const touchedLater = new Set<string>();
  const preimages = preimagesOf(db, runId, contextId);
  const meet = (step: number, isLater: boolean): void => {
    for (const { key, row } of preimages.get(step) ?? []) {
      const name = rowKey(key.entity, key.id);
      if (!rows.has(name) && !touchedLater.has(name)) rows.set(name, { ...key, confirmed: row, visible: null });
      if (isLater) touchedLater.add(name);
    }
  };
  walkSteps(db, runId, ({ step, seq: behind, contextId: place, kind, isBulk, result }) => {
    // A step's number is that of the event before it: its own events come after.
    const isLater = behind >= seq;
    if (place !== contextId) return true;
    if (isLater && (isBulk || OTHER_ROWS.has(kind))) return false;
    if (isBulk || OTHER_ROWS.has(kind)) rows.clear();
    meet(step, isLater);
    if (result === null || !('op' in result) || result.commit === null) return true;
    for (const write of result.commit.commit.rows) {
      const name = rowKey(write.entity, write.entityId);
      if (isLater) touchedLater.add(name);
      else rows.set(name, rowOf(write));
    }
    return true;
  });
  return [...rows.values()];
}

const rowOf = ({ entity, entityId, confirmed, visible }: RowWrite): RowThen => ({ entity, id: entityId, confirmed, visible });

function preimagesOf(db: SqliteHandle, runId: string, contextId: string): ReadonlyMap<number, readonly { readonly key: Key; readonly row: ConfirmedRow }[]> {
  const found = new Map<number, { key: Key; row: ConfirmedRow }[]>();
  // A row that there was not tells nothing of a moment before: it is known from the step that makes it.
  for (const row of db.prepare('SELECT step, entity, entityId, row FROM preimages WHERE runId = ? AND contextId = ? AND row IS NOT NULL').all(runId, contextId)) {
    const step = numberOf(row, 'step');
    const preimage = { key: { entity: textOf(row, 'entity'), id: textOf(row, 'entityId') }, row: jsonOf(row, 'row') as unknown as ConfirmedRow };
    found.set(step, [...(found.get(step) ?? []), preimage]);
  }
  return found;
}
