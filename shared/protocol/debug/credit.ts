import type { DebugEvent } from './parts.ts';

/**
 * DB4: what events count for when an inspector gives credit, in bytes. An estimate that both sides make alike from the parsed events:
 * counting every character would cost more than it tells.
 */
export function creditOf(events: readonly DebugEvent[]): number {
  return events.reduce((sum, event) => sum + 160 + (event.mutationIds?.length ?? 0) * 40 + Object.keys(event.data).length * 24 + contentOf(event), 0);
}

/** Only a frame's event holds what may be large. */
const contentOf = ({ kind, data, bytes = 0 }: DebugEvent): number => (kind === 'frame' && data['frame'] !== undefined ? bytes : 0);
