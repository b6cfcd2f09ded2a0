import { AppError, codeOf } from '../../shared/base/app-error.ts';
import type { Clock } from '../../shared/base/clock.ts';
import { isJsonObject } from '../../shared/base/json.ts';
import { DEBUG_PROTOCOL, methodOf, type EventName, type EventParams, type MethodName, type ParamsOf, type ResultOf } from '../../shared/protocol/debug/index.ts';
import { DebugRpc } from '../../shared/protocol/debug/rpc.ts';
import { ContextLimit } from '../access/context-limit.ts';
import type { Grant } from '../access/grants.ts';
import type { AuditEntry } from '../audit.ts';
import type { Client } from '../clients/client.ts';
import type { HubLimits } from '../options.ts';
import { checkProtocol, type Hello, type Welcome } from './agent-link.ts';
import { EventStream } from './event-stream.ts';
import type { MeteredChannel } from './ws-channel.ts';

export interface InspectorPorts {
  /** What the token of a hello buys; throws what the inspector is told. */
  admit(hello: Hello): { readonly grant: Grant; readonly hub: string };
  /** Methods of the hub itself. */
  answer(method: MethodName, params: unknown, link: InspectorLink): unknown;
  audit(entry: AuditEntry): void;
  readonly limits: HubLimits;
  readonly clock: Clock;
}

interface Session {
  readonly grant: Grant;
  readonly name: string;
  readonly since: number;
  readonly limit: ContextLimit | null;
}

/** Methods about the stream that the hub answers, whether the client is here or not. */
const OF_THE_STREAM: ReadonlySet<MethodName> = new Set<MethodName>(['Client.enable', 'Client.disable', 'Client.credit']);

/** The socket of one inspector, attached to a client (`client`) or to the hub alone (null). */
export class InspectorLink {
  readonly client: Client | null;
  readonly remote: string;
  readonly #channel: MeteredChannel;
  readonly #ports: InspectorPorts;
  readonly #rpc: DebugRpc;
  readonly #commands = new Set<string>();
  #session: Session | null = null;
  #stream: EventStream | null = null;
  #credit = 0;
  #frames = false;
  /** Counts how often the stream was asked for, or away. */
  #asked = 0;
  #calls = 0;
  /** A limited session is shown nothing before every name that it may not learn is known. */
  #named: Promise<void> = Promise.resolve();

  constructor(channel: MeteredChannel, client: Client | null, remote: string, ports: InspectorPorts) {
    this.client = client;
    this.remote = remote;
    this.#channel = channel;
    this.#ports = ports;
    this.#rpc = new DebugRpc(channel, { request: (method, params, { signal }) => this.#answer(method, params, signal), closed: () => this.#gone() });
  }

  get session(): Session | null {
    return this.#session;
  }

  get wantsFrames(): boolean {
    return this.#frames;
  }

  close(reason: string): void {
    this.#rpc.close(reason);
    this.#gone();
  }

  /** An event of the client, or of the hub, as far as this session may see it. */
  pass<E extends EventName>(event: E, params: EventParams<E>): void {
    const limit = this.#session?.limit;
    if (limit === null) this.#rpc.emit(event, params);
    // Where names cannot be had, nothing is shown.
    else if (limit !== undefined) this.#named.then(() => this.#passPart(limit, event, params), () => undefined);
  }

  #passPart<E extends EventName>(limit: ContextLimit, event: E, params: EventParams<E>): void {
    if (event === 'Registry.changed') {
      const seen = limit.changed(params as EventParams<'Registry.changed'>);
      if (seen !== null) this.#rpc.emit('Registry.changed', seen);
    } else if (event === 'Context.progress') {
      const { text: _text, ...progress } = params as EventParams<'Context.progress'>;
      if (this.#commands.has(progress.commandId)) this.#rpc.emit('Context.progress', progress);
    } else if (event === 'Hub.changed') this.#rpc.emit('Hub.changed', limit.result('Hub.targets', params as ResultOf<'Hub.targets'>));
    else if (event !== 'Client.events') this.#rpc.emit(event, params);
  }

