import { rowKey, type Change } from '../shared/core/change.ts';
import { digestOf, rowHash, type Hash64 } from '../shared/core/digest.ts';
import { rowOfChange } from '../shared/core/outbox/apply-changes.ts';
import { valueOf, type ConfirmedRow } from '../shared/core/row.ts';
import { decodeRow, type StoredRow } from '../shared/partition/row-codec.ts';
import type { SqliteHandle } from '../shared/partition/sqlite.ts';
import type { ComparedRow } from './control.ts';

export interface KeyedRow {
  readonly entity: string;
  readonly id: string;
  readonly row: ConfirmedRow;
}

export type KeyedRows = Map<string, KeyedRow>;

/** Rows that are read, or looked at, before somebody else has their turn. */
export const ROWS_PER_TURN = 2_000;

/** Reads a table of confirmed rows into `into`; `turn` comes between its pages and gets how many there are by then. The caller keeps it one read. */
export async function readConfirmed(db: SqliteHandle, table: 'rows' | 'base', into: KeyedRows, turn: (rows: number) => Promise<void>): Promise<void> {
  const statement = db.prepare(`SELECT entity, id, version, value, timestamp, device, stamps, schema FROM ${table} WHERE (entity, id) > (?, ?) ORDER BY entity, id LIMIT ${ROWS_PER_TURN}`);
  for (let last: KeyedRow | undefined; ; ) {
    const page = statement.all(last?.entity ?? '', last?.id ?? '');
    for (const stored of page) {
      last = { entity: String(stored['entity']), id: String(stored['id']), row: decodeRow(stored as unknown as StoredRow) };
      into.set(rowKey(last.entity, last.id), last);
    }
    if (page.length < ROWS_PER_TURN) return;
    await turn(into.size);
  }
}

export const putChange = (rows: KeyedRows, change: Change): void => void rows.set(rowKey(change.entity, change.entityId), { entity: change.entity, id: change.entityId, row: rowOfChange(change).row });

/** The digest that a context with exactly these rows has. */
export async function digestOfRows(hash: Hash64, rows: Iterable<KeyedRow>, turn: () => Promise<void>): Promise<string> {
  let sum = 0n;
  let seen = 0;
  for (const { entity, id, row } of rows) {
    if (++seen % ROWS_PER_TURN === 0) await turn();
    if (row.text !== null) sum += rowHash(hash, entity, id, row.version, row.text);
  }
  return digestOf(BigInt.asUintN(64, sum));
}

export const shown = ({ entity, id, row }: KeyedRow): ComparedRow => ({ entity, id, version: row.version, value: valueOf(row), deleted: row.text === null, timestamp: row.stamp?.[0] ?? null, deviceId: row.stamp?.[1] ?? null });
