import { AppError } from '../../base/app-error.ts';
import { deferred, type Deferred } from '../../base/deferred.ts';
import type { ClientInfo, RegistryEntry } from '../../protocol/debug/index.ts';
import type { SqlRow, SqlValue } from '../../views/reader.ts';
import type { RowThen } from '../../recording/index.ts';
import type { EventColumns } from '../../views/event-columns.ts';
import type { NewestEvents, RecordingDb, TableResult } from './recording-db.ts';

export type WorkerCall =
  /** `batch`: as JSON, so that the worker, and not the page, makes objects of it. */
  | { readonly op: 'append'; readonly batch: string }
  | { readonly op: 'all'; readonly sql: string; readonly params: readonly SqlValue[] }
  | { readonly op: 'table'; readonly sql: string; readonly limit: number }
  | { readonly op: 'keep'; readonly info: ClientInfo; readonly entries: readonly RegistryEntry[]; readonly removed: readonly string[] }
  | { readonly op: 'reset' }
  | { readonly op: 'open'; readonly file: Blob }
  | { readonly op: 'read-on' }
  | { readonly op: 'rows-at'; readonly contextId: string; readonly place: number }
  | { readonly op: 'save' };

export type WorkerAnswer =
  /** While a file is read on. */
  | { readonly id: number; readonly stretch: EventColumns }
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly code: string; readonly message: string };

/** The recording behind a worker: each call is one message, answered in order. */
export function workerDb(): RecordingDb {
  const worker = new Worker(new URL('./recording-worker.ts', import.meta.url), { type: 'module', name: 'recording' });
  const waiting = new Map<number, Deferred<unknown>>();
  let nextId = 1;
  const takers = new Map<number, (stretch: EventColumns) => void>();
  worker.addEventListener('message', ({ data }: MessageEvent<WorkerAnswer>) => {
    if ('stretch' in data) return takers.get(data.id)?.(data.stretch);
    takers.delete(data.id);
    const answer = waiting.get(data.id);
    waiting.delete(data.id);
    if (data.ok) answer?.resolve(data.value);
    else answer?.reject(new AppError(data.code, data.message));
  });
  worker.addEventListener('error', (event) => {
    for (const answer of waiting.values()) answer.reject(new AppError('WORKER', `The recording's worker ended: ${event.message}`));
    waiting.clear();
  });
  const call = <T>(request: WorkerCall): Promise<T> => {
    const id = nextId++;
    const answer = deferred<unknown>();
    waiting.set(id, answer);
    worker.postMessage({ id, call: request });
    return answer.promise as Promise<T>;
  };
  return {
    all: (sql, params = []) => call<readonly SqlRow[]>({ op: 'all', sql, params }),
    append: (batch) => call<number>({ op: 'append', batch: JSON.stringify(batch) }),
    table: (sql, limit) => call<TableResult>({ op: 'table', sql, limit }),
    keep: (info, entries, removed) => call<void>({ op: 'keep', info, entries, removed }),
    reset: () => call<void>({ op: 'reset' }),
    open: (file) => call<NewestEvents>({ op: 'open', file }),
    readOn(take) {
      takers.set(nextId, take);
      return call<boolean>({ op: 'read-on' });
    },
    rowsAt: (contextId, place) => call<readonly RowThen[]>({ op: 'rows-at', contextId, place }),
    save: () => call<Uint8Array<ArrayBuffer>>({ op: 'save' }),
    close: () => worker.terminate(),
  };
}
