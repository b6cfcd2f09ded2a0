import { AppError } from '../../shared/base/app-error.ts';
import type { Clock, Undo } from '../../shared/base/clock.ts';
import { DEBUG_PROTOCOL, type ClientInfo, type EventName, type EventParams, type MethodName, type ParamsOf, type ResultOf } from '../../shared/protocol/debug/index.ts';
import { DebugRpc, type CallOptions, type DebugChannel } from '../../shared/protocol/debug/rpc.ts';
import { assert } from '../../shared/base/assert.ts';
import type { Client } from '../clients/client.ts';
import type { HubLimits } from '../options.ts';
import { StepFollower } from '../recordings/step-follower.ts';
import type { BatchOutcome } from '../recordings/write-task.ts';
import { isBatch } from './event-batch.ts';
import type { MeteredChannel } from './ws-channel.ts';

export type Hello = ParamsOf<'Hub.hello'>;
export type Welcome = ResultOf<'Hub.hello'>;

export interface AgentPorts {
  /** Lets the agent in and says whose recording it writes; throws what the agent is told. */
  admit(hello: Hello & { client: ClientInfo }): { readonly client: Client; readonly sessionId: string; readonly hub: string };
  /** The client came, went or changed. */
  changed(client: Client): void;
  readonly limits: HubLimits;
  readonly clock: Clock;
  log(line: string): void;
}

/** DB7: after so many beats without a word the other side is gone. */
export const MISSED_BEATS = 3;

/** Says which side is too old (DB3). */
export function checkProtocol(theirs: number, who: string): void {
  if (theirs === DEBUG_PROTOCOL) return;
  throw new AppError('PROTOCOL_VERSION', `This hub speaks debug protocol ${DEBUG_PROTOCOL} and the ${who} ${theirs}: upgrade the ${theirs < DEBUG_PROTOCOL ? who : 'hub'}`, { details: { protocol: DEBUG_PROTOCOL } });
}

/** The socket of one client's agent: what it tells goes into the recording and to its inspectors, what they ask goes to it. */
export class AgentLink {
  readonly #channel: MeteredChannel;
  readonly #ports: AgentPorts;
  readonly #rpc: DebugRpc;
  #client: Client | null = null;
  #credit: number;
  /** Of the message that is being handled. */
  #messageBytes = 0;
  #missedBeats = 0;
  #frames = false;
  #beat: Undo | null = null;
  #steps: StepFollower | null = null;

