import { AppError } from '../base/app-error.ts';
import type { Resolves, Stamp, Stamps } from '../core/change.ts';
import { digestOf, rowHash, sumOf, type Digest, type Hash64 } from '../core/digest.ts';
import type { LogId, MutationId, Version } from '../core/ids.ts';
import type { LoadedPartition } from '../core/context/messages.ts';
import type { OutboxPut, PartitionCommit, RowWrite } from '../core/outbox/commit.ts';
import type { EntryState, OutboxEntry, PendingRow } from '../core/outbox/entry.ts';
import { ABSENT_ROW, rowState, type ConfirmedRow, type RowState } from '../core/row.ts';
import { COLUMNS_OF_ROWS, DEVICE_TABLES, LAYOUT_VERSION, PARTITION_APPLICATION_ID, SNAPSHOT_TABLES } from './layout.ts';
import { BATCH_ROWS, hashOfHalves, RowBatch } from './row-batch.ts';
import { decodeRow, encodeRow, type SqlValue, type StoredRow } from './row-codec.ts';
import { transaction, type SqliteHandle, type SqliteStatement } from './sqlite.ts';

const SLOTS = '?, ?, ?, ?, ?, ?, ?, ?, ?';
const HASH_HALVES = 'hash >> 32 AS hi, hash & 4294967295 AS lo';

type Meta = 'contextId' | 'logId' | 'localVersion' | 'seenVersion' | 'digest' | 'schemaVersion' | 'readableFrom' | 'clockOffset' | 'nextSeq' | 'layout';

/** Makes the tables of a partition in an empty database. */
export function createPartition(db: SqliteHandle, about: { contextId: string; logId: LogId | null; schemaVersion: number; readableFrom: number; clockOffset?: number }): void {
  transaction(db, () => {
    db.exec(`PRAGMA application_id = ${PARTITION_APPLICATION_ID}; PRAGMA user_version = ${LAYOUT_VERSION}`);
    for (const ddl of Object.values(SNAPSHOT_TABLES)) db.exec(ddl);
    for (const ddl of Object.values(DEVICE_TABLES)) db.exec(ddl);
    const put = db.prepare('INSERT INTO meta (key, value) VALUES (?, ?)');
    const meta: [Meta, SqlValue][] = [
      ['layout', LAYOUT_VERSION],
      ['contextId', about.contextId],
      ['logId', about.logId],
      ['localVersion', 0],
      ['seenVersion', 0],
      ['digest', digestOf(0n)],
      ['schemaVersion', about.schemaVersion],
      ['readableFrom', about.readableFrom],
      ['clockOffset', about.clockOffset ?? 0],
      ['nextSeq', 1],
    ];
    for (const [key, value] of meta) put.run(key, value);
  });
}

