import type { JsonObject } from '../../base/json.ts';
import type { DebugEvent } from '../../protocol/debug/index.ts';
import type { ClientFrame, ServerFrame } from '../../protocol/sync/index.ts';
import { frameEvent } from '../../engine/frame-event.ts';
import type { ScriptedContext } from './scripted-contexts.ts';

// The wire of that session: what the runtime would tell of each frame, with what it held.

type Draft = Omit<DebugEvent, 'seq'>;
type Ids = { readonly contextId: string; readonly activationId: string };

const MINUTE = 60_000;
/** When the network is away, and when an emulated one is slow: ms before the end. */
export const OFFLINE = { from: 4 * MINUTE + 21_000, to: 4 * MINUTE + 2_448 } as const;
export const EMULATED = { from: 3 * MINUTE, to: 2.2 * MINUTE } as const;
/** What the emulated network adds to an answer, in ms. */
const SLOWER_MS = 500;
const endpointOf = (region: string): string => `wss://sync-${region}.rounds.example/sync`;

export interface Written {
  readonly entity: string;
  readonly entityId: string;
  readonly mutationId: string;
  readonly deviceId: string;
}

export function wire(drafts: Draft[], at: number, direction: 'in' | 'out', frame: JsonObject, region: 'eu' | 'us' = 'eu'): void {
  const event = frameEvent(direction, endpointOf(region), frame as unknown as ClientFrame | ServerFrame, JSON.stringify(frame).length);
  drafts.push({ at, ...event, data: { ...event.data }, ...(event.mutationIds === undefined ? {} : { mutationIds: [...event.mutationIds] }) } as Draft);
}

const valueOf = ({ entity, entityId }: Written): JsonObject => ({ name: `${entity} ${entityId.slice(-3)}`, status: 'open', room: `B-${entityId.slice(-2)}`, by: { $ref: 'user', id: `u-${100 + (Number(entityId.slice(-2)) % 40)}` } });

function change(contextId: string, version: number, at: number, written: Written): JsonObject {
  return { contextId, contextVersion: version, entity: written.entity, entityId: written.entityId, op: 'put', value: valueOf(written), timestamp: Math.round(at - 40), deviceId: written.deviceId, mutationId: written.mutationId, schemaVersion: 5 };
}

export function deltaFrame(drafts: Draft[], at: number, ids: Ids, fromVersion: number, written: readonly Written[]): void {
  const changes = written.map((one, index) => change(ids.contextId, fromVersion + 1 + index, at, one));
  wire(drafts, at, 'in', { type: 'DELTA', ...ids, fromVersion, toVersion: fromVersion + written.length, changes, digest: 'c41e0d12f00290a7' });
  wire(drafts, at + 1.4, 'out', { type: 'APPLIED', ...ids, version: fromVersion + written.length });
}

/** How long the server takes to answer a push at a time before the end: longer now and then, and far longer while it is emulated so. */
export function answerMs(before: number): number {
  const usual = Math.round(before) % 19 === 7 ? 148 : 58;
  return before <= EMULATED.from && before > EMULATED.to ? usual + SLOWER_MS : usual;
}

/** A push, and its answer `after` ms later; null: there is none. */
export function pushFrames(drafts: Draft[], at: number, ids: Ids, base: number, written: Written, outcome: 'applied' | 'conflict' | null, after = 58): void {
  const pushId = `p-${written.mutationId}`;
  wire(drafts, at, 'out', { type: 'PUSH', ...ids, pushId, logId: `log-${ids.contextId}`, localVersion: base, mutations: [{ mutationId: written.mutationId, entity: written.entity, entityId: written.entityId, op: 'put', value: valueOf(written), baseVersion: base, timestamp: Math.round(at), schemaVersion: 5 }] });
  if (outcome === null) return;
  const result = outcome === 'applied' ? { mutationId: written.mutationId, outcome, contextVersion: base + 1 } : { mutationId: written.mutationId, outcome, currentVersion: base + 1 };
  wire(drafts, at + after - 0.4, 'in', { type: 'PUSH_RESULT', ...ids, pushId, results: [result] });
}

export function activateFrames(drafts: Draft[], asked: number, answered: number, context: ScriptedContext, ids: Ids, since: number, head: number): void {
  wire(drafts, asked, 'out', { type: 'ACTIVATE_CONTEXT', ...ids, sinceVersion: since, seenVersion: since, logId: `log-${ids.contextId}`, schemaVersion: context.schema });
  wire(drafts, answered, 'in', { type: 'CONTEXT_ACTIVATED', ...ids, logId: `log-${ids.contextId}`, headVersion: head, horizon: Math.max(0, head - 4_000), mode: 'delta', sinceVersion: since, digest: 'c41e0d12f00290a7', schemaVersion: context.schema, readableFrom: 3 });
}

/** The end of an activation. With `late`, a delta of it comes behind the confirmation and is dropped. */
export function deactivateFrames(drafts: Draft[], at: number, ids: Ids, late: number | null = null): void {
  wire(drafts, at + 6, 'out', { type: 'DEACTIVATE_CONTEXT', ...ids });
  wire(drafts, at + 152, 'in', { type: 'CONTEXT_DEACTIVATED', ...ids });
  if (late === null) return;
  const written = { entity: 'visit', entityId: 'v-30117', mutationId: `m-late-${late}`, deviceId: 'ipad-ward-3' };
  wire(drafts, at + 203, 'in', { type: 'DELTA', ...ids, fromVersion: late, toVersion: late + 1, changes: [change(ids.contextId, late + 1, at, written)], digest: 'e30b771a22c971c4' });
  drafts.push({ at: at + 203.2, kind: 'stale', ...ids, data: { what: 'frame', type: 'DELTA', expected: null, got: ids.activationId } });
}

