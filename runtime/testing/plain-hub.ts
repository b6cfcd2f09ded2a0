import { deferred } from '../../shared/base/deferred.ts';
import { DEBUG_PROTOCOL, parseResult, type MethodName, type ParamsOf, type ResultOf } from '../../shared/protocol/debug/index.ts';
import { startAgent, type Agent, type AgentOptions } from '../agent/index.ts';
import { systemClock, systemRandom } from '../platform/node/index.ts';
import type { ControlPort } from '../control.ts';

interface Handlers {
  opened(): void;
  message(text: string): void;
  closed(reason: string): void;
}

/** The hub's end of one agent, in memory: welcomes it, takes its events, and asks. What comes back has to fit the protocol. */
export class PlainHub {
  readonly events: { readonly seq: number; readonly kind: string; readonly data: { readonly [key: string]: unknown } }[] = [];
  readonly progress: { readonly commandId: string; readonly done: number; readonly total?: number }[] = [];
  readonly agent: Agent;
  readonly #waiting = new Map<number, (message: { result?: unknown; error?: { code: string; message: string } }) => void>();
  readonly #opened = deferred<void>();
  #handlers: Handlers | null = null;
  #nextId = 1;

  constructor(client: { readonly control: ControlPort }, options: Partial<AgentOptions> = {}) {
    this.agent = startAgent(client, {
      platform: {
        clock: systemClock,
        random: systemRandom,
        dial: (_url, handlers) => {
          this.#handlers = handlers;
          queueMicrotask(() => {
            handlers.opened();
            this.#opened.resolve();
          });
          return { send: (text) => this.#take(text), close: (reason) => handlers.closed(reason) };
        },
      },
      hub: 'memory:',
      values: 'full',
      ...options,
    });
  }

  #take(text: string): void {
    const message = JSON.parse(text) as { id?: number; method?: string; params?: { events?: PlainHub['events'] }; result?: unknown; error?: { code: string; message: string } };
    if (message.method === 'Hub.hello') {
      const welcome = { protocol: DEBUG_PROTOCOL, hub: 'plain', sessionId: 's-1', mode: 'control', contexts: null, haveSeq: 0, credit: 100_000_000 };
      queueMicrotask(() => this.#handlers?.message(JSON.stringify({ id: message.id, result: welcome })));
    } else if (message.method === 'Client.events') this.events.push(...(message.params?.events ?? []));
    else if (message.method === 'Context.progress') this.progress.push(message.params as unknown as PlainHub['progress'][number]);
    else if (message.id !== undefined) this.#waiting.get(message.id)?.(message);
  }

  /** Calls the agent; rejects with `CODE: message`. */
  async call<M extends MethodName>(method: M, params: ParamsOf<M>): Promise<ResultOf<M>> {
    await this.#opened.promise;
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, ({ result, error }) => {
        this.#waiting.delete(id);
        if (error !== undefined) return reject(new Error(`${error.code}: ${error.message}`));
        const parsed = parseResult(method, result);
        if (parsed.ok) resolve(parsed.value);
        else reject(new Error(`the answer to ${method} does not fit: ${parsed.error}`));
      });
      this.#handlers?.message(JSON.stringify({ id, method, params, by: 'a test' }));
    });
  }
}
