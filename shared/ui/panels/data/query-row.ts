import type { Inspector } from '../../state/inspector.ts';

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** Opens Query on one row of a context, or on the rows of an entity. */
export function queryRow(inspector: Inspector, contextId: string, entity: string, id: string | null): void {
  const query = `SELECT id, version, device, timestamp, value FROM rows\nWHERE entity = ${quoted(entity)}${id === null ? ' ORDER BY version DESC LIMIT 200' : ` AND id = ${quoted(id)}`}`;
  inspector.go('query', { selected: contextId, fields: { ...inspector.view.get().fields, query, 'query.target': 'context', 'query.tab': '' } });
}
