import type { EventKind } from '../../../core/events.ts';
import { quantile } from '../../../views/activations.ts';
import type { Measure } from '../../../views/buckets.ts';
import type { ContextNow } from '../../../views/context-now.ts';
import type { Span } from '../../../views/emulated-spans.ts';
import type { EventIndex } from '../../../views/event-index.ts';
import { isSwitch, type Opening } from '../../../views/opens.ts';
import { durationsIn, perMinute, quantileSeries, sumSeries, unsyncedSeries, type MeasuredPoint, type SeriesPoint } from '../../../views/series.ts';
import type { Measured } from '../../../views/thresholds.ts';

/** Contexts that get a colour of their own; a chart with more lines than this cannot be read. */
export const COLOURED = 5;
const SPARK_COLUMNS = 16;
const MOST_SPANS = 20;
const SHORTEST_OFFLINE_MS = 500;
/** With fewer writes a rate says nothing. */
export const FEW_WRITES = 50;

/** What is measured of one context, or of several together. */
export interface Measures {
  readonly opensMs: number | null;
  readonly latencyMs: number | null;
  readonly writes: number;
  readonly conflicts: number;
  readonly sent: number;
  readonly received: number;
  readonly applied: number;
  /** How long its outbox has not been empty. */
  readonly unsyncedMs: number;
  /** What it takes on this device now. */
  readonly bytes: number;
  readonly conflictSpark: readonly number[];
  readonly wireSpark: readonly number[];
}

export interface ContextLine extends Measures {
  readonly context: ContextNow;
  readonly colour: string | null;
}

/** One line of a chart: all contexts together, or one of them. */
export interface Strand {
  readonly name: string;
  readonly colour: string | null;
  readonly kept: readonly string[];
}

export interface Model extends Stretch {
  readonly lines: readonly ContextLine[];
  /** All lines together. */
  readonly all: Measures;
  readonly totals: { readonly conflicts: number; readonly applied: number; readonly received: number; readonly sent: number; readonly snapshots: number; readonly results: readonly number[] };
  readonly gaps: readonly Span[];
  readonly offline: readonly Span[];
  readonly measured: readonly Measured[];
}

const median = (values: readonly number[]): number | null => (values.length === 0 ? null : quantile(values, 0.5));
const total = (index: EventIndex, kinds: readonly EventKind[], what: Measure, from: number, to: number, ids: readonly string[]): number => sumSeries(index, kinds, from, to, to - from + 1, what, ids)[0]?.value ?? 0;

export interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly step: number;
  /** Which state of the index it is of. */
  readonly revision: number;
}

