import { number, text, type Reader } from './reader.ts';

/** What it took the last time to bring a context here from the server. */
export interface Fetch {
  readonly at: number;
  /** Over the wire. */
  readonly bytes: number;
  /** Download and taking it in. */
  readonly durationMs: number;
}

/** The last snapshot of each context up to a place of the recording. */
export async function lastFetches(read: Reader, upTo: number): Promise<ReadonlyMap<string, Fetch>> {
  const rows = await read(
    `SELECT contextId, json_extract(data, '$.step') AS step, at, bytes, durationMs FROM events
     WHERE kind = 'snapshot' AND place <= ? AND contextId IS NOT NULL AND json_extract(data, '$.step') IN ('downloaded', 'adopted') ORDER BY place`,
    [upTo + 1],
  );
  const out = new Map<string, Fetch>();
  for (const row of rows) {
    const id = text(row['contextId']);
    const took = number(row['durationMs']);
    const before = out.get(id);
    if (row['step'] === 'downloaded') out.set(id, { at: number(row['at']), bytes: number(row['bytes']), durationMs: took });
    else if (before !== undefined) out.set(id, { ...before, durationMs: before.durationMs + took });
  }
  return out;
}
