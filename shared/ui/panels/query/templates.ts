export type Target = 'context' | 'recording';

export interface Template {
  readonly title: string;
  readonly target: Target;
  readonly sql: string;
}

export const TEMPLATES: readonly Template[] = [
  { title: 'Tables and columns', target: 'context', sql: "select s.name, s.type, group_concat(c.name, ', ') as columns\nfrom sqlite_schema s, pragma_table_info(s.name) c\nwhere s.type in ('table', 'view')\ngroup by s.name\norder by s.type desc, s.name" },
  { title: 'Rows changed last', target: 'context', sql: "select entity, id, version, device,\n       datetime(timestamp / 1000, 'unixepoch', 'localtime') as changed\nfrom rows\nwhere value is not null\norder by version desc\nlimit 200" },
  { title: 'Conflicts by device', target: 'context', sql: "select their_device as device, strategy, count(*) as conflicts,\n       datetime(max(at) / 1000, 'unixepoch', 'localtime') as last\nfrom conflicts\ngroup by their_device, strategy\norder by conflicts desc" },
  { title: 'Writes that wait', target: 'context', sql: "select seq, entity, id, op, state, base_version,\n       datetime(written_at / 1000, 'unixepoch', 'localtime') as written\nfrom outbox\norder by seq" },
  { title: 'Slowest activations', target: 'recording', sql: "select contextId, activationId, round(sum(durationMs), 1) as ms,\n       strftime('%H:%M:%S', min(at) / 1000, 'unixepoch', 'localtime') as started, min(seq) as seq\nfrom events\nwhere kind = 'phase'\ngroup by contextId, activationId\norder by ms desc\nlimit 50" },
  {
    title: 'Writes that waited longest',
    target: 'recording',
    sql: "with back as (\n  select e.contextId, m.value as mutation, min(e.at) as at\n  from events e, json_each(e.mutationIds) m\n  where e.kind = 'delta' and e.mutationIds is not null\n  group by e.contextId, m.value)\nselect w.contextId, w.entity || '/' || w.entityId as row, round(b.at - w.at) as ms, w.seq\nfrom events w, json_each(w.mutationIds) m\njoin back b on b.contextId = w.contextId and b.mutation = m.value\nwhere w.kind = 'write'\norder by ms desc\nlimit 50",
  },
  { title: 'Bytes by context per minute', target: 'recording', sql: "select strftime('%H:%M', at / 1000, 'unixepoch', 'localtime') as minute,\n       contextId, sum(bytes) as bytes\nfrom events\nwhere bytes > 0 and kind <> 'snapshot' and contextId is not null\ngroup by minute, contextId\norder by minute" },
  { title: 'Events by kind per minute', target: 'recording', sql: "select strftime('%H:%M', at / 1000, 'unixepoch', 'localtime') as minute,\n       kind, count(*) as events\nfrom events\ngroup by minute, kind\norder by minute" },
  { title: 'Stale frames dropped', target: 'recording', sql: "select seq, at, contextId, activationId, data ->> 'type' as type, data ->> 'expected' as expected, data ->> 'got' as got\nfrom events\nwhere kind = 'stale'\norder by place desc" },
  {
    title: 'Gaps and what they hide',
    target: 'recording',
    sql: 'select g.runId, g.fromSeq, g.toSeq, g.toSeq - g.fromSeq + 1 as missing, g.reason,\n       round((select min(at) from events e where e.runId = g.runId and e.seq > g.toSeq)\n           - (select max(at) from events e where e.runId = g.runId and e.seq < g.fromSeq)) as ms\nfrom gaps g\norder by g.runId, g.fromSeq',
  },
];

export const BISECT_TEMPLATE = "-- The condition gets :seq, one event at a time, and should stay true once it is\nselect count(*) >= 10\nfrom events\nwhere runId = :runId and seq <= :seq\n  and kind = 'conflict'";

/** What the statement asks for, in a few words: its template's title, else its first line without the sign of a comment. */
export const titleOf = (sql: string): string => {
  const template = TEMPLATES.find((one) => one.sql === sql);
  if (template !== undefined) return template.title;
  const [first = ''] = sql.split('\n').filter((line) => line.trim() !== '');
  return first.replace(/^--\s*/, '').trim().slice(0, 60);
};
