import initSqlJs, { type Database, type SqlJsStatic } from 'sql.js';
import wasmUrl from 'sql.js/dist/sql-wasm-browser.wasm?url';
import { codeOf, messageOf } from '../../base/app-error.ts';
import { RecordingWriter, sqlJsHandle, type EventBatch, type SqliteHandle } from '../../recording/index.ts';
import type { EventColumns } from '../../views/event-columns.ts';
import { buffersOf } from './recording-columns.ts';
import type { NewestEvents } from './recording-db.ts';
import { openFile } from './recording-file.ts';
import { bytesOf, emptyRecording, keepEntries, rowsBehind, rowsOf, tableOf } from './recording-ops.ts';
import type { WorkerAnswer, WorkerCall } from './worker-db.ts';

// The recording, off the page's thread: 5,000 events a second go in while panels read.

interface Open {
  readonly database: Database;
  readonly handle: SqliteHandle;
  readonly writer: RecordingWriter;
  /** Of a file: its events from the first on. */
  readonly all: () => Iterable<EventColumns>;
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
  open = { database, handle, writer: new RecordingWriter(handle), all: () => [] };
  return open;
}

/** sql.js copies what it is given, by `slice`. A file is large, and this one is given away: nothing writes to it while it is read beside. */
function given(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const view = new Uint8Array(bytes.buffer);
  view.slice = () => view;
  return view;
}

async function openChosen(file: Blob): Promise<NewestEvents> {
  const sqlJs = await engine();
  let made: Open | undefined;
  const database = (bytes: Uint8Array<ArrayBuffer>): SqliteHandle => {
    const sqlDatabase = new sqlJs.Database(given(bytes));
    const handle = sqlJsHandle(sqlDatabase);
    made = { database: sqlDatabase, handle, writer: new RecordingWriter(handle), all: () => [] };
    return handle;
  };
  try {
    const { all, ...newest } = await openFile(file, database);
    open?.database.close();
    open = made === undefined ? null : { ...made, all };
    return newest;
  } catch (thrown) {
    made?.database.close();
    throw thrown;
  }
}

/** Lets the next message in: what the page asks meanwhile is answered between two stretches. */
const breath = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

async function readOn(id: number): Promise<boolean> {
  const here = open;
  for (const stretch of here?.all() ?? []) {
    if (open !== here) return false;
    postMessage({ id, stretch } satisfies WorkerAnswer, { transfer: buffersOf(stretch) });
    await breath();
  }
  return open === here;
}

async function answer(call: Exclude<WorkerCall, { readonly op: 'read-on' }>): Promise<unknown> {
  switch (call.op) {
    case 'open':
      return await openChosen(call.file);
    case 'reset':
      open?.database.close();
      open = null;
      await recording();
      return null;
    default:
  }
  const { database, handle, writer } = await recording();
  switch (call.op) {
    case 'append':
      writer.append([JSON.parse(call.batch) as EventBatch]);
      return bytesOf(handle);
    case 'all':
      return rowsOf(handle, call.sql, call.params);
    case 'table':
      return tableOf(handle, call.sql, call.limit);
    case 'keep':
      return keepEntries(writer, call.info, call.entries, call.removed);
    case 'rows-at':
      return rowsBehind(handle, call.contextId, call.place);
    case 'save': {
      // An export closes what sql.js had prepared, so the writer starts anew on what it exported.
      const bytes = database.export();
      const again = sqlJsHandle(database);
      open = { database, handle: again, writer: new RecordingWriter(again), all: () => [] };
      return bytes;
    }
  }
}

// One call after another: a reset must not run between a read and its answer. Only reading on in a file lets others in between.
let queue: Promise<void> = Promise.resolve();
addEventListener('message', ({ data: { id, call } }: MessageEvent<{ id: number; call: WorkerCall }>) => {
  const told = async (value: Promise<unknown>): Promise<void> => {
    try {
      postMessage({ id, ok: true, value: await value } satisfies WorkerAnswer);
    } catch (thrown) {
      postMessage({ id, ok: false, code: codeOf(thrown), message: messageOf(thrown) } satisfies WorkerAnswer);
    }
  };
  queue = queue.then(() => {
    if (call.op !== 'read-on') return told(answer(call));
    void told(readOn(id));
    return undefined;
  });
});
