import type { Track } from './event-index.ts';

export interface RowChange {
  readonly place: number;
  readonly field: string;
  readonly before: string | number | null;
  readonly after: string | number;
}

const FIELDS = ['lifecycle', 'localVersion', 'serverVersion', 'pendingWrites'] as const;

/** How the registry row of a context changed up to a place, newest first, and how often in all. */
export function changesOfRow(track: Track, upTo: number, limit: number): { readonly changes: readonly RowChange[]; readonly total: number } {
  const steps = { lifecycle: track.lifecycle, localVersion: track.local, serverVersion: track.server, pendingWrites: track.pending };
  const changes: RowChange[] = [];
  let total = 0;
  for (const field of FIELDS) {
    const { places, values } = steps[field];
    const last = steps[field].indexAt(upTo);
    total += last + 1;
    for (let i = last; i > 0 && last - i < limit; i--) {
      const after = values[i];
      if (after !== undefined) changes.push({ place: places[i] ?? 0, field, before: values[i - 1] ?? null, after });
    }
  }
  return { changes: changes.toSorted((a, b) => b.place - a.place).slice(0, limit), total };
}
