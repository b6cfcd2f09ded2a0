import type { Json } from '../../shared/base/json.ts';
import { textOf } from '../../shared/core/row.ts';
import type { SchemaFunctions } from '../../shared/engine/functions.ts';
import type { SqliteHandle } from '../../shared/partition/sqlite.ts';

const BATCH = 500;

/**
 * MG1, MG2: brings every row of `rows` and `base` to the app's schema, inside the caller's transaction. The digest's part of a row is kept:
 * it is of the text that the log has.
 */
export function migrateRows(db: SqliteHandle, schema: SchemaFunctions): number {
  const to = schema.info.version;
  let count = 0;
  for (const table of ['rows', 'base']) {
    // From the last row on: a search from the beginning would pass all that are done, for every batch.
    const read = db.prepare(`SELECT entity, id, value, schema FROM ${table} WHERE schema < ? AND (entity, id) > (?, ?) ORDER BY entity, id LIMIT ${BATCH}`);
    const write = db.prepare(`UPDATE ${table} SET value = ?, schema = ? WHERE entity = ? AND id = ?`);
    let last: readonly [string, string] = ['', ''];
    for (let batch = read.all(to, ...last); batch.length > 0; batch = read.all(to, ...last)) {
      for (const row of batch) {
        const [entity, id] = [String(row['entity']), String(row['id'])];
        const value = row['value'] === null ? null : textOf(schema.upgrade(entity, JSON.parse(String(row['value'])) as Json, Number(row['schema'])));
        write.run(value, to, entity, id);
        last = [entity, id];
        count++;
      }
    }
  }
  return count;
}
