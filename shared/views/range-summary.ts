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
  const first = Math.max(fromPlace, index.unread);
  // One more than there are contexts: the last is for events without one.
  const visible = Uint8Array.from([...index.contextIds, null], (id) => (shown(id) ? 1 : 0));
  const none = index.contextIds.length;
  const byContext = new Float64Array(visible.length);
  const byKind = EVENT_KINDS.map(() => ({ events: 0, bytes: 0, ms: [] as number[] }));
  const stride = Math.max(1, Math.floor((toPlace - first) / SAMPLE));
  const { context, kind, bytes, ms } = index;
  for (let place = first; place < toPlace; place++) {
    const number = context[place] as number;
    const slot = number < 0 ? none : number;
    if (visible[slot] === 0) continue;
    const entry = byKind[kind[place] as number];
    if (entry === undefined) continue;
    entry.events += 1;
    entry.bytes += bytes[place] as number;
    byContext[slot] = (byContext[slot] as number) + 1;
    const took = ms[place] as number;
    if (took >= 0 && entry.events % stride === 0) entry.ms.push(took);
  }
  const kinds = byKind.map((entry, number) => ({ kind: EVENT_KINDS[number] ?? ('error' as const), ...entry })).filter(({ events }) => events > 0);
  return {
    events: kinds.reduce((sum, { events }) => sum + events, 0),
    bytes: kinds.reduce((sum, entry) => sum + entry.bytes, 0),
    kinds: kinds
      .map(({ kind: name, events, bytes: sum, ms: list }) => ({ kind: name, events, bytes: sum, p50Ms: list.length === 0 ? null : quantile(list, 0.5), p95Ms: list.length === 0 ? null : quantile(list, 0.95) }))
      .sort((a, b) => b.events - a.events),
    contexts: index.contextIds.map((contextId, number) => ({ contextId, events: byContext[number] ?? 0 })).filter(({ events }) => events > 0).sort((a, b) => b.events - a.events),
  };
}

/** Places in [fromPlace, toPlace) of events of some kinds, of all contexts (null) or of some. */
export function placesIn(index: EventIndex, fromPlace: number, toPlace: number, kinds: ReadonlySet<EventKind>, contexts: readonly string[] | null): Uint32Array {
  const first = Math.max(fromPlace, index.unread);
  const ofKind = Uint8Array.from(EVENT_KINDS, (kind) => (kinds.has(kind) ? 1 : 0));
  const ofContext = Uint8Array.from([...index.contextIds, null], (id) => (contexts === null || (id !== null && contexts.includes(id)) ? 1 : 0));
  const none = index.contextIds.length;
  const { context, kind } = index;
  const out = new Uint32Array(Math.max(0, toPlace - first));
  let length = 0;
  for (let place = first; place < toPlace; place++) {
    const number = context[place] as number;
    if (ofKind[kind[place] as number] === 1 && ofContext[number < 0 ? none : number] === 1) out[length++] = place;
  }
  return out.subarray(0, length);
}
