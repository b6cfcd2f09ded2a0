import { open } from 'node:fs/promises';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Digest } from '../../shared/core/digest.ts';
import { EMPTY_DIGEST, moveDigest } from '../../shared/core/digest.ts';
import type { ContextId, LogId, Version } from '../../shared/core/ids.ts';
import { COLUMNS_OF_ROWS, LAYOUT_VERSION, PARTITION_APPLICATION_ID, SNAPSHOT_TABLES } from '../../shared/partition/layout.ts';
import { encodeStamps, signed, unsigned } from '../../shared/partition/row-codec.ts';
import type { StoredChange, StoredServerRow } from '../store/log-store.ts';

/** What the `meta` table of a snapshot says. */
export interface SnapshotMeta {
  readonly contextId: ContextId;
  readonly logId: LogId;
  readonly localVersion: Version;
  readonly digest: Digest;
  readonly schemaVersion: number;
}

/** A partition file while it is made or brought forward. Nobody else has it open, and one that was not finished is thrown away. */
export class PartitionFile {
  readonly #db: DatabaseSync;
  readonly #path: string;
  readonly #put: StatementSync;
  readonly #find: StatementSync;
  #digest: Digest;

  private constructor(path: string, db: DatabaseSync, digest: Digest) {
    this.#path = path;
    this.#db = db;
    this.#digest = digest;
    this.#put = db.prepare(`INSERT OR REPLACE INTO rows (${COLUMNS_OF_ROWS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`);
    this.#find = db.prepare('SELECT hash FROM rows WHERE entity = ? AND id = ?');
    this.#find.setReadBigInts(true);
    db.exec('BEGIN');
  }

  static create(path: string): PartitionFile {
    const db = open_(path);
    db.exec(`PRAGMA application_id = ${PARTITION_APPLICATION_ID}; PRAGMA user_version = ${LAYOUT_VERSION}`);
    for (const ddl of Object.values(SNAPSHOT_TABLES)) db.exec(ddl);
    return new PartitionFile(path, db, EMPTY_DIGEST);
  }

  /** Opens a finished one, to bring it forward. */
  static reopen(path: string): PartitionFile {
    const db = open_(path);
    const row = db.prepare(`SELECT value FROM meta WHERE key = 'digest'`).get();
    return new PartitionFile(path, db, (row?.['value'] as Digest | undefined) ?? EMPTY_DIGEST);
  }

  get digest(): Digest {
    return this.#digest;
  }

  /** Rows that the file does not hold yet. */
  insert(rows: readonly StoredServerRow[]): void {
    let added = 0n;
    for (const row of rows) {
      this.#write(row);
      if (row.text !== null) added += row.hash;
    }
    this.#digest = moveDigest(this.#digest, added, 0n);
  }

  /** Changes in order. A row may be at one of them already, or beyond: what comes last stands. */
  apply(changes: readonly StoredChange[]): void {
    let added = 0n;
    let removed = 0n;
    for (const change of changes) {
      const before = this.#find.get(change.entity, change.entityId)?.['hash'];
      if (typeof before === 'bigint') removed += unsigned(before);
      this.#write(change);
      if (change.text !== null) added += change.hash;
    }
    this.#digest = moveDigest(this.#digest, added, removed);
  }

  /** Writes `meta`, closes the file and syncs it to disk. */
  async finish(meta: SnapshotMeta): Promise<void> {
    const put = this.#db.prepare('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)');
    for (const [key, value] of Object.entries({ layout: LAYOUT_VERSION, ...meta })) put.run(key, value);
    this.#db.exec('COMMIT');
    this.#db.close();
    const file = await open(this.#path, 'r+');
    try {
      await file.sync();
    } finally {
      await file.close();
    }
  }

  /** Closes a file that is thrown away. */
  abandon(): void {
    if (this.#db.isOpen) this.#db.close();
  }

  #write(row: StoredServerRow | StoredChange): void {
    this.#put.run(row.entity, row.entityId, row.version, row.text, row.timestamp, row.deviceId, encodeStamps(row.stamps ?? undefined), row.schemaVersion, row.text === null ? null : signed(row.hash));
  }
}

function open_(path: string): DatabaseSync {
  const db = new DatabaseSync(path);
  // A crash leaves a file that nothing points to, so a journal would protect nothing.
  db.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = -16000');
  return db;
}
