import { codeOf } from '../../shared/base/app-error.ts';
import { createPartition } from '../../shared/partition/partition-db.ts';
import { transaction, type SqliteHandle } from '../../shared/partition/sqlite.ts';
import type { StoreFiles } from './store-files.ts';

/**
 * PR2: outbox with states, base rows and logId become a file of their own, on disk before this returns; false when there is nothing to keep.
 * `damaged`: what else than the outbox cannot be read is left out.
 */
export function setAside(files: StoreFiles, from: SqliteHandle, to: string, damaged = false): boolean {
  if (from.prepare('SELECT 1 FROM outbox LIMIT 1').get() === undefined) return false;
  files.remove(to);
  const kept = files.open(to);
  try {
    kept.exec('PRAGMA synchronous = FULL');
    const meta = new Map(from.prepare('SELECT key, value FROM meta').all().map((row) => [String(row['key']), row['value'] ?? null]));
    createPartition(kept, { contextId: String(meta.get('contextId')), logId: null, schemaVersion: Number(meta.get('schemaVersion')), readableFrom: 0 });
    transaction(kept, () => {
      for (const [key, value] of meta) if (key !== 'views' && key !== 'complete' && key !== 'digest') kept.prepare('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)').run(key, value);
      copyTable(from, kept, 'outbox');
      for (const table of ['base', 'conflicts']) {
        try {
          copyTable(from, kept, table);
        } catch (thrown) {
          // A write knows what it was made upon; the rest is asked for again.
          if (!damaged || codeOf(thrown) !== 'PARTITION_DAMAGED') throw thrown;
        }
      }
    });
  } finally {
    kept.close();
  }
  return true;
}

/** Copies the rows of a table. */
export function copyTable(from: SqliteHandle, to: SqliteHandle, table: string): void {
  const all = from.prepare(`PRAGMA table_info(${table})`).all().map((column) => String(column['name']));
  // A base row's hash is left behind: without its rows this file has no digest.
  const columns = all.filter((column) => column !== 'hash');
  const put = to.prepare(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`);
  for (const row of from.prepare(`SELECT ${columns.join(', ')} FROM ${table}`).all()) put.run(...columns.map((column) => row[column] ?? null));
}
