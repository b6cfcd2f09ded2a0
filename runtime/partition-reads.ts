import type { PartitionState } from '../shared/core/outbox/partition-state.ts';
import type { ConfirmedRow, RowState } from '../shared/core/row.ts';
import type { DecidedField } from '../shared/core/strategies/resolution.ts';
import type { SqliteHandle, SqlRow } from '../shared/partition/sqlite.ts';

export interface OutboxInfo {
  readonly mutationId: string;
  readonly entity: string;
  readonly entityId: string;
  readonly op: 'put' | 'delete';
  readonly state: 'pending' | 'sent' | 'parked' | 'accepted';
  readonly baseVersion: number | null;
  readonly writtenAt: number;
}

export function readOutbox(partition: PartitionState | null): readonly OutboxInfo[] {
  if (partition === null) return [];
  const entries = [...partition.pending.values()].flatMap(({ entity, entityId, chain }) =>
    chain.map((entry) => ({
      seq: entry.seq,
      info: { mutationId: entry.mutationId, entity, entityId, op: entry.row.text === null ? ('delete' as const) : ('put' as const), state: entry.state.name, baseVersion: entry.baseVersion, writtenAt: entry.writtenAt },
    })),
  );
  return entries.sort((a, b) => a.seq - b.seq).map(({ info }) => info);
}

/** The same from a file, the oldest first. */
export function readOutboxOf(db: SqliteHandle, limit: number): readonly OutboxInfo[] {
  return db
    .prepare('SELECT mutation_id, entity, id, op, state, base_version, written_at FROM outbox ORDER BY seq LIMIT ?')
    .all(limit)
    .map((row) => ({
      mutationId: String(row['mutation_id']),
      entity: String(row['entity']),
      entityId: String(row['id']),
      op: row['op'] === 'delete' ? 'delete' : 'put',
      state: String(row['state']) as OutboxInfo['state'],
      baseVersion: row['base_version'] === null ? null : Number(row['base_version']),
      writtenAt: Number(row['written_at']),
    }));
}

export interface ConflictInfo {
  readonly conflictId: string;
  readonly at: number;
  readonly entity: string;
  readonly entityId: string;
  readonly state: 'automatic' | 'by-hand' | 'open' | 'rejected';
  readonly strategy: string;
  readonly winner: 'mine' | 'theirs' | 'merged';
  readonly theirDevice: string | null;
  readonly theirVersion: number | null;
  readonly mutationIds: readonly string[];
  readonly code: string | null;
  readonly message: string | null;
  readonly base: RowState;
  readonly mine: RowState;
  readonly theirs: ConfirmedRow;
  readonly result: RowState;
  readonly decided: readonly DecidedField[];
}

export function readConflicts(db: SqliteHandle, limit: number, before = Number.MAX_VALUE): readonly ConflictInfo[] {
  return db.prepare('SELECT * FROM conflicts WHERE at < ? ORDER BY at DESC, conflict_id DESC LIMIT ?').all(before, limit).map(decodeConflict);
}

export function readConflict(db: SqliteHandle, conflictId: string): ConflictInfo | undefined {
  const row = db.prepare('SELECT * FROM conflicts WHERE conflict_id = ?').get(conflictId);
  return row === undefined ? undefined : decodeConflict(row);
}

function decodeConflict(row: SqlRow): ConflictInfo {
  const text = (column: string): string | null => (row[column] === null || row[column] === undefined ? null : String(row[column]));
  const json = <T>(column: string): T => JSON.parse(text(column) ?? 'null') as T;
  return {
    conflictId: String(row['conflict_id']),
    at: Number(row['at']),
    entity: String(row['entity']),
    entityId: String(row['id']),
    state: String(row['state']) as ConflictInfo['state'],
    strategy: String(row['strategy']),
    winner: String(row['winner']) as ConflictInfo['winner'],
    theirDevice: text('their_device'),
    theirVersion: row['their_version'] === null ? null : Number(row['their_version']),
    mutationIds: json<string[]>('mutation_ids'),
    code: text('code'),
    message: text('message'),
    base: json('base'),
    mine: json('mine'),
    theirs: json('theirs'),
    result: json('result'),
    decided: json('decided'),
  };
}
