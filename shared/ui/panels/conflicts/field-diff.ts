import { isJsonObject, sameJson, type Json } from '../../../base/json.ts';
import type { ConflictDetail } from '../../../protocol/debug/index.ts';

// The four values of a conflict side by side, one line per field.

export interface FieldLine {
  readonly field: string;
  readonly base: Json | undefined;
  readonly mine: Json | undefined;
  readonly theirs: Json | undefined;
  readonly result: Json | undefined;
  readonly changed: 'both' | 'mine' | 'theirs' | 'none';
  readonly rule: string;
}

type Side = ConflictDetail['base'];
const fieldsOf = (side: Side): { readonly [field: string]: Json } => (side !== null && isJsonObject(side.value ?? undefined) ? (side.value as { readonly [field: string]: Json }) : {});
const fieldIn = (fields: { readonly [field: string]: Json }, field: string): Json | undefined => (Object.hasOwn(fields, field) ? fields[field] : undefined);
type Values = Pick<ConflictDetail, 'base' | 'mine' | 'theirs' | 'result'>;

const isGone = (side: Side): boolean => side?.deleted === true;
const isThere = (side: Side): boolean => side !== null && !side.deleted;

/** What became of the row itself, in words; null where nobody deleted it. */
export function rowLine({ base, mine, theirs, result }: Values): { readonly base: string; readonly mine: string; readonly theirs: string; readonly result: string; readonly kept: 'mine' | 'theirs' | 'both' } | null {
  if (!isGone(mine) && !isGone(theirs)) return null;
  const word = (side: Side): string => (isGone(side) ? 'deleted' : isThere(side) ? 'updated' : 'not set');
  const kept = isGone(mine) === isGone(theirs) ? 'both' : isGone(result) === isGone(mine) ? 'mine' : 'theirs';
  return { base: isThere(base) ? 'exists' : 'not there', mine: word(mine), theirs: word(theirs), result: isThere(result) ? 'exists' : 'deleted', kept };
}

/** The fields of a conflict, those that both sides changed first. */
export function fieldLines(detail: Values & Pick<ConflictDetail, 'decided'>): readonly FieldLine[] {
  const [base, mine, theirs, result] = [fieldsOf(detail.base), fieldsOf(detail.mine), fieldsOf(detail.theirs), fieldsOf(detail.result)];
  const names = [...new Set([base, mine, theirs, result].flatMap((side) => Object.keys(side)))];
  const lines = names.map((field): FieldLine => {
    const [b, m, t, r] = [fieldIn(base, field), fieldIn(mine, field), fieldIn(theirs, field), fieldIn(result, field)];
    // Who deletes a row has changed none of its fields: the row itself has a line for that.
    const mineChanged = !isGone(detail.mine) && !sameJson(b, m);
    const theirsChanged = !isGone(detail.theirs) && !sameJson(b, t);
    const decided = detail.decided.find((one) => one.field === field);
    const changed = mineChanged ? (theirsChanged ? 'both' : 'mine') : theirsChanged ? 'theirs' : 'none';
    const words = { both: 'Both changed', mine: 'Only mine changed', theirs: 'Only theirs changed', none: '' };
    return { field, base: b, mine: m, theirs: t, result: r, changed, rule: decided === undefined || decided.rule.startsWith('only-') ? words[changed] : `${words[changed]}${words[changed] === '' ? '' : ', '}${decided.rule.replaceAll('-', ' ')}` };
  });
  const order = { both: 0, mine: 1, theirs: 1, none: 2 };
  return lines.toSorted((a, b) => order[a.changed] - order[b.changed]);
}

export const valueText = (value: Json | undefined): string => (value === undefined ? 'not set' : typeof value === 'string' ? value : JSON.stringify(value));

/** Texts up to this are values, not writing: they are shown as a whole. */
export const LONG_TEXT = 24;
