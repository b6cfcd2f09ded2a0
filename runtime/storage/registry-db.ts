import { AppError } from '../../shared/base/app-error.ts';
import type { RegistryCommit } from '../../shared/core/client/messages.ts';
import type { ContextId, UserId } from '../../shared/core/ids.ts';
import { mergePartition, type Partition, type RegistryRow } from '../../shared/core/registry-row.ts';
import { transaction, type SqliteHandle, type SqliteStatement, type SqlRow } from '../../shared/partition/sqlite.ts';

const DDL = `CREATE TABLE IF NOT EXISTS contexts (
  user_id TEXT NOT NULL, context_id TEXT NOT NULL, server_id TEXT NOT NULL, lifecycle TEXT NOT NULL, present INTEGER NOT NULL,
  generation INTEGER NOT NULL, bytes INTEGER NOT NULL, quarantine TEXT, row TEXT NOT NULL, PRIMARY KEY (user_id, context_id)
) WITHOUT ROWID`;

/** `user_version` of a registry that took the place of one that was lost. */
const REPLACED = 1;

interface Pointer {
  readonly partition: Partition;
  readonly quarantine: string | null;
}

/** The registry (IS2): a database of its own. Its pointer to a partition is what says which generation is the context's. */
export class RegistryDb {
  readonly #db: SqliteHandle;
  readonly #userId: UserId;
  readonly #put: SqliteStatement;
  readonly #get: SqliteStatement;
  /** It was made anew beside partitions that an earlier one knew: from then on they are looked for, and not thrown away unseen. */
  readonly wasLost: boolean;
  #synchronous = '';

  /** Throws `PARTITION_DAMAGED` when the file is no database, or not all of one. */
  constructor(db: SqliteHandle, userId: UserId, isReplacement: boolean) {
    this.#db = db;
    this.#userId = userId;
    try {
      db.exec(DDL);
      if (isReplacement) db.exec(`PRAGMA user_version = ${REPLACED}`);
      this.wasLost = Number(db.prepare('PRAGMA user_version').get()?.['user_version']) === REPLACED;
      const check = String(db.prepare('PRAGMA quick_check(1)').get()?.['quick_check']);
      if (check !== 'ok') throw new AppError('PARTITION_DAMAGED', `The registry is damaged: ${check}`);
    } catch (thrown) {
      db.close();
      throw thrown;
    }
    this.#put = db.prepare(`INSERT OR REPLACE INTO contexts (user_id, context_id, server_id, lifecycle, present, generation, bytes, quarantine, row) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`);
    this.#get = db.prepare('SELECT present, generation, bytes, quarantine, row FROM contexts WHERE user_id = ? AND context_id = ?');
  }

  rows(): readonly RegistryRow[] {
    const all = this.#db.prepare('SELECT present, generation, bytes, quarantine, lifecycle, row FROM contexts WHERE user_id = ?').all(this.#userId);
    return all.map((stored) => ({ ...(JSON.parse(String(stored['row'])) as RegistryRow), ...pointerOf(stored), lifecycle: String(stored['lifecycle']) as RegistryRow['lifecycle'] }));
  }

  row(contextId: ContextId): RegistryRow | undefined {
    const stored = this.#get.get(this.#userId, contextId);
    return stored === undefined ? undefined : { ...(JSON.parse(String(stored['row'])) as RegistryRow), ...pointerOf(stored) };
  }

  /** Every name that some row of any user points to. */
  pointers(): readonly { readonly serverId: string; readonly contextId: string; readonly generation: number; readonly present: boolean; readonly quarantine: string | null }[] {
    return this.#db
      .prepare('SELECT server_id, context_id, generation, present, quarantine FROM contexts')
      .all()
      .map((row) => ({ serverId: String(row['server_id']), contextId: String(row['context_id']), generation: Number(row['generation']), present: row['present'] === 1, quarantine: row['quarantine'] === null ? null : String(row['quarantine']) }));
  }

  commit(commit: RegistryCommit): void {
    this.#sync(commit.durable);
    transaction(this.#db, () => {
      for (const row of commit.put) this.#write(row);
      for (const contextId of commit.remove) this.#db.prepare('DELETE FROM contexts WHERE user_id = ? AND context_id = ?').run(this.#userId, contextId);
    });
  }

  /** Points a context to a generation, on the disk before this returns. */
  point(row: RegistryRow): void {
    this.commit({ put: [row], remove: [], durable: true });
  }

  #write(row: RegistryRow): void {
    const stored = this.#get.get(this.#userId, row.contextId);
    const partition = mergePartition(stored === undefined ? undefined : pointerOf(stored).partition, row.partition);
    const bytes = partition.present ? partition.bytes : 0;
    this.#put.run(this.#userId, row.contextId, row.serverId, row.lifecycle, partition.present ? 1 : 0, partition.generation, bytes, row.quarantine, JSON.stringify({ ...row, partition }));
  }

  #sync(durable: boolean): void {
    const wanted = durable ? 'FULL' : 'NORMAL';
    if (this.#synchronous === wanted) return;
    this.#db.exec(`PRAGMA synchronous = ${wanted}`);
    this.#synchronous = wanted;
  }

  close(): void {
    this.#db.close();
  }
}

function pointerOf(stored: SqlRow): Pointer {
  const generation = Number(stored['generation']);
  const partition: Partition = stored['present'] === 1 ? { present: true, generation, bytes: Number(stored['bytes']) } : { present: false, generation };
  return { partition, quarantine: stored['quarantine'] === null ? null : String(stored['quarantine']) };
}