/** Everything that the panel says about a stretch, worked out once a second at most. */
export function modelOf(index: EventIndex, contexts: readonly ContextNow[], openings: readonly Opening[], quotaBytes: number | null, stretch: Stretch): Model {
  const { from, to } = stretch;
  const plain = contexts.map((context): Omit<ContextLine, 'colour'> => {
    const { contextId } = context;
    const ids = [contextId];
    const spark = (kinds: readonly EventKind[], what: Measure): readonly number[] => sumSeries(index, kinds, from, to, (to - from) / SPARK_COLUMNS, what, ids).map(({ value }) => value);
    const times = durationsIn(index, 'result', from, to, ids).map(({ ms }) => ms);
    return {
      context,
      opensMs: median(openings.filter((opening) => opening.contextId === contextId && opening.readyMs !== null).map(({ readyMs }) => readyMs ?? 0)),
      latencyMs: times.length === 0 ? null : quantile(times, 0.99),
      writes: total(index, ['write'], 'count', from, to, ids),
      conflicts: total(index, ['conflict'], 'count', from, to, ids),
      sent: total(index, ['push'], 'wire', from, to, ids),
      received: total(index, ['delta'], 'wire', from, to, ids),
      applied: total(index, ['delta'], 'changes', from, to, ids),
      unsyncedMs: context.pending === 0 ? 0 : oldestOf(index, context, stretch),
      bytes: context.row.partition.present ? context.row.partition.bytes : 0,
      conflictSpark: spark(['conflict'], 'count'),
      wireSpark: spark(['delta', 'push'], 'wire'),
    };
  });
  const busiest = plain.filter((line) => activityOf(line) > 0).toSorted((a, b) => activityOf(b) - activityOf(a)).slice(0, COLOURED);
  const lines = plain.map((line): ContextLine => {
    const place = busiest.indexOf(line);
    return { ...line, colour: place < 0 ? null : `var(--series-${place + 1})` };
  });
  const ids = contexts.map(({ contextId }) => contextId);
  const sum = (kinds: readonly EventKind[], what: Measure): number => total(index, kinds, what, from, to, ids);
  const results = durationsIn(index, 'result', from, to, ids).map(({ ms }) => ms);
  const shown = new Set(ids);
  return {
    ...stretch,
    lines,
    all: { ...sumOf(lines), opensMs: median(openings.flatMap(({ contextId, readyMs }) => (readyMs !== null && shown.has(contextId) ? [readyMs] : []))), latencyMs: results.length === 0 ? null : quantile(results, 0.99) },
    totals: { conflicts: sum(['conflict'], 'count'), applied: sum(['delta'], 'changes'), received: sum(['delta'], 'wire'), sent: sum(['push'], 'wire'), snapshots: sum(['snapshot'], 'wire'), results },
    gaps: index.gaps.filter((gap) => gap.toAt >= from && gap.fromAt <= to).map((gap) => ({ from: Math.max(from, gap.fromAt), to: Math.min(to, gap.toAt) })),
    offline: offlineSpans(index, contexts, from, to),
    measured: measuredOf(index, lines, openings, quotaBytes, from, to),
  };
}

/** What adds up of several contexts, and the longest that one of them waits. */
export function sumOf(lines: readonly ContextLine[]): Measures {
  const sum = (valueOf: (line: ContextLine) => number): number => lines.reduce((total, line) => total + valueOf(line), 0);
  return {
    opensMs: null,
    latencyMs: null,
    writes: sum(({ writes }) => writes),
    conflicts: sum(({ conflicts }) => conflicts),
    sent: sum(({ sent }) => sent),
    received: sum(({ received }) => received),
    applied: sum(({ applied }) => applied),
    unsyncedMs: Math.max(0, ...lines.map(({ unsyncedMs }) => unsyncedMs)),
    bytes: sum(({ bytes }) => bytes),
    conflictSpark: [],
    wireSpark: [],
  };
}

/** How long the oldest waits, as the client tells it; of the past only how long the outbox was not empty is known. */
function oldestOf(index: EventIndex, { contextId, status }: ContextNow, { to, step }: Stretch): number {
  const { pending } = status;
  if (pending.length > 0) return Math.max(0, index.lastAt - Math.min(...pending.map(({ writtenAt }) => writtenAt)));
  return unsyncedSeries(index, contextId, to - step, to, step)[0]?.value ?? 0;
}

const activityOf = ({ conflicts, writes, applied }: Omit<ContextLine, 'colour'>): number => conflicts * 1_000 + writes + applied;

/** The lines of a chart: one for all, or one for each context that has a colour. */
export function strandsOf(model: Model, byContext: boolean): readonly Strand[] {
  if (!byContext) return [{ name: 'all', colour: null, kept: model.lines.map(({ context }) => context.contextId) }];
  return model.lines.flatMap(({ context, colour }) => (colour === null ? [] : [{ name: context.contextId, colour, kept: [context.contextId] }])).toSorted((a, b) => (a.colour < b.colour ? -1 : 1));
}

export const rate = (index: EventIndex, { from, to, step }: Model, { kept }: Strand, kinds: readonly EventKind[], what: Measure, per: number): readonly SeriesPoint[] => sumSeries(index, kinds, from, to, step, what, kept).map(({ at, value }) => ({ at, value: (value * per) / step }));
export const conflictRate = (index: EventIndex, { from, to, step }: Model, { kept }: Strand): readonly SeriesPoint[] => perMinute(index, ['conflict'], from, to, step, kept);
export const latency = (index: EventIndex, { from, to, step }: Model, { kept }: Strand, q: number): readonly MeasuredPoint[] => quantileSeries(index, 'result', from, to, step, q, kept);

