export type Target = 'context' | 'recording';

export interface Template {
  readonly title: string;
  readonly target: Target;
  readonly sql: string;
}

export const TEMPLATES: readonly Template[] = [
  { title: 'Tables and columns', target: 'context', sql: "select name, type from sqlite_schema\nwhere type in ('table', 'view')\norder by name" },
  { title: 'Slowest activations', target: 'recording', sql: "select contextId, activationId, round(sum(durationMs), 1) as ms, min(at) as startedAt\nfrom events\nwhere kind = 'phase'\ngroup by contextId, activationId\norder by ms desc\nlimit 50" },
  { title: 'Conflicts by device', target: 'recording', sql: "select data ->> 'theirDevice' as device, contextId, count(*) as conflicts\nfrom events\nwhere kind = 'conflict'\ngroup by device, contextId\norder by conflicts desc" },
  { title: 'Events per minute', target: 'recording', sql: "select strftime('%H:%M', at / 1000, 'unixepoch', 'localtime') as minute, count(*) as events\nfrom events\ngroup by minute\norder by minute" },
  { title: 'Bytes by context per minute', target: 'recording', sql: "select strftime('%H:%M', at / 1000, 'unixepoch', 'localtime') as minute, contextId, sum(bytes) as bytes\nfrom events\nwhere bytes is not null\ngroup by minute, contextId\norder by minute" },
  { title: 'Writes that waited longest', target: 'recording', sql: "select w.contextId, w.entity || '/' || w.entityId as row, round(d.at - w.at) as ms\nfrom events w\njoin events d on d.kind = 'delta' and d.contextId = w.contextId and d.mutationIds = w.mutationIds\nwhere w.kind = 'write'\norder by ms desc\nlimit 50" },
  { title: 'Stale frames dropped', target: 'recording', sql: "select at, contextId, activationId, data\nfrom events\nwhere kind = 'stale'\norder by at desc" },
  { title: 'Gaps and what they hide', target: 'recording', sql: 'select runId, fromSeq, toSeq, toSeq - fromSeq + 1 as missing, reason\nfrom gaps' },
];

/** Words that are offered while typing, beside the names of the recording. */
export const WORDS = ['select', 'from', 'where', 'group by', 'order by', 'limit', 'join', 'left join', 'having', 'with', 'distinct', 'count(*)', 'sum(', 'min(', 'max(', 'round(', 'strftime(', 'json_extract(', 'json_each('];
export const RECORDING_NAMES = ['events', 'gaps', 'contexts', 'clients', 'meta', 'redactions', 'place', 'runId', 'seq', 'clientId', 'at', 'contextId', 'activationId', 'kind', 'entity', 'entityId', 'fromVersion', 'toVersion', 'mutationIds', 'bytes', 'durationMs', 'data'];
