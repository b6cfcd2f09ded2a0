import { AppError } from '../../shared/base/app-error.ts';
import type { Json } from '../../shared/base/json.ts';
import type { MethodName, ParamsOf, ResultOf } from '../../shared/protocol/debug/index.ts';
import type { ComparedRow, ControlPort } from '../control.ts';
import { exportAnswers } from './export-answers.ts';
import { masked, type ValuePolicy } from './masking.ts';
import { networkAnswers } from './network-answers.ts';
import { entryOf } from '../control/registry-entry.ts';
import { recorderAnswers } from './recorder-answers.ts';

/** DB6: a call that may take long tells how far it has come, and ends when nobody wants its answer any more. */
export interface Job {
  progress(done: number, total?: number): void;
  readonly signal: AbortSignal;
}

export type Answers = { readonly [M in MethodName]?: (params: ParamsOf<M>, job: Job) => Promise<ResultOf<M>> | ResultOf<M> };

/** SQL over values shows values: without the policy for it, it is refused rather than half masked. */
const refuseValues = (policy: ValuePolicy): void => {
  if (policy !== 'full') throw new AppError('MASKED', 'This client does not let values leave the device, so SQL over its data is off', { hint: 'Attach to a build whose agent has the value policy full' });
};

/** What a client answers over the debug protocol, from its control port alone (DB1). `explain`: the runtime's own. */
export function answersOf(control: ControlPort, policy: ValuePolicy, now: () => number): Answers {
  return {
    ...networkAnswers(control),
    ...recorderAnswers(control, policy),
    ...exportAnswers(control, policy),
    'Registry.list': () => ({ entries: control.rows().map((row) => entryOf(control, row)), at: now() }),
    'Registry.get': ({ contextId }) => {
      const row = control.rows().find((other) => other.contextId === contextId);
      if (row === undefined) throw new AppError('UNKNOWN_CONTEXT', `There is no context ${contextId} on this client`);
      return entryOf(control, row);
    },
    'Registry.check': async (asked, job) => ({ findings: (await control.check(asked, job)).map(plainFinding), at: now() }),
    'Registry.files': () => ({ files: control.files().map(({ contextId, ...file }) => ({ ...file, ...(contextId === null ? {} : { contextId }) })) }),
    'Registry.policy': () => {
      const { maxActive, graceMs, drain, pruneAfterDays, quotaBytes, sync } = control.policy;
      return { maxActive, graceMs, drain, pruneAfterDays, quotaBytes, digestPolicy: sync.digest };
    },
    'Registry.removeFile': ({ file, dryRun }) => control.removeFile(file, dryRun ?? false),
    'Context.activate': async ({ contextId }) => {
      const { activationId } = await control.activate(contextId);
      return { activationId, lifecycle: control.status(contextId)?.lifecycle ?? 'active' };
    },
    'Context.deactivate': async ({ contextId, force }) => {
      const { pendingWrites } = await control.deactivate(contextId, force ?? false);
      return { lifecycle: control.status(contextId)?.lifecycle ?? 'dormant', pendingWrites };
    },
    'Context.prune': async ({ contexts, pending, dryRun }, job) => {
      const report = await control.prune(contexts, pending ?? 'refuse', dryRun ?? false, job);
      return { ...report, items: [...report.items] };
    },
    'Context.forget': ({ contextId, dryRun }) => control.forget(contextId, dryRun ?? false),
    'Context.replay': (asked, job) => replay(control, policy, asked, job),
    'Context.stressSwitch': async ({ contexts, rounds }, { progress, signal }) => {
      const { broken, failed: _failed, dropped: _dropped, ...report } = await control.stressSwitch(contexts, rounds, { progress, signal });
      return { ...report, broken: [...broken] };
    },
    'Context.verify': ({ contextId }, job) => control.verify(contextId, job),
    'Context.explain': ({ contextId }) => {
      const found = control.explain(contextId);
      const { connection, ...rest } = found;
      return { ...rest, ...(connection === null ? {} : { connection }), why: [...found.why], notPruned: [...found.notPruned], blockers: [...found.blockers] };
    },
    'Context.history': async ({ contextId, entity, entityId, from, to }, job) => {
      const log = await control.history(contextId, { fromVersion: from, toVersion: to, limit: 1_000, ...(entity === undefined ? {} : { entity }), ...(entityId === undefined ? {} : { entityId }) }, job);
      return { source: 'server', horizon: log.horizon, more: log.more, changes: log.changes.map((change) => maskChange(change, policy)) };
    },
    'Context.stateAt': async ({ contextId, version, limit }, job) => {
      const { rows, total, unknown } = await control.stateAt(contextId, version, limit ?? 1_000, job);
      return { source: 'server', total, unknown, rows: rows.map((row) => ({ ...row, value: row.value === null ? null : (masked(row.value, policy) as never) })) };
    },
    'Data.query': async ({ contextId, sql, params, limit, timeoutMs }, job) => {
      refuseValues(policy);
      const result = await control.query(contextId, { sql, params: (params ?? []).map(toSql), maxRows: limit ?? 1_000, maxBytes: 2_097_152, timeoutMs: timeoutMs ?? 2_000 }, job);
      const localVersion = control.status(contextId)?.localVersion;
      return { ...result, columns: [...result.columns], rows: result.rows.map((row) => [...row]), ...(localVersion === undefined ? {} : { localVersion }) };
    },
    'Data.entities': async ({ contextId }) => ({ entities: (await control.entities(contextId)).map((entity) => ({ ...entity, columns: [...entity.columns], references: { ...entity.references } })) }),
    'Data.rows': async ({ contextId, entity, after, limit, search, only }) => {
      // A search over values would tell what they are.
      const { rows, more } = await control.dataRows(contextId, { entity, after: after ?? null, limit: limit ?? 200, search: policy === 'full' ? (search ?? null) : null, only: only ?? null });
      return { rows: rows.map((row) => ({ ...row, value: row.deleted === true ? null : (masked(row.value, policy) as never) })), more, masked: policy !== 'full' };
    },
    'Conflict.list': async ({ contextId, before, limit }) => {
      const most = limit ?? 200;
      const found = await control.conflicts(contextId, before ?? null, most + 1);
      const conflicts = found.slice(0, most).map((conflict) => ({ ...summary(conflict), contextId }));
      return { conflicts, more: found.length > most };
    },
    'Conflict.get': async ({ contextId, conflictId }) => {
      const conflict = await control.conflict(contextId, conflictId);
      const side = (row: { text: string | null; stamp: readonly [number, string] | null }) => ({ value: row.text === null ? null : (masked(JSON.parse(row.text) as Json, policy) as never), deleted: row.text === null, timestamp: row.stamp?.[0] ?? null, deviceId: row.stamp?.[1] ?? null });
      return {
        ...summary(conflict),
        contextId,
        base: side(conflict.base),
        mine: side(conflict.mine),
        theirs: side(conflict.theirs),
        result: side(conflict.result),
        decided: conflict.decided.map((field) => ({ ...field })),
        message: conflict.message,
      };
    },
    'Conflict.tryStrategy': async ({ contextId, conflictId, strategy }) => {
      const { outcome, result, deleted, decided } = await control.tryStrategy(contextId, conflictId, strategy);
      return { outcome, result: { value: result === null ? null : masked(result, policy), deleted, timestamp: null, deviceId: null }, decided: decided.map((field) => ({ ...field })) };
    },
    'Conflict.resolve': async ({ contextId, conflictId, choice, value, dryRun }) => {
      if (choice === 'value' && value === undefined) throw new AppError('BAD_PARAMS', 'choice value needs the value');
      const conflict = await control.conflict(contextId, conflictId);
      const text = choice === 'mine' ? conflict.mine.text : choice === 'theirs' ? conflict.theirs.text : JSON.stringify(value);
      const writes = text === null ? ({ op: 'delete' } as const) : { op: 'put' as const, value: masked(JSON.parse(text) as Json, policy) as never };
      if (dryRun === true) return { dryRun: true, writes };
      const { mutationId } = await control.resolveConflict(contextId, conflictId, choice === 'value' ? { value: value as Json } : choice);
      return { dryRun: false, writes, ...(mutationId === null ? {} : { mutationId }) };
    },
    'Migration.rehearse': ({ contextId }) => control.rehearse(contextId),
    'Migration.status': () => ({
      appVersion: control.schema.version,
      contexts: control.rows().filter((row) => row.partition.present).map((row) => ({ contextId: row.contextId, schemaVersion: row.schemaVersion, due: row.schemaVersion < control.schema.version })),
    }),
  };
}

