import { readEvent } from './event-queries.ts';
import type { Reader } from './reader.ts';

/** One frame on the wire, with the push it answers where it does. */
export interface Frame {
  readonly place: number;
  readonly seq: number;
  readonly at: number;
  readonly contextId: string;
  readonly activationId: string;
  readonly type: string;
  readonly direction: 'in' | 'out';
  readonly bytes: number;
  readonly fromVersion: number | null;
  readonly toVersion: number | null;
  readonly data: { readonly [key: string]: unknown };
}

/** Frames, and the events that stand for a frame where frames are not recorded, up to a place, newest first. */
export async function framesOf(read: Reader, upTo: number, limit: number): Promise<readonly Frame[]> {
  const rows = await read("SELECT * FROM events WHERE kind = 'frame' AND place <= ? ORDER BY place DESC LIMIT ?", [upTo + 1, limit]);
  return rows.map((row) => {
    const event = readEvent(row);
    return {
      place: event.place,
      seq: event.seq,
      at: event.at,
      contextId: event.contextId ?? '',
      activationId: event.activationId ?? '',
      type: typeof event.data['type'] === 'string' ? event.data['type'] : '',
      direction: event.data['direction'] === 'out' ? 'out' : 'in',
      bytes: event.bytes ?? 0,
      fromVersion: event.fromVersion ?? null,
      toVersion: event.toVersion ?? null,
      data: event.data,
    };
  });
}

const GROUPS: { readonly [type: string]: string } = {
  ACTIVATE_CONTEXT: 'Lifecycle',
  CONTEXT_ACTIVATED: 'Lifecycle',
  DEACTIVATE_CONTEXT: 'Lifecycle',
  CONTEXT_DEACTIVATED: 'Lifecycle',
  DELTA: 'Delta',
  PUSH: 'Push',
  PUSH_RESULT: 'Push',
  CONFLICT_RESOLVED: 'Conflict',
  FETCH_LOG: 'Log',
  LOG: 'Log',
};

/** Which chip a frame belongs to; what is of the socket is `Connection`. */
export const frameGroup = (type: string): string => GROUPS[type] ?? 'Connection';

/** Frames that only keep the socket going. */
export const isChatter = (type: string): boolean => type === 'APPLIED' || type === 'PING' || type === 'PONG';
