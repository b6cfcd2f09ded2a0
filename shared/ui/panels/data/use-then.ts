import { useMemo } from 'react';
import type { ResultOf } from '../../../protocol/debug/index.ts';
import { sinceThen, type SinceThen, type Versioned } from '../../../views/since.ts';
import { useInspector, useRefusal } from '../../state/inspector.ts';
import { useAnswer } from '../../state/use-read.ts';
import { textOf } from './references.ts';

const MOST = 10_000;

type State = ResultOf<'Context.stateAt'>;

/** A context as it stood at a version. */
export interface ThenState {
  readonly version: number;
  readonly rows: State['rows'];
  readonly source: string;
  /** Rows whose value of then is behind the horizon of the log. */
  readonly unknown: number;
  readonly loading: boolean;
  readonly error: string | null;
  readonly again: () => void;
  /** What became of it until now, by entity; null where that cannot be told. */
  readonly since: ReadonlyMap<string, SinceThen> | null;
}

const NO_ROWS: State['rows'] = [];
const SQL = 'SELECT entity, id, version FROM rows WHERE value IS NOT NULL';

/** Asks for a context as of a version, and for the versions of its rows now; null where nobody looks at the past. */
export function useThen(contextId: string | null, asOf: number | null, localVersion: number): ThenState | null {
  const inspector = useInspector();
  const refused = useRefusal('Data.query');
  const asked = contextId === null ? null : asOf;
  const then = useAnswer(`then ${contextId ?? ''} ${asOf ?? ''}`, asked === null ? null : () => inspector.session.call('Context.stateAt', { contextId: contextId ?? '', version: asked, limit: MOST }));
  const readNow = async (): Promise<readonly Versioned[] | null> => {
    const { rows, truncated } = await inspector.session.call('Data.query', { contextId: contextId ?? '', sql: SQL, limit: MOST });
    return truncated ? null : rows.map(([entity, id, version]) => ({ entity: textOf(entity), id: textOf(id), version: Number(version) }));
  };
  const { value: now } = useAnswer(`now ${contextId ?? ''} ${asOf === null} ${refused ?? ''}`, asked === null || refused !== null ? null : readNow, localVersion);
  const { value } = then;
  const since = useMemo(() => {
    // A part of then says nothing of what came since: what is not in it would seem new.
    if (value === null || now === null || value.total > value.rows.length) return null;
    return sinceThen(value.rows.filter(({ deleted }) => !deleted), now);
  }, [value, now]);
  if (asOf === null) return null;
  return { version: asOf, rows: value?.rows ?? NO_ROWS, source: value?.source === 'server' ? "server's log" : 'recording', unknown: value?.unknown ?? 0, loading: then.loading, error: then.error, again: then.again, since };
}
