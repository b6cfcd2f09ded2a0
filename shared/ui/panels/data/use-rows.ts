import { useEffect, useMemo, useState } from 'react';
import { useInspector } from '../../state/inspector.ts';
import { useAnswer } from '../../state/use-read.ts';
import type { Only } from './kept.ts';
import type { ThenState } from './use-then.ts';
import type { DataRow } from './value.tsx';

const PAGE = 200;
const NO_ROWS: readonly DataRow[] = [];

export interface Rows {
  readonly rows: readonly DataRow[];
  readonly more: (() => void) | null;
  readonly masked: boolean;
  readonly loading: boolean;
  readonly error: string | null;
  readonly again: () => void;
}

export interface RowsAsked {
  readonly contextId: string | null;
  readonly entity: string | null;
  readonly search: string;
  readonly only: Only;
  /** Not null: the rows of then, which are all here already. */
  readonly then: ThenState | null;
  /** Rows are read anew when it moves. */
  readonly moved: string;
}

/** Rows of an entity: now page by page, as of a version all at once. */
export function useRows({ contextId, entity, search, only, then, moved }: RowsAsked): Rows {
  const inspector = useInspector();
  const [pages, setPages] = useState(1);
  useEffect(() => setPages(1), [contextId, entity, search, only]);
  const readPages = async (count: number): Promise<{ rows: DataRow[]; more: boolean; masked: boolean }> => {
    const rows: DataRow[] = [];
    let masked = false;
    let more = true;
    for (let page = 0; page < count && more; page++) {
      const after = rows.at(-1)?.id;
      const part = await inspector.session.call('Data.rows', { contextId: contextId ?? '', entity: entity ?? '', limit: PAGE, ...(after === undefined ? {} : { after }), ...(search === '' ? {} : { search }), ...(only === '' ? {} : { only }) });
      rows.push(...part.rows);
      ({ masked, more } = part);
    }
    return { rows, more, masked };
  };
  const ready = contextId !== null && entity !== null && then === null;
  const now = useAnswer(`rows ${contextId ?? ''} ${entity ?? ''} ${search} ${only} ${then === null}`, ready ? () => readPages(pages) : null, `${moved} ${pages}`);
  const past = useMemo(
    () =>
      (then?.rows ?? [])
        .filter((row) => row.entity === entity && !row.deleted && (search === '' || row.id.includes(search)))
        .map((row): DataRow => ({ id: row.id, version: row.version, deviceId: row.deviceId, timestamp: row.timestamp, mark: 'confirmed', value: row.value ?? null })),
    [then?.rows, entity, search],
  );
  if (then !== null) return { rows: past, more: null, masked: false, loading: then.loading, error: then.error, again: then.again };
  const { value, loading, error, again } = now;
  return { rows: value?.rows ?? NO_ROWS, more: value?.more === true ? () => setPages((n) => n + 1) : null, masked: value?.masked ?? false, loading, error, again };
}
