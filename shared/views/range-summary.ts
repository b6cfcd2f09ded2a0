import { EVENT_KINDS, type EventKind } from '../core/events.ts';
import { quantile } from './activations.ts';
import type { EventIndex } from './event-index.ts';

export interface KindSummary {
  readonly kind: EventKind;
  readonly events: number;
  readonly bytes: number;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
}

export interface RangeSummary {
  readonly kinds: readonly KindSummary[];
  readonly events: number;
  readonly bytes: number;
  /** Contexts with their events, most first. */
  readonly contexts: readonly { readonly contextId: string; readonly events: number }[];
}

/** More durations than this are sampled evenly: a quantile of them says the same. */
const SAMPLE = 8_000;

/** What happened in [fromPlace, toPlace), by kind and by context; `shown` leaves out contexts that are filtered away. */
export function summarize(index: EventIndex, fromPlace: number, toPlace: number, shown: (contextId: string | null) => boolean): RangeSummary {
  const kinds = new Map<number, { events: number; bytes: number; ms: number[] }>();
  const contexts = new Map<number, number>();
  const visible = index.contextIds.map((id) => shown(id));
  const withoutContext = shown(null);
  const stride = Math.max(1, Math.floor((toPlace - fromPlace) / SAMPLE));
  let bytes = 0;
  let events = 0;
  for (let place = fromPlace; place < toPlace; place++) {
    const context = index.context[place] ?? -1;
    if (!(context < 0 ? withoutContext : visible[context])) continue;
    const kind = index.kind[place] ?? 0;
    let entry = kinds.get(kind);
    if (entry === undefined) kinds.set(kind, (entry = { events: 0, bytes: 0, ms: [] }));
    entry.events += 1;
    entry.bytes += index.bytes[place] ?? 0;
    const ms = index.ms[place] ?? -1;
    if (ms >= 0 && entry.events % stride === 0) entry.ms.push(ms);
    bytes += index.bytes[place] ?? 0;
    events += 1;
    if (context >= 0) contexts.set(context, (contexts.get(context) ?? 0) + 1);
  }
  return {
    events,
    bytes,
    kinds: [...kinds]
      .map(([kind, { events: n, bytes: b, ms }]) => ({ kind: EVENT_KINDS[kind] ?? 'error', events: n, bytes: b, p50Ms: ms.length === 0 ? null : quantile(ms, 0.5), p95Ms: ms.length === 0 ? null : quantile(ms, 0.95) }))
      .sort((a, b) => b.events - a.events),
    contexts: [...contexts].map(([context, n]) => ({ contextId: index.contextIds[context] ?? '', events: n })).sort((a, b) => b.events - a.events),
  };
}
