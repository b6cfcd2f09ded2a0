import { AppError, messageOf } from '../base/app-error.ts';
import type { SqliteHandle, SqlRow } from './handle.ts';
import { FORMAT_VERSION, OPTIONAL_SCHEMA, RECORDING_APPLICATION_ID, RECORDING_SCHEMA } from './schema.ts';

// RP6. A file that came from somewhere is hostile until it has passed: first its head, without SQLite, then its schema, before any row.

/** The largest recording that is opened unless the caller says otherwise. */
export const MAX_RECORDING_BYTES = 4_294_967_296;

/** How many bytes `checkHead` needs. */
export const HEAD_BYTES = 100;

const MAGIC = 'SQLite format 3\0';

const refuse = (message: string): never => {
  throw new AppError('NOT_A_RECORDING', message);
};
const damaged = (message: string): never => {
  throw new AppError('DAMAGED_RECORDING', message, { hint: 'Get the file again from where it came from.' });
};

/** Checks size, application_id, format version and completeness by the first bytes of the file alone. */
export function checkHead(head: Uint8Array, fileBytes: number, maxBytes = MAX_RECORDING_BYTES): void {
  if (fileBytes > maxBytes) throw new AppError('TOO_LARGE', `The recording has ${fileBytes} bytes; ${maxBytes} are the most that is opened here`);
  if (fileBytes === 0) refuse('The file is empty');
  for (let i = 0; i < Math.min(MAGIC.length, head.length); i++) if (head[i] !== MAGIC.charCodeAt(i)) refuse('The file is no Contextscope recording');
  if (fileBytes < 512 || head.length < HEAD_BYTES) damaged('The recording is cut off before its end');
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (view.getUint32(68) !== RECORDING_APPLICATION_ID) refuse('The file is an SQLite database, but no Contextscope recording');
  checkVersion(view.getUint32(60));
  const pageBytes = view.getUint16(16) === 1 ? 65_536 : view.getUint16(16);
  if (pageBytes < 512 || (pageBytes & (pageBytes - 1)) !== 0) damaged('The head of the recording is damaged');
  const claimed = view.getUint32(28) * pageBytes;
  if (fileBytes < claimed) damaged(`The recording is cut off: it holds ${fileBytes} of ${claimed} bytes`);
  if (fileBytes % pageBytes !== 0 || fileBytes > claimed) damaged('The recording does not end where its head says');
}

function checkVersion(version: number): void {
  if (version > FORMAT_VERSION) {
    throw new AppError('NEWER_FORMAT', `The recording has format ${version}, and this Contextscope reads up to ${FORMAT_VERSION}`, { hint: 'Open it with a newer Contextscope.' });
  }
  if (version !== FORMAT_VERSION) refuse(`The recording has format ${version}, which there is not`);
}

/** Checks application_id, format version and the exact schema of an opened file, and makes the connection distrust what is in it. */
export function checkRecording(db: SqliteHandle): void {
  readSafely(() => {
    db.exec('PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;');
    const pragma = (name: string): number => Number(db.prepare(`PRAGMA ${name}`).get()?.[name] ?? 0);
    if (pragma('application_id') !== RECORDING_APPLICATION_ID) refuse('The file is an SQLite database, but no Contextscope recording');
    checkVersion(pragma('user_version'));
    checkSchema(db.prepare('SELECT type, name, tbl_name, sql FROM sqlite_schema LIMIT 1000').iterate());
  });
}

/** Checks rows of `sqlite_schema`: a recording has exactly its tables and indexes, and no trigger or view. */
export function checkSchema(rows: Iterable<SqlRow>): void {
  const missing = new Set(Object.keys(RECORDING_SCHEMA).filter((name) => !OPTIONAL_SCHEMA.has(name)));
  for (const { type, name, tbl_name: table, sql } of rows) {
    if (type === 'trigger' || type === 'view') refuse(`The file holds a ${String(type)}, and no recording has one`);
    // What SQLite makes by itself for a PRIMARY KEY or UNIQUE.
    if (type === 'index' && sql === null && String(name).startsWith('sqlite_autoindex_') && Object.hasOwn(RECORDING_SCHEMA, String(table))) continue;
    if (!Object.hasOwn(RECORDING_SCHEMA, String(name)) || RECORDING_SCHEMA[String(name)] !== sql) refuse('The file holds tables that no recording has');
    missing.delete(String(name));
  }
  if (missing.size > 0) refuse(`The recording lacks ${[...missing].join(', ')}`);
}

/** Runs something that reads a recording; what SQLite or a value in it throws becomes `DAMAGED_RECORDING`. */
export function readSafely<T>(read: () => T): T {
  try {
    return read();
  } catch (thrown) {
    if (thrown instanceof AppError) throw thrown;
    throw new AppError('DAMAGED_RECORDING', `The recording is damaged: ${messageOf(thrown)}`, { cause: thrown, hint: 'Get the file again from where it came from.' });
  }
}
