import type { Json } from '../base/json.ts';
import type { DeviceId } from '../core/ids.ts';
import { frameText, type ClientFrame } from '../protocol/sync/index.ts';
import type { EngineHost, Socket } from './host.ts';

/** What comes of a socket. Nothing does after `halt`. */
export interface SocketsOutlet {
  opened(url: string, conn: number): void;
  message(url: string, conn: number, text: string): void;
  closed(url: string, conn: number, reason: string): void;
  /** The app gave no token. */
  noToken(url: string, thrown: unknown): void;
  /** A frame has left. `bytes`: 0 for one that carries a token. */
  sent(url: string, frame: ClientFrame, bytes: number): void;
}

/** The sockets of a client, one per endpoint. What an older one says, or is told, goes nowhere. */
export class Sockets {
  readonly #host: EngineHost;
  readonly #outlet: SocketsOutlet;
  readonly #open = new Map<string, { readonly conn: number; readonly socket: Socket }>();
  #halted = false;

  constructor(host: EngineHost, outlet: SocketsOutlet) {
    this.#host = host;
    this.#outlet = outlet;
  }

  get size(): number {
    return this.#open.size;
  }

  dial(url: string, conn: number): void {
    const socket = this.#host.dial(url, {
      opened: () => this.#tell(() => this.#outlet.opened(url, conn)),
      message: (text) => this.#tell(() => {
        if (this.#open.get(url)?.conn === conn) this.#outlet.message(url, conn, text);
      }),
      closed: (reason) => {
        if (this.#open.get(url)?.conn === conn) this.#open.delete(url);
        this.#tell(() => this.#outlet.closed(url, conn, reason));
      },
    });
    this.#open.get(url)?.socket.close('replaced');
    this.#open.set(url, { conn, socket });
  }

  #tell(news: () => void): void {
    if (!this.#halted) news();
  }

  hangUp(url: string, conn: number, reason: string): void {
    const open = this.#open.get(url);
    if (open?.conn !== conn) return;
    this.#open.delete(url);
    open.socket.close(reason);
  }

  /** HELLO, or AUTH on an open socket, with a token that the core never sees. */
  greet(url: string, conn: number, renew: boolean): void {
    const { deviceId, app } = this.#host;
    const say = (token: string): void => {
      const frame: ClientFrame = renew ? { type: 'AUTH', token } : { type: 'HELLO', protocol: 1, token, deviceId: deviceId as unknown as DeviceId, app };
      this.#send(url, conn, frame, true);
    };
    const fail = (thrown: unknown): void => {
      this.#tell(() => this.#outlet.noToken(url, thrown));
      const open = this.#open.get(url);
      if (open?.conn === conn) open.socket.close('no token');
    };
    try {
      const token = this.#host.token(url);
      if (typeof token === 'string') say(token);
      else void token.then(say, fail);
    } catch (thrown) {
      fail(thrown);
    }
  }

  send(url: string, conn: number, frame: Json): void {
    this.#send(url, conn, frame as ClientFrame, false);
  }

  #send(url: string, conn: number, frame: ClientFrame, secret: boolean): void {
    const open = this.#open.get(url);
    if (open?.conn !== conn || this.#halted) return;
    const text = frameText(frame);
    open.socket.send(text);
    this.#outlet.sent(url, frame, secret ? 0 : text.length);
  }

  halt(): void {
    this.#halted = true;
    for (const { socket } of this.#open.values()) socket.close('halted');
    this.#open.clear();
  }
}
