import initSqlJs, { type Database, type SqlJsStatic } from 'sql.js';
import wasmUrl from 'sql.js/dist/sql-wasm-browser.wasm?url';
import { codeOf, messageOf } from '../../base/app-error.ts';
import type { SqlRow, SqlValue } from '../../views/reader.ts';
import { appendEvents, checkRecording, createRecording, describeRecording, keepEntries, pageOfEvents, type SqliteHandle } from './recording-store.ts';
import type { WorkerAnswer, WorkerCall } from './worker-db.ts';

// The recording, off the page's thread: 5,000 events a second go in while panels read.

function handleOf(db: Database): SqliteHandle {
  return {
    exec: (sql) => void db.exec(sql),
    all(sql, params) {
      const statement = db.prepare(sql);
      try {
        statement.bind([...params]);
        const rows: SqlRow[] = [];
        while (statement.step()) rows.push(statement.getAsObject() as { [column: string]: SqlValue });
        return rows;
      } finally {
        statement.free();
      }
    },
    each(sql, rows) {
      const statement = db.prepare(sql);
      try {
        for (const row of rows) statement.run([...row]);
      } finally {
        statement.free();
      }
    },
  };
}

let sql: SqlJsStatic | null = null;
let db: Database | null = null;

async function start(): Promise<{ sql: SqlJsStatic; db: Database }> {
  sql ??= await initSqlJs({ locateFile: () => wasmUrl });
  if (db === null) {
    db = new sql.Database();
    createRecording(handleOf(db));
  }
  return { sql, db };
}

async function answer(call: WorkerCall): Promise<unknown> {
  const ready = await start();
  const handle = handleOf(ready.db);
  switch (call.op) {
    case 'append':
      appendEvents(handle, call.batch);
      return sizeOf(handle);
    case 'all':
      return handle.all(call.sql, call.params);
    case 'keep':
      return keepEntries(handle, call.clientId, call.entries);
    case 'reset':
      ready.db.close();
      db = null;
      await start();
      return null;
    case 'open': {
      const opened = new ready.sql.Database(new Uint8Array(call.file));
      try {
        checkRecording(handleOf(opened));
      } catch (thrown) {
        opened.close();
        throw thrown;
      }
      ready.db.close();
      db = opened;
      return describeRecording(handleOf(opened));
    }
    case 'page':
      return pageOfEvents(handle, call.from, call.limit);
    case 'save':
      return ready.db.export();
  }
}

function sizeOf(handle: SqliteHandle): number {
  const row = handle.all('SELECT page_count * page_size AS bytes FROM pragma_page_count(), pragma_page_size()', [])[0];
  return Number(row?.['bytes'] ?? 0);
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
