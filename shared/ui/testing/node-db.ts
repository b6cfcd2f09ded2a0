import { DatabaseSync } from 'node:sqlite';
import { AppError } from '../../base/app-error.ts';
import { RecordingWriter } from '../../recording/index.ts';
import type { RecordingDb } from '../state/recording-db.ts';
import { batchesOf, bytesOf, checkFile, emptyRecording, GAPS_SQL, keepEntries, openRecording, PAGE_SQL, rowsOf, tableOf, type Row } from '../state/recording-ops.ts';

/** The recording in the process, on Node's own SQLite: what the worker does, without one. */
export function nodeDb(): RecordingDb {
  let db: DatabaseSync;
  let writer: RecordingWriter;
  const fresh = (): void => {
    db = new DatabaseSync(':memory:');
    emptyRecording(db);
    writer = new RecordingWriter(db);
  };
  const arrays = (sql: string, ...params: number[]): readonly Row[] => db.prepare(sql).all(...params).map((row) => Object.values(row) as Row);
  fresh();
  const later = async <T>(work: () => T): Promise<T> => {
    await Promise.resolve();
    return work();
  };
  return {
    all: (sql, params = []) => later(() => rowsOf(db, sql, params)),
    table: (sql, limit) => later(() => tableOf(db, sql, limit)),
    append: (batch) =>
      later(() => {
        writer.append([batch]);
        return bytesOf(db);
      }),
    keep: (info, entries, removed) => later(() => keepEntries(writer, info, entries, removed)),
    reset: () => later(fresh),
    open: (file) =>
      later(() => {
        const bytes = new Uint8Array(file);
        checkFile(bytes);
        const opened = new DatabaseSync(':memory:');
        const { deserialize } = opened as unknown as { deserialize?: (bytes: Uint8Array) => void };
        if (deserialize === undefined) throw new AppError('UNSUPPORTED', 'This Node cannot open a file from memory');
        deserialize.call(opened, bytes);
        db = opened;
        const result = openRecording(db);
        writer = new RecordingWriter(db);
        return result;
      }),
    page: (after, limit) => later(() => batchesOf(arrays(PAGE_SQL, after, limit), arrays(GAPS_SQL))),
    save: () => later(() => (db as unknown as { serialize: () => Uint8Array<ArrayBuffer> }).serialize()),
    close: () => db.close(),
  };
}
