import { COLUMNS_OF_ROWS } from './layout.ts';
import type { SqlValue } from './row-codec.ts';
import type { SqliteHandle, SqliteStatement } from './sqlite.ts';

/** Rows per statement: from here on a larger one gains nothing more. */
export const BATCH_ROWS = 50;

const COLUMNS = COLUMNS_OF_ROWS.split(', ').length;
const times = (slots: number): string => Array.from({ length: BATCH_ROWS }, () => `(${Array.from({ length: slots }, () => '?').join(', ')})`).join(', ');

/** A hash as two numbers: its halves, unsigned, as a statement gives them without 64-bit integers. */
export const hashOfHalves = (hi: SqlValue | undefined, lo: SqlValue | undefined): bigint => BigInt.asUintN(64, (BigInt(hi as number) << 32n) | BigInt(lo as number));

/** Reads and writes of `rows` by the batch, for deltas: one statement for `BATCH_ROWS` rows costs half of one for each. */
export class RowBatch {
  readonly #db: SqliteHandle;
  #read: SqliteStatement | null = null;
  #write: SqliteStatement | null = null;

  constructor(db: SqliteHandle) {
    this.#db = db;
  }

  /** The hashes that exactly `BATCH_ROWS` keys (entity, id, entity, id, …) have now, added up. */
  sumOfHashes(keys: readonly SqlValue[]): bigint {
    this.#read ??= this.#db.prepare(
      `WITH keys (entity, id) AS (VALUES ${times(2)}) SELECT hash >> 32 AS hi, hash & 4294967295 AS lo FROM keys CROSS JOIN rows USING (entity, id) WHERE hash IS NOT NULL`,
    );
    let sum = 0n;
    for (const { hi, lo } of this.#read.all(...keys)) sum += hashOfHalves(hi, lo);
    return sum;
  }

  /** Puts exactly `BATCH_ROWS` rows, the values of each behind each other. */
  put(values: readonly SqlValue[]): void {
    this.#write ??= this.#db.prepare(`INSERT OR REPLACE INTO rows (${COLUMNS_OF_ROWS}) VALUES ${times(COLUMNS)}`);
    this.#write.run(...values);
  }
}
