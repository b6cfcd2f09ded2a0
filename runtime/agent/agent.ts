import { AppError, codeOf, messageOf } from '../../shared/base/app-error.ts';
import type { Clock, Undo } from '../../shared/base/clock.ts';
import type { Json } from '../../shared/base/json.ts';
import type { Random } from '../../shared/base/random.ts';
import type { ClosableChannel } from '../../shared/protocol/channel.ts';
import { DEBUG_PROTOCOL, EVENT_BUDGET_BYTES, ROWS_ONLY, methodOf, type ClientInfo, type MethodName } from '../../shared/protocol/debug/index.ts';
import { DebugRpc, type Asking } from '../../shared/protocol/debug/rpc.ts';
import type { ControlPort } from '../control.ts';
import { answersOf, type Answers, type Job } from './answers.ts';
import { EventRing } from './event-ring.ts';
import { telemetryAnswers, type AgentCost } from './telemetry-answers.ts';
import { maskedEvent, type ValuePolicy } from './masking.ts';
import { RegistryWatch, REGISTRY_PERIOD } from './registry-entries.ts';

/** What an agent needs of its platform: a socket, time and chance. Every `Platform` fits. */
export interface AgentPlatform {
  readonly clock: Clock;
  readonly random: Random;
  dial(url: string, handlers: { opened(): void; message(text: string): void; closed(reason: string): void }): { send(text: string): void; close(reason: string): void };
}

export interface AgentOptions {
  readonly platform: AgentPlatform;
  /** The hub's address, for example `ws://127.0.0.1:9339`. */
  readonly hub: string;
  /** Shown in the client picker. */
  readonly title?: string;
  /** Names this client over restarts; default: its deviceId. */
  readonly clientId?: string;
  /** DB8. `full` is for development on this machine only; default `structure`. */
  readonly values?: ValuePolicy;
  /** Of a hub on another machine: what pairing gave. */
  readonly token?: string;
  /** Answers beside the agent's own, from other parts of the runtime. */
  readonly more?: Answers;
}

export interface Agent {
  readonly info: ClientInfo;
  readonly connected: boolean;
  stop(): void;
}

const BATCH = 200;
const LONGEST_BACKOFF = 15_000;
const COMMANDS_KEPT = 200;
const HUB_SILENCE = 40_000;

type AnyAnswer = (params: unknown, job: Job) => unknown;

/** Dials the hub and lets it see and steer a client, until stopped (DB1-DB8). Nothing is held or sent before this call. */
export function startAgent(client: { readonly control: ControlPort }, options: AgentOptions): Agent {
  return new RunningAgent(client.control, options);
}

class RunningAgent implements Agent {
  readonly info: ClientInfo;
  readonly #control: ControlPort;
  readonly #options: AgentOptions;
  readonly #answers: Answers;
  readonly #ring = new EventRing(EVENT_BUDGET_BYTES);
  readonly #watch: RegistryWatch;
  readonly #commands = new Map<string, Promise<unknown>>();
  readonly #undo: Undo;
  #rpc: DebugRpc | null = null;
  #credit = 0;
  #attempt = 0;
  #retry: Undo | null = null;
  #flush: Undo | null = null;
  #look: Undo | null = null;
  #stopped = false;