  clientCame(): void {
    if (this.client !== null) this.pass('Hub.client', { connected: true, client: this.client.info });
  }

  clientWent(reason: string): void {
    this.pass('Hub.client', { connected: false });
    this.pass('Client.detached', { reason });
  }

  #answer(method: MethodName, params: unknown, signal: AbortSignal): unknown {
    if (method === 'Hub.hello') return this.#hello(params as Hello);
    const session = this.#session;
    if (session === null) {
      // Nobody stays who does not say who they are.
      setImmediate(() => this.close('no hello'));
      throw new AppError('UNAUTHENTICATED', 'The first frame is Hub.hello, with a token');
    }
    if (methodOf(method).changes && session.grant.mode === 'observe') throw new AppError('READ_ONLY', `This session only observes: it cannot call ${method}`);
    session.limit?.checkCall(method, params);
    if (OF_THE_STREAM.has(method)) return this.#ofTheStream(method, params);
    if (this.#calls >= this.#ports.limits.callsAtOnce) throw new AppError('TOO_LARGE', `More than ${this.#ports.limits.callsAtOnce} calls at once: wait for an answer`);
    return this.#counted(session, method, params, signal);
  }

  #hello(hello: Hello): Welcome {
    if (this.#session !== null) throw new AppError('BAD_MESSAGE', 'Hub.hello comes once');
    checkProtocol(hello.protocol, 'inspector');
    if (hello.role !== 'inspector') throw new AppError('BAD_PARAMS', 'Here Hub.hello names role `inspector`; an agent dials /agent');
    const { grant, hub } = this.#ports.admit(hello);
    const client = this.client;
    const limit = grant.contexts === null ? null : new ContextLimit(grant.contexts, () => client?.names ?? new Map<string, string>());
    this.#session = { grant, name: hello.name ?? grant.name, since: this.#ports.clock.now(), limit };
    client?.inspectors.add(this);
    if (limit !== null && client !== null) this.#named = client.recording().index();
    this.#named.catch(() => undefined);
    const about = client === null ? {} : { client: client.info, connected: client.connected };
    return { protocol: DEBUG_PROTOCOL, hub, sessionId: grant.id, mode: grant.mode, contexts: grant.contexts === null ? null : [...grant.contexts], ...about };
  }

  #ofTheStream(method: MethodName, params: unknown): unknown {
    const client = this.client;
    if (client === null) throw new AppError('UNSUPPORTED', `${method} is about a client: attach to one at /client/<clientId>`);
    if (method === 'Client.credit') {
      const { bytes } = params as ParamsOf<'Client.credit'>;
      if (this.#stream === null) this.#credit += bytes;
      else this.#stream.give(bytes);
      return {};
    }
    this.#asked++;
    this.#credit = this.#stream?.credit ?? this.#credit;
    this.#stream?.close();
    this.#stream = null;
    const { sinceSeq, runId = client.info.runId, frames = false } = method === 'Client.enable' ? (params as ParamsOf<'Client.enable'>) : {};
    this.#setFrames(frames);
    if (method === 'Client.disable') return {};
    return this.#enable(client, { sinceSeq, runId, frames });
  }

