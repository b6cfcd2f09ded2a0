import { seededRandom } from '../../shared/base/random.ts';
import type { DebugEvent, RegistryEntry } from '../../shared/protocol/debug/index.ts';

// One small coherent session of 14 contexts: what a runtime would tell, without a runtime.

export type Draft = Omit<DebugEvent, 'seq'>;

const TITLES = [
  'Users and ICD-10 codes',
  'Harbor Family Practice',
  'Riverside Pediatrics',
  'Northgate Urgent Care',
  'Eastside Dental Group',
  'Maple Street Clinic',
  "Lakeview Women's Health",
  'Summit Orthopedics',
  'Bayside Cardiology',
  'Old Town Medical',
  'Pinecrest Family Health',
  'Westbrook Internal Medicine',
  'Foothill Pediatrics',
  'Airport Travel Clinic',
] as const;
const ENTITIES = ['patient', 'visit', 'note', 'appointment'] as const;
const DAY = 86_400_000;


/** The session: registry entries by contextId, and the events that its acts make. */
export class ScriptedSession {
  readonly entries = new Map<string, RegistryEntry>();
  readonly #random;
  #mutations = 0;
  #activations = 0;
  #conflicts = 0;

  constructor(now: number, seed = 7) {
    this.#random = seededRandom(seed);
    TITLES.forEach((title, i) => {
      const contextId = i === 0 ? 'shared' : `clinic-${'abcdefghijklm'[i - 1] ?? ''}`;
      this.entries.set(contextId, entryOf(contextId, title, i, now));
    });
  }

  entry(contextId: string): RegistryEntry | undefined {
    return this.entries.get(contextId);
  }

  get active(): readonly string[] {
    return [...this.entries.values()].filter(({ row }) => row.lifecycle === 'active').map(({ row }) => row.contextId);
  }

  set(contextId: string, row: Partial<RegistryEntry['row']>, status: Partial<RegistryEntry['status']> = {}): RegistryEntry {
    const before = this.entries.get(contextId) as RegistryEntry;
    const after = { row: { ...before.row, ...row }, status: { ...before.status, ...status } };
    this.entries.set(contextId, after);
    return after;
  }

  activate(contextId: string, at: number): Draft[] {
    const { row } = this.entries.get(contextId) as RegistryEntry;
    if (row.lifecycle === 'active') return [];
    const activationId = `act-${++this.#activations}`;
    const base = { contextId, activationId };
    const behind = Math.max(0, row.serverVersion - row.localVersion);
    const drafts: Draft[] = [{ at, kind: 'lifecycle', ...base, data: { from: 'dormant', to: 'activating', reason: 'asked for', serverVersion: row.serverVersion } }];
    let time = at;
    for (const phase of ['open', 'hydrate', 'connect', 'catch-up']) {
      const durationMs = 2 + this.#random.int(300) / 10;
      time += durationMs;
      drafts.push({ at: time, kind: 'phase', ...base, durationMs, data: { phase, outcome: 'done' } });
      if (phase === 'hydrate') drafts.push({ at: time, kind: 'lifecycle', ...base, data: { from: 'activating', to: 'active' } });
    }
    drafts.push({ at: time, kind: 'delta', ...base, fromVersion: row.localVersion, toVersion: row.serverVersion, bytes: behind * 510, durationMs: 4, data: { changes: behind, own: 0, serverVersion: row.serverVersion } });
    drafts.push({ at: time, kind: 'connection', ...base, data: { from: 'catching-up', to: 'live' } });
    this.set(contextId, { lifecycle: 'active', localVersion: row.serverVersion, lastAccessAt: at, lastSyncedAt: time, partition: { ...row.partition, present: true, bytes: Math.max(row.partition.bytes, 4_096) } }, { lifecycle: 'active', since: time, activationId, connection: 'live', holders: 1 });
    return drafts;
  }

  deactivate(contextId: string, at: number): Draft[] {
    const { row, status } = this.entries.get(contextId) as RegistryEntry;
    if (row.lifecycle !== 'active') return [];
    const base = { contextId, activationId: status.activationId ?? 'act-0' };
    const { activationId: _activation, connection: _connection, digest: _digest, ...rest } = status;
    this.entries.set(contextId, { row: { ...row, lifecycle: 'dormant' }, status: { ...rest, lifecycle: 'dormant', since: at, holders: 0 } });
    return [
      { at, kind: 'lifecycle', ...base, data: { from: 'active', to: 'deactivating', reason: 'asked for' } },
      { at: at + 40, kind: 'lifecycle', ...base, data: { from: 'deactivating', to: 'dormant' } },
    ];
  }

