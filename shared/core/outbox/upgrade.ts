import { textOf, valueOf, type ConfirmedRow, type RowState } from '../row.ts';
import type { Env } from './draft.ts';

/** MG2: the row in the app's schema. Rows of an equal or newer schema stay as they are. */
export function upgradeRow(env: Pick<Env, 'schema' | 'upgrade'>, entity: string, row: RowState): RowState {
  if (row.schemaVersion >= env.schema.version) return row;
  const value = valueOf(row);
  const text = row.text === null ? null : textOf(env.upgrade(entity, value, row.schemaVersion));
  return { ...row, text, schemaVersion: env.schema.version };
}

export function upgradeConfirmed(env: Pick<Env, 'schema' | 'upgrade'>, entity: string, row: ConfirmedRow): ConfirmedRow {
  return { ...upgradeRow(env, entity, row), version: row.version };
}
