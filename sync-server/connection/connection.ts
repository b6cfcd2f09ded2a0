import type { WebSocket } from 'ws';
import type { Undo } from '../../shared/base/clock.ts';
import { AppError, codeOf, messageOf } from '../../shared/base/app-error.ts';
import { unreachable } from '../../shared/base/assert.ts';
import type { ActivationId, ContextId, DeviceId, UserId } from '../../shared/core/ids.ts';
import { frameText, parseClientFrame, type ClientFrame, type FrameOf, type ServerFrame } from '../../shared/protocol/sync/index.ts';
import type { Identity } from '../access/tokens.ts';
import { Allowance } from '../limits.ts';
import type { Services } from '../services.ts';
import { Activations } from './activations.ts';
import { errorFrame, type ErrorFrame } from './error-frame.ts';
import { greet } from './greeting.ts';
import { Membership } from './membership.ts';
import { SessionEnd } from './session-end.ts';

/** What is known once HELLO was good. */
export interface Session {
  readonly identity: Identity;
  readonly deviceId: DeviceId;
}

type Phase =
  /** Nobody has said HELLO yet; `cancel` stops the clock that ends this. */
  | { readonly name: 'silent'; readonly cancel: Undo }
  | { readonly name: 'open'; readonly session: Session; readonly activations: Activations; readonly membership: Membership; readonly end: SessionEnd }
  | { readonly name: 'closed' };

/** How long an older socket of the same device has to show that it lives, ms. */
const PROOF_MS = 2_000;

/** One socket: its frames in, in order and within its limits, and its frames out. */
export class Connection {
  readonly id = crypto.randomUUID();
  readonly #services: Services;
  readonly #socket: WebSocket;
  readonly #compress: boolean;
  readonly #frames: Allowance;
  #phase: Phase;
  #queue: Promise<void> = Promise.resolve();
  #pending = 0;
  #pendingBytes = 0;
  #badFrames = 0;
  #isPaused = false;
  /** Heartbeats without a sign of life. */
  #missed = 0;
  #proof: Undo | null = null;
  #undrained: (() => void)[] = [];