/** Adds to an adopted snapshot what only a device has; it changes nothing where that is there already. */
export function completeSnapshot(db: SqliteHandle): void {
  const names = new Set(db.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table'`).all().map((row) => String(row['name'])));
  transaction(db, () => {
    for (const [name, ddl] of Object.entries(DEVICE_TABLES)) if (!names.has(name)) db.exec(ddl);
    db.exec(`INSERT OR IGNORE INTO meta (key, value) VALUES ('seenVersion', 0), ('clockOffset', 0), ('nextSeq', 1), ('readableFrom', 0)`);
  });
}

/** One open partition: prepared statements, the digest in hand, and nothing decided here. */
export class PartitionDb {
  readonly db: SqliteHandle;
  readonly #hash: Hash64;
  readonly #statements = new Map<string, SqliteStatement>();
  readonly #batch: RowBatch;
  #sum: bigint;
  #version: Version;

  constructor(db: SqliteHandle, hash: Hash64) {
    this.db = db;
    this.#hash = hash;
    this.#batch = new RowBatch(db);
    this.#sum = sumOf(String(this.meta('digest')));
    this.#version = Number(this.meta('localVersion')) as Version;
  }

  get digest(): Digest {
    return digestOf(this.#sum);
  }

  get localVersion(): Version {
    return this.#version;
  }

  #prepare(sql: string): SqliteStatement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  meta(key: Meta): SqlValue {
    return this.#prepare('SELECT value FROM meta WHERE key = ?').get(key)?.['value'] ?? null;
  }

  #setMeta(key: Meta, value: SqlValue): void {
    this.#prepare('INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value').run(key, value);
  }

  /** All that an activation has to know of it: one read of meta, and the outbox with its base rows. */
  load(generation: number, bytes: number): LoadedPartition {
    const number = (key: Meta): number => Number(this.meta(key) ?? 0);
    const logId = this.meta('logId');
    return {
      generation,
      logId: logId === null ? null : (String(logId) as unknown as LogId),
      localVersion: this.#version,
      seenVersion: number('seenVersion') as Version,
      digest: this.digest,
      schemaVersion: number('schemaVersion'),
      readableFrom: number('readableFrom'),
      clockOffset: number('clockOffset'),
      nextSeq: number('nextSeq'),
      pending: this.pending(),
      bytes,
    };
  }

  /** The outbox by row, in order of writing. */
  pending(): readonly PendingRow[] {
    const rows = new Map<string, { entity: string; entityId: string; confirmed: ConfirmedRow; chain: OutboxEntry[] }>();
    for (const row of this.#prepare('SELECT * FROM outbox ORDER BY seq').all()) {
      const [entity, entityId] = [String(row['entity']), String(row['id'])];
      const key = JSON.stringify([entity, entityId]);
      let pending = rows.get(key);
      if (pending === undefined) {
        pending = { entity, entityId, confirmed: this.#confirmedOf('base', entity, entityId) ?? ABSENT_ROW, chain: [] };
        rows.set(key, pending);
      }
      pending.chain.push(decodeEntry(row));
    }
    return [...rows.values()];
  }

  /** The confirmed row of a key without a pending write. */
  confirmed(entity: string, entityId: string): ConfirmedRow {
    return this.#confirmedOf('rows', entity, entityId) ?? ABSENT_ROW;
  }

  /** What the app sees of a row: its canonical text, or null. */
  visible(entity: string, entityId: string): string | null {
    const row = this.#prepare('SELECT value FROM rows WHERE entity = ? AND id = ?').get(entity, entityId);
    return row === undefined || row['value'] === null ? null : String(row['value']);
  }

  #confirmedOf(table: 'rows' | 'base', entity: string, entityId: string): ConfirmedRow | null {
    const row = this.#prepare(`SELECT entity, id, version, value, timestamp, device, stamps, schema FROM ${table} WHERE entity = ? AND id = ?`).get(entity, entityId);
    return row === undefined ? null : decodeRow(row as unknown as StoredRow);
  }

  /** Writes a commit in one transaction; answers the digest that it leaves. Throws when the partition is at another version. */
  commit(commit: PartitionCommit): Digest {
    if (commit.expectVersion !== this.#version) throw new AppError('VERSION_CONFLICT', `The partition is at ${this.#version}, the commit was decided at ${commit.expectVersion}`);
    const [sum, version] = [this.#sum, this.#version];
    this.db.exec(`PRAGMA synchronous = ${commit.durable ? 'FULL' : 'NORMAL'}`);
    try {
      transaction(this.db, () => this.write(commit));
    } catch (thrown) {
      [this.#sum, this.#version] = [sum, version];
      throw thrown;
    }
    return this.digest;
  }

  /** The statements of a commit, inside the caller's transaction. */
  write(commit: PartitionCommit): void {
    const before = this.#sum;
    this.#writeRows(commit.rows);
    for (const mutationId of commit.outboxRemove) this.#prepare('DELETE FROM outbox WHERE mutation_id = ?').run(mutationId);
    for (const entry of commit.outboxPut) this.#putEntry(entry);
    for (const conflict of commit.conflicts) this.#prepare(INSERT_CONFLICT).run(...conflictValues(conflict));
    for (const { conflictId, resultId, at } of commit.conflictsSettled) {
      this.#prepare(`UPDATE conflicts SET state = 'by-hand', result_id = ?, settled_at = ? WHERE conflict_id = ?`).run(resultId, at, conflictId);
    }
    const { meta } = commit;
    if (meta.localVersion !== undefined) {
      this.#version = meta.localVersion;
      this.#setMeta('localVersion', meta.localVersion);
    }
    if (meta.seenVersion !== undefined) this.#setMeta('seenVersion', meta.seenVersion);
    if (meta.logId !== undefined) this.#setMeta('logId', meta.logId);
    if (meta.schemaVersion !== undefined) this.#setMeta('schemaVersion', meta.schemaVersion);
    if (meta.clockOffset !== undefined) this.#setMeta('clockOffset', meta.clockOffset);
    if (this.#sum !== before) this.#setMeta('digest', this.digest);
    const last = commit.outboxPut.reduce((max, entry) => Math.max(max, entry.seq), 0);
    if (last > 0) this.#prepare(`UPDATE meta SET value = max(value, ?) WHERE key = 'nextSeq'`).run(last + 1);
  }

  /** Every row is there once. Those that just move, as all but a few of a delta do, go by the batch. */
  #writeRows(rows: readonly RowWrite[]): void {
    let batch: RowWrite[] = [];
    for (const row of rows) {
      if (!movesOnly(row)) {
        this.#writeRow(row);
        continue;
      }
      batch.push(row);
      if (batch.length < BATCH_ROWS) continue;
      this.#writeBatch(batch);
      batch = [];
    }
    for (const row of batch) this.#writeRow(row);
  }

  #writeBatch(rows: readonly RowWrite[]): void {
    const keys: SqlValue[] = [];
    const values: SqlValue[] = [];
    let added = 0n;
    for (const { entity, entityId, confirmed, logText } of rows) {
      const hash = typeof logText === 'string' ? rowHash(this.#hash, entity, entityId, confirmed.version, logText) : null;
      if (hash !== null) added += hash;
      keys.push(entity, entityId);
      for (const value of encodeRow(entity, entityId, confirmed, hash)) values.push(value);
    }
    this.#sum = BigInt.asUintN(64, this.#sum - this.#batch.sumOfHashes(keys) + added);
    this.#batch.put(values);
  }

  #writeRow(write: RowWrite): void {
    const { entity, entityId, confirmed, visible } = write;
    const old = this.#hashOf(entity, entityId, write.hadBase);
    const hash = write.logText === undefined ? old : write.logText === null ? null : rowHash(this.#hash, entity, entityId, confirmed.version, write.logText);
    if (hash !== old) this.#sum = BigInt.asUintN(64, this.#sum - (old ?? 0n) + (hash ?? 0n));
    if (visible !== null) {
      this.#prepare(`INSERT OR REPLACE INTO base (${COLUMNS_OF_ROWS}) VALUES (${SLOTS})`).run(...encodeRow(entity, entityId, confirmed, hash));
      this.#prepare(`INSERT OR REPLACE INTO rows (${COLUMNS_OF_ROWS}) VALUES (${SLOTS})`).run(...encodeRow(entity, entityId, { ...visible, version: confirmed.version }, null));
      return;
    }
    if (write.hadBase) this.#prepare('DELETE FROM base WHERE entity = ? AND id = ?').run(entity, entityId);
    // Never there, as far as the log knows: then it is not here either.
    if (confirmed.text === null && confirmed.version === 0) this.#prepare('DELETE FROM rows WHERE entity = ? AND id = ?').run(entity, entityId);
    else this.#prepare(`INSERT OR REPLACE INTO rows (${COLUMNS_OF_ROWS}) VALUES (${SLOTS})`).run(...encodeRow(entity, entityId, confirmed, hash));
  }

  #hashOf(entity: string, entityId: string, hadBase: boolean): bigint | null {
    const found = this.#prepare(`SELECT ${HASH_HALVES} FROM ${hadBase ? 'base' : 'rows'} WHERE entity = ? AND id = ?`).get(entity, entityId);
    return found === undefined || found['hi'] === null ? null : hashOfHalves(found['hi'], found['lo']);
  }

  #putEntry(entry: OutboxPut): void {
    const { row, state } = entry;
    this.#prepare(UPSERT_ENTRY).run(
      entry.seq,
      entry.mutationId,
      entry.entity,
      entry.entityId,
      row.text === null ? 'delete' : 'put',
      row.text,
      entry.baseVersion,
      row.stamp?.[0] ?? 0,
      JSON.stringify([row.stamp, row.stamps]),
      row.schemaVersion,
      entry.resolves === null ? null : JSON.stringify(entry.resolves),
      state.name,
      state.name === 'accepted' ? state.contextVersion : state.name === 'parked' ? state.currentVersion : null,
      JSON.stringify(entry.base),
      entry.writtenAt,
    );
  }

  /** Counts the digest anew over the confirmed rows (SY5). */
  countDigest(): { readonly digest: Digest; readonly rows: number } {
    const parts = this.countDigestInParts(Number.MAX_SAFE_INTEGER);
    for (let part = parts.next(); ; part = parts.next()) if (part.done === true) return part.value;
  }

  /** The same in parts of so many rows; yields how many are counted between them. The caller keeps it one read. */
  *countDigestInParts(rowsPerPart: number): Generator<number, { readonly digest: Digest; readonly rows: number }> {
    let sum = 0n;
    let rows = 0;
    for (const table of ['rows', 'base']) {
      const end = this.#prepare(`SELECT entity, id FROM ${table} WHERE (entity, id) > (?, ?) ORDER BY entity, id LIMIT 1 OFFSET ?`);
      const sums = `SELECT sum(hash >> 32) AS hi, sum(hash & 4294967295) AS lo, count(hash) AS n FROM ${table} WHERE (entity, id) > (?, ?)`;
      for (let after: readonly [string, string] | null = ['', '']; after !== null; ) {
        const last = end.get(...after, rowsPerPart - 1);
        const upTo: readonly [string, string] | null = last === undefined ? null : [String(last['entity']), String(last['id'])];
        // Two statements, so that each is a range of the key and not a walk to the end.
        const found = upTo === null ? this.#prepare(sums).get(...after) : this.#prepare(`${sums} AND (entity, id) <= (?, ?)`).get(...after, ...upTo);
        sum += (BigInt((found?.['hi'] ?? 0) as number) << 32n) + BigInt((found?.['lo'] ?? 0) as number);
        rows += Number(found?.['n'] ?? 0);
        after = upTo;
        if (after !== null) yield rows;
      }
    }
    return { digest: digestOf(BigInt.asUintN(64, sum)), rows };
  }

  conflictCounts(): { readonly total: number; readonly open: number } {
    const row = this.#prepare(`SELECT count(*) AS total, count(CASE state WHEN 'open' THEN 1 END) AS open FROM conflicts`).get();
    return { total: Number(row?.['total'] ?? 0), open: Number(row?.['open'] ?? 0) };
  }

  close(): void {
    this.#statements.clear();
    this.db.close();
  }
}

