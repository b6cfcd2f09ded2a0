import { Worker } from 'node:worker_threads';
import { AppError, messageOf } from '../../shared/base/app-error.ts';
import { deferred, type Deferred } from '../../shared/base/deferred.ts';
import type { WriteAnswer, WriteRequest, WriteTask, Written } from './write-task.ts';

interface Waiting {
  readonly request: WriteRequest;
  readonly answer: Deferred<Written>;
  /** What is asked in its place when the thread ended over it. */
  readonly instead: () => WriteTask | null;
  readonly tries: number;
}

/** How often a task is asked again when the thread ended before it was done: it may be what ended it. */
const TRIES = 2;

/**
 * The thread that writes recordings, for all of a hub's clients, so that the one that serves sockets never waits for a disk. It is started when there is
 * something to write; when it ends unasked, another takes its place.
 */
export class WriterThread {
  readonly #log: (line: string) => void;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | null = null;
  #nextId = 1;
  #isClosed = false;

  constructor(log: (line: string) => void) {
    this.#log = log;
  }

  /**
   * Asks for a task; what was asked before is done before. `instead`: what is to be written when the thread ends over it, and this cannot be tried again.
   * Rejects when the task makes no sense, or cannot be done by any thread.
   */
  ask(request: WriteRequest, instead: () => WriteTask | null = () => request.task): Promise<Written> {
    const waiting: Waiting = { request, answer: deferred(), instead, tries: 0 };
    if (this.#isClosed) waiting.answer.reject(new AppError('CLOSED', 'The hub stops'));
    else this.#post(waiting);
    return waiting.answer.promise;
  }

  /** Ends the thread once everything that was asked is done. */
  async close(): Promise<void> {
    while (this.#waiting.size > 0) await Promise.allSettled([...this.#waiting.values()].map(({ answer }) => answer.promise));
    this.#isClosed = true;
    await this.#worker?.terminate();
  }

  #post(waiting: Waiting): void {
    const id = this.#nextId++;
    this.#waiting.set(id, waiting);
    const { request } = waiting;
    this.#worker ??= this.#start();
    this.#worker.postMessage({ id, request });
  }

  #start(): Worker {
    const file = import.meta.url.endsWith('.ts') ? './writer-worker.ts' : './writer-worker.js';
    const worker = new Worker(new URL(file, import.meta.url));
    let reason = 'it ended by itself';
    worker.on('message', ({ id, answer }: { readonly id: number; readonly answer: WriteAnswer }) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if ('written' in answer) waiting?.answer.resolve(answer.written);
      else waiting?.answer.reject(new AppError(answer.error.code, answer.error.message));
    });
    worker.on('error', (thrown) => (reason = messageOf(thrown)));
    worker.on('exit', () => this.#ended(reason));
    return worker;
  }

  #ended(reason: string): void {
    this.#worker = null;
    if (this.#isClosed) return;
    this.#log(`The thread that writes recordings ended, and another takes its place. Events that it had not written are lost: ${reason}`);
    const left = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { request, answer, instead, tries } of left) {
      const task = instead();
      if (task === null || tries >= TRIES) answer.reject(new AppError('STORAGE', `It could not be written: ${reason}`));
      else this.#post({ request: { ...request, task }, answer, instead: () => task, tries: tries + 1 });
    }
  }
}
