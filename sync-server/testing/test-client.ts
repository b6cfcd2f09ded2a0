import WebSocket from 'ws';
import type { Change, Mutation } from '../../shared/core/change.ts';
import { parseServerFrame, type ClientFrame, type FrameOf, type ServerFrame } from '../../shared/protocol/sync/index.ts';
import { issueToken } from '../access/tokens.ts';

// A peer on the wire and nothing more: it keeps every frame, and waits for frames, never for a time.

export const SECRET = new TextEncoder().encode('a secret of tests, of more than 32 bytes');

type FrameType = ServerFrame['type'];

/** A frame as a test writes it: ids as plain strings. */
export type Loose = { readonly type: string; readonly [field: string]: unknown };

export class TestClient {
  readonly socket: WebSocket;
  readonly frames: ServerFrame[] = [];
  readonly deviceId: string;
  /** The close code, once closed. */
  closed: number | null = null;
  readonly #waiting = new Set<() => void>();
  readonly #unread: ServerFrame[] = [];

  constructor(wsUrl: string, options: { deviceId?: string; headers?: Record<string, string>; compress?: boolean } = {}) {
    this.deviceId = options.deviceId ?? `device-${crypto.randomUUID()}`;
    this.socket = new WebSocket(wsUrl, { headers: options.headers ?? {}, perMessageDeflate: options.compress ?? true });
    this.socket.on('message', (data) => {
      const parsed = parseServerFrame((data as Buffer).toString('utf8'));
      if (!parsed.ok) throw new Error(`the server sent a frame that does not fit: ${parsed.error}`);
      this.frames.push(parsed.value);
      this.#unread.push(parsed.value);
      this.#wake();
    });
    this.socket.on('error', () => undefined);
    this.socket.on('close', (code) => {
      this.closed = code;
      this.#wake();
    });
  }

  /** A connection that has been welcomed. */
  static async open(wsUrl: string, userId: string, options: { deviceId?: string; token?: string; compress?: boolean } = {}): Promise<TestClient> {
    const client = new TestClient(wsUrl, options);
    await client.opened();
    client.send({ type: 'HELLO', protocol: 1, token: options.token ?? (await issueToken({ userId, secret: SECRET })), deviceId: client.deviceId, app: 'test' });
    await client.next('WELCOME');
    return client;
  }

  async opened(): Promise<void> {
    if (this.socket.readyState === this.socket.CONNECTING) await new Promise((resolve, reject) => this.socket.once('open', resolve).once('error', reject));
  }

  send(frame: ClientFrame | Loose): void {
    this.socket.send(JSON.stringify(frame));
  }

  /** The first frame of a type that no call has returned yet. */
  async next<T extends FrameType>(type: T, matches: (frame: FrameOf<ServerFrame, T>) => boolean = () => true): Promise<FrameOf<ServerFrame, T>> {
    return (await this.nextWhere((frame) => frame.type === type && matches(frame as FrameOf<ServerFrame, T>), type)) as FrameOf<ServerFrame, T>;
  }

  /** The first frame, of whatever type, that matches and that no call has returned yet. */
  async nextWhere(matches: (frame: ServerFrame) => boolean, what = 'a frame'): Promise<ServerFrame> {
    for (;;) {
      const found = this.#unread.findIndex(matches);
      const [frame] = found < 0 ? [] : this.#unread.splice(found, 1);
      if (frame !== undefined) return frame;
      if (this.closed !== null) throw new Error(`closed with ${this.closed} before ${what}; got ${this.frames.map((one) => JSON.stringify(one).slice(0, 300)).join('\n')}`);
      await this.#news();
    }
  }

  async untilClosed(): Promise<number> {
    while (this.closed === null) await this.#news();
    return this.closed;
  }

  async activate(contextId: string, options: Record<string, unknown> = {}): Promise<FrameOf<ServerFrame, 'CONTEXT_ACTIVATED'>> {
    this.send(activateFrame(contextId, options));
    return await this.next('CONTEXT_ACTIVATED', (frame) => frame.contextId === contextId);
  }

  async push(contextId: string, logId: string, mutations: readonly Mutation[], options: Record<string, unknown> = {}): Promise<FrameOf<ServerFrame, 'PUSH_RESULT'>> {
    const frame = pushFrame(contextId, logId, mutations, options);
    this.send(frame);
    return await this.next('PUSH_RESULT', (result) => result.pushId === frame['pushId']);
  }

  /** Waits until deltas have brought `contextId` to `version`, and applies each at once; all changes since the last call. */
  async changesUpTo(contextId: string, version: number, activationId = 'a1'): Promise<Change[]> {
    const changes: Change[] = [];
    for (;;) {
      const delta = await this.next('DELTA', (frame) => frame.contextId === contextId);
      changes.push(...delta.changes);
      this.send({ type: 'APPLIED', contextId, activationId, version: delta.toVersion });
      if (delta.toVersion >= version) return changes;
    }
  }

  /** Everything the server had for this connection when this was called has arrived. */
  async settled(): Promise<void> {
    const nonce = crypto.randomUUID();
    this.send({ type: 'PING', nonce });
    await this.next('PONG', (frame) => frame.nonce === nonce);
  }

  async close(): Promise<void> {
    this.socket.close();
    await this.untilClosed();
  }

  async #news(): Promise<void> {
    await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}

export const activateFrame = (contextId: string, options: Record<string, unknown> = {}): Loose => ({
  type: 'ACTIVATE_CONTEXT',
  contextId,
  activationId: 'a1',
  sinceVersion: 0,
  seenVersion: 0,
  schemaVersion: 1,
  ...options,
});

export const pushFrame = (contextId: string, logId: string, mutations: readonly Mutation[], options: Record<string, unknown> = {}): Loose => ({
  type: 'PUSH',
  contextId,
  activationId: 'a1',
  pushId: crypto.randomUUID(),
  logId,
  localVersion: 0,
  mutations,
  ...options,
});

let count = 0;

/** A mutation as a test writes it; a put of `{ n }` unless told otherwise. */
export function mutation(entityId: string, options: Record<string, unknown> = {}): Mutation {
  const made: Record<string, unknown> = { mutationId: `m${++count}-${crypto.randomUUID()}`, entity: 'patient', entityId, op: 'put', baseVersion: 0, timestamp: Date.now(), schemaVersion: 1, ...options };
  if (made['op'] === 'put' && !('value' in made)) made['value'] = { n: count };
  return made as unknown as Mutation;
}