  constructor(control: ControlPort, options: AgentOptions) {
    this.#control = control;
    this.#options = options;
    const policy = options.values ?? 'structure';
    const { clock } = options.platform;
    const telemetry = telemetryAnswers(control, { heard: () => this.#ring.held(), cost: () => this.#cost() }, () => clock.now());
    this.#answers = { ...answersOf(control, policy, () => clock.now()), ...telemetry, ...options.more };
    this.#watch = new RegistryWatch(control);
    const { identity } = control;
    this.info = {
      clientId: options.clientId ?? identity.deviceId,
      runId: identity.runId,
      deviceId: identity.deviceId,
      title: options.title ?? identity.app,
      type: identity.type,
      app: identity.app,
      platform: identity.platform,
      runtimeVersion: RUNTIME_VERSION,
      userId: identity.userId,
      startedAt: identity.startedAt,
      capabilities: ['Client.getInfo', 'Client.enable', ...Object.keys(this.#answers), ROWS_ONLY],
      valuePolicy: policy,
    };
    // DB5: what the flight recorder still has of this run comes before what happens from now on.
    for (const event of control.recorder.events()) this.#ring.add(maskedEvent(event, policy));
    this.#undo = control.onEvent((event) => {
      this.#ring.add(maskedEvent(event, policy));
      this.#soon();
    });
    this.#dial();
  }

  get connected(): boolean {
    return this.#rpc !== null;
  }

  #silence: Undo | null = null;
  #emulated = false;
  #eventsSent = 0;
  #bytesSent = 0;
  #busyMs = 0;

  #cost(): AgentCost {
    return { eventsHeld: this.#ring.size, bytesHeld: this.#ring.bytes, eventsSent: this.#eventsSent, bytesSent: this.#bytesSent, busyMs: this.#busyMs };
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#undo();
    this.#control.setFrames(false);
    // What an inspector set up through this agent ends with it.
    if (this.#emulated) this.#control.network.emulate(null);
    this.#retry?.();
    this.#flush?.();
    this.#look?.();
    this.#silence?.();
    this.#rpc?.close('the client ends');
    this.#rpc = null;
  }

  #dial(): void {
    this.#retry = null;
    const { platform, hub, token } = this.#options;
    let channel: SocketChannel | null = null;
    const socket = platform.dial(`${hub.replace(/\/$/, '')}/agent`, {
      opened: () => {
        const opened = new SocketChannel(socket);
        channel = opened;
        const rpc = new DebugRpc(opened, {
          request: (method, params, asking) => this.#answer(method, params, asking),
          event: (event, params) => {
            if (event !== 'Hub.credit') return;
            this.#credit += (params as { bytes: number }).bytes;
            this.#pump();
          },
          closed: () => {
            if (this.#rpc === rpc) this.#rpc = null;
          },
        });
        rpc
          .call('Hub.hello', { protocol: DEBUG_PROTOCOL, role: 'agent', client: this.info, firstSeq: this.#ring.firstSeq, ...(token === undefined ? {} : { token }) })
          .then(({ haveSeq, credit }) => this.#welcomed(rpc, haveSeq ?? 0, credit ?? 0))
          .catch(() => rpc.close('no welcome'));
      },
      message: (text) => {
        this.#heard(socket);
        channel?.take(text);
      },
      closed: (reason) => {
        this.#silence?.();
        this.#silence = null;
        channel?.ended(reason);
        this.#rpc = null;
        this.#again();
      },
    });
  }

  /** DB7: a hub asks every ten seconds who is there; one that has not for long is gone, whatever the socket says. */
  #heard(socket: { close(reason: string): void }): void {
    this.#silence?.();
    this.#silence = this.#options.platform.clock.after(HUB_SILENCE, () => socket.close('the hub is silent'));
  }

  #again(): void {
    if (this.#stopped || this.#retry !== null) return;
    const { clock, random } = this.#options.platform;
    const ceiling = Math.min(LONGEST_BACKOFF, 250 * 2 ** Math.min(this.#attempt++, 10));
    this.#retry = clock.after(100 + random.next() * ceiling, () => this.#dial());
  }

  #welcomed(rpc: DebugRpc, haveSeq: number, credit: number): void {
    if (this.#stopped) return;
    this.#attempt = 0;
    this.#rpc = rpc;
    this.#credit = credit;
    this.#ring.resume(haveSeq);
    this.#watch.reset();
    this.#soon();
  }

  /** Events go out in batches: those of one burst together. */
  #soon(): void {
    if (this.#rpc === null) return;
    const { clock } = this.#options.platform;
    this.#flush ??= clock.after(20, () => {
      this.#flush = null;
      this.#pump();
    });
    this.#look ??= clock.after(REGISTRY_PERIOD, () => {
      this.#look = null;
      const changes = this.#watch.changes();
      if (changes !== null) this.#rpc?.emit('Registry.changed', changes);
    });
  }

  #pump(): void {
    const rpc = this.#rpc;
    const { clock } = this.#options.platform;
    const before = clock.monotonic();
    while (rpc !== null && this.#credit > 0) {
      const batch = this.#ring.take(BATCH);
      if (batch === null) break;
      const params = { runId: this.info.runId, events: batch.events as never, ...(batch.gaps.length === 0 ? {} : { dropped: [...batch.gaps] }) };
      const bytes = JSON.stringify(params).length;
      this.#credit -= bytes;
      this.#bytesSent += bytes;
      this.#eventsSent += batch.events.length;
      rpc.emit('Client.events', params);
    }
    this.#busyMs += clock.monotonic() - before;
  }

  async #answer(method: MethodName, params: unknown, { by, signal }: Asking): Promise<unknown> {
    switch (method) {
      case 'Client.getInfo':
        return this.info;
      case 'Client.enable': {
        this.#control.setFrames((params as { frames?: boolean }).frames === true);
        return { runId: this.info.runId, nextSeq: this.#control.lastSeq + 1 };
      }
      case 'Client.disable':
        this.#control.setFrames(false);
        return {};
      default:
        break;
    }
    const answer = this.#answers[method] as AnyAnswer | undefined;
    if (answer === undefined) throw new AppError('UNSUPPORTED', `This client does not answer ${method}`);
    return methodOf(method).changes ? this.#command(method, params as { commandId: string; contextId?: string; dryRun?: boolean }, answer, { by, signal }) : answer(params, { signal, progress: this.#tellingUnder((params as { commandId?: string }).commandId) });
  }

  /** DB6: how far a call is, for whoever gave it an id. */
  #tellingUnder(commandId: string | undefined): Job['progress'] {
    return commandId === undefined ? () => undefined : (done, total) => this.#rpc?.emit('Context.progress', { commandId, done, ...(total === undefined ? {} : { total }) });
  }

  /** DB2: a command is done once, however often it is asked for, and told as an event with who asked. */
  #command(method: MethodName, params: { commandId: string; contextId?: string; dryRun?: boolean }, answer: AnyAnswer, { by, signal }: { readonly by: string | undefined; readonly signal: AbortSignal }): Promise<unknown> {
    if (method === 'Network.emulate') this.#emulated = true;
    const kept = this.#commands.get(params.commandId);
    if (kept !== undefined) return kept;
    const run = async (): Promise<unknown> => {
      let outcome = 'done';
      try {
        return await answer(params, { signal, progress: this.#tellingUnder(params.commandId) });
      } catch (thrown) {
        outcome = codeOf(thrown);
        throw new AppError(codeOf(thrown), messageOf(thrown), thrown instanceof AppError ? { details: thrown.details } : {});
      } finally {
        const data: { [key: string]: Json } = { commandId: params.commandId, method, by: by ?? 'an inspector', outcome };
        if (params.dryRun === true) data['dryRun'] = true;
        // Only whether: the names of the contexts it is for are not for every session that hears of it.
        if (method === 'Network.emulate') data['emulates'] = 'conditions' in params && params.conditions !== null;
        this.#control.tell({ kind: 'command', ...(params.contextId === undefined ? {} : { contextId: params.contextId }), data });
      }
    };
    const result = run();
    this.#commands.set(params.commandId, result);
    result.catch(() => undefined);
    if (this.#commands.size > COMMANDS_KEPT) this.#commands.delete(this.#commands.keys().next().value ?? '');
    return result;
  }
}

/** A dialled socket as a channel. */
class SocketChannel implements ClosableChannel<string> {
  readonly #socket: { send(text: string): void; close(reason: string): void };
  #handlers: { message(text: string): void; closed(reason: string): void } | null = null;

  constructor(socket: { send(text: string): void; close(reason: string): void }) {
    this.#socket = socket;
  }

  send(text: string): void {
    this.#socket.send(text);
  }

  receive(handlers: { message(text: string): void; closed(reason: string): void }): void {
    this.#handlers = handlers;
  }

  take(text: string): void {
    this.#handlers?.message(text);
  }

  ended(reason: string): void {
    this.#handlers?.closed(reason);
  }

  close(reason = 'closed'): void {
    this.#socket.close(reason);
  }
}

const RUNTIME_VERSION = '0.1.0';
