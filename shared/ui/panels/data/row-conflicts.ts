import { useMemo } from 'react';
import { sameJson, type Json } from '../../../base/json.ts';
import type { ConflictDetail, ConflictRow } from '../../../protocol/debug/index.ts';
import { useInspector, useRefusal } from '../../state/inspector.ts';
import { useAnswer } from '../../state/use-read.ts';
import type { Kept } from './kept.ts';
import { fieldOf } from './row-columns.tsx';
import type { FieldNotes } from './row-tree.tsx';

const MOST = 4;
const NONE: readonly ConflictDetail[] = [];

export interface RowConflicts {
  readonly own: readonly ConflictRow[];
  /** The newest of them with what they decided. */
  readonly details: readonly ConflictDetail[];
  readonly decided: FieldNotes['decided'];
}

/** The kept conflicts of a row, and who won its fields in the newest one, as far as that still stands. */
export function useRowConflicts(contextId: string, entity: string, id: string, value: Json, kept: Kept): RowConflicts {
  const inspector = useInspector();
  const refused = useRefusal('Conflict.get');
  const own = useMemo(() => kept.conflicts.filter((one) => one.entity === entity && one.entityId === id), [kept.conflicts, entity, id]);
  const read = (): Promise<readonly ConflictDetail[]> => Promise.all(own.slice(0, MOST).map(({ conflictId }) => inspector.session.call('Conflict.get', { contextId, conflictId })));
  const { value: details } = useAnswer(`row conflicts ${contextId} ${entity} ${id} ${own.map(({ conflictId, state }) => `${conflictId} ${state}`).join(' ')} ${refused ?? ''}`, own.length === 0 || refused !== null ? null : read);
  const decided = useMemo(() => {
    const newest = details?.[0];
    const result = newest?.result?.value ?? undefined;
    return new Map((newest?.decided ?? []).filter(({ field }) => field !== '' && sameJson(fieldOf(result, field), fieldOf(value, field))).map(({ field, winner }) => [field, winner]));
  }, [details, value]);
  return { own, details: details ?? NONE, decided };
}
