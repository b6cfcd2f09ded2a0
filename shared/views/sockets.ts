import { readEvent, type PlacedEvent } from './event-queries.ts';
import type { Reader } from './reader.ts';

// The sockets to each endpoint as the recording tells of them: how they stand, and how the last one came back.

export interface Attempt {
  readonly at: number;
  /** How long it was waited before. */
  readonly waitMs: number;
}

/** A time without a socket. */
export interface Outage {
  readonly from: number;
  /** Null: it goes on. */
  readonly to: number | null;
  readonly reason: string;
  readonly attempts: readonly Attempt[];
}

export interface SocketPast {
  readonly endpoint: string;
  readonly state: 'connecting' | 'ready' | 'backoff' | 'closed';
  readonly since: number;
  readonly attempt: number;
  readonly retryAt: number | null;
  readonly code: string;
  readonly reconnects: number;
  readonly outage: Outage | null;
  /** Round trips of its greetings, oldest first. */
  readonly rtts: readonly number[];
}

const MOST = 1_000;

/** What happened to sockets up to a place, oldest first. */
export async function socketEvents(read: Reader, upTo: number): Promise<readonly PlacedEvent[]> {
  const rows = await read("SELECT * FROM (SELECT * FROM events WHERE kind = 'connection' AND contextId IS NULL AND place <= ? ORDER BY place DESC LIMIT ?) ORDER BY place", [upTo + 1, MOST]);
  return rows.map(readEvent);
}

interface Draft {
  state: SocketPast['state'];
  since: number;
  attempt: number;
  waitMs: number;
  retryAt: number | null;
  code: string;
  reconnects: number;
  outage: { from: number; to: number | null; reason: string; attempts: Attempt[] } | null;
  rtts: number[];
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const count = (value: unknown): number => (typeof value === 'number' ? value : 0);

export function socketsOf(events: readonly PlacedEvent[]): readonly SocketPast[] {
  const drafts = new Map<string, Draft>();
  for (const { at, data } of events) {
    const endpoint = text(data['endpoint']);
    let draft = drafts.get(endpoint);
    if (draft === undefined) drafts.set(endpoint, (draft = { state: 'closed', since: at, attempt: 0, waitMs: 0, retryAt: null, code: '', reconnects: -1, outage: null, rtts: [] }));
    const state = text(data['state']);
    if (state !== 'connecting' && state !== 'ready' && state !== 'backoff' && state !== 'closed') continue;
    const before = draft.state;
    Object.assign(draft, { state, since: at, retryAt: null, code: text(data['code']) });
    if (state === 'closed' && before === 'ready') draft.outage = { from: at, to: null, reason: text(data['reason']), attempts: [] };
    if (state === 'backoff') Object.assign(draft, { waitMs: count(data['retryInMs']), retryAt: at + count(data['retryInMs']), attempt: count(data['attempt']) });
    if (state === 'connecting') {
      draft.reconnects += 1;
      if (draft.outage?.to === null) draft.outage.attempts.push({ at, waitMs: draft.waitMs });
      draft.waitMs = 0;
    }
    if (state !== 'ready') continue;
    if (draft.outage?.to === null) draft.outage.to = at;
    if (typeof data['rttMs'] === 'number') draft.rtts.push(data['rttMs']);
  }
  return [...drafts].map(([endpoint, { waitMs: _waitMs, ...draft }]) => ({ ...draft, endpoint, reconnects: Math.max(0, draft.reconnects) }));
}
