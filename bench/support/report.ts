import { DatabaseSync } from 'node:sqlite';
import { seededRandom } from '../../shared/base/random.ts';
import type { DebugEvent } from '../../shared/protocol/debug/index.ts';
import { createRecording, RecordingWriter } from '../../shared/recording/index.ts';

const END = 1_760_000_000_000;
const LENGTH_MS = 10_800_000;
const CONTEXTS = 50;
const OPEN = 4;
const PER_STEP = 2.6;
const STAY_STEPS = 4_000;
const BATCH = 10_000;
const RUN = '8c4d5e0a-7f0e-4c1b-9a55-1d2f3a4b5c6d';

type Draft = Omit<DebugEvent, 'seq'>;

/** Writes a report of `count` events: three hours in which 50 contexts are opened in turns, four at a time, and written to by this device and by others. */
export function writeReport(path: string, count: number): void {
  const db = new DatabaseSync(path);
  db.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;');
  createRecording(db, { producer: 'bench', createdAt: String(END) });
  const writer = new RecordingWriter(db);
  writer.putClient({ clientId: 'bench', runId: RUN, deviceId: 'device-1', title: 'bench', type: 'node', app: 'bench', platform: 'node', runtimeVersion: '0', userId: 'u-1', startedAt: END - LENGTH_MS, capabilities: [], valuePolicy: 'full' });
  let seq = 0;
  let events: DebugEvent[] = [];
  for (const draft of history(count)) {
    events.push({ ...draft, seq: ++seq });
    if (events.length < BATCH && seq < count) continue;
    writer.append([{ clientId: 'bench', runId: RUN, events }]);
    events = [];
  }
  db.close();
}

/** Names as a runtime makes them. */
const uuid = (random: ReturnType<typeof seededRandom>): string => {
  const hex = Array.from({ length: 4 }, () => random.int(0x1_0000_0000).toString(16).padStart(8, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
};

function* history(count: number): Generator<Draft> {
  const random = seededRandom(11);
  const contexts = Array.from({ length: CONTEXTS }, (_, n) => ({ contextId: `clinic-${String(n + 1).padStart(2, '0')}`, activationId: '', version: 1_000 * (n + 1), pushes: 0 }));
  const step = (LENGTH_MS * PER_STEP) / count;
  let open: typeof contexts = [];
  let left = count;
  let at = END - LENGTH_MS;
  // Events of one step reach into the next: they are told in the order of their times.
  let held: Draft[] = [];
  for (let n = 0; left > 0; n++, at += step) {
    if (n % STAY_STEPS === 0) {
      const context = contexts[(n / STAY_STEPS) % CONTEXTS] as (typeof contexts)[number];
      const ended = open.length === OPEN ? open.shift() : undefined;
      if (ended !== undefined) held.push(...stateOf(ended, at, 'active', 'deactivating'), ...stateOf(ended, at + 40, 'deactivating', 'dormant'));
      context.activationId = uuid(random);
      held.push(...stateOf(context, at, 'dormant', 'activating'), ...['open', 'hydrate', 'connect', 'catch-up'].map((phase, i) => ({ at: at + 4 * i, kind: 'phase' as const, contextId: context.contextId, activationId: context.activationId, durationMs: 2 + random.int(300) / 10, data: { phase, outcome: 'done' } })), ...stateOf(context, at + 20, 'activating', 'active'));
      open = [...open, context];
    }
    held.push(...workOf(random.pick(open), at, random));
    held.sort((a, b) => a.at - b.at);
    const later = held.findIndex((draft) => draft.at > at);
    const ready = held.slice(0, later < 0 ? held.length : later);
    held = held.slice(ready.length);
    for (const draft of ready) if (left-- > 0) yield draft;
  }
}

interface Context {
  readonly contextId: string;
  readonly activationId: string;
  version: number;
  pushes: number;
}

const stateOf = ({ contextId, activationId, version }: Context, at: number, from: string, to: string): Draft[] => [{ at, kind: 'lifecycle', contextId, activationId, data: { from, to, reason: 'asked for', serverVersion: version } }];

/** A change of another device, or a write of this one that goes to the server and comes back, now and then as a conflict. */
function workOf(context: Context, at: number, random: ReturnType<typeof seededRandom>): Draft[] {
  const { contextId, activationId } = context;
  const entity = random.pick(['patient', 'visit', 'note', 'appointment'] as const);
  const base = { contextId, activationId };
  const row = { entity, entityId: `${entity.charAt(0)}-${20_000 + random.int(40_000)}` };
  const versions = { fromVersion: context.version, toVersion: context.version + 1 };
  const mutationIds = [uuid(random)];
  context.version += 1;
  const delta: Draft = { at: at + 62, kind: 'delta', ...base, ...row, ...versions, mutationIds, bytes: 480, durationMs: 0.9, data: { changes: 1, own: 1, serverVersion: context.version, filled: false } };
  if (random.next() < 0.5) return [{ ...delta, at, data: { ...delta.data, own: 0 } }];
  const pushId = `p-${++context.pushes}`;
  const conflict = random.next() < 0.02;
  return [
    { at, kind: 'write', ...base, ...row, mutationIds, data: { op: 'put', replaced: [], baseVersion: versions.fromVersion } },
    { at: at + 4, kind: 'push', ...base, mutationIds, bytes: 640, data: { pushId, count: 1, repeat: false } },
    { at: at + 60, kind: 'result', ...base, mutationIds, durationMs: 56, data: { pushId, applied: conflict ? 0 : 1, conflict: conflict ? 1 : 0, rejected: 0 } },
    delta,
    ...(conflict ? [{ at: at + 62.3, kind: 'conflict' as const, ...base, ...row, ...versions, mutationIds, data: { conflictId: uuid(random), strategy: 'fields', winner: 'merged', state: 'automatic', theirDevice: 'ipad-ward-3', theirVersion: versions.toVersion, decided: [{ field: 'phone', rule: 'later stamp', winner: 'theirs' }] } }] : []),
  ];
}
