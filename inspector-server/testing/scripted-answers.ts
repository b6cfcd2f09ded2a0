import { AppError } from '../../shared/base/app-error.ts';
import type { MethodName, ParamsOf, RegistryEntry, ResultOf } from '../../shared/protocol/debug/index.ts';
import type { Draft, ScriptedSession } from './scripted-session.ts';

export type Answers = { readonly [M in MethodName]?: (params: ParamsOf<M>, by: string | undefined, signal: AbortSignal) => ResultOf<M> | Promise<ResultOf<M>> };

export interface Told {
  emit(drafts: readonly Draft[]): void;
  changed(...contextIds: string[]): void;
}

/** What a client of the scripted session answers. `told`: how it tells what it did. */
export function scriptedAnswers(session: ScriptedSession, told: Told): Answers {
  const done = new Map<string, unknown>();
  const entry = (contextId: string): RegistryEntry => {
    const found = session.entry(contextId);
    if (found === undefined) throw new AppError('UNKNOWN_CONTEXT', `There is no context ${contextId}`);
    return found;
  };
  /** DB2: once per commandId, on record, with who asked. */
  const once = <T>(method: MethodName, by: string | undefined, { commandId, contextId }: { commandId: string; contextId?: string }, act: () => T): T => {
    if (done.has(commandId)) return done.get(commandId) as T;
    const result = act();
    done.set(commandId, result);
    told.emit([{ at: Date.now(), kind: 'command', ...(contextId === undefined ? {} : { contextId }), data: { commandId, method, by: by ?? '', outcome: 'done' } }]);
    return result;
  };
  return {
    'Registry.list': () => ({ entries: [...session.entries.values()], at: Date.now() }),
    'Registry.get': ({ contextId }) => entry(contextId),
    'Registry.check': () => ({ findings: [...session.entries.values()].map(({ row }) => ({ contextId: row.contextId, check: row.listed === 'unlisted' ? ('unlisted' as const) : ('agrees' as const), message: '', row })), at: Date.now() }),
    'Registry.files': () => ({ files: [{ file: 'registry.sqlite', bytes: 61_440, kind: 'registry' as const }, ...[...session.entries.values()].flatMap(({ row: { contextId, partition } }) => (partition.file === undefined ? [] : [{ file: partition.file, bytes: partition.bytes, contextId, kind: 'partition' as const }]))] }),
    'Registry.policy': () => ({ maxActive: 4, graceMs: 2_000, drain: false, digestPolicy: 'report', pruneAfterDays: 30, quotaBytes: 5e9 }),
    'Registry.removeFile': (params, by) => once('Registry.removeFile', by, params, () => ({ bytes: 0, removed: false })),
    'Context.activate': (params, by) =>
      once('Context.activate', by, params, () => {
        entry(params.contextId);
        told.emit(session.activate(params.contextId, Date.now()));
        told.changed(params.contextId);
        return { activationId: entry(params.contextId).status.activationId ?? '', lifecycle: 'active' as const };
      }),
    'Context.deactivate': (params, by) =>
      once('Context.deactivate', by, params, () => {
        const { row } = entry(params.contextId);
        told.emit(session.deactivate(params.contextId, Date.now()));
        told.changed(params.contextId);
        return { lifecycle: 'dormant' as const, pendingWrites: row.pendingWrites };
      }),
    'Context.prune': (params, by) =>
      once('Context.prune', by, params, () => {
        const items = params.contexts.map((contextId) => {
          const { row } = entry(contextId);
          const refused = row.lifecycle !== 'dormant' ? 'it is active' : row.pendingWrites > 0 && (params.pending ?? 'refuse') === 'refuse' ? `${row.pendingWrites} writes are not on the server` : undefined;
          if (refused !== undefined) return { contextId, outcome: 'refused' as const, frees: 0, pending: row.pendingWrites, reason: refused };
          if (params.dryRun === true) return { contextId, outcome: 'would-prune' as const, frees: row.partition.bytes, pending: row.pendingWrites };
          session.set(contextId, { partition: { present: false, generation: row.partition.generation + 1, bytes: 0 }, localVersion: 0, pendingWrites: 0 });
          told.emit([{ at: Date.now(), kind: 'prune', contextId, bytes: row.partition.bytes, data: { bytes: row.partition.bytes, pending: row.pendingWrites, choice: params.pending ?? 'refuse' } }]);
          told.changed(contextId);
          return { contextId, outcome: 'pruned' as const, frees: row.partition.bytes, pending: row.pendingWrites };
        });
        return { items, frees: items.reduce((sum, { frees }) => sum + frees, 0), dryRun: params.dryRun === true };
      }),
    'Context.forget': (params, by) =>
      once('Context.forget', by, params, () => {
        const { row, status } = entry(params.contextId);
        const result = { frees: row.partition.bytes, pending: row.pendingWrites, conflicts: status.conflicts, dryRun: params.dryRun === true };
        if (params.dryRun !== true) {
          session.entries.delete(params.contextId);
          told.emit([{ at: Date.now(), kind: 'forget', contextId: params.contextId, data: { reason: 'asked for', discarded: [] } }]);
          told.changed(params.contextId);
        }
        return result;
      }),
    'Context.replay': (params, by) =>
      once('Context.replay', by, params, () => {
        const { row } = entry(params.contextId);
        if (params.dryRun !== true && params.mode === 'rebuild') told.emit([{ at: Date.now(), kind: 'replay', contextId: params.contextId, data: { mode: params.mode, outcome: 'done' } }]);
        const isCompare = params.mode === 'compare';
        return { mode: params.mode, dryRun: params.dryRun === true, version: row.serverVersion, rows: 10_000, bytes: 5_000_000, pendingWrites: row.pendingWrites, durationMs: 12, ...(isCompare ? { identical: params.contextId !== 'clinic-g', differences: [], localDigest: 'd1', serverDigest: params.contextId === 'clinic-g' ? 'd2' : 'd1' } : {}) };
      }),
    'Context.verify': ({ contextId }) => ({ ok: true, kept: 'c41e0d12f00290a7', counted: 'c41e0d12f00290a7', rows: 10_000, version: entry(contextId).row.localVersion, durationMs: 3 }),
    'Context.explain': ({ contextId }) => {
      const { status, row } = entry(contextId);
      return {
        contextId,
        lifecycle: status.lifecycle,
        since: status.since,
        why: [{ text: status.lifecycle === 'dormant' ? 'No one holds it.' : 'The app asked for it.' }],
        notPruned: [{ text: 'It becomes a candidate after 30 days without access.' }],
        blockers: row.pendingWrites > 0 ? [{ kind: 'pending-writes' as const, text: `${row.pendingWrites} writes are not on the server` }] : [],
      };
    },
    'Context.stressSwitch': (params, by) => once('Context.stressSwitch', by, params, () => ({ rounds: params.rounds, durationMs: params.rounds, p50Ms: 1, p95Ms: 2, overtaken: 0, broken: [] })),
    'Data.query': ({ contextId, limit }) => {
      const { row } = entry(contextId);
      return { columns: ['id', 'name'], rows: [['p-1', 'Ada'], ['p-2', 'Grace']].slice(0, limit ?? 2), truncated: false, durationMs: 0.4, localVersion: row.localVersion };
    },
    'Data.entities': ({ contextId }) => ({ entities: [{ entity: 'patient', strategy: 'fields', rows: 2, pending: entry(contextId).row.pendingWrites, conflicts: 0, columns: ['name'], references: {} }] }),
    'Data.rows': ({ contextId }) => ({ rows: [{ id: 'p-1', version: entry(contextId).row.localVersion, deviceId: 'device-1', timestamp: 1, mark: 'confirmed' as const, value: { name: 'Ada' } }], more: false, masked: false }),
    'Data.export': ({ contextId, format, cursor }) => {
      entry(contextId);
      const part = cursor === undefined ? 0 : 1;
      const line = format === 'csv' ? `patient,p-${part + 1},1,"{""name"":""Ada""}"\r\n` : `${JSON.stringify({ entity: 'patient', id: `p-${part + 1}`, version: 1, mark: 'confirmed', value: { name: 'Ada' } })}\n`;
      return { chunk: `${format === 'csv' && part === 0 ? 'entity,id,version,value\r\n' : ''}${line}`, next: part === 0 ? 'behind the first' : null, rows: 1, total: 2, masked: false };
    },
    'Conflict.list': ({ contextId, limit }) => ({
      conflicts: [{ conflictId: 'k-1', contextId: entry(contextId).row.contextId, at: 1_000, entity: 'patient', entityId: 'p-1', state: 'automatic' as const, strategy: 'fields', winner: 'merged' as const, theirDevice: 'ipad-ward-3', theirVersion: 7, mutationIds: ['m-1'], code: null }].slice(0, limit ?? 1),
      more: false,
    }),
    'Migration.status': () => ({ appVersion: 5, contexts: [...session.entries.values()].map(({ row }) => ({ contextId: row.contextId, schemaVersion: row.schemaVersion, due: row.schemaVersion < 5 })) }),
    'Network.emulate': (params, by) => once('Network.emulate', by, params, () => ({ conditions: params.conditions })),
    'Network.conditions': () => ({ conditions: null, endpoints: [{ endpoint: 'wss://sync-eu.rounds.example/sync', state: 'ready', since: 1, rttMs: 12, retryAt: null, bytesIn: 10, bytesOut: 20, reconnects: 0 }] }),
    'Recorder.status': () => ({ on: true, segments: 1, bytes: 1_000, oldestAt: 1, limitBytes: 16_777_216 }),
    'Telemetry.get': () => ({ at: Date.now(), startedAt: 1, contexts: [...session.entries.values()].map(({ row }) => ({ contextId: row.contextId, deltas: 3 })), client: { contexts: session.entries.size } }),
  };
}
