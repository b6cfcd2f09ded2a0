import type { ContextNow } from './context-now.ts';
import { formatAge } from './format.ts';

// What a rule would prune: PR1's candidates, worked out from the registry, before the client's own dry run is asked.

export type Fate = 'goes' | 'blocked' | 'kept' | 'empty';

export interface StorageLine {
  readonly context: ContextNow;
  readonly bytes: number;
  /** Of the largest one. */
  readonly share: number;
  /** Days since the last access; null: open, or never pruned. */
  readonly days: number | null;
  readonly fate: Fate;
  readonly why: string;
}

export interface StoragePlan {
  readonly lines: readonly StorageLine[];
  readonly used: number;
  readonly goes: number;
  readonly blocked: number;
}

const DAY_MS = 86_400_000;
export const bytesOf = ({ row }: ContextNow): number => (row.partition.present ? row.partition.bytes : 0);

/** Dormant contexts that were not used for `days`, and under a quota the least recently used ones first. */
export function planStorage(contexts: readonly ContextNow[], now: number, days: number | null, quotaBytes: number | null): StoragePlan {
  const used = contexts.reduce((sum, context) => sum + bytesOf(context), 0);
  let over = quotaBytes === null ? 0 : Math.max(0, used - quotaBytes);
  const most = Math.max(1, ...contexts.map(bytesOf));
  const oldestFirst = contexts.toSorted((a, b) => (a.row.lastAccessAt ?? 0) - (b.row.lastAccessAt ?? 0));
  const lines = oldestFirst.map((context): StorageLine => {
    const bytes = bytesOf(context);
    const share = bytes / most;
    const { row, status } = context;
    const idle = row.lastAccessAt === null ? Number.POSITIVE_INFINITY : (now - row.lastAccessAt) / DAY_MS;
    if (row.kind === 'ambient') return { context, bytes, share, days: null, fate: 'kept', why: 'ambient tier, never pruned' };
    if (status.lifecycle !== 'dormant') return { context, bytes, share, days: null, fate: 'kept', why: status.lifecycle === 'active' ? 'open' : status.lifecycle };
    if (bytes === 0) return { context, bytes, share, days: idle, fate: 'empty', why: row.lastAccessAt === null ? 'never fetched' : 'pruned' };
    const old = days !== null && idle > days;
    if (!old && over <= 0) return { context, bytes, share, days: idle, fate: 'kept', why: `used ${formatAge(idle * DAY_MS)} ago` };
    if (context.pending > 0) return { context, bytes, share, days: idle, fate: 'blocked', why: context.pending === 1 ? '1 unsynced write' : `${context.pending} unsynced writes` };
    over -= bytes;
    return { context, bytes, share, days: idle, fate: 'goes', why: old ? (Number.isFinite(idle) ? `${Math.floor(idle)} d without access` : 'never used') : 'over the quota' };
  });
  const sum = (fate: Fate): number => lines.filter((line) => line.fate === fate).reduce((total, { bytes }) => total + bytes, 0);
  return { lines, used, goes: sum('goes'), blocked: sum('blocked') };
}

/** What would be left for each limit in days, as steps from the strictest on. */
export function leftByLimit(contexts: readonly ContextNow[], now: number, most: number): readonly { readonly days: number; readonly left: number }[] {
  const used = contexts.reduce((sum, context) => sum + bytesOf(context), 0);
  const limits = [1, ...new Set(contexts.flatMap(({ row, status }) => (status.lifecycle === 'dormant' && row.lastAccessAt !== null ? [Math.ceil((now - row.lastAccessAt) / DAY_MS)] : [])))].filter((days) => days >= 1 && days <= most).toSorted((a, b) => a - b);
  return [...limits, most].map((days) => ({ days, left: used - planStorage(contexts, now, days, null).goes }));
}
