import { DatabaseSync } from 'node:sqlite';
import { AppError } from '../../base/app-error.ts';
import { RecordingWriter } from '../../recording/index.ts';
import type { EventColumns } from '../../views/event-columns.ts';
import type { RecordingDb } from '../state/recording-db.ts';
import { openFile } from '../state/recording-file.ts';
import { bytesOf, emptyRecording, keepEntries, rowsBehind, rowsOf, tableOf } from '../state/recording-ops.ts';

/** The recording in the process, on Node's own SQLite: what the worker does, without one. */
export function nodeDb(): RecordingDb {
  let db: DatabaseSync;
  let writer: RecordingWriter;
  let allEvents: () => Iterable<EventColumns> = () => [];
  const fresh = (): void => {
    db = new DatabaseSync(':memory:');
    emptyRecording(db);
    writer = new RecordingWriter(db);
  };
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
    async open(file) {
      const opened = new DatabaseSync(':memory:');
      const { all, ...newest } = await openFile(file, (bytes) => {
        const { deserialize } = opened as unknown as { deserialize?: (bytes: Uint8Array) => void };
        if (deserialize === undefined) throw new AppError('UNSUPPORTED', 'This Node cannot open a file from memory');
        deserialize.call(opened, bytes);
        return opened;
      });
      db = opened;
      writer = new RecordingWriter(db);
      allEvents = all;
      return newest;
    },
    readOn: (take) =>
      later(() => {
        for (const stretch of allEvents()) take(stretch);
        return true;
      }),
    rowsAt: (contextId, place) => later(() => rowsBehind(db, contextId, place)),
    save: () => later(() => (db as unknown as { serialize: () => Uint8Array<ArrayBuffer> }).serialize()),
    close: () => db.close(),
  };
}
