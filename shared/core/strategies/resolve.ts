import { unreachable } from '../../base/assert.ts';
import { rowState, textOf, valueOf, type RowState } from '../row.ts';
import { resolveFields } from './fields.ts';
import { resolveLww } from './lww.ts';
import type { Resolution, ResolvePolicy } from './resolution.ts';
import { resolveText } from './text.ts';

/**
 * CF1: the one place where a conflict is decided. All three rows are in one schema (MG2). Pure; everything that a strategy may
 * depend on is an argument.
 */
export function resolve(base: RowState, mine: RowState, theirs: RowState, policy: ResolvePolicy): Resolution {
  const { strategy } = policy;
  switch (strategy) {
    case 'lww':
      return resolveLww(mine, theirs);
    case 'fields':
      return resolveFields(base, mine, theirs);
    case 'text':
      return resolveText(base, mine, theirs, policy.textFields);
    case 'custom':
      return resolveCustom(base, mine, theirs, policy);
    case 'ask':
      return { kind: 'ask', decided: [{ field: '*', rule: 'ask', winner: 'theirs' }] };
    default:
      return unreachable(strategy);
  }
}

function resolveCustom(base: RowState, mine: RowState, theirs: RowState, policy: ResolvePolicy): Resolution {
  const result = policy.custom(valueOf(base), valueOf(mine), valueOf(theirs));
  const text = result === null ? null : textOf(result);
  const winner = text === mine.text ? 'mine' : text === theirs.text ? 'theirs' : 'merged';
  const decided = [{ field: '*', rule: 'custom', winner }] as const;
  if (text === theirs.text) return { kind: 'take-theirs', decided };
  return { kind: text === null ? 'delete' : 'put', row: rowState(text, policy.newStamp, undefined, mine.schemaVersion), decided };
}
