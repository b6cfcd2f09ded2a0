import { AppError } from '../shared/base/app-error.ts';
import { deferred, type Deferred } from '../shared/base/deferred.ts';
import { deviceId as parseDeviceId, type DeviceId } from '../shared/core/ids.ts';
import type { Socket, SocketHandlers } from '../shared/engine/host.ts';
import { frameText, parseServerFrame, SYNC_PROTOCOL, type ClientFrame, type FrameOf, type ServerFrame } from '../shared/protocol/sync/index.ts';
import { cancelled } from './cancel.ts';

/**
 * The device names under which a client's tools read. A server takes a device for one connection and knows it for ever: two that read at once have two
 * names, and a name is used again.
 */
export class ReaderNames {
  readonly #deviceId: string;
  readonly #taken = new Set<number>();

  constructor(deviceId: string) {
    this.#deviceId = deviceId.slice(0, 180);
  }

  take(): { readonly deviceId: DeviceId; release(): void } {
    let place = 1;
    while (this.#taken.has(place)) place++;
    this.#taken.add(place);
    return { deviceId: parseDeviceId(`${this.#deviceId}~reader${place === 1 ? '' : place}`), release: () => void this.#taken.delete(place) };
  }
}

/** What a reader needs to reach a server beside the client's own connection. */
export interface Reach {
  readonly names: ReaderNames;
  dial(url: string, handlers: SocketHandlers): Socket;
  token(url: string): Promise<string> | string;
  newId(): string;
  after(delayMs: number, task: () => void): () => void;
}

export interface ConnectionOptions {
  /** Aborted: what is asked rejects with `CANCELLED`, and the socket goes. */
  readonly signal?: AbortSignal | undefined;
  /** How long each answer may take. */
  readonly deadlineMs?: number;
}

export type Welcome = FrameOf<ServerFrame, 'WELCOME'>;

const DEADLINE = 15_000;

/** A short-lived connection to a sync server under a device name of its own, so that the client's connection goes on as if nobody looked. */
export class ServerConnection {
  readonly #reach: Reach;
  readonly #deadlineMs: number;
  readonly #socket: Socket;
  readonly #answers = new Map<string, Deferred<ServerFrame>>();
  readonly #opened = deferred<void>();
  #welcome: Welcome | null = null;
  #failed: AppError | null = null;
  #forget: () => void = () => undefined;
  #release: () => void = () => undefined;

  private constructor(reach: Reach, url: string, deadlineMs: number) {
    this.#reach = reach;
    this.#deadlineMs = deadlineMs;
    this.#opened.promise.catch(() => undefined);
    this.#socket = reach.dial(url, {
      opened: () => this.#opened.resolve(),
      message: (text) => this.#take(text),
      closed: (reason) => this.#fail(new AppError('OFFLINE', `The server could not be read: ${reason}`)),
    });
  }

  /** Dials and says hello. Rejects with `OFFLINE`, `TIMEOUT`, `CANCELLED` or the server's own code. */
  static async open(reach: Reach, url: string, { signal, deadlineMs = DEADLINE }: ConnectionOptions = {}): Promise<ServerConnection> {
    if (signal?.aborted === true) throw cancelled();
    const connection = new ServerConnection(reach, url, deadlineMs);
    const stop = (): void => {
      connection.#fail(cancelled());
      connection.close();
    };
    signal?.addEventListener('abort', stop, { once: true });
    connection.#forget = () => signal?.removeEventListener('abort', stop);
    try {
      await connection.#within(connection.#opened.promise);
      const token = await connection.#within(Promise.resolve(reach.token(url)));
      const { deviceId, release } = reach.names.take();
      connection.#release = release;
      connection.#welcome = (await connection.ask('WELCOME', { type: 'HELLO', protocol: SYNC_PROTOCOL, token, deviceId, app: 'contextscope reader' })) as Welcome;
      return connection;
    } catch (thrown) {
      connection.close();
      throw connection.#failed ?? thrown;
    }
  }

  get welcome(): Welcome {
    if (this.#welcome === null) throw new AppError('OFFLINE', 'The server has not welcomed this connection');
    return this.#welcome;
  }

  /** Sends a frame and waits for its answer: a LOG of its requestId, else the next frame of the type `key`. */
  ask(key: string, frame: ClientFrame): Promise<ServerFrame> {
    if (this.#failed !== null) return Promise.reject(this.#failed);
    const answer = deferred<ServerFrame>();
    this.#answers.set(key, answer);
    this.#socket.send(frameText(frame));
    return this.#within(answer.promise);
  }

  close(): void {
    this.#forget();
    this.#socket.close('read');
    this.#release();
    this.#release = () => undefined;
  }

  async #within<T>(promise: Promise<T>): Promise<T> {
    const late = deferred<never>();
    const undo = this.#reach.after(this.#deadlineMs, () => late.reject(new AppError('TIMEOUT', 'The server did not answer in time')));
    try {
      return await Promise.race([promise, late.promise]);
    } finally {
      undo();
    }
  }

  #take(text: string): void {
    const parsed = parseServerFrame(text);
    if (!parsed.ok) return this.#fail(new AppError('BAD_FRAME', parsed.error));
    const frame = parsed.value;
    // What the feed sends of its own accord is not read here: the log is asked for by range.
    const key = frame.type === 'LOG' ? frame.requestId : frame.type === 'ERROR' ? (frame.requestId ?? '') : frame.type;
    if (frame.type === 'ERROR') {
      const error = new AppError(frame.code, frame.message, frame.horizon === undefined ? {} : { details: { horizon: frame.horizon } });
      const waiting = this.#answers.get(key);
      if (waiting === undefined) return this.#fail(error);
      this.#answers.delete(key);
      return waiting.reject(error);
    }
    this.#answers.get(key)?.resolve(frame);
    this.#answers.delete(key);
  }

  #fail(error: AppError): void {
    this.#failed ??= error;
    this.#opened.reject(error);
    for (const answer of this.#answers.values()) answer.reject(error);
    this.#answers.clear();
  }
}
