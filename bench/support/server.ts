import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'ws';
import { issueToken } from '../../sync-server/index.ts';

export interface ContextSpec {
  readonly contextId: string;
  readonly kind: 'tenant' | 'ambient';
  readonly rows: number;
}

export type ToServer =
  | { readonly id: number; readonly op: 'start'; readonly dir: string; readonly secret: string; readonly contexts: readonly ContextSpec[] }
  | { readonly id: number; readonly op: 'write'; readonly contextId: string; readonly count: number; readonly together: boolean };

export interface FromServer {
  readonly id: number;
  readonly error?: string;
  readonly wsUrl?: string;
  readonly url?: string;
  readonly plainPort?: number;
  readonly files?: { readonly [contextId: string]: string };
}

export interface BenchServer extends AsyncDisposable {
  readonly wsUrl: string;
  readonly url: string;
  /** Of a plain HTTP server in the same process, for floors. */
  readonly plainUrl: string;
  readonly token: string;
  /** Where the snapshot of a context lies. */
  file(contextId: string): string;
  /** Writes that many new rows into a context, as one transaction. */
  write(contextId: string, count: number): Promise<void>;
  /** The same as transactions of one row each. */
  writeOneByOne(contextId: string, count: number): Promise<void>;
  /** A socket to the plain server that answers with what it is sent, or with as many rows as it is asked for. */
  echo(): Promise<Echo>;
}

export interface Echo {
  ask(text: string): Promise<string>;
  close(): void;
}

/** Starts a sync server in a process of its own, with these contexts, all of which `ann` may write. */
export async function startServer(dir: string, contexts: readonly ContextSpec[]): Promise<BenchServer> {
  const child = fork(fileURLToPath(new URL('./server-process.ts', import.meta.url)), [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv: ['--disable-warning=ExperimentalWarning'] });
  const waiting = new Map<number, { resolve(answer: FromServer): void; reject(error: Error): void }>();
  let next = 1;
  child.on('message', (answer: FromServer) => {
    const call = waiting.get(answer.id);
    waiting.delete(answer.id);
    if (answer.error === undefined) call?.resolve(answer);
    else call?.reject(new Error(answer.error));
  });
  child.on('exit', () => {
    for (const call of waiting.values()) call.reject(new Error('The server process ended'));
  });
  const ask = (message: Omit<Extract<ToServer, { op: 'start' }>, 'id'> | Omit<Extract<ToServer, { op: 'write' }>, 'id'>): Promise<FromServer> =>
    new Promise((resolve, reject) => {
      const id = next++;
      waiting.set(id, { resolve, reject });
      child.send({ ...message, id });
    });
  const secret = randomBytes(48);
  const { wsUrl = '', url = '', plainPort = 0, files = {} } = await ask({ op: 'start', dir, secret: secret.toString('hex'), contexts });
  const plainUrl = `http://127.0.0.1:${plainPort}`;
  return {
    wsUrl,
    url,
    plainUrl,
    token: await issueToken({ userId: 'ann', secret }),
    file: (contextId) => files[contextId] ?? '',
    write: async (contextId, count) => void (await ask({ op: 'write', contextId, count, together: true })),
    writeOneByOne: async (contextId, count) => void (await ask({ op: 'write', contextId, count, together: false })),
    echo: () => openEcho(plainUrl),
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve());
        child.disconnect();
      }),
  };
}

async function openEcho(plainUrl: string): Promise<Echo> {
  const socket = new WebSocket(plainUrl.replace('http', 'ws'), { perMessageDeflate: false });
  await new Promise((resolve) => socket.once('open', resolve));
  return {
    ask: (text) =>
      new Promise((resolve) => {
        socket.once('message', (data) => resolve((data as Buffer).toString()));
        socket.send(text);
      }),
    close: () => socket.terminate(),
  };
}
