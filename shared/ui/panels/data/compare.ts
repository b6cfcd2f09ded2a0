import { useMemo } from 'react';
import type { Json } from '../../../base/json.ts';
import type { Since } from '../../../views/since.ts';
import { useInspector } from '../../state/inspector.ts';
import { useAnswer } from '../../state/use-read.ts';
import { textOf } from './references.ts';
import type { ThenState } from './use-then.ts';
import type { DataRow } from './value.tsx';

/** Which rows of a comparison are listed; empty: nothing is compared. */
export const COMPARE = ['', 'differ', 'added', 'changed', 'deleted', 'same'] as const;
export type Compare = (typeof COMPARE)[number];

/** A row of then beside what it is now. */
export interface ComparedRow {
  readonly id: string;
  readonly since: Since;
  readonly then: DataRow | null;
  readonly now: { readonly version: number; readonly value: Json } | null;
}

const SQL = 'SELECT id, version, value FROM rows WHERE entity = ?1 AND id IN (SELECT value FROM json_each(?2)) AND value IS NOT NULL';
const MOST = 2_000;
const NO_ROWS: readonly ComparedRow[] = [];
const ORDER: readonly Since[] = ['added', 'changed', 'deleted', 'same'];

export interface Compared {
  readonly rows: readonly ComparedRow[];
  readonly loading: boolean;
  readonly error: string | null;
  /** So many that differ are not read. */
  readonly left: number;
}

/** The rows of an entity that became something else since, with both values. */
export function useCompared(contextId: string | null, entity: string | null, then: ThenState | null, compare: Compare, search: string, moved: number): Compared {
  const inspector = useInspector();
  const since = compare === '' || entity === null ? null : (then?.since?.get(entity) ?? null);
  const differ = useMemo(() => [...(since?.of ?? [])].flatMap(([id, is]) => (is === 'added' || is === 'changed' ? [id] : [])), [since]);
  const read = async (): Promise<ReadonlyMap<string, { version: number; value: Json }>> => {
    const { rows } = await inspector.session.call('Data.query', { contextId: contextId ?? '', sql: SQL, params: [entity, JSON.stringify(differ.slice(0, MOST))], limit: MOST });
    return new Map(rows.map(([id, version, value]) => [textOf(id), { version: Number(version), value: JSON.parse(textOf(value)) as Json }]));
  };
  const now = useAnswer(`compared ${contextId ?? ''} ${entity ?? ''} ${then?.version ?? ''} ${since === null}`, since === null ? null : read, `${moved} ${differ.length}`);
  const rows = useMemo(() => {
    if (since === null || now.value === null) return NO_ROWS;
    const before = new Map((then?.rows ?? []).filter((row) => row.entity === entity && !row.deleted).map((row) => [row.id, row]));
    return [...since.of]
      .filter(([id, is]) => (compare === 'differ' ? is !== 'same' : is === compare) && (search === '' || id.includes(search)))
      .map(([id, is]): ComparedRow => {
        const was = before.get(id);
        return { id, since: is, then: was === undefined ? null : { id, version: was.version, deviceId: was.deviceId, timestamp: was.timestamp, mark: 'confirmed', value: was.value ?? null }, now: now.value?.get(id) ?? null };
      })
      .toSorted((a, b) => ORDER.indexOf(a.since) - ORDER.indexOf(b.since) || (a.id < b.id ? -1 : 1));
  }, [since, now.value, then?.rows, entity, compare, search]);
  return { rows, loading: now.loading || then?.loading === true, error: now.error, left: Math.max(0, differ.length - MOST) };
}
