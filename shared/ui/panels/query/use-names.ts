import { useMemo } from 'react';
import { useInspector, useRefusal } from '../../state/inspector.ts';
import { useAnswer } from '../../state/use-read.ts';
import { NAMES_SQL, namesOf, type SqlName } from './sql-names.ts';
import type { Target } from './templates.ts';

const MOST_NAMES = 5_000;
const NOTHING: readonly SqlName[] = [];

/** What can be named in a statement: tables, views and columns of the recording or of a context. */
export function useNames(target: Target, contextId: string | null, schemaVersion: number): readonly SqlName[] {
  const { session } = useInspector();
  const refused = useRefusal('Data.query');
  const off = target === 'context' && (refused !== null || contextId === null);
  const { value } = useAnswer(
    `names ${target} ${target === 'context' ? `${contextId ?? ''} ${schemaVersion} ${refused ?? ''}` : ''}`,
    off
      ? null
      : async () => {
          if (target === 'recording') return namesOf(await session.db.all(NAMES_SQL));
          const { columns, rows } = await session.call('Data.query', { contextId: contextId ?? '', sql: NAMES_SQL, limit: MOST_NAMES });
          return namesOf(rows.map((row) => Object.fromEntries(columns.map((column, at) => [column, typeof row[at] === 'string' ? row[at] : '']))));
        },
  );
  return useMemo(() => value ?? NOTHING, [value]);
}
