import { useMemo } from 'react';
import type { Json } from '../../../base/json.ts';
import { ROWS_ONLY, type ConflictRow, type ContextStatus } from '../../../protocol/debug/index.ts';
import type { ContextNow } from '../../../views/context-now.ts';
import { useInspector, useRefusal } from '../../state/inspector.ts';
import { useStore } from '../../state/store.ts';
import { useAnswer } from '../../state/use-read.ts';
import { textOf } from './references.ts';

/** Which rows are listed by what sync has kept of them; empty: all. */
export const ONLY = ['', 'pending', 'conflicts', 'quarantined'] as const;
export type Only = (typeof ONLY)[number];

/** What of sync is listed in place of rows; empty: rows. */
export const KEPT = ['outbox', 'conflicts', 'quarantine'] as const;
export type KeptList = (typeof KEPT)[number];

export type Write = ContextStatus['pending'][number];

/** What sync keeps about a context beside its rows. */
export interface Kept {
  /** Newest first. */
  readonly conflicts: readonly ConflictRow[];
  /** False: there are older ones that are not listed here. */
  readonly allConflicts: boolean;
  /** The confirmed values of rows with a pending write, by `entity/id`; null for one that the log does not have. */
  readonly bases: ReadonlyMap<string, Json | null>;
  readonly again: () => void;
}

const MOST = 500;
const NO_BASES: Kept['bases'] = new Map();
const NO_CONFLICTS: Kept['conflicts'] = [];

/** DB3: an older client would answer with all rows. */
export function useKnowsOnly(): boolean {
  const client = useStore(useInspector().session.client);
  return client.state === 'attached' && client.info.capabilities.includes(ROWS_ONLY);
}

export function useKept(context: ContextNow | undefined): Kept {
  const inspector = useInspector();
  const [refusedList, refusedQuery] = [useRefusal('Conflict.list'), useRefusal('Data.query')];
  const contextId = context?.contextId ?? '';
  const present = context?.row.partition.present === true;
  const { conflicts = 0, openConflicts = 0, pending: waiting = [] } = context?.status ?? {};
  const list = useAnswer(`kept conflicts ${contextId} ${present} ${refusedList ?? ''}`, !present || refusedList !== null || conflicts === 0 ? null : () => inspector.session.call('Conflict.list', { contextId, limit: MOST }), `${conflicts} ${openConflicts}`);
  const readBases = async (): Promise<Kept['bases']> => {
    const { rows } = await inspector.session.call('Data.query', { contextId, sql: 'SELECT entity, id, value FROM base', limit: MOST });
    return new Map(rows.map(([entity, id, value]) => [`${textOf(entity)}/${textOf(id)}`, typeof value === 'string' ? (JSON.parse(value) as Json) : null]));
  };
  const pending = context?.pending ?? 0;
  const bases = useAnswer(`bases ${contextId} ${present} ${pending === 0} ${refusedQuery ?? ''}`, !present || refusedQuery !== null || pending === 0 ? null : readBases, `${pending} ${waiting.at(-1)?.mutationId ?? ''} ${context?.row.localVersion ?? 0}`);
  return { conflicts: list.value?.conflicts ?? NO_CONFLICTS, allConflicts: list.value?.more === false, bases: bases.value ?? NO_BASES, again: list.again };
}

/** Marks of the rows of one entity. */
export interface Marks {
  readonly waiting: ReadonlySet<string>;
  readonly conflicts: ReadonlyMap<string, number>;
}

export function useMarks(context: ContextNow | undefined, entity: string | undefined, kept: Kept): Marks {
  const writes = context?.status.pending;
  return useMemo(() => {
    const conflicts = new Map<string, number>();
    for (const one of kept.conflicts) if (one.entity === entity) conflicts.set(one.entityId, (conflicts.get(one.entityId) ?? 0) + 1);
    return { waiting: new Set((writes ?? []).filter((write) => write.entity === entity).map(({ entityId }) => entityId)), conflicts };
  }, [writes, entity, kept.conflicts]);
}

/** The outbox in its order: as the client tells it of an active context, else as its file has it. */
export function useOutbox(context: ContextNow): { readonly writes: readonly Write[]; readonly loading: boolean; readonly error: string | null } {
  const inspector = useInspector();
  const refused = useRefusal('Data.query');
  const { contextId, pending, status, row } = context;
  const told = status.pending.length >= pending || !row.partition.present;
  const read = async (): Promise<readonly Write[]> => {
    const { rows } = await inspector.session.call('Data.query', { contextId, sql: 'SELECT mutation_id, entity, id, op, state, base_version, written_at FROM outbox ORDER BY seq', limit: MOST });
    return rows.map(([mutationId, entity, entityId, op, state, baseVersion, writtenAt]) => ({ mutationId: textOf(mutationId), entity: textOf(entity), entityId: textOf(entityId), op: op === 'delete' ? 'delete' : 'put', state: state as Write['state'], baseVersion: baseVersion === null ? null : Number(baseVersion), writtenAt: Number(writtenAt) }));
  };
  const { value, loading, error } = useAnswer(`outbox ${contextId} ${told} ${refused ?? ''}`, told || refused !== null ? null : read, pending);
  return told ? { writes: status.pending, loading: false, error: null } : { writes: value ?? [], loading, error: error ?? refused };
}
