import { number, text, type Reader } from './reader.ts';

/** What a recording holds, for whoever opens one. */
export interface RecordingSummary {
  readonly meta: ReadonlyMap<string, string>;
  readonly device: string;
  readonly app: string;
  readonly platform: string;
  readonly locale: string;
  readonly runtimeVersion: string;
  readonly valuePolicy: string;
  readonly runs: number;
  readonly events: number;
  readonly steps: number;
  readonly contexts: number;
  readonly preimages: number;
  readonly firstAt: number | null;
  readonly lastAt: number | null;
  readonly firstSeq: number | null;
  readonly lastSeq: number | null;
  readonly gaps: number;
  /** Events that are missing in them. */
  readonly missing: number;
  readonly schemaVersion: number | null;
  readonly redactions: readonly { readonly rule: string; readonly paths: number; readonly count: number }[];
}

export async function recordingSummary(read: Reader): Promise<RecordingSummary> {
  const [meta, clients, counts, ends, gaps, redactions] = await Promise.all([
    read('SELECT key, value FROM meta'),
    read('SELECT * FROM clients ORDER BY rowid'),
    read(`SELECT (SELECT count(*) FROM events) AS events, (SELECT count(*) FROM steps) AS steps, (SELECT count(*) FROM preimages) AS preimages, (SELECT max(schemaVersion) FROM schemas) AS schemaVersion,
      (SELECT count(*) FROM (SELECT contextId FROM contexts UNION SELECT contextId FROM events WHERE contextId IS NOT NULL)) AS contexts`),
    // Of the last run: each counts its own events.
    read('SELECT min(seq) AS firstSeq, max(seq) AS lastSeq, (SELECT at FROM events ORDER BY place LIMIT 1) AS firstAt, (SELECT at FROM events ORDER BY place DESC LIMIT 1) AS lastAt FROM events WHERE runId = (SELECT runId FROM events ORDER BY place DESC LIMIT 1)'),
    read('SELECT count(*) AS gaps, coalesce(sum(toSeq - fromSeq + 1), 0) AS missing FROM gaps'),
    read('SELECT rule, count(*) AS paths, sum(count) AS count FROM redactions GROUP BY rule ORDER BY count DESC'),
  ]);
  const client = clients.at(-1) ?? {};
  const [count = {}] = counts;
  const [end = {}] = ends;
  const orNull = (value: string | number | null | undefined): number | null => (value === null || value === undefined ? null : number(value));
  return {
    meta: new Map(meta.map((row) => [text(row['key']), text(row['value'])])),
    device: text(client['deviceId']),
    app: text(client['app']),
    platform: text(client['platform']),
    locale: text(client['locale']),
    runtimeVersion: text(client['runtimeVersion']),
    valuePolicy: text(client['valuePolicy']),
    runs: clients.length,
    events: number(count['events']),
    steps: number(count['steps']),
    contexts: number(count['contexts']),
    preimages: number(count['preimages']),
    firstAt: orNull(end['firstAt']),
    lastAt: orNull(end['lastAt']),
    firstSeq: orNull(end['firstSeq']),
    lastSeq: orNull(end['lastSeq']),
    gaps: number(gaps[0]?.['gaps']),
    missing: number(gaps[0]?.['missing']),
    schemaVersion: orNull(count['schemaVersion']),
    redactions: redactions.map((row) => ({ rule: text(row['rule']), paths: number(row['paths']), count: number(row['count']) })),
  };
}