const toSql = (value: unknown): string | number | null => (typeof value === 'string' || typeof value === 'number' || value === null ? value : typeof value === 'boolean' ? Number(value) : JSON.stringify(value));

function summary(conflict: Awaited<ReturnType<ControlPort['conflict']>>) {
  const { conflictId, at, entity, entityId, state, strategy, winner, theirDevice, theirVersion, mutationIds, code } = conflict;
  return { conflictId, at, entity, entityId, state, strategy, winner, theirDevice, theirVersion, mutationIds: [...mutationIds], code };
}

function maskChange(change: Json, policy: ValuePolicy): never {
  const { value, ...rest } = change as { readonly value?: Json; readonly [key: string]: Json | undefined };
  return (value === undefined ? change : { ...rest, value: masked(value, policy) }) as never;
}

/** As the protocol has it: an optional file name in the row. */
const plainFinding = ({ row, disk, server, ...rest }: Awaited<ReturnType<ControlPort['check']>>[number]): ResultOf<'Registry.check'>['findings'][number] => ({ ...rest, ...(row === undefined ? {} : { row }), ...(disk === undefined ? {} : { disk }), ...(server === undefined ? {} : { server }) });

async function replay(control: ControlPort, policy: ValuePolicy, { contextId, mode, toVersion, dryRun = false }: ParamsOf<'Context.replay'>, job: Job): Promise<ResultOf<'Context.replay'>> {
  if (toVersion !== undefined && mode === 'rebuild') throw new AppError('BAD_PARAMS', 'toVersion goes with compare: a rebuild is always as of now');
  const status = control.status(contextId);
  if (status === undefined) throw new AppError('UNKNOWN_CONTEXT', `There is no context ${contextId} on this client`);
  const pendingWrites = status.lifecycle === 'dormant' ? (control.rows().find((row) => row.contextId === contextId)?.pendingWrites ?? 0) : status.pending.length;
  if (dryRun) {
    if (mode === 'rebuild' && status.lifecycle !== 'active') throw new AppError('CONTEXT_INACTIVE', `${contextId} has to be active to be rebuilt`, { hint: 'Activate it first' });
    const row = control.rows().find((other) => other.contextId === contextId);
    const bytes = row?.partition.present === true ? row.partition.bytes : 0;
    return { mode, dryRun: true, version: toVersion ?? status.serverVersion, bytes, pendingWrites, durationMs: 0 };
  }
  if (mode === 'compare') {
    const report = await control.compare(contextId, { ...job, toVersion });
    const shown = (row: ComparedRow | null) => (row === null ? null : { ...row, value: row.value === null ? null : (masked(row.value, policy) as never) });
    const differences = report.differences.map((difference) => ({ ...difference, local: shown(difference.local), server: shown(difference.server) }));
    return { ...report, differences, mode, dryRun: false, pendingWrites };
  }
  const { version, bytes, durationMs } = await control.rebuild(contextId, job);
  return { mode, dryRun: false, version, bytes, pendingWrites, durationMs };
}
