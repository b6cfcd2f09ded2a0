import { csvOf } from './csv.ts';
import type { ListedConflict } from './own-versions.ts';

/** A conflict as a file has it: who, which, when and how it was decided. What the rows hold stays with the client. */
const recordOf = (one: ListedConflict, myDevice: string) => ({
  seq: one.seq,
  at: new Date(one.at).toISOString(),
  contextId: one.contextId,
  conflictId: one.conflictId,
  entity: one.entity,
  entityId: one.entityId,
  fields: one.fields,
  strategy: one.strategy,
  winner: one.winner,
  state: one.state,
  code: one.code,
  myDevice,
  theirDevice: one.theirDevice,
  baseVersion: one.baseVersion,
  myVersion: one.mine,
  theirVersion: one.theirVersion,
  mutationIds: one.mutationIds,
});
const COLUMNS = ['seq', 'at', 'contextId', 'conflictId', 'entity', 'entityId', 'fields', 'strategy', 'winner', 'state', 'code', 'myDevice', 'theirDevice', 'baseVersion', 'myVersion', 'theirVersion', 'mutationIds'] as const satisfies readonly (keyof ReturnType<typeof recordOf>)[];

/** Conflicts as the text of a file, without a value of any row: CSV with names and ids of many in one cell, or a JSON object a line. */
export function conflictFile(conflicts: readonly ListedConflict[], myDevice: string, format: 'csv' | 'ndjson'): string {
  const records = conflicts.map((one) => recordOf(one, myDevice));
  if (format === 'ndjson') return records.map((record) => `${JSON.stringify(record)}\n`).join('');
  return csvOf(
    COLUMNS,
    records.map((record) => COLUMNS.map((column) => (column === 'fields' || column === 'mutationIds' ? record[column].join(' ') : record[column]))),
  );
}
