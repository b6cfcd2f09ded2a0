import { AppError } from '../shared/base/app-error.ts';
import { deferred, type Deferred } from '../shared/base/deferred.ts';
import type { Change } from '../shared/core/change.ts';
import { activationId as parseActivationId, deviceId as parseDeviceId, VERSION_0, type ContextId, type LogId, type Version } from '../shared/core/ids.ts';
import type { Socket, SocketHandlers } from '../shared/engine/host.ts';
import { frameText, parseServerFrame, SYNC_PROTOCOL, type ClientFrame, type FrameOf, type ServerFrame } from '../shared/protocol/sync/index.ts';

/** What a reader needs to reach a server beside the client's own connection. */
export interface Reach {
  readonly deviceId: string;
  dial(url: string, handlers: SocketHandlers): Socket;
  token(url: string): Promise<string> | string;
  newId(): string;
  after(delayMs: number, task: () => void): () => void;
}

const DEADLINE = 15_000;

/**
 * A short-lived connection that reads one context's snapshot and log, under a device name of its own, so that the client's activation goes on
 * as if nobody looked (DB10). Rejects with `OFFLINE`, `TIMEOUT`, or the server's own code.
 */
export class ServerReader {
  readonly #reach: Reach;
  readonly #contextId: ContextId;
  readonly #socket: Socket;
  readonly #activationId: ReturnType<typeof parseActivationId>;
  readonly #answers = new Map<string, Deferred<ServerFrame>>();
  readonly #opened = deferred<undefined>();

  private constructor(reach: Reach, url: string, contextId: ContextId) {
    this.#reach = reach;
    this.#contextId = contextId;
    this.#activationId = parseActivationId(reach.newId());
    this.#socket = reach.dial(url, {
      opened: () => this.#opened.resolve(undefined),
      message: (text) => this.#take(text),
      closed: (reason) => this.#fail(new AppError('OFFLINE', `The server could not be read: ${reason}`)),
    });
  }

  static async open(reach: Reach, url: string, contextId: ContextId): Promise<ServerReader> {
    const reader = new ServerReader(reach, url, contextId);
    try {
      await reader.#within(reader.#opened.promise);
      const token = await reach.token(url);
      const device = parseDeviceId(`${reach.deviceId.slice(0, 180)}~reader`);
      await reader.#ask('WELCOME', { type: 'HELLO', protocol: SYNC_PROTOCOL, token, deviceId: device, app: 'contextscope reader' });
    } catch (thrown) {
      reader.close();
      throw thrown;
    }
    return reader;
  }

  /** A ready snapshot of the context. */
  async snapshot(schemaVersion: number): Promise<{ readonly url: string; readonly version: Version; readonly bytes: number; readonly sha256: string; readonly logId: LogId; readonly horizon: Version; readonly head: Version }> {
    const frame: ClientFrame = { type: 'ACTIVATE_CONTEXT', contextId: this.#contextId, activationId: this.#activationId, sinceVersion: VERSION_0, seenVersion: VERSION_0, schemaVersion, snapshot: true };
    const { snapshot, logId, horizon, headVersion } = (await this.#ask('CONTEXT_ACTIVATED', frame)) as FrameOf<ServerFrame, 'CONTEXT_ACTIVATED'>;
    if (snapshot === undefined) throw new AppError('NO_SNAPSHOT', 'The server gave no snapshot');
    return { ...snapshot, logId, horizon, head: headVersion };
  }

  /** Changes of the log from just above `from` to `to`, in order and without a gap. Rejects with `COMPACTED` below the horizon. */
  async *changes(from: number, to: number): AsyncGenerator<Change> {
    for (let at = from; at < to; ) {
      const requestId = this.#reach.newId();
      const frame: ClientFrame = { type: 'FETCH_LOG', requestId, contextId: this.#contextId, activationId: this.#activationId, fromVersion: at as Version, toVersion: to as Version, limit: 1_000 };
      const page = (await this.#ask(requestId, frame)) as FrameOf<ServerFrame, 'LOG'>;
      const first = page.changes[0];
      if (first === undefined || first.contextVersion !== at + 1) throw new AppError('COMPACTED', `The log no longer reaches back before version ${page.horizon}`);
      for (const change of page.changes) {
        if (change.contextVersion > to) return;
        yield change;
        at = change.contextVersion;
      }
    }
  }

  /** The last change of one row in a range of the log; undefined when there is none in it. */
  async lastChange(entity: string, entityId: string, from: number, to: number): Promise<Change | undefined> {
    const requestId = this.#reach.newId();
    const frame: ClientFrame = { type: 'FETCH_LOG', requestId, contextId: this.#contextId, activationId: this.#activationId, fromVersion: from as Version, toVersion: to as Version, entity, entityId, limit: 10_000 };
    return ((await this.#ask(requestId, frame)) as FrameOf<ServerFrame, 'LOG'>).changes.at(-1);
  }

  #ask(key: string, frame: ClientFrame): Promise<ServerFrame> {
    const answer = deferred<ServerFrame>();
    this.#answers.set(key, answer);
    this.#socket.send(frameText(frame));
    return this.#within(answer.promise);
  }

  async #within<T>(promise: Promise<T>): Promise<T> {
    const late = deferred<never>();
    const undo = this.#reach.after(DEADLINE, () => late.reject(new AppError('TIMEOUT', 'The server did not answer in time')));
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
      const error = new AppError(frame.code, frame.message);
      const waiting = this.#answers.get(key);
      if (waiting === undefined) return this.#fail(error);
      this.#answers.delete(key);
      return waiting.reject(error);
    }
    this.#answers.get(key)?.resolve(frame);
    this.#answers.delete(key);
  }

  #fail(error: AppError): void {
    this.#opened.reject(error);
    this.#opened.promise.catch(() => undefined);
    for (const answer of this.#answers.values()) answer.reject(error);
    this.#answers.clear();
  }

  close(): void {
    this.#socket.close('read');
  }
}
