import { messageOf } from '../../shared/base/app-error.ts';
import type { Json } from '../../shared/base/json.ts';
import type { SchemaFunctions } from '../../shared/engine/functions.ts';
import { createPartition } from '../../shared/partition/partition-db.ts';
import { transaction, type SqliteHandle } from '../../shared/partition/sqlite.ts';
import { migrateRows } from './migrate-rows.ts';
import { copyTable } from './set-aside.ts';
import type { StoreFiles } from './store-files.ts';
import { ensureViews } from './views.ts';

export interface Rehearsal {
  readonly ok: boolean;
  readonly fromSchema: number;
  readonly toSchema: number;
  readonly rows: number;
  readonly durationMs: number;
  readonly error?: string;
}

/** MG3: runs the migration to the app's schema on a copy of a partition, and says how long it took and what it met. The original is only read. */
export function rehearse(files: StoreFiles, name: string, copyName: string, schema: SchemaFunctions, monotonic: () => number): Rehearsal {
  const original = files.openReadOnly(name);
  files.remove(copyName);
  const copy = files.open(copyName);
  try {
    const fromSchema = copyPartition(original, copy);
    const about = { fromSchema, toSchema: Math.max(fromSchema, schema.info.version) };
    const before = monotonic();
    try {
      const rows = transaction(copy, () => migrateRows(copy, schema) + migrateOutbox(copy, schema));
      ensureViews(copy, schema.info);
      return { ok: true, ...about, rows, durationMs: monotonic() - before };
    } catch (thrown) {
      return { ok: false, ...about, rows: 0, durationMs: monotonic() - before, error: messageOf(thrown) };
    }
  } finally {
    original.close();
    copy.close();
    files.remove(copyName);
  }
}

function copyPartition(from: SqliteHandle, to: SqliteHandle): number {
  const schemaVersion = Number(from.prepare(`SELECT value FROM meta WHERE key = 'schemaVersion'`).get()?.['value'] ?? 0);
  // A state of one moment, whatever the context does meanwhile.
  from.exec('BEGIN');
  createPartition(to, { contextId: 'rehearsal', logId: null, schemaVersion, readableFrom: 0 });
  transaction(to, () => {
    for (const table of ['rows', 'base', 'outbox', 'conflicts']) copyTable(from, to, table);
  });
  from.exec('COMMIT');
  return schemaVersion;
}

/** The values of writes that were not sent: those that the core would make anew. */
function migrateOutbox(db: SqliteHandle, schema: SchemaFunctions): number {
  const pending = db.prepare(`SELECT entity, value, schema FROM outbox WHERE state = 'pending' AND value IS NOT NULL AND schema < ?`).all(schema.info.version);
  for (const { entity, value, schema: from } of pending) schema.upgrade(String(entity), JSON.parse(String(value)) as Json, Number(from));
  return pending.length;
}
