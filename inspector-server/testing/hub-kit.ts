import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { WebSocket } from 'ws';
import { codeOf } from '../../shared/base/app-error.ts';
import type { Clock } from '../../shared/base/clock.ts';
import { DEBUG_PROTOCOL, type DebugEvent, type EventName, type EventParams, type MethodName, type ParamsOf, type ResultOf } from '../../shared/protocol/debug/index.ts';
import { DebugRpc } from '../../shared/protocol/debug/rpc.ts';
import { readHubFile, startHub, type Hub, type HubOptions } from '../index.ts';
import { wsChannel } from '../sockets/ws-channel.ts';
import { systemClock } from '../system-clock.ts';
import { ScriptedAgent, type ScriptedAgentOptions } from './scripted-agent.ts';

// What tests of the hub share: hubs on free ports in folders of their own, inspectors, and everything closed at the end.

/** Waits for something to become true, and is woken often. */
export const until = (isTrue: () => unknown, timeout = 10_000): Promise<unknown> => vi.waitUntil(isTrue, { interval: 4, timeout });

/** A clock that can be set ahead; its timers are real. */
export function shiftingClock(): Clock & { shift(ms: number): void } {
  let offset = 0;
  return { now: () => Date.now() + offset, monotonic: () => performance.now() + offset, after: systemClock.after, shift: (ms) => (offset += ms) };
}

export class HubKit {
  readonly lines: string[] = [];
  readonly folder = mkdtempSync(join(tmpdir(), 'hub-'));
  readonly #undo: (() => unknown)[] = [];

  get dataDir(): string {
    return join(this.folder, 'data');
  }

  async hub(options: Partial<HubOptions> = {}): Promise<Hub> {
    const hub = await startHub({ dataDir: this.dataDir, port: 0, log: (line) => this.lines.push(line), ...options });
    this.#undo.push(() => hub.close());
    return hub;
  }

  /** The token of the command line, as the hub left it on disk. */
  get token(): string {
    return readHubFile(this.dataDir)?.token ?? '';
  }

  async agent(hub: Hub, options: ScriptedAgentOptions = {}): Promise<ScriptedAgent> {
    const agent = await ScriptedAgent.connect(hub.agentUrl, options);
    this.#undo.push(() => agent.drop());
    return agent;
  }

  /** An inspector at `path`, with a hello that was accepted. */
  async inspector(hub: Hub, path: string, token = this.token): Promise<TestInspector> {
    const inspector = await TestInspector.dial(hub, path);
    this.#undo.push(() => inspector.drop());
    await inspector.hello(token);
    return inspector;
  }

  async dial(hub: Hub, path: string, options: { origin?: string; headers?: Record<string, string> } = {}): Promise<TestInspector> {
    const inspector = await TestInspector.dial(hub, path, options);
    this.#undo.push(() => inspector.drop());
    return inspector;
  }

  /** A token that a pairing code bought. */
  async paired(hub: Hub, offer: { mode?: 'observe' | 'control'; contexts?: readonly string[] }): Promise<string> {
    await this.post(hub, '/pairing', { ...offer });
    const code = this.code();
    const { token } = (await (await this.post(hub, '/pair', { code, name: 'test' })).json()) as { token: string };
    return token;
  }

  /** The newest code in the hub's terminal. */
  code(): string {
    return /code is (\d{3}) (\d{3})/.exec(this.lines.findLast((line) => line.includes('code is')) ?? '')?.slice(1).join('') ?? '';
  }

  post(hub: Hub, path: string, body: unknown, token = this.token): Promise<Response> {
    return fetch(`${hub.url}${path}`, { method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body: JSON.stringify(body) });
  }

  async end(): Promise<void> {
    for (const undo of this.#undo.reverse()) await undo();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** An inspector that keeps what it is told. */
export class TestInspector {
  readonly socket: WebSocket;
  readonly rpc: DebugRpc;
  readonly events: DebugEvent[] = [];
  readonly dropped: { fromSeq: number; toSeq: number; reason: string }[] = [];
  readonly told: { readonly event: EventName; readonly params: unknown }[] = [];
  readonly texts: string[] = [];
  isUpToDate = false;
  closedBecause: string | null = null;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data) => this.texts.push((data as Buffer).toString('utf8')));
    this.rpc = new DebugRpc(wsChannel(socket), {
      event: (event, params) => this.#took(event, params),
      closed: (reason) => (this.closedBecause = reason),
    });
  }

  static async dial(hub: Hub, path: string, options: { origin?: string; headers?: Record<string, string> } = {}): Promise<TestInspector> {
    const socket = new WebSocket(`${hub.url.replace('http', 'ws')}${path}`, options);
    const inspector = new TestInspector(socket);
    await new Promise((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    return inspector;
  }

  hello(token?: string, protocol = DEBUG_PROTOCOL): Promise<ResultOf<'Hub.hello'>> {
    return this.call('Hub.hello', { protocol, role: 'inspector', name: 'test', ...(token === undefined ? {} : { token }) });
  }

  call<M extends MethodName>(method: M, params: ParamsOf<M>): Promise<ResultOf<M>> {
    return this.rpc.call(method, params);
  }

  /** The code of the error that a call ends in; `none` when it ends well. */
  async refusal<M extends MethodName>(method: M, params: ParamsOf<M>): Promise<string> {
    return await this.call(method, params).then(
      () => 'none',
      (thrown: unknown) => codeOf(thrown),
    );
  }

  /** Follows the client's events from a seq on. */
  async follow(params: ParamsOf<'Client.enable'> = { sinceSeq: 0 }, credit = 1_000_000_000): Promise<void> {
    await this.call('Client.credit', { bytes: credit });
    await this.call('Client.enable', params);
  }

  drop(): void {
    this.socket.terminate();
  }

  #took<E extends EventName>(event: E, params: EventParams<E>): void {
    this.told.push({ event, params });
    if (event !== 'Client.events') return;
    const { events, dropped = [] } = params as EventParams<'Client.events'>;
    this.events.push(...events);
    this.dropped.push(...dropped);
    if (events.length + dropped.length === 0) this.isUpToDate = true;
  }
}

/** A request with headers that `fetch` does not let one set. */
export function rawGet(hub: Hub, path: string, headers: Readonly<Record<string, string>> = {}, method = 'GET'): Promise<{ status: number; headers: Record<string, unknown>; body: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port: hub.port, path, method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks).toString('utf8') }));
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}
