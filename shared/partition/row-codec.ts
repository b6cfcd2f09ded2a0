import type { Stamps } from '../core/change.ts';
import type { Version } from '../core/ids.ts';
import type { ConfirmedRow } from '../core/row.ts';

/** What a SQLite driver takes and gives: with 64-bit integers as bigint where a column needs them. */
export type SqlValue = null | number | bigint | string | Uint8Array;

/** A row of `rows` or `base` as SQLite gives it. */
export interface StoredRow {
  readonly entity: string;
  readonly id: string;
  readonly version: number;
  readonly value: string | null;
  readonly timestamp: number | null;
  readonly device: string | null;
  readonly stamps: string | null;
  readonly schema: number;
}

export function decodeRow(stored: StoredRow): ConfirmedRow {
  return {
    version: Number(stored.version) as Version,
    text: stored.value,
    stamp: stored.timestamp === null ? null : [stored.timestamp, stored.device ?? ''],
    stamps: stored.stamps === null ? {} : (JSON.parse(stored.stamps) as Stamps),
    schemaVersion: Number(stored.schema),
  };
}

/** Values for `COLUMNS_OF_ROWS`. `hash`: the unsigned row hash, or null where the row has no part in the digest. */
export function encodeRow(entity: string, id: string, row: ConfirmedRow, hash: bigint | null): SqlValue[] {
  return [
    entity,
    id,
    row.version,
    row.text,
    row.stamp?.[0] ?? null,
    row.stamp?.[1] ?? null,
    encodeStamps(row.stamps),
    row.schemaVersion,
    hash === null ? null : signed(hash),
  ];
}

export function encodeStamps(stamps: Stamps | undefined): string | null {
  if (stamps === undefined) return null;
  for (const _ in stamps) return JSON.stringify(stamps);
  return null;
}

/** A hash as SQLite stores it: the same 64 bits as a signed integer. */
export const signed = (hash: bigint): bigint => BigInt.asIntN(64, hash);
export const unsigned = (stored: bigint): bigint => BigInt.asUintN(64, stored);
