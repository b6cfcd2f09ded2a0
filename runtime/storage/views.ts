import type { SchemaInfo } from '../../shared/core/app-schema.ts';
import type { SqliteHandle } from '../../shared/partition/sqlite.ts';

const RESERVED = new Set(['rows', 'base', 'outbox', 'conflicts', 'meta']);

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** The view's name of an entity: its own, but for a table's. */
export const viewName = (entity: string): string => (RESERVED.has(entity.toLowerCase()) ? `${entity}_` : entity);

const pathOf = (field: string): string => `$.${field.split('.').map((part) => `"${part.replaceAll('"', '')}"`).join('.')}`;

/**
 * A view per entity with `_id`, `_version`, `_device`, `_timestamp`, the declared fields and `_value`, and the declared indexes. Made again
 * only when the schema is another than the one that made them: `meta` holds its text.
 */
export function ensureViews(db: SqliteHandle, schema: SchemaInfo): void {
  const wanted = statements(schema);
  const fingerprint = JSON.stringify(wanted);
  const found = db.prepare(`SELECT value FROM meta WHERE key = 'views'`).get()?.['value'];
  if (found === fingerprint) return;
  db.exec('BEGIN IMMEDIATE');
  try {
    for (const { type, name } of db.prepare(`SELECT type, name FROM sqlite_schema WHERE type = 'view' OR (type = 'index' AND name LIKE 'ix:%')`).all()) {
      db.exec(`DROP ${type === 'view' ? 'VIEW' : 'INDEX'} ${quoted(String(name))}`);
    }
    for (const sql of wanted) db.exec(sql);
    db.prepare(`INSERT OR REPLACE INTO meta (key, value) VALUES ('views', ?)`).run(fingerprint);
    db.exec('COMMIT');
  } catch (thrown) {
    db.exec('ROLLBACK');
    throw thrown;
  }
}

function statements(schema: SchemaInfo): readonly string[] {
  return Object.entries(schema.entities).flatMap(([entity, declared]) => {
    const columns = declared.fields.map((field) => `json_extract(value, ${literal(pathOf(field))}) AS ${quoted(field)}`);
    const select = ['id AS _id', 'version AS _version', 'device AS _device', 'timestamp AS _timestamp', 'value AS _value', ...columns].join(', ');
    const where = `entity = ${literal(entity)} AND value IS NOT NULL`;
    return [
      `CREATE VIEW ${quoted(viewName(entity))} AS SELECT ${select} FROM rows WHERE ${where}`,
      ...declared.indexes.map((path) => `CREATE INDEX ${quoted(`ix:${entity}:${path}`)} ON rows (json_extract(value, ${literal(pathOf(path))})) WHERE ${where}`),
    ];
  });
}