  constructor(channel: MeteredChannel, ports: AgentPorts) {
    this.#channel = channel;
    this.#ports = ports;
    this.#credit = ports.limits.agentCreditBytes;
    this.#rpc = new DebugRpc(this.#withoutBatches(channel), {
      request: (method, params) => this.#answer(method, params),
      event: (event, params) => this.#took(event, params),
      closed: (reason) => this.#gone(reason),
    });
  }

  get isGreeted(): boolean {
    return this.#client !== null;
  }

  call<M extends MethodName>(method: M, params: ParamsOf<M>, options: CallOptions = {}): Promise<ResultOf<M>> {
    return this.#rpc.call(method, params, options);
  }

  /** Turns the kind `frame` on for as long as an inspector wants it. */
  wantFrames(frames: boolean): void {
    if (frames === this.#frames) return;
    this.#frames = frames;
    // An agent that has no frames to give says so, and nothing is lost.
    this.#rpc.call('Client.enable', { frames }).catch(() => undefined);
  }

  close(reason: string): void {
    this.#rpc.close(reason);
    this.#gone(reason);
  }

  /** Batches of events are most of what comes: they are handed on as they are, to be parsed where they are written. */
  #withoutBatches(channel: MeteredChannel): DebugChannel {
    return {
      send: (message) => channel.send(message),
      close: (reason) => channel.close(reason),
      receive: ({ message, closed }) => channel.receive({ closed, message, bytes: (text) => this.#isTaken(text) }),
    };
  }

  /** Before hello nothing is: who is not known has nothing to tell. */
  #isTaken(text: Buffer): boolean {
    this.#messageBytes = text.length;
    const client = this.#client;
    if (client === null || !isBatch(text)) return false;
    this.#batch(client, text, text.length);
    return true;
  }

  /** `bytes`: what it took off the credit. */
  #batch(client: Client, text: Buffer, bytes: number): void {
    this.#missedBeats = 0;
    client.lastSeenAt = this.#ports.clock.now();
    this.#credit -= bytes;
    const beyondCredit = this.#credit < -this.#ports.limits.frameBytes;
    client.recording().add({ text, runId: client.info.runId, beyondCredit, done: (outcome) => this.#done(bytes, outcome) });
    // What it sent is a gap, and it has to come back.
    if (beyondCredit) this.close('sent without credit');
  }

  /** DB4: credit comes back for what is on disk, or never will be. */
  #done(bytes: number, outcome: BatchOutcome): void {
    this.#credit += bytes;
    if (outcome.is === 'bad') this.#channel.send(JSON.stringify({ id: null, error: { code: 'BAD_MESSAGE', message: `Client.events: ${outcome.message}` } }));
    else if (outcome.is !== 'left out' && this.#client !== null) this.#rpc.emit('Hub.credit', { bytes });
  }

  #answer(method: MethodName, params: unknown): Welcome {
    if (method !== 'Hub.hello') throw new AppError(this.isGreeted ? 'UNSUPPORTED' : 'UNAUTHENTICATED', this.isGreeted ? `An agent cannot call ${method}` : 'The first frame is Hub.hello');
    if (this.isGreeted) throw new AppError('BAD_MESSAGE', 'Hub.hello comes once');
    const hello = params as Hello;
    checkProtocol(hello.protocol, 'agent');
    if (hello.role !== 'agent' || hello.client === undefined) throw new AppError('BAD_PARAMS', 'On /agent, Hub.hello names role `agent` and the client');
    const { client, sessionId, hub } = this.#ports.admit({ ...hello, client: hello.client });
    const { clock, limits } = this.#ports;
    client.agent?.close('another connection of this client came');
    const recording = client.recording();
    client.agent = this;
    client.lastSeenAt = clock.now();
    this.#client = client;
    recording.putClient(client.info);
    this.#beat = this.#beatAfter(limits.heartbeatMs);
    // Behind the answer: the agent knows then from where on to send.
    setImmediate(() => {
      if (this.#client === client) this.#greeted(client);
    });
    return { protocol: DEBUG_PROTOCOL, hub, sessionId, mode: 'control', contexts: null, haveSeq: recording.lastSeq(client.info.runId), credit: limits.agentCreditBytes };
  }

  #greeted(client: Client): void {
    this.#frames = [...client.inspectors].some(({ wantsFrames }) => wantsFrames);
    const { runId } = client.info;
    this.#rpc.call('Client.enable', { runId, sinceSeq: client.recording().lastSeq(runId) + 1, frames: this.#frames }).catch(() => undefined);
    this.#rpc.call('Registry.list', {}).then(
      ({ entries }) => this.#registry(entries, [...client.entries.keys()].filter((id) => !entries.some(({ row }) => row.contextId === id))),
      // An agent without a registry is one that only tells events.
      () => undefined,
    );
    if (client.info.capabilities.includes('Recorder.lines')) this.#followSteps(client);
    this.#ports.changed(client);
    for (const inspector of client.inspectors) inspector.clientCame();
  }

  #followSteps(client: Client): void {
    const { clock, limits, log } = this.#ports;
    this.#steps = new StepFollower(client.recording(), { ask: (place) => this.#rpc.call('Recorder.lines', place), clock, everyMs: limits.stepsEveryMs, trouble: log });
  }

  /** Resolves once the recording holds the steps of the client up to now, or within a while without them. */
  async catchUpSteps(): Promise<void> {
    const steps = this.#steps;
    if (steps === null) return;
    const { clock, limits } = this.#ports;
    let undo = (): void => undefined;
    const late = new Promise<void>((resolve) => {
      undo = clock.after(limits.stepsPatienceMs, resolve);
    });
    await Promise.race([steps.catchUp(), late]);
    undo();
  }

  #took<E extends EventName>(event: E, params: EventParams<E>): void {
    this.#missedBeats = 0;
    const client = this.#client;
    if (client === null) return;
    switch (event) {
      case 'Client.events':
        // Written in another way than agents do: it goes the way of all others.
        this.#batch(client, Buffer.from(JSON.stringify({ method: 'Client.events', params })), this.#messageBytes);
        return;
      case 'Registry.changed': {
        const { entries, removed } = params as EventParams<'Registry.changed'>;
        this.#registry(entries, removed);
        return;
      }
      case 'Context.progress':
      case 'Client.detached':
        for (const inspector of client.inspectors) inspector.pass(event, params);
        return;
      default:
        return;
    }
  }

  #registry(entries: EventParams<'Registry.changed'>['entries'], removed: readonly string[]): void {
    const client = this.#client;
    if (client === null) return;
    client.took(entries, removed);
    client.recording().putContexts(entries, removed);
    for (const inspector of client.inspectors) inspector.pass('Registry.changed', { entries: [...entries], removed: [...removed] });
  }

  /** DB7: asks who is there; an agent hears from the hub by it, and the hub from the agent. */
  #beatAfter(ms: number): Undo {
    return this.#ports.clock.after(ms, () => {
      const { limits } = this.#ports;
      if (this.#missedBeats++ >= MISSED_BEATS) return this.close('no heartbeat');
      this.#beat = this.#beatAfter(limits.heartbeatMs);
      this.#rpc.call('Client.getInfo', {}).then(
        (info) => this.#renewed(info),
        // Any answer is a sign of life.
        () => (this.#missedBeats = 0),
      );
    });
  }

  #renewed(info: ClientInfo): void {
    const client = this.#client;
    this.#missedBeats = 0;
    if (client === null || info.clientId !== client.clientId || info.runId !== client.info.runId) return;
    client.lastSeenAt = this.#ports.clock.now();
    if (JSON.stringify(info) === JSON.stringify(client.info)) return;
    client.info = info;
    client.recording().putClient(info);
    this.#ports.changed(client);
  }

  #gone(reason: string): void {
    this.#beat?.();
    this.#steps?.close();
    const client = this.#client;
    this.#client = null;
    if (client === null || client.agent !== this) return;
    assert(client.isOpen, 'the recording of a client that is here is open');
    client.agent = null;
    void client.recording().flush();
    client.recording().seen(client.lastSeenAt);
    for (const inspector of client.inspectors) inspector.clientWent(reason);
    client.rest();
    this.#ports.changed(client);
  }
}
