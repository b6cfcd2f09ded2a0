import type { Json } from '../../base/json.ts';
import { seededRandom } from '../../base/random.ts';
import type { EventKind } from '../../core/events.ts';
import type { DebugEvent } from '../../protocol/debug/index.ts';
import { CONTEXTS, type ScriptedContext } from './scripted-contexts.ts';
import { activateFrames, answerMs, deactivateFrames, deltaFrame, EMULATED, gapFrames, OFFLINE, pushFrames, snapshotEvents, socketFrames } from './scripted-frames.ts';

// 25 minutes of that session as events, the same for the same seed.

type Draft = Omit<DebugEvent, 'seq'>;
type Chance = () => number;

const ENTITIES = ['patient', 'visit', 'note', 'order', 'labResult', 'appointment'] as const;
const DEVICES = ['ipad-ward-3', 'mac-okafor', 'front-desk-2', 'integration-lab-7', 'ipad-gate-2', 'front-desk-5', 'tablet-12', 'kiosk-1', 'cart-9'] as const;
/** clinic-d has nothing here: it is fetched, which takes long. */
const FETCH_MS = 1_340;
const MINUTE = 60_000;

export function scriptedEvents(end: number, seed = 7): DebugEvent[] {
  const drafts: Draft[] = [];
  // Seeded, so that a screenshot shows the same dots each time.
  const chance = seededRandom(seed).next;
  for (const context of CONTEXTS) {
    if (context.id === 'shared') ambient(drafts, context, end);
    else stays(drafts, context, end, chance);
  }
  socketFrames(drafts, end);
  drafts.push({ at: end - 5 * MINUTE + 10_000, kind: 'migration', contextId: 'clinic-g', durationMs: 14_800, data: { fromSchema: 3, toSchema: 5, rows: 120_644, outcome: 'failed' } });
  drafts.push({ at: end - 5 * MINUTE + 25_000, kind: 'error', contextId: 'clinic-g', data: { code: 'MIGRATION_FAILED', message: 'Migration 3 → 5 failed: no such column' } });
  drafts.push({ at: end - 11 * MINUTE, kind: 'prune', contextId: 'clinic-m', bytes: 61_000_000, data: { bytes: 61_000_000, pending: 0, choice: 'refuse' } });
  drafts.push({ at: end - 11 * MINUTE - 40, kind: 'command', contextId: 'clinic-m', data: { commandId: 'c-0412', method: 'Context.prune', by: 'amelie', outcome: 'done' } });
  for (const [emulates, before] of [[true, EMULATED.from], [false, EMULATED.to]] as const) drafts.push({ at: end - before, kind: 'command', data: { commandId: emulates ? 'c-0420' : 'c-0421', method: 'Network.emulate', by: 'amelie', outcome: 'done', emulates } });
  drafts.sort((a, b) => a.at - b.at);
  return drafts.map((draft, seq) => ({ ...draft, seq: seq + 1 }));
}

/** A stretch of seq that the script leaves out, as an agent without credit would. */
export function withGap(events: readonly DebugEvent[], end: number): { readonly events: readonly DebugEvent[]; readonly dropped: readonly { fromSeq: number; toSeq: number; reason: string }[] } {
  const from = end - 5.6 * MINUTE;
  const inside = events.filter(({ at }) => at >= from && at < from + 6_000);
  const [first] = inside;
  const last = inside.at(-1);
  if (first === undefined || last === undefined) return { events, dropped: [] };
  return { events: events.filter((event) => !inside.includes(event)), dropped: [{ fromSeq: first.seq, toSeq: last.seq, reason: 'the agent was out of credit' }] };
}

/** What an open context tells when the network goes away and comes back. */
function outage(drafts: Draft[], contextId: string, activationId: string, end: number): void {
  const tell = (before: number, from: string, to: string): void => void drafts.push({ at: end - before, kind: 'connection', contextId, activationId, data: { from, to } });
  tell(OFFLINE.from, 'live', 'offline');
  tell(OFFLINE.to, 'offline', 'catching-up');
  tell(OFFLINE.to - 61, 'catching-up', 'live');
}

