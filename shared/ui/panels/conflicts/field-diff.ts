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

type Side = { readonly value: Json | null } | null;
const fieldsOf = (side: Side): { readonly [field: string]: Json } => (side !== null && isJsonObject(side.value ?? undefined) ? (side.value as { readonly [field: string]: Json }) : {});

export function fieldLines(detail: Pick<ConflictDetail, 'base' | 'mine' | 'theirs' | 'result' | 'decided'>): readonly FieldLine[] {
  const [base, mine, theirs, result] = [detail.base, detail.mine, detail.theirs, detail.result].map((side) => fieldsOf(side as Side));
  const names = [...new Set([base, mine, theirs, result].flatMap((side) => Object.keys(side ?? {})))];
  const lines = names.map((field): FieldLine => {
    const [b, m, t, r] = [base?.[field], mine?.[field], theirs?.[field], result?.[field]];
    const mineChanged = !sameJson(b, m);
    const theirsChanged = !sameJson(b, t);
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
