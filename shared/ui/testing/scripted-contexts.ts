import type { RegistryEntry } from '../../protocol/debug/index.ts';

// One coherent session of a clinic app: 14 contexts of a user, four of them open.

export interface ScriptedContext {
  readonly id: string;
  readonly title: string;
  readonly kind: 'tenant' | 'ambient';
  readonly region: 'eu' | 'us';
  readonly role: 'reader' | 'writer';
  readonly lifecycle: 'dormant' | 'activating' | 'active' | 'deactivating';
  readonly schema: number;
  readonly local: number;
  readonly server: number;
  readonly pending: number;
  readonly conflicts: number;
  readonly bytes: number;
  /** Age of the last access in days; 0: now. */
  readonly days: number;
  /** Stays in `active`, in minutes before the end; null: still. */
  readonly stays: readonly (readonly [from: number, to: number | null])[];
  /** Share of steps that end in a conflict. */
  readonly conflictRate: number;
}

const context = (id: string, title: string, part: Partial<ScriptedContext>): ScriptedContext => ({
  id,
  title,
  kind: 'tenant',
  region: 'eu',
  role: 'writer',
  lifecycle: 'dormant',
  schema: 5,
  local: 0,
  server: 0,
  pending: 0,
  conflicts: 0,
  bytes: 0,
  days: 0,
  stays: [],
  conflictRate: 0,
  ...part,
});

export const CONTEXTS: readonly ScriptedContext[] = [
  context('shared', 'Users and ICD-10 codes', { kind: 'ambient', role: 'reader', lifecycle: 'active', local: 1_204, server: 1_204, bytes: 12.1e6, stays: [[25, null]] }),
  context('clinic-a', 'Harbor Family Practice', { lifecycle: 'active', local: 4_182, server: 4_182, conflicts: 61, bytes: 212e6, stays: [[25, 18], [12, null]], conflictRate: 0.03 }),
  context('clinic-b', 'Riverside Pediatrics', { lifecycle: 'active', local: 2_907, server: 2_951, pending: 2, conflicts: 48, bytes: 148e6, stays: [[24, 22], [19, 16], [7.6, 4.8], [0.68, null]], conflictRate: 0.05 }),
  context('clinic-c', 'Northgate Urgent Care', { lifecycle: 'activating', local: 9_340, server: 9_412, conflicts: 247, bytes: 286e6, stays: [[21, 17.5], [4.8, 1.3]], conflictRate: 0.16 }),
  context('clinic-d', 'Eastside Dental Group', { lifecycle: 'deactivating', local: 1_518, server: 1_518, pending: 1, conflicts: 29, bytes: 96e6, stays: [[6.5, 0.02]], conflictRate: 0.04 }),
  context('clinic-e', 'Maple Street Clinic', { local: 760, server: 771, conflicts: 19, bytes: 46e6, days: 0.005, stays: [[16, 14], [9.5, 6.95]], conflictRate: 0.06 }),
  context('clinic-f', "Lakeview Women's Health", { schema: 4, local: 6_020, server: 6_114, conflicts: 3, bytes: 412e6, days: 33 }),
  context('clinic-g', 'Summit Orthopedics', { schema: 3, local: 8_871, server: 9_002, conflicts: 2, bytes: 638e6, days: 36 }),
  context('clinic-h', 'Bayside Cardiology', { schema: 4, local: 3_298, server: 3_310, pending: 3, conflicts: 1, bytes: 1_040e6, days: 41 }),
  context('clinic-i', 'Old Town Medical', { role: 'reader', schema: 4, local: 2_115, server: 2_115, conflicts: 1, bytes: 286e6, days: 52 }),
  context('clinic-j', 'Pinecrest Family Health', { region: 'us', schema: 3, local: 5_530, server: 5_702, bytes: 524e6, days: 64 }),
  context('clinic-k', 'Westbrook Internal Medicine', { region: 'us', schema: 3, local: 1_907, server: 1_960, bytes: 318e6, days: 88 }),
  context('clinic-l', 'Foothill Pediatrics', { region: 'us', schema: 2, local: 940, server: 1_011, conflicts: 1, bytes: 182e6, days: 121 }),
  context('clinic-m', 'Airport Travel Clinic', { region: 'us', role: 'reader', local: 0, server: 412, days: 139 }),
];