function ambient(drafts: Draft[], context: ScriptedContext, end: number): void {
  outage(drafts, context.id, 'a-shared', end);
  lifecycle(drafts, context, end - 25 * MINUTE, 'dormant', 'active', 'a-shared', context.local - 3);
  for (const [index, minutes] of [6.6, 3.6, 1.1].entries()) {
    const to = context.local - 2 + index;
    drafts.push({ at: end - minutes * MINUTE, kind: 'delta', contextId: context.id, activationId: 'a-shared', fromVersion: to - 1, toVersion: to, bytes: 420, durationMs: 1.2, data: { changes: 1, own: 0, serverVersion: to } });
  }
}

function lifecycle(drafts: Draft[], context: ScriptedContext, at: number, from: string, to: string, activationId: string, serverVersion: number, reason = ''): void {
  drafts.push({ at, kind: 'lifecycle', contextId: context.id, activationId, data: { from, to, serverVersion, ...(reason === '' ? {} : { reason }) } });
}

function stays(drafts: Draft[], context: ScriptedContext, end: number, chance: Chance): void {
  const steps = context.stays.map(([from, to]) => Math.floor(((from - (to ?? 0)) * MINUTE) / (600 + 900 * chance())));
  const during = steps.reduce((sum, n) => sum + Math.ceil(n * (0.7 + context.conflictRate)), 0);
  const between = context.stays.length * 12;
  let version = Math.max(0, context.local - during - between);
  for (const [index, [from, to]] of context.stays.entries()) {
    const start = end - from * MINUTE;
    const stop = to === null ? end : end - to * MINUTE;
    const activationId = `a-${context.id.slice(-1)}${(index * 7_919 + 4_097).toString(16)}`;
    const waiting = Math.max(1, Math.min(index === 0 ? 3 : 12, context.local - version));
    const live = activate(drafts, context, start, activationId, version, waiting, chance);
    version += waiting;
    const last = index === context.stays.length - 1;
    if (live < end - OFFLINE.from && stop > end - OFFLINE.to) outage(drafts, context.id, activationId, end);
    version = work(drafts, context, { end, from: live, to: stop, steps: steps[index] ?? 0, activationId, version, upTo: last ? context.local : Number.POSITIVE_INFINITY }, chance);
    if (to === null || (context.lifecycle === 'deactivating' && last)) {
      if (context.lifecycle === 'deactivating') lifecycle(drafts, context, stop, 'active', 'deactivating', activationId, version);
      if (context.pending > 0) unanswered(drafts, context, end, activationId, version);
      continue;
    }
    lifecycle(drafts, context, stop, 'active', 'deactivating', activationId, version);
    deactivateFrames(drafts, stop, { contextId: context.id, activationId }, context.id === 'clinic-b' && index === 2 ? version : null);
    lifecycle(drafts, context, stop + 180 + 700 * chance(), 'deactivating', 'dormant', activationId, version);
  }
  if (context.lifecycle === 'activating') lifecycle(drafts, context, end - 200, 'dormant', 'activating', 'a-cnow', context.server, 'the app asked for it');
}