  constructor(services: Services, socket: WebSocket, options: { compress: boolean }) {
    this.#services = services;
    this.#socket = socket;
    this.#compress = options.compress;
    this.#frames = new Allowance(services.clock, services.limits.framesPerSecond);
    this.#phase = { name: 'silent', cancel: services.clock.after(services.limits.helloTimeoutMs, () => this.close(4408, 'no HELLO')) };
    socket.on('message', (data, isBinary) => this.#received(data as Buffer, isBinary));
    socket.on('pong', () => this.#lives());
    socket.on('error', (thrown) => services.log.debug({ connectionId: this.id, code: codeOf(thrown) }, 'socket error'));
    socket.on('close', () => this.#closed());
  }

  get isWritable(): boolean {
    return this.#socket.readyState === this.#socket.OPEN && this.#socket.bufferedAmount < this.#services.limits.feedHighWater;
  }

  /** Resolves when the peer has taken enough of what it was sent that another answer may be made. */
  async drained(): Promise<void> {
    while (this.#phase.name !== 'closed' && this.#socket.bufferedAmount >= this.#services.limits.socketHighWater) {
      await new Promise<void>((resolve) => this.#undrained.push(resolve));
    }
  }

  /** Bytes that this server holds for the socket. */
  get buffered(): number {
    return this.#socket.bufferedAmount;
  }

  send(frame: ServerFrame): void {
    this.sendText(frameText(frame));
  }

  sendText(text: string): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#socket.send(text, { compress: this.#compress }, () => this.#flushed());
  }

  error(error: ErrorFrame): void {
    this.#services.metrics.refused.inc({ code: error.code });
    this.send(errorFrame(error));
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
    // A peer that does not answer the close is cut.
    this.#services.clock.after(2_000, () => this.#socket.terminate());
  }

  terminate(): void {
    this.#socket.terminate();
  }

  /** Resolves when every frame received so far has its answer. */
  async idle(): Promise<void> {
    await this.#queue;
    if (this.#phase.name === 'open') await this.#phase.activations.idle();
  }

  /** One beat: asks for a sign of life, and cuts whoever gave none to the last two. */
  beat(): void {
    if (this.#missed >= 2) return this.terminate();
    this.#missed++;
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.ping();
  }

  /** SV5: the activation was made anew on another connection of the device. */
  replaced(contextId: ContextId, activationId: ActivationId): void {
    if (this.#phase.name === 'open') this.#phase.activations.replaced(contextId, activationId);
  }

  refreshAccess(): void {
    if (this.#phase.name === 'open') this.#phase.membership.refresh();
  }

  /** The context was revoked, or its time after a revocation has run out. */
  dropContext(contextId: ContextId): void {
    if (this.#phase.name === 'open') this.#phase.activations.drop(contextId);
  }

  /** SV5: another socket, here or on another process, says that it is this device: if this one lives, that one is told. */
  proveAlive(newer: string): void {
    if (this.#phase.name !== 'open' || this.#proof !== null) return;
    const { deviceId } = this.#phase.session;
    this.#proof = this.#services.clock.after(PROOF_MS, () => this.terminate());
    this.#socket.once('pong', () => {
      this.#proof?.();
      this.#proof = null;
      if (this.#socket.readyState !== this.#socket.OPEN) return;
      this.#services.metrics.events.inc({ event: 'device-twice' });
      this.#services.log.warn({ deviceId, connectionId: this.id }, 'one deviceId on two live connections');
      this.#services.store.publish({ type: 'device-taken', connectionId: newer });
    });
    this.#socket.ping();
  }

  deviceTaken(): void {
    this.error({ code: 'FORBIDDEN', message: 'This deviceId is in use on another live connection: take a new deviceId', retryable: false });
  }

  #lives(): void {
    this.#missed = 0;
  }

  #received(data: Buffer, isBinary: boolean): void {
    this.#lives();
    if (this.#phase.name === 'closed') return;
    if (isBinary) return this.#bad('Frames are text');
    if (!this.#frames.take(1)) return this.error({ code: 'RATE_LIMITED', message: 'Too many frames a second', retryable: true });
    const parsed = parseClientFrame(data.toString('utf8'));
    if (!parsed.ok) return this.#bad(parsed.error);
    this.#pending++;
    this.#pendingBytes += data.length;
    this.#holdBack();
    // HELLO and AUTH are finished before the next frame is looked at; frames of contexts go on beside each other.
    this.#queue = this.#queue.then(() => this.#handle(parsed.value, data.length)).finally(() => this.#done(data.length));
  }

  #done(bytes: number): void {
    this.#pending--;
    this.#pendingBytes -= bytes;
    this.#holdBack();
  }

  /** Stops reading from a peer that asks faster than it is answered, or does not read its answers. */
  #holdBack(): void {
    const { limits } = this.#services;
    const waiting = this.#phase.name === 'open' ? this.#phase.activations.waiting : 0;
    const isFull = this.#pending + waiting >= limits.pendingFrames || this.#pendingBytes >= limits.pendingBytes || this.#socket.bufferedAmount >= limits.socketHighWater;
    if (isFull === this.#isPaused || this.#socket.readyState !== this.#socket.OPEN) return;
    this.#isPaused = isFull;
    if (isFull) this.#socket.pause();
    else this.#socket.resume();
  }

  #flushed(): void {
    this.#wakeDrained();
    this.#holdBack();
    if (this.#phase.name === 'open') this.#phase.activations.writable();
  }

  #wakeDrained(): void {
    const waiting = this.#undrained;
    this.#undrained = [];
    for (const resolve of waiting) resolve();
  }

  #bad(message: string): void {
    this.#badFrames++;
    this.error({ code: 'BAD_FRAME', message, retryable: false });
    if (this.#badFrames >= this.#services.limits.badFrames) this.close(1008, 'too many bad frames');
  }

  async #handle(frame: ClientFrame, bytes: number): Promise<void> {
    try {
      switch (this.#phase.name) {
        case 'silent':
          return await this.#hello(frame);
        case 'open':
          return await this.#dispatch(this.#phase, frame, bytes);
        case 'closed':
          return;
        default:
          return unreachable(this.#phase);
      }
    } catch (thrown) {
      this.#failed(thrown);
    }
  }

  async #hello(frame: ClientFrame): Promise<void> {
    if (frame.type !== 'HELLO') {
      this.error({ code: 'UNAUTHENTICATED', message: 'HELLO comes first', retryable: false });
      return this.close(4401, 'HELLO comes first');
    }
    const session = await greet(this.#services, frame);
    if (this.#phase.name !== 'silent') return;
    this.#phase.cancel();
    const membership = new Membership(this.#services, session.identity.userId, this);
    const activations = new Activations(this.#services, this, session, () => this.#holdBack());
    const end = new SessionEnd(this.#services.clock, this);
    this.#phase = { name: 'open', session, activations, membership, end };
    // Known before its memberships are read, so that a change in between is told.
    this.#services.connections.named(this, session.identity.userId, session.deviceId);
    end.setTo(session.identity.expiresAt);
    await membership.welcome();
    this.#services.log.info({ connectionId: this.id, deviceId: session.deviceId }, 'connected');
    this.#services.store.publish({ type: 'device', deviceId: session.deviceId, connectionId: this.id });
  }

  async #dispatch(open: Phase & { name: 'open' }, frame: ClientFrame, bytes: number): Promise<void> {
    switch (frame.type) {
      case 'HELLO':
        return this.error({ code: 'BAD_FRAME', message: 'HELLO comes once', retryable: false });
      case 'AUTH':
        return await this.#renew(open, frame);
      case 'PING':
        return this.send({ type: 'PONG', nonce: frame.nonce });
      default:
        return open.activations.handle(frame, bytes);
    }
  }

  async #renew(open: Phase & { name: 'open' }, frame: FrameOf<ClientFrame, 'AUTH'>): Promise<void> {
    const identity = await this.#services.verify(frame.token);
    if (identity.userId !== open.session.identity.userId) throw new AppError('UNAUTHENTICATED', 'The token is another user’s: open a connection of its own');
    open.end.setTo(identity.expiresAt);
  }

  /** Only what concerns the whole connection arrives here. */
  #failed(thrown: unknown): void {
    const code = codeOf(thrown);
    switch (code) {
      case 'UNAUTHENTICATED':
        this.error({ code, message: messageOf(thrown), retryable: false });
        // A renewal that failed leaves the old token to run out.
        if (this.#phase.name === 'silent') this.close(4401, 'not authenticated');
        return;
      case 'PROTOCOL_VERSION':
      case 'FORBIDDEN':
        this.error({ code, message: messageOf(thrown), retryable: false });
        return this.close(4403, code);
      default:
        this.#services.log.error({ connectionId: this.id, code, err: thrown }, 'a frame failed');
        this.error({ code: 'INTERNAL', message: 'The server could not do this; try again', retryable: true });
        if (this.#phase.name === 'silent') this.close(1011, 'try again');
    }
  }

  #closed(): void {
    const phase = this.#phase;
    this.#phase = { name: 'closed' };
    this.#wakeDrained();
    this.#proof?.();
    if (phase.name === 'silent') phase.cancel();
    let userId: UserId | null = null;
    let deviceId: DeviceId | null = null;
    if (phase.name === 'open') {
      phase.activations.close();
      phase.membership.close();
      phase.end.close();
      userId = phase.session.identity.userId;
      deviceId = phase.session.deviceId;
      this.#services.log.info({ connectionId: this.id, deviceId }, 'disconnected');
    }
    this.#services.connections.remove(this, userId, deviceId);
    this.#services.metrics.connections.set(this.#services.connections.size);
  }
}
