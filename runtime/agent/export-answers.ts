import { AppError } from '../../shared/base/app-error.ts';
import { MAX_DEBUG_BYTES, type ParamsOf, type ResultOf } from '../../shared/protocol/debug/index.ts';
import { entityOf } from '../../shared/core/app-schema.ts';
import { utf8Length } from '../../shared/core/value.ts';
import type { ControlPort } from '../control.ts';
import type { Answers } from './answers.ts';
import { rowFormat } from './export-format.ts';
import { masked, type ValuePolicy } from './masking.ts';

/** Characters of a chunk: some hundred of them make progress, and none fills a message however it is escaped. */
const CHUNK = 524_288;

/** Of a message, what is not the chunk. */
const ENVELOPE = 4_096;

/** Where an export goes on: behind a row, with what was counted at its start. Opaque to whoever asks. */
interface Cursor {
  readonly total: number;
  readonly entity: string;
  readonly id: string;
}

/** Data.export: rows as text, in chunks, each a read of its own (DB6). A row that is there throughout comes once. */
export function exportAnswers(control: ControlPort, policy: ValuePolicy): Answers {
  return {
    'Data.export': async (asked) => chunkOf(control, policy, asked),
  };
}

async function chunkOf(control: ControlPort, policy: ValuePolicy, asked: ParamsOf<'Data.export'>): Promise<ResultOf<'Data.export'>> {
  const { contextId, format } = asked;
  const entity = asked.entity ?? null;
  const after = asked.cursor === undefined ? null : parseCursor(asked.cursor, entity);
  const total = after?.total ?? (await control.countRows(contextId, entity));
  const { head, line } = rowFormat(format, entity === null ? null : entityOf(control.schema, entity).fields);
  const { rows, more } = await control.exportRows(contextId, { entity, after, mostText: CHUNK });
  let chunk = after === null ? head : '';
  let taken = 0;
  for (const row of rows) {
    const text = line({ ...row, value: masked(row.value, policy) });
    if (taken > 0 && chunk.length + text.length > CHUNK) break;
    // One row alone, made of almost nothing but what has to be escaped twice.
    if (text.length > CHUNK && utf8Length(JSON.stringify(text)) > MAX_DEBUG_BYTES - ENVELOPE) throw new AppError('TOO_LARGE', `${row.entity}/${row.id} is too large to be exported`, { details: { entity: row.entity, id: row.id } });
    chunk += text;
    taken++;
  }
  const last = rows[taken - 1];
  const next = last === undefined || (taken === rows.length && !more) ? null : cursorText({ total, entity: last.entity, id: last.id });
  return { chunk, next, rows: taken, total, masked: policy !== 'full' };
}

/** A hub takes the names of other contexts out of what a limited session gets: a cursor that spelled an id could come back as another one. */
const veiled = (text: string): string => Array.from({ length: text.length }, (_, at) => String.fromCharCode(text.charCodeAt(at) ^ 1)).join('');

const cursorText = ({ total, entity, id }: Cursor): string => veiled(`${total}:${entity.length}:${entity}${id}`);

function parseCursor(text: string, entity: string | null): Cursor {
  const [, total = '', length = '', rest = ''] = /^(\d{1,15}):(\d{1,3}):(.*)$/s.exec(veiled(text)) ?? [];
  const found = { total: Number(total), entity: rest.slice(0, Number(length)), id: rest.slice(Number(length)) };
  if (total === '' || found.entity.length !== Number(length) || found.id === '' || (entity !== null && found.entity !== entity)) throw new AppError('BAD_PARAMS', 'The cursor is none that this export gave');
  return found;
}
