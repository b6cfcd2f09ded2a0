import { causesOf, type Cause, type ConflictEvent } from './conflicts.ts';

/** The most frequent meeting, of one context with one device, and how it stands among all. */
export interface TopCause extends Cause {
  /** All of the context, with whomever. */
  readonly inContext: number;
  readonly all: number;
  /** The other contexts, most first. */
  readonly others: readonly { readonly contextId: string; readonly count: number }[];
}

/** Who causes most of them; null where no two writes met. */
export function topCause(conflicts: readonly ConflictEvent[]): TopCause | null {
  const causes = causesOf(conflicts);
  const [top] = causes;
  if (top === undefined) return null;
  const sums = new Map<string, number>();
  for (const { contextId, count } of causes) sums.set(contextId, (sums.get(contextId) ?? 0) + count);
  const inContext = sums.get(top.contextId) ?? 0;
  sums.delete(top.contextId);
  const others = [...sums].map(([contextId, count]) => ({ contextId, count })).toSorted((a, b) => b.count - a.count);
  return { ...top, inContext, all: others.reduce((sum, { count }) => sum + count, inContext), others };
}
