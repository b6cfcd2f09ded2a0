import { createHash } from 'node:crypto';
import { closeSync, existsSync, fstatSync, openSync, readSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AppError, codeOf } from '../../shared/base/app-error.ts';
import { HEAD_BYTES, RECORDING_EXTENSION, checkHead, checkRecording, countOf, createRecording } from '../../shared/recording/index.ts';

/** The file of a client's recording: safe for any id, and told apart where two differ in case only. */
export function recordingFile(folder: string, clientId: string): string {
  const readable = clientId.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-+|-+$/g, '').slice(0, 40);
  return join(folder, `${readable}${readable === '' ? '' : '-'}${createHash('sha256').update(clientId).digest('hex').slice(0, 12)}${RECORDING_EXTENSION}`);
}

/** The thread that writes and the one that reads wait for each other where they must. */
const PATIENCE_MS = 5_000;
const SQLITE_BUSY = 5;

/** Opens a client's recording, or makes it. One that is damaged is put aside under another name, never written over. */
export function openRecording(file: string, meta: Readonly<Record<string, string>>, now: number): { readonly db: DatabaseSync; readonly putAside: string | null } {
  if (!existsSync(file)) return { db: create(file, meta), putAside: null };
  try {
    const db = new DatabaseSync(file, { timeout: PATIENCE_MS });
    try {
      checkRecording(db);
      live(db);
    } catch (thrown) {
      db.close();
      throw thrown;
    }
    return { db, putAside: null };
  } catch (thrown) {
    const code = codeOf(thrown);
    if (isBusy(thrown)) throw thrown;
    if (code !== 'DAMAGED_RECORDING' && code !== 'NOT_A_RECORDING' && code !== 'ERR_SQLITE_ERROR') throw thrown;
    const putAside = `${file}.damaged-${now}`;
    renameSync(file, putAside);
    for (const suffix of ['-wal', '-shm', '-journal']) if (existsSync(`${file}${suffix}`)) renameSync(`${file}${suffix}`, `${putAside}${suffix}`);
    return { db: create(file, meta), putAside };
  }
}

/** A second connection to a recording that `openRecording` opened, for the thread that writes. */
export function openToWrite(file: string): DatabaseSync {
  if (!existsSync(file)) throw new AppError('STORAGE', 'The file is gone');
  const db = new DatabaseSync(file, { timeout: PATIENCE_MS });
  try {
    live(db);
  } catch (thrown) {
    db.close();
    throw thrown;
  }
  return db;
}

function isBusy(thrown: unknown): boolean {
  const cause = thrown instanceof AppError ? thrown.cause : thrown;
  return typeof cause === 'object' && cause !== null && 'errcode' in cause && (Number(cause.errcode) & 0xff) === SQLITE_BUSY;
}

function create(file: string, meta: Readonly<Record<string, string>>): DatabaseSync {
  const db = new DatabaseSync(file, { timeout: PATIENCE_MS });
  createRecording(db, meta, { byContext: false, pageBytes: PAGE_BYTES });
  live(db);
  return db;
}

/** Rows are only ever appended: fewer and larger pages take a sixth off the time of it. */
const PAGE_BYTES = 16_384;
/** What the log may grow to before it is checkpointed: each time syncs to disk. */
const LOG_BYTES = 65_536_000;

/** Written to many times a second: a killed hub loses nothing that was committed, a power cut the last moments. */
function live(db: DatabaseSync): void {
  const pages = Math.floor(LOG_BYTES / countOf(db, 'SELECT page_size FROM pragma_page_size()'));
  db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON; PRAGMA wal_autocheckpoint = ${pages}; PRAGMA journal_size_limit = 16777216;`);
}

/** Ends the life of an open recording: one plain file stays, as anybody can open it. */
export function closeRecording(db: DatabaseSync): void {
  db.exec('PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE;');
  db.close();
}

/** RP6: opens a file that came from somewhere, read-only. */
export function openForeign(file: string, maxBytes: number): DatabaseSync {
  const handle = openSync(file, 'r');
  try {
    const head = Buffer.alloc(HEAD_BYTES);
    const bytes = readSync(handle, head, 0, HEAD_BYTES, 0);
    checkHead(head.subarray(0, bytes), fstatSync(handle).size, maxBytes);
  } finally {
    closeSync(handle);
  }
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    checkRecording(db);
  } catch (thrown) {
    db.close();
    throw thrown instanceof AppError ? thrown : new AppError('DAMAGED_RECORDING', 'The recording is damaged', { cause: thrown });
  }
  return db;
}