const DAY_MS = 86_400_000;
const hex = (id: string): string => [...id].reduce((sum, char) => (sum * 33 + char.charCodeAt(0)) % 0xff_ff_ff, 5_381).toString(16).padStart(6, '0');

const WRITES = [
  ['put', 'patient', 'p-20419'],
  ['put', 'note', 'n-77120'],
  ['delete', 'note', 'n-55102'],
] as const;

/** The registry entry of a context as it stands at `now`. */
export function entryOf(one: ScriptedContext, now: number, override: Partial<ScriptedContext> = {}): RegistryEntry {
  const it = { ...one, ...override };
  const open = it.lifecycle !== 'dormant';
  const age = { activating: 200, deactivating: 600, active: (it.stays.at(-1)?.[0] ?? 0.01) * 60_000, dormant: it.days * DAY_MS }[it.lifecycle];
  const since = now - age;
  const failed = it.id === 'clinic-g' && !open;
  const doing = {
    'clinic-b': { phase: 'catch-up', text: 'Delta, 31 of 75', done: 31, total: 75 },
    'clinic-c': { phase: 'connect', text: 'Connect, 4 of 5', done: 4, total: 5 },
    'clinic-d': { text: 'Flushing, 1 of 2', done: 1, total: 2 },
  } as const;
  const busy = Object.hasOwn(doing, it.id) && it.lifecycle === one.lifecycle ? doing[it.id as keyof typeof doing] : undefined;
  return {
    row: {
      contextId: it.id,
      serverId: `srv-${it.region}`,
      userId: 'u-118',
      title: it.title,
      kind: it.kind,
      endpoint: `wss://sync-${it.region}.rounds.example/sync`,
      role: it.role,
      lifecycle: it.lifecycle,
      partition: { present: it.bytes > 0, generation: 3, bytes: it.bytes, ...(it.bytes > 0 ? { file: `p-${hex(it.id)}-3.sqlite` } : {}) },
      logId: it.bytes > 0 ? `log-${hex(it.id)}` : null,
      schemaVersion: it.schema,
      localVersion: it.local,
      serverVersion: it.server,
      pendingWrites: it.pending,
      lastAccessAt: open ? now - 4_000 : now - it.days * DAY_MS,
      lastSyncedAt: open ? now - 3_000 : now - it.days * DAY_MS,
      lastError: failed ? { code: 'MIGRATION_FAILED', message: 'Migration 3 → 5 failed', at: now - 36 * DAY_MS } : null,
      listed: it.id === 'clinic-l' ? 'unlisted' : 'yes',
      quarantine: null,
    },
    status: {
      contextId: it.id,
      lifecycle: it.lifecycle,
      since,
      ...(open ? { activationId: `a-${hex(it.id)}`, connection: it.id === 'clinic-b' ? 'catching-up' : it.lifecycle === 'activating' ? 'connecting' : 'live', digest: `c41e${hex(it.id)}0290a7` } : {}),
      ...(busy === undefined ? {} : { doing: busy }),
      holders: open ? 1 : 0,
      conflicts: it.conflicts,
      openConflicts: it.id === 'clinic-c' ? 4 : 0,
      pending: WRITES.slice(0, it.pending).map(([op, entity, entityId], index) => ({ mutationId: `m-${hex(it.id)}-${index}`, entity, entityId, op, state: index === 0 ? 'sent' : 'pending', baseVersion: it.local - 4 + index, writtenAt: now - (open ? 0 : it.days * DAY_MS) - 38_000 + index * 32_000 })),
    },
  };
}