/** A delta whose predecessor was lost: it waits, and the log fills what is missing. */
export function gapFrames(drafts: Draft[], at: number, ids: Ids, fromVersion: number): void {
  const written = (n: number): Written => ({ entity: 'order', entityId: `o-2071${n}`, mutationId: `m-gap-${n}`, deviceId: 'mac-okafor' });
  const later = change(ids.contextId, fromVersion + 2, at, written(2));
  wire(drafts, at, 'in', { type: 'DELTA', ...ids, fromVersion: fromVersion + 1, toVersion: fromVersion + 2, changes: [later], digest: '09ab12f3c4d5e677' });
  wire(drafts, at + 1.6, 'out', { type: 'FETCH_LOG', requestId: `r-${fromVersion}`, ...ids, fromVersion, toVersion: fromVersion + 1, limit: 1_000 });
  wire(drafts, at + 620, 'in', { type: 'LOG', requestId: `r-${fromVersion}`, contextId: ids.contextId, changes: [change(ids.contextId, fromVersion + 1, at, written(1))], more: false, horizon: Math.max(0, fromVersion - 4_000) });
  drafts.push({ at: at + 621, kind: 'delta', ...ids, fromVersion, toVersion: fromVersion + 1, bytes: 402, durationMs: 1.7, data: { changes: 1, own: 0, serverVersion: fromVersion + 2, filled: true } });
  drafts.push({ at: at + 622, kind: 'delta', ...ids, fromVersion: fromVersion + 1, toVersion: fromVersion + 2, bytes: 409, durationMs: 0.9, data: { changes: 1, own: 0, serverVersion: fromVersion + 2, filled: false } });
}

/** The socket itself: the greeting, a ping every 15 s, and one time without a network. */
export function socketFrames(drafts: Draft[], end: number): void {
  const endpoint = endpointOf('eu');
  const state = (at: number, name: string, more: JsonObject = {}): void => void drafts.push({ at, kind: 'connection', data: { state: name, endpoint, ...more } });
  const greet = (at: number, attempt: number): void => {
    state(at, 'connecting', { attempt });
    wire(drafts, at + 9, 'out', { type: 'HELLO', protocol: 1, token: 'secret', deviceId: 'chrome-amelie', app: 'Rounds 2.14.0' });
    wire(drafts, at + 41, 'in', { type: 'WELCOME', protocol: 1, serverId: 'srv-eu', serverTime: Math.round(at), userId: 'u-118', contexts: [], revoked: [] });
    drafts.push({ at: at + 42, kind: 'connection', durationMs: 33, data: { state: 'ready', endpoint, rttMs: 33, clockOffsetMs: 180 } });
  };
  const lostAt = end - OFFLINE.from;
  greet(end - 25 * MINUTE - 400, 0);
  const without = drafts.filter((draft) => draft.kind !== 'frame' || draft.at < lostAt || draft.at > lostAt + 18_600);
  drafts.splice(0, drafts.length, ...without);
  let at = lostAt;
  state(at, 'closed', { reason: 'the network changed' });
  for (const [attempt, waitMs] of [0, 118, 402, 655, 1_730, 2_988, 6_910].entries()) {
    if (attempt > 0) state(at, 'backoff', { retryInMs: waitMs, attempt });
    at += waitMs;
    state(at, 'connecting', { attempt });
    at += 21;
    state(at, 'closed', { reason: 'no route to the host' });
  }
  state(at, 'backoff', { retryInMs: 5_560, attempt: 7 });
  greet(at + 5_560, 7);
  const backAt = at + 5_602;
  for (let n = 1; end - 25 * MINUTE + n * 15_000 < end; n++) {
    const ping = end - 25 * MINUTE + n * 15_000;
    if (ping > lostAt - 100 && ping < backAt) continue;
    const nonce = String(n * 15_000);
    wire(drafts, ping, 'out', { type: 'PING', nonce });
    wire(drafts, ping + 31 + ((n * 37) % 23) + (n % 29 === 0 ? 60 : 0), 'in', { type: 'PONG', nonce });
  }
}

/** A partition that came whole, as a file. */
export function snapshotEvents(drafts: Draft[], at: number, ids: Ids, version: number): void {
  drafts.push({ at, kind: 'snapshot', ...ids, toVersion: version, bytes: 9_100_000, data: { mode: 'snapshot', version, step: 'started' } });
  drafts.push({ at: at + 1_124, kind: 'snapshot', ...ids, toVersion: version, bytes: 9_100_000, durationMs: 1_124, data: { mode: 'snapshot', version, step: 'downloaded', generation: 3 } });
  drafts.push({ at: at + 1_190, kind: 'snapshot', ...ids, toVersion: version, bytes: 9_100_000, durationMs: 60, data: { mode: 'snapshot', version, step: 'adopted', generation: 3 } });
}
