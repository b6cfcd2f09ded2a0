import { isJsonObject, type Json } from '../base/json.ts';
import { readEvent } from './event-queries.ts';
import type { Reader } from './reader.ts';

/** A conflict as its event told it; the three values stay with the client. */
export interface ConflictEvent {
  readonly place: number;
  readonly seq: number;
  readonly at: number;
  readonly contextId: string;
  readonly conflictId: string;
  readonly entity: string;
  readonly entityId: string;
  readonly strategy: string;
  readonly winner: string;
  readonly state: string;
  readonly theirDevice: string;
  readonly theirVersion: number | null;
  readonly baseVersion: number | null;
  readonly fields: readonly string[];
  /** One side deleted the row that the other changed, and the change won. */
  readonly isOverDelete: boolean;
  readonly code: string;
  readonly mutationIds: readonly string[];
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** The newest conflicts up to a place. */
export async function conflictsOf(read: Reader, upTo: number, limit: number): Promise<readonly ConflictEvent[]> {
  const rows = await read("SELECT * FROM events WHERE kind = 'conflict' AND place <= ? ORDER BY place DESC LIMIT ?", [upTo + 1, limit]);
  return rows.map((row) => {
    const event = readEvent(row);
    const { data } = event;
    const decided: readonly Json[] = Array.isArray(data['decided']) ? data['decided'] : [];
    return {
      place: event.place,
      seq: event.seq,
      at: event.at,
      contextId: event.contextId ?? '',
      conflictId: text(data['conflictId']),
      entity: event.entity ?? '',
      entityId: event.entityId ?? '',
      strategy: text(data['strategy']),
      winner: text(data['winner']),
      state: text(data['state']) || 'automatic',
      theirDevice: text(data['theirDevice']),
      theirVersion: typeof data['theirVersion'] === 'number' ? data['theirVersion'] : null,
      baseVersion: event.fromVersion ?? null,
      fields: decided.map((one) => (isJsonObject(one) ? text(one['field']) : '')).filter((field) => field !== ''),
      isOverDelete: decided.some((one) => isJsonObject(one) && one['rule'] === 'update-over-delete'),
      code: text(data['code']),
      mutationIds: event.mutationIds ?? [],
    };
  });
}

/** Whether two writes met: the event of one that is settled by hand tells of no other meeting. */
export const isMeeting = ({ state }: ConflictEvent): boolean => state !== 'by-hand';

export interface Cause {
  readonly contextId: string;
  readonly device: string;
  readonly count: number;
}

/** Who causes them: counts by context and the device on the other side, most first. */
export function causesOf(conflicts: readonly ConflictEvent[]): readonly Cause[] {
  const counts = new Map<string, Cause>();
  for (const { contextId, theirDevice } of conflicts.filter(isMeeting)) {
    const key = `${contextId.length} ${contextId} ${theirDevice}`;
    const known = counts.get(key);
    counts.set(key, { contextId, device: theirDevice, count: (known?.count ?? 0) + 1 });
  }
  return [...counts.values()].toSorted((a, b) => b.count - a.count);
}