function activate(drafts: Draft[], context: ScriptedContext, at: number, activationId: string, version: number, waiting: number, chance: Chance): number {
  const base = { contextId: context.id, activationId };
  lifecycle(drafts, context, at, 'dormant', 'activating', activationId, version + waiting, 'the app asked for it');
  let time = at;
  for (const [phase, usual] of [['open', 3], ['hydrate', 8], ['connect', 26], ['catch-up', 34]] as const) {
    const took = Math.round(usual * (0.7 + chance()) * 10) / 10;
    const durationMs = phase === 'catch-up' && context.id === 'clinic-d' ? FETCH_MS : took;
    time += durationMs;
    const versions = phase === 'catch-up' ? { fromVersion: version, toVersion: version + waiting } : {};
    drafts.push({ at: time, kind: 'phase', ...base, ...versions, durationMs, data: { phase, outcome: 'done' } });
    if (phase === 'hydrate') {
      lifecycle(drafts, context, time, 'activating', 'active', activationId, version + waiting);
      drafts.push({ at: time, kind: 'connection', ...base, data: { from: 'offline', to: 'connecting' } });
    }
    if (phase !== 'connect') continue;
    drafts.push({ at: time, kind: 'connection', ...base, data: { from: 'connecting', to: 'catching-up' } });
    activateFrames(drafts, time - durationMs + 0.4, time - 0.3, context, base, version, version + waiting);
  }
  deltaFrame(drafts, time - 6.6, base, version, Array.from({ length: waiting }, (_, n) => ({ entity: 'visit', entityId: `v-3${(version + n) % 10_000}`, mutationId: `m-w${version + n}`, deviceId: DEVICES[n % DEVICES.length] ?? 'ipad-ward-3' })));
  if (context.id === 'clinic-d') snapshotEvents(drafts, time - FETCH_MS + 60, base, version + waiting);
  drafts.push({ at: time - 2, kind: 'delta', ...base, fromVersion: version, toVersion: version + waiting, bytes: waiting * 510, durationMs: 4.4, data: { changes: waiting, own: 0, serverVersion: version + waiting } });
  drafts.push({ at: time, kind: 'connection', ...base, data: { from: 'catching-up', to: 'live' } });
  return time;
}

/** Most conflicts settle themselves. */
const CONFLICT_STATES = [...Array<string>(9).fill('automatic'), 'by-hand', ...Array<string>(12).fill('automatic'), 'open', ...Array<string>(7).fill('automatic'), 'rejected'];

interface Work {
  readonly end: number;
  readonly from: number;
  readonly to: number;
  readonly steps: number;
  readonly activationId: string;
  readonly version: number;
  readonly upTo: number;
}

function work(drafts: Draft[], context: ScriptedContext, { end, from, to, steps, activationId, version, upTo }: Work, chance: Chance): number {
  const base = { contextId: context.id, activationId };
  let head = version;
  for (let i = 0; i < steps; i++) {
    const at = from + ((to - from) * (i + chance() * 0.8)) / Math.max(1, steps);
    const entity = ENTITIES[Math.floor(chance() * ENTITIES.length)] ?? 'patient';
    const entityId = `${entity.charAt(0)}-${20_000 + Math.floor(chance() * 9_000)}`;
    const bytes = 300 + Math.floor(chance() * 500);
    // Without a network nothing comes and nothing goes.
    const away = at > end - OFFLINE.from - 200 && at < end - OFFLINE.to + 1_000;
    if (head >= upTo || chance() < 0.3 || away) continue;
    const own = chance() < 0.4;
    const mutationId = `m-${context.id.slice(-1)}${drafts.length.toString(16)}`;
    const conflicted = chance() < context.conflictRate * 2 && head + 2 <= upTo;
    if (own || conflicted) write(drafts, { end, at: at - 90, base, entity, entityId, mutationId, head, bytes, applied: !conflicted });
    const delta = { kind: 'delta' as EventKind, ...base, entity, entityId, fromVersion: head, toVersion: head + 1, bytes, durationMs: 0.6 + chance() * 3 };
    drafts.push({ at, ...delta, ...(own && !conflicted ? { mutationIds: [mutationId] } : {}), data: { changes: 1, own: own && !conflicted ? 1 : 0, serverVersion: head + 1 } });
    deltaFrame(drafts, at - 0.3 - delta.durationMs, base, head, [{ entity, entityId, mutationId: own && !conflicted ? mutationId : `o-${mutationId}`, deviceId: own && !conflicted ? 'chrome-amelie' : 'ipad-ward-3' }]);
    head += 1;
    if (!conflicted) continue;
    const winner = chance() < 0.4 ? 'mine' : chance() < 0.5 ? 'theirs' : 'merged';
    const theirDevice = context.id === 'clinic-c' && chance() < 0.8 ? 'integration-lab-7' : (DEVICES[Math.floor(chance() * DEVICES.length)] ?? 'ipad-ward-3');
    const data: { [key: string]: Json } = { conflictId: `k-${mutationId}`, strategy: entity === 'patient' ? 'fields' : entity === 'note' ? 'text' : 'lww', winner, state: CONFLICT_STATES[drafts.length % CONFLICT_STATES.length] ?? 'automatic', theirDevice, theirVersion: head, decided: [{ field: 'contact.phone', rule: 'later stamp', winner: 'theirs' }] };
    drafts.push({ at: at + 0.2, kind: 'conflict', ...base, entity, entityId, mutationIds: [mutationId, `${mutationId}r`], fromVersion: head - 1, toVersion: head, durationMs: 0.3, data });
    write(drafts, { end, at: at + 14, base, entity, entityId, mutationId: `${mutationId}r`, head, bytes, applied: true, replaced: [mutationId] });
    drafts.push({ at: at + 130, ...delta, fromVersion: head, toVersion: head + 1, mutationIds: [`${mutationId}r`], data: { changes: 1, own: 1, serverVersion: head + 1 } });
    deltaFrame(drafts, at + 128, base, head, [{ entity, entityId, mutationId: `${mutationId}r`, deviceId: 'chrome-amelie' }]);
    head += 1;
    if (context.id !== 'clinic-a' || at < to - 2 * MINUTE || head + 2 > upTo || drafts.some(({ kind, data }) => kind === 'frame' && data['type'] === 'FETCH_LOG')) continue;
    gapFrames(drafts, at + 200, base, head);
    head += 2;
  }
  return Math.max(head, upTo === Number.POSITIVE_INFINITY ? head : Math.min(head, upTo));
}