/** Of several contexts the one whose writes wait longest while it is open, in seconds. */
export function unsynced(index: EventIndex, { from, to, step }: Model, { kept }: Strand): readonly MeasuredPoint[] {
  const all = kept.map((id) => {
    const lifecycle = index.tracks.get(id)?.lifecycle;
    return unsyncedSeries(index, id, from, to, step).map(({ at, value }) => ({ at, value: lifecycle?.at(index.placeOf(at) - 1) === 'dormant' ? null : value }));
  });
  return (all[0] ?? []).map(({ at }, column) => {
    const known = all.flatMap((series) => series[column]?.value ?? []);
    return { at, value: known.length === 0 ? null : Math.max(...known) / 1_000 };
  });
}

function measuredOf(index: EventIndex, lines: readonly ContextLine[], openings: readonly Opening[], quotaBytes: number | null, from: number, to: number): readonly Measured[] {
  const out: Measured[] = [];
  const waited = openings.filter((opening) => opening.readyMs !== null && isSwitch(opening));
  if (waited.length > 0) out.push({ id: 'switch', value: quantile(waited.map(({ readyMs }) => readyMs ?? 0), 0.95), contextId: null, at: null });
  const used = lines.reduce((sum, { bytes }) => sum + bytes, 0);
  if (quotaBytes !== null) out.push({ id: 'quota', value: (100 * used) / Math.max(1, quotaBytes), contextId: null, at: null });
  for (const { context, latencyMs, writes, conflicts, unsyncedMs } of lines) {
    const { contextId, status } = context;
    const slowest = openings.filter((opening) => opening.contextId === contextId && opening.readyMs !== null).toSorted((a, b) => (b.readyMs ?? 0) - (a.readyMs ?? 0))[0];
    if (slowest !== undefined) out.push({ id: 'opens', value: slowest.readyMs ?? 0, contextId, at: slowest.startedAt });
    if (latencyMs !== null) out.push({ id: 'latency', value: latencyMs, contextId, at: null });
    if (conflicts > 0) {
      const loudest = perMinute(index, ['conflict'], from, to, 1_000, [contextId]).reduce((most, point) => (point.value > most.value ? point : most), { at: from, value: 0 });
      out.push({ id: 'conflicts', value: loudest.value, contextId, at: loudest.at });
    }
    if (writes >= FEW_WRITES) out.push({ id: 'rate', value: (100 * conflicts) / writes, contextId, at: null });
    if (unsyncedMs > 0) out.push(status.lifecycle === 'dormant' ? { id: 'held', value: unsyncedMs / 3_600_000, contextId, at: null } : { id: 'unsynced', value: unsyncedMs / 1_000, contextId, at: null });
  }
  return out;
}

/** Stretches in which an open context had no connection, those of several contexts joined. */
function offlineSpans(index: EventIndex, contexts: readonly ContextNow[], from: number, to: number): readonly Span[] {
  const spans = contexts.flatMap(({ contextId }) => {
    const track = index.tracks.get(contextId);
    const steps = track?.connection;
    if (track === undefined || steps === undefined) return [];
    return steps.values.flatMap((name, i): Span[] => {
      const place = steps.places[i] ?? 0;
      const next = steps.places[i + 1];
      // A context that was closed has no connection either, and lacks none.
      const closed = track.lifecycle.places[track.lifecycle.indexAt(place) + 1];
      const ends = [next, closed].flatMap((end) => (end === undefined ? [] : [index.at[end] ?? to]));
      const span = { from: Math.max(from, index.at[place] ?? 0), to: Math.min(to, ...ends) };
      return name === 'offline' && track.lifecycle.at(place) === 'active' && span.to - span.from > SHORTEST_OFFLINE_MS ? [span] : [];
    });
  });
  const joined: Span[] = [];
  for (const span of spans.toSorted((a, b) => a.from - b.from)) {
    const last = joined.at(-1);
    if (last !== undefined && span.from <= last.to) joined[joined.length - 1] = { from: last.from, to: Math.max(last.to, span.to) };
    else joined.push(span);
  }
  return joined.slice(-MOST_SPANS);
}
