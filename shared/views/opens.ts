import type { Phase } from '../core/events.ts';
import { phaseOf, type ActivationPhase } from './activations.ts';
import type { EventIndex } from './event-index.ts';
import { eventsAt, type PlacedEvent } from './event-queries.ts';
import type { Reader } from './reader.ts';

/** One opening of a context, by its phases. */
export interface Opening {
  readonly activationId: string;
  readonly contextId: string;
  readonly startedAt: number;
  readonly reason: string;
  readonly phases: readonly ActivationPhase[];
  /** There was nothing here, or nothing that still served: it came as a snapshot. */
  readonly fetched: boolean;
  /** Until its data could be read: from the disk before the server was asked, or with the snapshot. Null: it did not come to that. */
  readonly readyMs: number | null;
  readonly totalMs: number;
  /** Whether the recording tells how it came out; without that it runs, or what ended it was not kept. */
  readonly ended: boolean;
}

const ON_DISK: ReadonlySet<Phase> = new Set(['open', 'migrate', 'hydrate']);
const sum = (phases: readonly ActivationPhase[]): number => phases.reduce((total, { durationMs }) => total + durationMs, 0);

/** The newest openings that began in [from, to), oldest first. The recording is asked for no more than `most` events. */
export async function openingsIn(read: Reader, index: EventIndex, from: number, to: number, contexts: readonly string[], most = 3_000): Promise<readonly Opening[]> {
  const start = index.placeOf(from);
  const end = index.placeOf(to);
  const tracks = contexts.length === 0 ? [...index.tracks.values()] : contexts.flatMap((id) => index.tracks.get(id) ?? []);
  const places = tracks.flatMap((track) => (['lifecycle', 'phase', 'snapshot'] as const).flatMap((kind) => [...track.ofKind(kind)].filter((place) => place >= start && place < end)));
  const events = await eventsAt(read, places.sort((a, b) => a - b).slice(-most));
  const byId = new Map<string, PlacedEvent[]>();
  for (const event of events) {
    if (event.activationId === undefined) continue;
    const list = byId.get(event.activationId);
    if (list === undefined) byId.set(event.activationId, [event]);
    else list.push(event);
  }
  return [...byId].flatMap(([activationId, of]) => openingOf(activationId, of) ?? []);
}

function openingOf(activationId: string, events: readonly PlacedEvent[]): Opening | null {
  const first = events.find(({ kind, data }) => kind === 'lifecycle' && data['to'] === 'activating');
  if (first?.contextId === undefined) return null;
  const phases = events.flatMap(({ kind, data, durationMs }): ActivationPhase[] => {
    const phase = kind === 'phase' ? phaseOf(data['phase']) : undefined;
    return phase === undefined ? [] : [{ phase, durationMs: durationMs ?? 0, outcome: typeof data['outcome'] === 'string' ? data['outcome'] : '' }];
  });
  const adopted = events.some(({ kind, data }) => kind === 'snapshot' && data['step'] === 'adopted' && data['mode'] === 'snapshot');
  const fetched = adopted || events.some(({ kind, data }) => kind === 'snapshot' && data['step'] === 'started');
  const isActive = events.some(({ kind, data }) => kind === 'lifecycle' && data['to'] === 'active');
  const readyMs = fetched ? (adopted ? sum(phases) : null) : isActive ? sum(phases.filter(({ phase }) => ON_DISK.has(phase))) : null;
  const ended = phases.some(({ phase, outcome }) => phase === 'catch-up' || outcome !== 'done') || events.some(({ kind, data }) => kind === 'lifecycle' && (data['to'] === 'deactivating' || data['to'] === 'dormant'));
  return { activationId, contextId: first.contextId, startedAt: first.at, reason: typeof first.data['reason'] === 'string' ? first.data['reason'] : '', phases, fetched, readyMs, totalMs: sum(phases), ended };
}

/** Those that somebody waited for: not the shared tier, nor what was opened to send its writes. */
export const isSwitch = ({ reason }: Opening): boolean => reason !== 'ambient' && reason !== 'drain';

/** Upper edges in ms, each twice the one before; what takes longer is in the last. */
export const SWITCH_EDGES: readonly number[] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024];

export interface SwitchColumn {
  readonly upToMs: number;
  readonly disk: number;
  readonly fetched: number;
}

/** How long people waited for a context, by powers of two. */
export function switchHistogram(openings: readonly Opening[]): readonly SwitchColumn[] {
  const columns = [...SWITCH_EDGES, Number.POSITIVE_INFINITY].map((upToMs) => ({ upToMs, disk: 0, fetched: 0 }));
  for (const opening of openings) {
    const { readyMs, fetched } = opening;
    if (readyMs === null || !isSwitch(opening)) continue;
    const column = columns.find(({ upToMs }) => readyMs < upToMs);
    if (column !== undefined) column[fetched ? 'fetched' : 'disk'] += 1;
  }
  return columns;
}
