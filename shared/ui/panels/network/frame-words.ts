import type { FrameState, WireFrame } from '../../../views/exchanges.ts';
import { formatCount, formatMs } from '../../../views/format.ts';

// How a frame is written, the same in the list and in its detail.

const SLOW_MS = 500;

export const isSlow = ({ latencyMs }: WireFrame): boolean => latencyMs !== null && latencyMs > SLOW_MS;
/** Times of events are whole milliseconds: what began and ended within one took less. */
export const latencyText = (ms: number): string => (ms === 0 ? '<1 ms' : formatMs(ms));
export const isSent = ({ direction }: Pick<WireFrame, 'direction'>): boolean => direction === 'out';

export const STATE_TONES: { readonly [state in FrameState]: string } = {
  done: 't2',
  plain: 't2',
  waiting: 'c-pending',
  lost: 'c-error',
  conflict: 'c-conflict',
  refused: 'c-error',
  stale: 'c-error',
};

/** `2,832 → 2,833`, `since 8,120`, `base 2,907`, `head 8,164`: what the versions of its type are. */
export function versionsText({ type, fromVersion, toVersion }: WireFrame): string {
  if (type === 'ACTIVATE_CONTEXT' && fromVersion !== null) return `since ${formatCount(fromVersion)}`;
  if (type === 'PUSH' && fromVersion !== null) return `base ${formatCount(fromVersion)}`;
  if (toVersion === null) return '–';
  if (type === 'CONTEXT_ACTIVATED') return `head ${formatCount(toVersion)}`;
  if (type === 'APPLIED' || type === 'SNAPSHOT') return `at ${formatCount(toVersion)}`;
  return fromVersion === null ? `→ ${formatCount(toVersion)}` : `${formatCount(fromVersion)} → ${formatCount(toVersion)}`;
}

/** Colours that tell contexts apart, most frames first; what is left is grey. */
const SERIES = ['c-local', 'c-remote', 'c-conflict', 'c-active', 'c-migration'] as const;

export interface Share {
  readonly contextId: string;
  readonly count: number;
  readonly tone: string;
}

export function sharesOf(frames: readonly WireFrame[]): readonly Share[] {
  const counts = new Map<string, number>();
  for (const { contextId } of frames) counts.set(contextId, (counts.get(contextId) ?? 0) + 1);
  const ids = [...counts].filter(([contextId]) => contextId !== '').toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  const socket = counts.get('') ?? 0;
  return [...ids.map(([contextId, count], at) => ({ contextId, count, tone: SERIES[at] ?? 't3' })), ...(socket > 0 ? [{ contextId: '', count: socket, tone: 't3' }] : [])];
}
