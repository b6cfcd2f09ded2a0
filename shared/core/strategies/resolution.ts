import type { Json } from '../../base/json.ts';
import type { Stamp, StrategyName } from '../change.ts';
import type { RowState } from '../row.ts';

/** Which rule decided a field, for the conflict's record (CF4). `field` is `*` where the row was decided as a whole. */
export interface DecidedField {
  readonly field: string;
  readonly rule: 'later-stamp' | 'only-mine' | 'only-theirs' | 'same' | 'text-merge' | 'update-over-delete' | 'custom' | 'ask' | 'no-base';
  readonly winner: 'mine' | 'theirs' | 'merged' | 'base';
}

/** What a strategy says about one row (CF1). For `take-theirs` and `ask` theirs stands and nothing is written. */
export type Resolution =
  | { readonly kind: 'put' | 'delete'; readonly row: RowState; readonly decided: readonly DecidedField[] }
  | { readonly kind: 'take-theirs' | 'ask'; readonly decided: readonly DecidedField[] };

/** The app's own function for `custom`: pure, null for a side that is deleted or absent; null as result deletes. */
export type CustomResolve = (base: Json | null, mine: Json | null, theirs: Json | null) => Json | null;

export interface ResolvePolicy {
  readonly strategy: StrategyName;
  readonly textFields: readonly string[];
  readonly custom: CustomResolve;
  /** The stamp that a row made by the merge gets where the strategy does not keep one of the sides' own. */
  readonly newStamp: Stamp;
}
