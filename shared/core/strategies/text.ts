import diff from 'fast-diff';
import { type as ot } from 'ot-text-unicode';
import type { Json } from '../../base/json.ts';
import type { RowState } from '../row.ts';
import { resolveFields } from './fields.ts';
import { resolveLww } from './lww.ts';
import type { Resolution } from './resolution.ts';

type TextOp = (number | string | { d: number })[];

/** CF2 `text`: text fields that both changed are merged by character; the others follow `fields`. Without a base it is `lww`. */
export function resolveText(base: RowState, mine: RowState, theirs: RowState, textFields: readonly string[]): Resolution {
  if (base.text === null && mine.text !== null && theirs.text !== null) {
    const whole = resolveLww(mine, theirs);
    return { ...whole, decided: whole.decided.map((field) => ({ ...field, rule: 'no-base' as const })) };
  }
  return resolveFields(base, mine, theirs, (field, b, m, t, mineIsLater) =>
    textFields.includes(field) && isText(b) && isText(m) && isText(t) ? mergeText(b, m, t, mineIsLater) : null,
  );
}

const isText = (value: Json | undefined): value is string => typeof value === 'string';

/**
 * Mine transformed over theirs, both diffed against the base by code point. Where both insert at one spot, the side with the
 * smaller stamp stands left.
 */
export function mergeText(base: string, mine: string, theirs: string, mineIsLater: boolean): string {
  if (mine === theirs || mine === base) return theirs;
  if (theirs === base) return mine;
  const transformed = ot.transform(editOf(base, mine), editOf(base, theirs), mineIsLater ? 'right' : 'left');
  return ot.apply(theirs, transformed);
}

export interface TextPart {
  readonly kind: 'same' | 'gone' | 'new';
  readonly text: string;
}

/** What became of a text, by character: as `mergeText` sees it, for people to look at. */
export function textParts(from: string, to: string): readonly TextPart[] {
  return alignedDiff(from, to).flatMap(([kind, text]) => (text === '' ? [] : [{ kind: kind === diff.EQUAL ? 'same' : kind === diff.INSERT ? 'new' : 'gone', text } as const]));
}

function editOf(from: string, to: string): TextOp {
  const op: TextOp = [];
  for (const [kind, text] of alignedDiff(from, to)) {
    if (text === '') continue;
    if (kind === diff.EQUAL) op.push(codePoints(text));
    else if (kind === diff.INSERT) op.push(text);
    else op.push({ d: codePoints(text) });
  }
  return ot.normalize(op) as TextOp;
}

/** A diff that never parts a surrogate pair, whatever the library does with it. */
function alignedDiff(from: string, to: string): readonly (readonly [number, string])[] {
  const parts = diff(from, to);
  if (parts.every(([, text]) => text.isWellFormed())) return parts;
  const [a, b] = [[...from], [...to]];
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  return [
    [diff.EQUAL, a.slice(0, start).join('')],
    [diff.DELETE, a.slice(start, a.length - end).join('')],
    [diff.INSERT, b.slice(start, b.length - end).join('')],
    [diff.EQUAL, a.slice(a.length - end).join('')],
  ];
}

function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}