interface Write {
  readonly end: number;
  readonly at: number;
  readonly base: { readonly contextId: string; readonly activationId: string };
  readonly entity: string;
  readonly entityId: string;
  readonly mutationId: string;
  readonly head: number;
  readonly bytes: number;
  readonly applied: boolean;
  readonly replaced?: readonly string[];
}

function write(drafts: Draft[], { end, at, base, entity, entityId, mutationId, head, bytes, applied, replaced = [] }: Write): void {
  const row = { ...base, entity, entityId, mutationIds: [mutationId] };
  const after = answerMs(end - at);
  drafts.push({ at, kind: 'write', ...row, data: { op: 'put', replaced, baseVersion: head } });
  drafts.push({ at: at + 4, kind: 'push', ...row, fromVersion: head, bytes: bytes + 180, data: { pushId: `p-${mutationId}`, count: 1, repeat: false } });
  pushFrames(drafts, at + 4.2, base, head, { entity, entityId, mutationId, deviceId: 'chrome-amelie' }, applied ? 'applied' : 'conflict', after);
  drafts.push({ at: at + 4 + after, kind: 'result', ...base, mutationIds: [mutationId], durationMs: after, data: { pushId: `p-${mutationId}`, applied: applied ? 1 : 0, conflict: applied ? 0 : 1, rejected: 0 } });
}

/** Writes that have no answer when the script ends, the first of them on its way; as the status of the context has them. */
function unanswered(drafts: Draft[], context: ScriptedContext, end: number, activationId: string, head: number): void {
  const base = { contextId: context.id, activationId };
  const written = { entity: 'patient', entityId: 'p-20419', mutationId: `m-open-${context.id}`, deviceId: 'chrome-amelie' };
  for (let n = 0; n < context.pending; n++) {
    const row = { ...base, entity: n === 0 ? 'patient' : 'note', entityId: n === 0 ? written.entityId : 'n-77120', mutationIds: [n === 0 ? written.mutationId : `${written.mutationId}-${n}`] };
    drafts.push({ at: end - 38_000 + n * 32_000, kind: 'write', ...row, data: { op: 'put', replaced: [], baseVersion: head } });
  }
  drafts.push({ at: end - 37_996, kind: 'push', ...base, mutationIds: [written.mutationId], fromVersion: head, data: { pushId: `p-${written.mutationId}`, count: 1, repeat: false } });
  pushFrames(drafts, end - 37_995.8, base, head, written, null);
}
