import { number, type Reader } from './reader.ts';

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Stretches of [from, to] in which a network was emulated, by the commands that began and ended it. A new run of the client starts without. */
export async function emulatedSpans(read: Reader, from: number, to: number): Promise<readonly Span[]> {
  const rows = await read(
    `SELECT min(at) AS at, 0 AS emulates FROM events GROUP BY runId
     UNION ALL SELECT at, json_extract(data, '$.emulates') AS emulates FROM events WHERE kind = 'command' AND json_extract(data, '$.method') = 'Network.emulate' AND json_extract(data, '$.outcome') = 'done'
     ORDER BY at`,
  );
  const spans: Span[] = [];
  let since: number | null = null;
  for (const row of rows) {
    const at = number(row['at']);
    const emulates = row['emulates'] === 1;
    if (!emulates && since !== null) spans.push({ from: since, to: at });
    since = emulates ? (since ?? at) : null;
  }
  if (since !== null) spans.push({ from: since, to });
  return spans.filter((span) => span.to >= from && span.from <= to).map((span) => ({ from: Math.max(from, span.from), to: Math.min(to, span.to) }));
}
