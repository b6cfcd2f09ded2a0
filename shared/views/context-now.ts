import type { ContextStatus, RegistryRowInfo } from '../protocol/debug/index.ts';
import type { EventIndex } from './event-index.ts';

// One context as every panel shows it, at this moment or at a past one.

/** The words for a state: those of the lifecycle, and three that say more about a dormant or a shared context. */
export type ShownState = 'ambient' | 'active' | 'activating' | 'deactivating' | 'dormant' | 'pruned' | 'error';

export interface ContextNow {
  readonly contextId: string;
  readonly title: string;
  readonly row: RegistryRowInfo;
  readonly status: ContextStatus;
  readonly state: ShownState;
  /** Changes that the server has and this device has not; 0 where no data is held. */
  readonly behind: number;
  readonly pending: number;
}

const OPEN: ReadonlySet<ShownState> = new Set(['ambient', 'active', 'activating', 'deactivating']);
export const isOpen = (context: ContextNow): boolean => OPEN.has(context.state) && context.status.lifecycle !== 'dormant';

/** What is shown as `failed` is dormant with a last error, as `pruned` dormant without a partition. */
export function shownState(row: RegistryRowInfo, status: ContextStatus): ShownState {
  if (status.lifecycle !== 'dormant') return row.kind === 'ambient' && status.lifecycle === 'active' ? 'ambient' : status.lifecycle;
  if (row.lastError !== null) return 'error';
  return row.partition.present ? 'dormant' : 'pruned';
}

export function contextNow(row: RegistryRowInfo, status: ContextStatus): ContextNow {
  return {
    contextId: row.contextId,
    title: row.title ?? '',
    row,
    status,
    state: shownState(row, status),
    behind: row.partition.present ? Math.max(0, row.serverVersion - row.localVersion) : 0,
    pending: row.pendingWrites,
  };
}

const ORDER: readonly ShownState[] = ['ambient', 'active', 'activating', 'deactivating', 'dormant', 'error', 'pruned'];

/** Open ones first, then by last use, those without data last. */
export function byState(a: ContextNow, b: ContextNow): number {
  const dormant = (context: ContextNow): number => (context.state === 'error' ? ORDER.indexOf('dormant') : ORDER.indexOf(context.state));
  return dormant(a) - dormant(b) || (dormant(a) >= 4 ? (b.row.lastAccessAt ?? 0) - (a.row.lastAccessAt ?? 0) : 0) || (a.contextId < b.contextId ? -1 : 1);
}

export type ContextGroup = 'Ambient' | 'Open' | 'Dormant';
export function groupOf(context: ContextNow): ContextGroup {
  if (context.row.kind === 'ambient') return 'Ambient';
  return isOpen(context) ? 'Open' : 'Dormant';
}

/** RP4: a context as it stood at a place of the recording, from the recording alone; what no event tells is as the row has it. */
export function contextAt(index: EventIndex, now: ContextNow, place: number): ContextNow {
  const track = index.tracks.get(now.contextId);
  if (track === undefined) return now;
  const lifecycle = track.lifecycle.at(place) ?? 'dormant';
  const localVersion = track.local.at(place) ?? now.row.localVersion;
  const since = track.lifecycle.places[track.lifecycle.indexAt(place)];
  const conflicts = (track.conflicts.at(place) ?? 0) + Math.max(0, now.status.conflicts - (track.conflicts.last ?? 0));
  const pruned = track.pruned.at(place) ?? !now.row.partition.present;
  const { doing: _doing, activationId: _id, connection: _connection, digest: _digest, ...status } = now.status;
  const activationId = lifecycle === 'dormant' ? undefined : track.activation.at(place);
  const connection = lifecycle === 'dormant' ? undefined : track.connection.at(place);
  const row: RegistryRowInfo = {
    ...now.row,
    lifecycle,
    localVersion,
    serverVersion: Math.max(localVersion, track.server.at(place) ?? 0),
    pendingWrites: track.pending.at(place) ?? 0,
    partition: { ...now.row.partition, present: !pruned },
    lastError: (track.failed.at(place) ?? now.row.lastError !== null) ? (now.row.lastError ?? { code: 'ERROR', message: 'failed', at: index.at[place] ?? 0 }) : null,
  };
  return contextNow(row, {
    ...status,
    lifecycle,
    since: since === undefined ? now.status.since : (index.at[since] ?? now.status.since),
    conflicts,
    pending: [],
    ...(activationId === undefined ? {} : { activationId }),
    ...(connection === undefined || connection === '' ? {} : { connection: connection as NonNullable<ContextStatus['connection']> }),
  });
}