/** The log's new state of a row without a pending write, before and after. */
const movesOnly = (row: RowWrite): boolean => row.visible === null && !row.hadBase && row.logText !== undefined && row.confirmed.version > 0;

const UPSERT_ENTRY = `INSERT OR REPLACE INTO outbox
  (seq, mutation_id, entity, id, op, value, base_version, timestamp, stamps, schema, resolves, state, answer_version, base, written_at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

const INSERT_CONFLICT = `INSERT OR REPLACE INTO conflicts
  (conflict_id, at, entity, id, state, strategy, winner, base, mine, theirs, result, decided, mutation_ids, result_id, their_version, their_device, code, message, settled_at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)`;

function conflictValues(conflict: PartitionCommit['conflicts'][number]): SqlValue[] {
  const { theirs } = conflict;
  return [
    conflict.conflictId,
    conflict.at,
    conflict.entity,
    conflict.entityId,
    conflict.state,
    conflict.strategy,
    conflict.winner,
    JSON.stringify(conflict.base),
    JSON.stringify(conflict.mine),
    JSON.stringify(theirs),
    JSON.stringify(conflict.result),
    JSON.stringify(conflict.decided),
    JSON.stringify(conflict.mutationIds),
    conflict.resultId,
    theirs.version,
    theirs.stamp?.[1] ?? null,
    conflict.code,
    conflict.message,
  ];
}

function decodeEntry(row: { readonly [column: string]: SqlValue }): OutboxEntry {
  const [stamp, stamps] = JSON.parse(String(row['stamps'])) as [Stamp | null, Stamps];
  const answer = Number(row['answer_version']) as Version;
  return {
    seq: Number(row['seq']),
    mutationId: String(row['mutation_id']) as unknown as MutationId,
    row: rowState(row['value'] === null ? null : String(row['value']), stamp, stamps, Number(row['schema'])),
    base: JSON.parse(String(row['base'])) as RowState,
    baseVersion: row['base_version'] === null ? null : (Number(row['base_version']) as Version),
    state: decodeState(String(row['state']), answer),
    resolves: row['resolves'] === null ? null : (JSON.parse(String(row['resolves'])) as Resolves),
    writtenAt: Number(row['written_at']),
  };
}

function decodeState(name: string, answer: Version): EntryState {
  switch (name) {
    case 'sent':
      return { name };
    case 'accepted':
      return { name, contextVersion: answer };
    case 'parked':
      return { name, currentVersion: answer };
    case 'pending':
      return { name };
    default:
      throw new AppError('PARTITION_DAMAGED', `The outbox has an entry in state ${name}`);
  }
}
