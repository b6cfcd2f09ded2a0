import { Worker } from 'node:worker_threads';
import { AppError } from '../../../shared/base/app-error.ts';
import { deferred, type Deferred } from '../../../shared/base/deferred.ts';
import type { SqlRequest, SqlResult } from '../../storage/store-files.ts';

interface Waiting {
  readonly answer: Deferred<SqlResult>;
  readonly timer: NodeJS.Timeout;
}

/** Queries in a thread of their own; one that takes too long takes the thread with it, and the next gets a new one. */
export class QueryRunner {
  #worker: Worker | null = null;
  #nextId = 1;
  readonly #waiting = new Map<number, Waiting>();

  run(path: string, request: SqlRequest): Promise<SqlResult> {
    const worker = (this.#worker ??= this.#start());
    const id = this.#nextId++;
    const answer = deferred<SqlResult>();
    const timer = setTimeout(() => this.#end(new AppError('TIMEOUT', `The query was ended after ${request.timeoutMs} ms; ask for less, or give it more time`), id), request.timeoutMs);
    timer.unref();
    this.#waiting.set(id, { answer, timer });
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
      clearTimeout(waiting.timer);
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
    for (const [id, { answer, timer }] of this.#waiting) {
      clearTimeout(timer);
      answer.reject(id === culprit || culprit === null ? error : new AppError('RETRY', 'Another query took its thread along; run it again'));
    }
    this.#waiting.clear();
  }

  close(): void {
    this.#end(new AppError('CLOSED', 'The store is closed'), null);
  }
}
