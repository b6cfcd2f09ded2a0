import type { Json } from '../base/json.ts';
import { canonicalText } from '../base/json.ts';
import { compareStamps, type Stamp, type Stamps } from './change.ts';
import { VERSION_0, type Version } from './ids.ts';

/** What a row holds, wherever it stands: in the log, in a partition, in a mutation. It survives JSON. */
export interface RowState {
  /** Canonical text of the value; null: deleted, or never there. */
  readonly text: string | null;
  /** Null: never written, which is older than any stamp. */
  readonly stamp: Stamp | null;
  readonly stamps: Stamps;
  readonly schemaVersion: number;
}

/** A row as the log has it at the context's localVersion. */
export interface ConfirmedRow extends RowState {
  /** 0: never existed, as far as the log still knows. */
  readonly version: Version;
}

const NO_STAMPS: Stamps = {};

export const ABSENT_ROW: ConfirmedRow = { text: null, stamp: null, stamps: NO_STAMPS, schemaVersion: 0, version: VERSION_0 };

export const valueOf = (row: RowState): Json | null => (row.text === null ? null : (JSON.parse(row.text) as Json));

export const textOf = (value: Json): string => canonicalText(value);

export const rowState = (text: string | null, stamp: Stamp | null, stamps: Stamps | undefined, schemaVersion: number): RowState => ({
  text,
  stamp,
  stamps: stamps ?? NO_STAMPS,
  schemaVersion,
});

/** Equal in value, stamp and field stamps: writing one over the other would change nothing for anybody. */
export function sameRowState(a: RowState, b: RowState): boolean {
  if (a.text !== b.text || compareStamps(a.stamp, b.stamp) !== 0) return false;
  const fields = Object.keys(a.stamps);
  if (fields.length !== Object.keys(b.stamps).length) return false;
  return fields.every((field) => Object.hasOwn(b.stamps, field) && compareStamps(a.stamps[field] ?? null, b.stamps[field] ?? null) === 0);
}