  /** What came before it was asked for is history, what comes behind is live. */
  async #enable(client: Client, { sinceSeq, runId, frames }: { readonly sinceSeq: number | undefined; readonly runId: string; readonly frames: boolean }): Promise<ResultOf<'Client.enable'>> {
    const asked = this.#asked;
    const recording = client.recording();
    await this.#named;
    await recording.flush();
    if (this.#session === null) throw new AppError('CLOSED', 'The inspector is gone');
    const { limit } = this.#session;
    const nextSeq = limit === null ? recording.lastSeq(client.info.runId) + 1 : recording.countOf(client.info.runId, limit.contexts, recording.lastPlace);
    const answer = { runId: client.info.runId, nextSeq };
    // It was asked for anew meanwhile.
    if (asked !== this.#asked) return answer;
    const before = (number: number): number => (limit === null ? recording.reader.placeBefore(runId, number) : recording.placeBeforeNumber(runId, limit.contexts, number));
    const after = sinceSeq === undefined ? recording.lastPlace : before(sinceSeq);
    // A limited session is told no gaps: only what is sent tells where it is.
    const seq = limit === null ? (sinceSeq ?? recording.lastSeq(runId) + 1) : 0;
    this.#stream = new EventStream(recording, this.#channel, this.#ports.limits, { after, frames, credit: this.#credit, filter: limit, from: { runId, seq } });
    if (!client.connected) setImmediate(() => this.pass('Hub.client', { connected: false }));
    return answer;
  }

  #setFrames(frames: boolean): void {
    if (this.#frames === frames) return;
    this.#frames = frames;
    const client = this.client;
    client?.agent?.wantFrames([...client.inspectors].some(({ wantsFrames }) => wantsFrames));
  }

  async #counted(session: Session, method: MethodName, params: unknown, signal: AbortSignal): Promise<unknown> {
    this.#calls++;
    const isChange = methodOf(method).changes;
    try {
      await this.#named;
      const result = await this.#ask(session, method, params, signal);
      if (isChange) this.#record(session, method, params, 'done');
      return session.limit === null ? result : session.limit.result(method, result as never);
    } catch (thrown) {
      if (isChange) this.#record(session, method, params, codeOf(thrown));
      throw session.limit !== null && thrown instanceof AppError ? session.limit.error(thrown) : thrown;
    } finally {
      this.#calls--;
    }
  }

  async #ask(session: Session, method: MethodName, params: unknown, signal: AbortSignal): Promise<unknown> {
    if (method.startsWith('Hub.')) return this.#ports.answer(method, params, this);
    const client = this.client;
    if (client === null) throw new AppError('UNSUPPORTED', `${method} is about a client: attach to one at /client/<clientId>`);
    const { agent } = client;
    if (agent === null) return this.#fromRecording(client, method);
    const { commandId } = params as { commandId?: string };
    if (commandId !== undefined) this.#commands.add(commandId);
    try {
      return await agent.call(method, params as never, { by: `${session.name} (${session.grant.id})`, signal });
    } catch (thrown) {
      throw unwrapped(thrown);
    } finally {
      if (commandId !== undefined) this.#commands.delete(commandId);
    }
  }

  /** What is known of a client that is gone. */
  #fromRecording(client: Client, method: MethodName): unknown {
    client.recording();
    if (method === 'Client.getInfo') return client.info;
    if (method === 'Registry.list') return { entries: [...client.entries.values()], at: client.lastSeenAt };
    throw new AppError('CLIENT_GONE', 'The client is not connected: only its recording can be looked at');
  }

  #record({ grant, name }: Session, method: MethodName, params: unknown, outcome: string): void {
    const { commandId = null } = params as { commandId?: string };
    this.#ports.audit({ at: this.#ports.clock.now(), sessionId: grant.id, by: name, clientId: this.client?.clientId ?? '', method, commandId, params: params as AuditEntry['params'], outcome });
  }

  #gone(): void {
    this.#stream?.close();
    this.#stream = null;
    if (this.#session === null) return;
    this.#session = null;
    this.#setFrames(false);
    this.client?.inspectors.delete(this);
    this.client?.rest();
  }
}

/** An error of the agent as the agent said it. */
function unwrapped(thrown: unknown): unknown {
  if (!(thrown instanceof AppError)) return thrown;
  const { data } = thrown.details;
  return data === undefined ? thrown : new AppError(thrown.code, thrown.message, { details: isJsonObject(data) ? data : { data } });
}
