import { expect, test } from 'vitest';
import { conflictFile } from './conflict-file.ts';
import type { ListedConflict } from './own-versions.ts';

const conflict: ListedConflict = { place: 4, seq: 5, at: 1_767_225_600_402, contextId: 'a', conflictId: 'k-1', entity: 'visit', entityId: '=v,1', strategy: 'fields', winner: 'merged', state: 'automatic', theirDevice: 'lab', theirVersion: 8, baseVersion: null, fields: ['pulse', 'room'], isOverDelete: false, code: '', mutationIds: ['m-1', 'm-2'], mine: 'pending' };

test('conflicts as CSV have a line each, with what has many names in one cell, and nothing that a spreadsheet would run', () => {
  const [head, line, end] = conflictFile([conflict], 'desk', 'csv').split('\r\n');
  expect(head).toBe('seq,at,contextId,conflictId,entity,entityId,fields,strategy,winner,state,code,myDevice,theirDevice,baseVersion,myVersion,theirVersion,mutationIds');
  expect(line).toBe(`5,2026-01-01T00:00:00.402Z,a,k-1,visit,"'=v,1",pulse room,fields,merged,automatic,,desk,lab,,pending,8,m-1 m-2`);
  expect(end).toBe('');
});

test('conflicts as JSON lines keep their numbers and lists', () => {
  expect(conflictFile([conflict, { ...conflict, mine: 9 }], 'desk', 'ndjson').trim().split('\n').map((line) => JSON.parse(line) as unknown)).toMatchObject([{ myVersion: 'pending', baseVersion: null, fields: ['pulse', 'room'] }, { myVersion: 9, theirVersion: 8 }]);
});
