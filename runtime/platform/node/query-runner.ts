import { Worker } from 'node:worker_threads';
import { AppError } from '../../../shared/base/app-error.ts';
import { deferred, type Deferred } from '../../../shared/base/deferred.ts';
import { cancelled } from '../../cancel.ts';
import type { SqlRequest, SqlResult } from '../../storage/store-files.ts';

interface Waiting {
  readonly answer: Deferred<SqlResult>;
  /** Nobody waits any more: neither its time nor its signal ends anything. */
  readonly settled: () => void;
}

/** Queries in a thread of their own; one that takes too long, or is cancelled, takes the thread with it, and the next gets a new one. */
export class QueryRunner {
  #worker: Worker | null = null;
  #nextId = 1;
  readonly #waiting = new Map<number, Waiting>();

  run(path: string, request: SqlRequest, signal?: AbortSignal): Promise<SqlResult> {
    if (signal?.aborted === true) return Promise.reject(cancelled());
    const worker = (this.#worker ??= this.#start());
    const id = this.#nextId++;
    const answer = deferred<SqlResult>();
    const timer = setTimeout(() => this.#end(new AppError('TIMEOUT', `The query was ended after ${request.timeoutMs} ms; ask for less, or give it more time`), id), request.timeoutMs);
    timer.unref();
    const stop = (): void => this.#end(cancelled(), id);
    signal?.addEventListener('abort', stop, { once: true });
    const settled = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
    };
    this.#waiting.set(id, { answer, settled });
    worker.postMessage({ id, path, request });
    return answer.promise;
  }

  #start(): Worker {
    const file = import.meta.url.endsWith('.ts') ? './query-worker.ts' : './query-worker.js';
    const worker = new Worker(new URL(file, import.meta.url));
    worker.unref();
    worker.on('message', ({ id, result, error }: { id: number; result?: SqlResult; error?: string }) => {
      const waiting = this.#waiting.get(id);
      if (waiting === undefined) return;
      this.#waiting.delete(id);
      waiting.settled();
      if (result !== undefined) waiting.answer.resolve(result);
      else waiting.answer.reject(new AppError('BAD_SQL', error ?? 'The query failed'));
    });
    worker.on('error', (thrown) => this.#end(new AppError('INTERNAL', String(thrown)), null));
    return worker;
  }

  /** Ends the thread; the query that is to blame fails with `error`, the others are told to try again. */
  #end(error: AppError, culprit: number | null): void {
    const worker = this.#worker;
    this.#worker = null;
    void worker?.terminate();
    for (const [id, { answer, settled }] of this.#waiting) {
      settled();
      answer.reject(id === culprit || culprit === null ? error : new AppError('RETRY', 'Another query took its thread along; run it again'));
    }
    this.#waiting.clear();
  }

  close(): void {
    this.#end(new AppError('CLOSED', 'The store is closed'), null);
  }
}
