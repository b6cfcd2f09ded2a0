import { AppError } from '../../shared/base/app-error.ts';
import type { StageRequest } from '../../shared/engine/storage.ts';
import { LAYOUT_VERSION, PARTITION_APPLICATION_ID, SNAPSHOT_TABLES } from '../../shared/partition/layout.ts';
import type { SqliteHandle } from '../../shared/partition/sqlite.ts';

/**
 * SY4: a file from elsewhere is a partition only when it holds exactly the expected tables, no trigger, no view, no index of its own, and
 * says that it is the version of the log that was promised. Throws `BAD_SNAPSHOT`.
 */
export function checkSnapshot(db: SqliteHandle, contextId: string, request: StageRequest): void {
  const bad = (what: string): AppError => new AppError('BAD_SNAPSHOT', `The snapshot ${what}; it is not used`);
  if (Number(db.prepare('PRAGMA application_id').get()?.['application_id']) !== PARTITION_APPLICATION_ID) throw bad('is no partition file');
  const layout = Number(db.prepare('PRAGMA user_version').get()?.['user_version']);
  if (layout !== LAYOUT_VERSION) throw bad(`has layout ${layout}, this runtime reads ${LAYOUT_VERSION}`);
  const objects = db.prepare('SELECT type, name, sql FROM sqlite_schema ORDER BY name').all();
  const expected = Object.entries(SNAPSHOT_TABLES);
  for (const { type, name, sql } of objects) {
    const ddl = type === 'table' ? SNAPSHOT_TABLES[String(name)] : undefined;
    if (ddl === undefined) throw bad(`holds a ${String(type)} that does not belong there`);
    if (folded(String(sql)) !== folded(ddl)) throw bad(`has another table ${String(name)} than the layout`);
  }
  if (objects.length !== expected.length) throw bad('lacks a table');
  const meta = new Map(db.prepare('SELECT key, value FROM meta').all().map((row) => [String(row['key']), row['value']]));
  if (meta.get('contextId') !== contextId) throw bad('is of another context');
  if (Number(meta.get('localVersion')) !== request.version) throw bad(`is at version ${String(meta.get('localVersion'))}, ${request.version} was promised`);
  if (meta.get('logId') !== request.logId) throw bad('is of another log');
}

const folded = (sql: string): string => sql.replaceAll(/\s+/g, ' ').trim();
