import { AppError, codeOf, messageOf } from '../../base/app-error.ts';
import { deferred, type Deferred } from '../../base/deferred.ts';
import type { Json } from '../../base/json.ts';
import type { ClosableChannel } from '../channel.ts';
import { isEventName, isMethod, methodOf, parseEvent, parseMessage, parseParams, parseResult, type EventName, type EventParams, type MethodName, type ParamsOf, type ResultOf } from './index.ts';

export type DebugChannel = ClosableChannel<string>;

/** Who asked, and whether the answer is still wanted. */
export interface Asking {
  /** As a hub says that passes it on (DB2). */
  readonly by?: string;
  /** Aborted when the other side wants no answer any more (DB6), or is gone and what it asked for changes nothing. */
  readonly signal: AbortSignal;
}

export interface CallOptions {
  readonly by?: string;
  /** DB6: aborting it tells the other side, whose answer still counts: `CANCELLED`, or the result when it was too late. */
  readonly signal?: AbortSignal;
}

export interface RpcHandlers {
  /** Answers a request of the other side; a thrown `AppError` becomes its error. Without it every request is UNSUPPORTED. */
  request?(method: MethodName, params: unknown, asking: Asking): unknown;
  event?<E extends EventName>(event: E, params: EventParams<E>): void;
  closed?(reason: string): void;
}

/** Both ends of the debug protocol over one channel: calls out, requests and events in, everything parsed at the boundary. */
export class DebugRpc {
  readonly #channel: DebugChannel;
  readonly #waiting = new Map<number, { method: MethodName; answer: Deferred<unknown> }>();
  /** Requests of the other side that are being answered. */
  readonly #answering = new Map<number, { readonly method: MethodName; readonly abort: AbortController }>();
  #nextId = 1;
  #closed: string | null = null;

  constructor(channel: DebugChannel, handlers: RpcHandlers) {
    this.#channel = channel;
    channel.receive({
      message: (text) => this.#take(text, handlers),
      closed: (reason) => {
        this.#end(reason);
        handlers.closed?.(reason);
      },
    });
  }

  /** Calls a method of the other side. Rejects with an `AppError` with its code, or `CLIENT_GONE` when the channel closes first. */
  call<M extends MethodName>(method: M, params: ParamsOf<M>, { by, signal }: CallOptions = {}): Promise<ResultOf<M>> {
    if (this.#closed !== null) return Promise.reject(new AppError('CLIENT_GONE', `The connection is closed: ${this.#closed}`));
    if (signal?.aborted === true) return Promise.reject(new AppError('CANCELLED', `${method} was cancelled`));
    const id = this.#nextId++;
    const answer = deferred<unknown>();
    this.#waiting.set(id, { method, answer });
    this.#channel.send(JSON.stringify(by === undefined ? { id, method, params } : { id, method, params, by }));
    const result = answer.promise as Promise<ResultOf<M>>;
    if (signal === undefined) return result;
    const cancel = (): void => this.emit('Client.cancel', { id });
    signal.addEventListener('abort', cancel, { once: true });
    return result.finally(() => signal.removeEventListener('abort', cancel));
  }

  emit<E extends EventName>(event: E, params: EventParams<E>): void {
    if (this.#closed === null) this.#channel.send(JSON.stringify({ method: event, params }));
  }

  close(reason = 'closed here'): void {
    this.#end(reason);
    this.#channel.close(reason);
  }

  #end(reason: string): void {
    if (this.#closed !== null) return;
    this.#closed = reason;
    for (const { answer } of this.#waiting.values()) answer.reject(new AppError('CLIENT_GONE', `The connection closed before the answer came: ${reason}`));
    this.#waiting.clear();
    // What changes the client was asked for and goes on; nobody waits for the rest.
    for (const { method, abort } of this.#answering.values()) if (!methodOf(method).changes) abort.abort();
    this.#answering.clear();
  }

  #take(text: string, handlers: RpcHandlers): void {
    const parsed = parseMessage(text);
    if (!parsed.ok) return this.#refuse(null, 'BAD_MESSAGE', parsed.error);
    const message = parsed.value;
    switch (message.kind) {
      case 'request':
        void this.#answer(message.id, message.method, message.params, message.by, handlers);
        return;
      case 'event': {
        if (!isEventName(message.method)) return;
        const event = parseEvent(message.method, message.params);
        if (!event.ok) return this.#refuse(null, 'BAD_MESSAGE', `${message.method}: ${event.error}`);
        return this.#event(message.method, event.value, handlers);
      }
      case 'result': {
        const waiting = this.#waiting.get(message.id);
        if (waiting === undefined) return;
        this.#waiting.delete(message.id);
        const result = parseResult(waiting.method, message.result);
        if (result.ok) waiting.answer.resolve(result.value);
        else waiting.answer.reject(new AppError('BAD_MESSAGE', `The answer to ${waiting.method} does not fit: ${result.error}`));
        return;
      }
      case 'error': {
        const waiting = message.id === null ? undefined : this.#waiting.get(message.id);
        if (message.id === null || waiting === undefined) return;
        this.#waiting.delete(message.id);
        waiting.answer.reject(new AppError(message.error.code, message.error.message, message.error.data === undefined ? {} : { details: { data: message.error.data } }));
      }
    }
  }

  #event<E extends EventName>(event: E, params: EventParams<E>, handlers: RpcHandlers): void {
    if (event !== 'Client.cancel') return handlers.event?.(event, params);
    const { id } = params as EventParams<'Client.cancel'>;
    this.#answering.get(id)?.abort.abort();
  }

  async #answer(id: number, method: string, params: unknown, by: string | undefined, handlers: RpcHandlers): Promise<void> {
    if (!isMethod(method)) return this.#refuse(id, 'UNKNOWN_METHOD', `There is no method ${method}`);
    if (handlers.request === undefined) return this.#refuse(id, 'UNSUPPORTED', `${method} is not answered here`);
    const parsed = parseParams(method, params);
    if (!parsed.ok) return this.#refuse(id, 'BAD_PARAMS', `${method}: ${parsed.error}`);
    const abort = new AbortController();
    this.#answering.set(id, { method, abort });
    try {
      const result = await handlers.request(method, parsed.value, { signal: abort.signal, ...(by === undefined ? {} : { by }) });
      if (this.#closed === null) this.#channel.send(JSON.stringify({ id, result: result ?? {} }));
    } catch (thrown) {
      const details = thrown instanceof AppError && Object.keys(thrown.details).length > 0 ? thrown.details : undefined;
      this.#refuse(id, codeOf(thrown), messageOf(thrown), details);
    } finally {
      if (this.#answering.get(id)?.abort === abort) this.#answering.delete(id);
    }
  }

  #refuse(id: number | null, code: string, message: string, data?: Json): void {
    if (this.#closed === null) this.#channel.send(JSON.stringify({ id, error: data === undefined ? { code, message } : { code, message, data } }));
  }
}
