import initSqlJs, { type Database, type SqlJsStatic } from 'sql.js';
import wasmUrl from 'sql.js/dist/sql-wasm-browser.wasm?url';
import { codeOf, messageOf } from '../../base/app-error.ts';
import { RecordingWriter, sqlJsHandle, type SqliteHandle } from '../../recording/index.ts';
import { bytesOf, checkFile, emptyRecording, GAPS_SQL, keepEntries, openRecording, PAGE_SQL, rowsOf, tableOf } from './recording-ops.ts';
import type { WorkerAnswer, WorkerCall } from './worker-db.ts';

// The recording, off the page's thread: 5,000 events a second go in while panels read.

interface Open {
  readonly database: Database;
  readonly handle: SqliteHandle;
  readonly writer: RecordingWriter;
}

let sql: SqlJsStatic | null = null;
let open: Open | null = null;

async function engine(): Promise<SqlJsStatic> {
  sql ??= await initSqlJs({ locateFile: () => wasmUrl });
  return sql;
}

async function recording(): Promise<Open> {
  if (open !== null) return open;
  const database = new (await engine()).Database();
  const handle = sqlJsHandle(database);
  emptyRecording(handle);
  open = { database, handle, writer: new RecordingWriter(handle) };
  return open;
}

async function answer(call: WorkerCall): Promise<unknown> {
  switch (call.op) {
    case 'reset':
      open?.database.close();
      open = null;
      await recording();
      return null;
    case 'open': {
      const file = new Uint8Array(call.file);
      checkFile(file);
      const database = new (await engine()).Database(file);
      const handle = sqlJsHandle(database);
      try {
        const opened = openRecording(handle);
        open?.database.close();
        open = { database, handle, writer: new RecordingWriter(handle) };
        return opened;
      } catch (thrown) {
        database.close();
        throw thrown;
      }
    }
    default:
  }
  const { database, handle, writer } = await recording();
  switch (call.op) {
    case 'append':
      writer.append([call.batch]);
      return bytesOf(handle);
    case 'all':
      return rowsOf(handle, call.sql, call.params);
    case 'table':
      return tableOf(handle, call.sql, call.limit);
    case 'keep':
      return keepEntries(writer, call.info, call.entries, call.removed);
    case 'page':
      // Arrays, not objects: sql.js makes an object a name at a time.
      return { rows: database.exec(PAGE_SQL, [call.after, call.limit])[0]?.values ?? [], gaps: database.exec(GAPS_SQL)[0]?.values ?? [] };
    case 'save': {
      // An export closes what sql.js had prepared, so the writer starts anew on what it exported.
      const bytes = database.export();
      const again = sqlJsHandle(database);
      open = { database, handle: again, writer: new RecordingWriter(again) };
      return bytes;
    }
  }
}

// One call after another: a reset must not run between a read and its answer.
let queue: Promise<void> = Promise.resolve();
addEventListener('message', ({ data }: MessageEvent<{ id: number; call: WorkerCall }>) => {
  queue = queue.then(async () => {
    try {
      postMessage({ id: data.id, ok: true, value: await answer(data.call) } satisfies WorkerAnswer);
    } catch (thrown) {
      postMessage({ id: data.id, ok: false, code: codeOf(thrown), message: messageOf(thrown) } satisfies WorkerAnswer);
    }
  });
});