  /** A local write that goes to the server and comes back, now and then as a conflict; or a change of somebody else. */
  work(contextId: string, at: number): Draft[] {
    const { row, status } = this.entries.get(contextId) as RegistryEntry;
    const base = { contextId, activationId: status.activationId ?? 'act-0' };
    const entity = ENTITIES[this.#random.int(ENTITIES.length)] ?? 'patient';
    const entityId = `${entity.charAt(0)}-${20_000 + this.#random.int(400)}`;
    const versions = { fromVersion: row.localVersion, toVersion: row.localVersion + 1 };
    const next = { localVersion: row.localVersion + 1, serverVersion: row.serverVersion + 1, lastSyncedAt: at };
    if (row.role === 'reader' || this.#random.next() < 0.5) {
      this.set(contextId, next);
      return [{ at, kind: 'delta', ...base, entity, entityId, ...versions, bytes: 480, durationMs: 1.1, data: { changes: 1, own: 0, serverVersion: next.serverVersion } }];
    }
    const mutationIds = [`m-${++this.#mutations}`];
    const isConflict = this.#random.next() < 0.15;
    const write: Draft[] = [
      { at, kind: 'write', ...base, entity, entityId, mutationIds, data: { op: 'put', replaced: [], baseVersion: row.localVersion } },
      { at: at + 4, kind: 'push', ...base, mutationIds, bytes: 640, data: { pushId: `p-${this.#mutations}`, count: 1, repeat: false } },
      { at: at + 60, kind: 'result', ...base, mutationIds, durationMs: 56, data: { pushId: `p-${this.#mutations}`, applied: isConflict ? 0 : 1, conflict: isConflict ? 1 : 0, rejected: 0 } },
    ];
    this.set(contextId, next, isConflict ? { conflicts: status.conflicts + 1 } : {});
    write.push({ at: at + 62, kind: 'delta', ...base, entity, entityId, ...versions, ...(isConflict ? {} : { mutationIds }), bytes: 480, durationMs: 0.9, data: { changes: 1, own: isConflict ? 0 : 1, serverVersion: next.serverVersion } });
    if (isConflict) {
      write.push({ at: at + 62.3, kind: 'conflict', ...base, entity, entityId, mutationIds, ...versions, data: { conflictId: `k-${++this.#conflicts}`, strategy: 'fields', winner: 'merged', state: 'automatic', theirDevice: 'ipad-ward-3', theirVersion: versions.toVersion, decided: [{ field: 'phone', rule: 'later stamp', winner: 'theirs' }] } });
    }
    return write;
  }

  /** `minutes` of the past: stays of some contexts, one after another, with what was done in them. */
  history(end: number, minutes: number): Draft[] {
    const drafts: Draft[] = [];
    const start = end - minutes * 60_000;
    drafts.push(...this.activate('shared', start), ...this.activate('clinic-a', start + 500));
    for (let at = start + 2_000; at < end; at += 1_000 + this.#random.int(2_000)) {
      const tenants = this.active.filter((id) => id !== 'shared');
      const chance = this.#random.next();
      if (chance < 0.02 && tenants.length < 4) drafts.push(...this.activate(`clinic-${'abcdef'[this.#random.int(6)] ?? 'a'}`, at));
      else if (chance < 0.03 && tenants.length > 1) drafts.push(...this.deactivate(this.#random.pick(tenants), at));
      else drafts.push(...this.work(chance > 0.97 ? 'shared' : this.#random.pick(tenants), at));
    }
    return drafts.sort((a, b) => a.at - b.at);
  }

  /** The next thing that happens. */
  step(now: number): { readonly drafts: Draft[]; readonly contexts: readonly string[] } {
    const chance = this.#random.next();
    const tenants = this.active.filter((id) => id !== 'shared');
    if (tenants.length === 0 || (chance < 0.01 && tenants.length < 4)) {
      const id = `clinic-${'abcdef'[this.#random.int(6)] ?? 'a'}`;
      return { drafts: this.activate(id, now), contexts: [id] };
    }
    const id = this.#random.pick(tenants);
    return { drafts: chance > 0.99 && tenants.length > 1 ? this.deactivate(id, now) : this.work(id, now), contexts: [id] };
  }
}

function entryOf(contextId: string, title: string, i: number, now: number): RegistryEntry {
  const isAmbient = i === 0;
  const isPruned = i === 13;
  const local = isPruned ? 0 : 400 + ((i * 977) % 9_000);
  const age = i < 6 ? i * 60_000 : i * 5 * DAY;
  return {
    row: {
      contextId,
      serverId: i < 10 ? 'srv-eu' : 'srv-us',
      userId: 'u-118',
      title,
      kind: isAmbient ? 'ambient' : 'tenant',
      endpoint: `wss://sync-${i < 10 ? 'eu' : 'us'}.rounds.example/sync`,
      role: isAmbient || i === 9 ? 'reader' : 'writer',
      lifecycle: 'dormant',
      partition: { present: !isPruned, generation: 1, bytes: isPruned ? 0 : 4_000_000 * (i + 1), ...(isPruned ? {} : { file: `p-${contextId}-1.sqlite` }) },
      logId: isPruned ? null : `log-${contextId}`,
      schemaVersion: i > 9 ? 4 : 5,
      localVersion: local,
      serverVersion: local + ((i * 13) % 60),
      pendingWrites: i === 8 ? 3 : 0,
      lastAccessAt: now - age,
      lastSyncedAt: now - age,
      lastError: i === 7 ? { code: 'MIGRATION_FAILED', message: 'Migration 3 to 5 failed', at: now - 36 * DAY } : null,
      listed: i === 12 ? 'unlisted' : 'yes',
      quarantine: null,
    },
    status: { contextId, lifecycle: 'dormant', since: now - age, holders: 0, conflicts: i * 2, openConflicts: 0, pending: [] },
  };
}
