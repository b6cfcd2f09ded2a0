import type { ContextNow } from './context-now.ts';
import type { EventIndex } from './event-index.ts';
import { quantile } from './activations.ts';
import { number, text, type Reader } from './reader.ts';
import { durationsIn } from './series.ts';

// The server as one client knows it: the heads it was told, and the answers to its own writes. What others do there it does not see.

/** What the server made of this device's writes. */
export interface Results {
  readonly pushes: number;
  readonly applied: number;
  readonly conflict: number;
  readonly rejected: number;
}

/** Results of pushes in [from, to) by context. */
export async function resultsIn(read: Reader, from: number, to: number): Promise<ReadonlyMap<string, Results>> {
  const rows = await read(
    `SELECT contextId, count(*) AS pushes, sum(json_extract(data, '$.applied')) AS applied, sum(json_extract(data, '$.conflict')) AS conflict, sum(json_extract(data, '$.rejected')) AS rejected
     FROM events WHERE kind = 'result' AND at >= ? AND at < ? AND contextId IS NOT NULL GROUP BY contextId`,
    [from, to],
  );
  return new Map(rows.map((row) => [text(row['contextId']), { pushes: number(row['pushes']), applied: number(row['applied']), conflict: number(row['conflict']), rejected: number(row['rejected']) }]));
}

export interface BesideLine {
  readonly context: ContextNow;
  readonly subscribed: 'yes' | 'opening' | 'closing' | 'no';
  readonly resultP50: number | null;
  readonly results: Results | null;
}

/** Contexts of which the server said something, those with the most answers first. */
export function besideLines(index: EventIndex, contexts: readonly ContextNow[], results: ReadonlyMap<string, Results>, from: number, to: number): readonly BesideLine[] {
  return contexts
    .filter(({ row, status, contextId }) => row.serverVersion > 0 && (status.lifecycle !== 'dormant' || row.partition.present || results.has(contextId)))
    .map((context): BesideLine => {
      const { status, contextId } = context;
      const times = durationsIn(index, 'result', from, to, [contextId]).map(({ ms }) => ms);
      const subscribed = status.lifecycle === 'deactivating' ? 'closing' : status.connection === 'live' || status.connection === 'catching-up' ? 'yes' : status.lifecycle === 'dormant' ? 'no' : 'opening';
      return { context, subscribed, resultP50: times.length === 0 ? null : quantile(times, 0.5), results: results.get(contextId) ?? null };
    })
    .toSorted((a, b) => (b.results?.pushes ?? 0) - (a.results?.pushes ?? 0));
}
