import { isJsonObject, type Json, type JsonObject } from '../base/json.ts';
import { readEvent, type PlacedEvent } from './event-queries.ts';
import { number, text, type Reader } from './reader.ts';

/** One frame on the wire. What an older recording does not tell is null. */
export interface Frame {
  readonly place: number;
  readonly seq: number;
  readonly at: number;
  readonly contextId: string;
  readonly activationId: string;
  readonly type: string;
  readonly direction: 'in' | 'out';
  readonly endpoint: string;
  readonly bytes: number;
  readonly fromVersion: number | null;
  readonly toVersion: number | null;
  readonly mutationIds: readonly string[];
  readonly changes: number | null;
  /** What names the request and its answer: a pushId, a requestId, a nonce. */
  readonly ask: string | null;
  readonly mode: string;
  readonly code: string;
  readonly outcome: { readonly applied: number; readonly conflict: number; readonly rejected: number } | null;
}

/** What a frame held; null: this recording kept nothing of it. */
export type FrameContent = { readonly kept: JsonObject } | { readonly omitted: number } | null;

const KINDS = `('frame', 'stale', 'delta', 'snapshot', 'connection')`;
const COLUMNS = 'place, runId, seq, at, kind, contextId, activationId, entity, entityId, fromVersion, toVersion, mutationIds, bytes, durationMs';

/** The place before the newest `limit` frames up to `upTo`: where a list of them begins. */
export async function framesStart(read: Reader, upTo: number, limit: number): Promise<number> {
  const rows = await read("SELECT place FROM events WHERE kind = 'frame' AND place <= ? ORDER BY place DESC LIMIT 1 OFFSET ?", [upTo + 1, limit]);
  return rows[0] === undefined ? -1 : number(rows[0]['place']) - 1;
}

/** Frames without what they held, and the events that tell what became of them, behind `after` and up to `upTo`, in order. */
export async function wireEvents(read: Reader, after: number, upTo: number): Promise<readonly PlacedEvent[]> {
  const rows = await read(
    `SELECT ${COLUMNS}, CASE kind WHEN 'frame' THEN json_remove(data, '$.frame') ELSE data END AS data
     FROM events WHERE place > ? AND place <= ? AND kind IN ${KINDS} ORDER BY place`,
    [after + 1, upTo + 1],
  );
  return rows.map(readEvent);
}

export async function frameContent(read: Reader, place: number): Promise<FrameContent> {
  const rows = await read("SELECT data FROM events WHERE place = ? AND kind = 'frame'", [place + 1]);
  const data = JSON.parse(text(rows[0]?.['data']) || '{}') as JsonObject;
  const { frame, omitted } = data;
  if (typeof omitted === 'number') return { omitted };
  return frame !== undefined && isJsonObject(frame) ? { kept: frame } : null;
}

const word = (value: Json | undefined): string => (typeof value === 'string' ? value : '');
const count = (value: Json | undefined): number => (typeof value === 'number' ? value : 0);

/** A download stands in the list like a frame of this type: it is how a snapshot comes. */
export const DOWNLOAD = 'SNAPSHOT';

/** The frame that an event tells of; null: it tells of none. */
export function frameOf(event: PlacedEvent): Frame | null {
  const { data } = event;
  const isDownload = event.kind === 'snapshot' && (data['step'] === 'downloaded' || data['step'] === 'failed');
  if (event.kind !== 'frame' && !isDownload) return null;
  const { outcome } = data;
  return {
    place: event.place,
    seq: event.seq,
    at: event.at,
    contextId: event.contextId ?? '',
    activationId: event.activationId ?? '',
    type: isDownload ? DOWNLOAD : word(data['type']),
    direction: data['direction'] === 'out' ? 'out' : 'in',
    endpoint: word(data['endpoint']),
    bytes: event.bytes ?? 0,
    fromVersion: event.fromVersion ?? null,
    toVersion: event.toVersion ?? null,
    mutationIds: event.mutationIds ?? [],
    changes: typeof data['changes'] === 'number' ? data['changes'] : null,
    ask: word(data['pushId']) || word(data['requestId']) || word(data['nonce']) || null,
    mode: word(data['mode']),
    code: word(data['code']),
    outcome: outcome !== undefined && isJsonObject(outcome) ? { applied: count(outcome['applied']), conflict: count(outcome['conflict']), rejected: count(outcome['rejected']) } : null,
  };
}

export const FRAME_GROUPS = ['Lifecycle', 'Delta', 'Push', 'Conflict', 'Log', 'Connection', 'HTTP'] as const;
export type FrameGroup = (typeof FRAME_GROUPS)[number];

const GROUPS: { readonly [type: string]: FrameGroup } = {
  ACTIVATE_CONTEXT: 'Lifecycle',
  CONTEXT_ACTIVATED: 'Lifecycle',
  DEACTIVATE_CONTEXT: 'Lifecycle',
  CONTEXT_DEACTIVATED: 'Lifecycle',
  DELTA: 'Delta',
  APPLIED: 'Delta',
  PUSH: 'Push',
  PUSH_RESULT: 'Push',
  CONFLICT_RESOLVED: 'Conflict',
  FETCH_LOG: 'Log',
  LOG: 'Log',
  [DOWNLOAD]: 'HTTP',
};

/** Which chip a frame belongs to; what is of the socket is `Connection`. */
export function frameGroup(frame: Pick<Frame, 'type' | 'outcome'>): FrameGroup {
  if (frame.type === 'PUSH_RESULT' && (frame.outcome?.conflict ?? 0) > 0) return 'Conflict';
  return GROUPS[frame.type] ?? 'Connection';
}

/** Frames that only keep the socket going. */
export const isChatter = (type: string): boolean => type === 'APPLIED' || type === 'PING' || type === 'PONG';
