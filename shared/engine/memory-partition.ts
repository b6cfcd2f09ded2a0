import { AppError } from '../base/app-error.ts';
import { rowKey } from '../core/change.ts';
import type { LoadedPartition } from '../core/context/messages.ts';
import { digestOf, rowHash, type Digest, type Hash64 } from '../core/digest.ts';
import type { LogId, Version } from '../core/ids.ts';
import type { ConflictRecord, OutboxPut, PartitionCommit } from '../core/outbox/commit.ts';
import type { OutboxEntry, PendingRow } from '../core/outbox/entry.ts';
import { ABSENT_ROW, type ConfirmedRow, type RowState } from '../core/row.ts';

interface Stored {
  readonly entity: string;
  readonly entityId: string;
  readonly row: ConfirmedRow;
  readonly hash: bigint | null;
}

/** A snapshot as the memory drivers hand it around: what a partition file would hold. */
export interface MemorySnapshot {
  readonly logId: LogId;
  readonly version: Version;
  readonly schemaVersion: number;
  readonly readableFrom: number;
  readonly rows: readonly { readonly entity: string; readonly entityId: string; readonly row: ConfirmedRow }[];
}

/** A partition in memory, with the tables of the file and the same way of writing a commit. No mock: it passes the same contract. */
export class MemoryPartition {
  readonly rows = new Map<string, Stored>();
  readonly base = new Map<string, Stored>();
  readonly outbox = new Map<string, OutboxPut>();
  readonly conflicts = new Map<string, ConflictRecord>();
  sum = 0n;
  localVersion = 0 as Version;
  seenVersion = 0 as Version;
  logId: LogId | null = null;
  schemaVersion = 0;
  readableFrom = 0;
  clockOffset = 0;
  nextSeq = 1;

  static ofSnapshot(snapshot: MemorySnapshot, hash: Hash64): MemoryPartition {
    const made = new MemoryPartition();
    for (const { entity, entityId, row } of snapshot.rows) {
      const part = row.text === null ? null : rowHash(hash, entity, entityId, row.version, row.text);
      made.rows.set(rowKey(entity, entityId), { entity, entityId, row, hash: part });
      made.sum = BigInt.asUintN(64, made.sum + (part ?? 0n));
    }
    made.localVersion = snapshot.version;
    made.logId = snapshot.logId;
    made.schemaVersion = snapshot.schemaVersion;
    made.readableFrom = snapshot.readableFrom;
    return made;
  }

  clone(): MemoryPartition {
    const copy = new MemoryPartition();
    for (const table of ['rows', 'base', 'outbox', 'conflicts'] as const) for (const [key, value] of this[table]) (copy[table] as Map<string, unknown>).set(key, value);
    const { sum, localVersion, seenVersion, logId, schemaVersion, readableFrom, clockOffset, nextSeq } = this;
    return Object.assign(copy, { sum, localVersion, seenVersion, logId, schemaVersion, readableFrom, clockOffset, nextSeq });
  }

  get digest(): Digest {
    return digestOf(this.sum);
  }

  get bytes(): number {
    return (this.rows.size + this.base.size + this.outbox.size) * 500 + 4_096;
  }

  write(commit: PartitionCommit, hash: Hash64): void {
    if (commit.expectVersion !== this.localVersion) throw new AppError('VERSION_CONFLICT', `The partition is at ${this.localVersion}, the commit was decided at ${commit.expectVersion}`);
    for (const { entity, entityId, confirmed, logText, visible } of commit.rows) {
      const key = rowKey(entity, entityId);
      const old = this.base.get(key)?.hash ?? this.rows.get(key)?.hash ?? null;
      const part = logText === undefined ? old : logText === null ? null : rowHash(hash, entity, entityId, confirmed.version, logText);
      this.sum = BigInt.asUintN(64, this.sum - (old ?? 0n) + (part ?? 0n));
      if (visible !== null) {
        this.base.set(key, { entity, entityId, row: confirmed, hash: part });
        this.rows.set(key, { entity, entityId, row: { ...visible, version: confirmed.version }, hash: null });
        continue;
      }
      this.base.delete(key);
      if (confirmed.text === null && confirmed.version === 0) this.rows.delete(key);
      else this.rows.set(key, { entity, entityId, row: confirmed, hash: part });
    }
    for (const mutationId of commit.outboxRemove) this.outbox.delete(mutationId);
    for (const entry of commit.outboxPut) {
      this.outbox.set(entry.mutationId, entry);
      this.nextSeq = Math.max(this.nextSeq, entry.seq + 1);
    }
    for (const conflict of commit.conflicts) this.conflicts.set(conflict.conflictId, conflict);
    for (const { conflictId, resultId } of commit.conflictsSettled) {
      const conflict = this.conflicts.get(conflictId);
      if (conflict !== undefined) this.conflicts.set(conflictId, { ...conflict, state: 'by-hand', resultId });
    }
    const { meta } = commit;
    this.localVersion = meta.localVersion ?? this.localVersion;
    this.seenVersion = meta.seenVersion ?? this.seenVersion;
    this.logId = meta.logId ?? this.logId;
    this.schemaVersion = meta.schemaVersion ?? this.schemaVersion;
    this.clockOffset = meta.clockOffset ?? this.clockOffset;
  }

  pending(): readonly PendingRow[] {
    const rows = new Map<string, { entity: string; entityId: string; confirmed: ConfirmedRow; chain: OutboxEntry[] }>();
    for (const { entity, entityId, ...entry } of [...this.outbox.values()].sort((a, b) => a.seq - b.seq)) {
      const key = rowKey(entity, entityId);
      const pending = rows.get(key) ?? { entity, entityId, confirmed: this.base.get(key)?.row ?? ABSENT_ROW, chain: [] };
      pending.chain.push(entry);
      rows.set(key, pending);
    }
    return [...rows.values()];
  }

  load(generation: number): LoadedPartition {
    const { logId, localVersion, seenVersion, digest, schemaVersion, readableFrom, clockOffset, nextSeq, bytes } = this;
    return { generation, logId, localVersion, seenVersion, digest, schemaVersion, readableFrom, clockOffset, nextSeq, pending: this.pending(), bytes };
  }

  /** The confirmed state of every row that has one, live or deleted. */
  confirmedRows(): ReadonlyMap<string, ConfirmedRow> {
    const rows = new Map<string, ConfirmedRow>();
    for (const [key, stored] of this.rows) if (!this.base.has(key)) rows.set(key, stored.row);
    for (const [key, stored] of this.base) rows.set(key, stored.row);
    return rows;
  }

  upgradeValues(upgrade: (entity: string, row: RowState) => RowState, toSchema: number): number {
    let rows = 0;
    for (const table of [this.rows, this.base]) {
      for (const [key, stored] of table) {
        if (stored.row.schemaVersion >= toSchema) continue;
        table.set(key, { ...stored, row: { ...upgrade(stored.entity, stored.row), version: stored.row.version } });
        rows++;
      }
    }
    this.schemaVersion = toSchema;
    return rows;
  }
}
