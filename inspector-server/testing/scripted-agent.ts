import { WebSocket } from 'ws';
import { AppError } from '../../shared/base/app-error.ts';
import { DEBUG_PROTOCOL, EVENT_BUDGET_BYTES, type ClientInfo, type DebugEvent, type MethodName, type ParamsOf, type ResultOf } from '../../shared/protocol/debug/index.ts';
import { DebugRpc } from '../../shared/protocol/debug/rpc.ts';
import { wsChannel } from '../sockets/ws-channel.ts';
import { scriptedAnswers, type Answers } from './scripted-answers.ts';
import { ScriptedSession, type Draft } from './scripted-session.ts';

export interface ScriptedAgentOptions {
  readonly client?: Partial<ClientInfo>;
  readonly token?: string;
  readonly origin?: string;
  readonly headers?: { readonly [name: string]: string };
  readonly protocol?: number;
  readonly session?: ScriptedSession;
  readonly answers?: Answers;
  readonly budgetBytes?: number;
}

/** An agent that needs no runtime: it answers from a scripted session and tells events as one would, with credit and gaps (DB4). */
export class ScriptedAgent {
  readonly info: ClientInfo;
  readonly session: ScriptedSession;
  /** Events of this run that may be asked for again, oldest first. */
  readonly ring: DebugEvent[] = [];
  readonly calls: { readonly method: MethodName; readonly params: unknown; readonly by: string | undefined }[] = [];
  readonly #url: string;
  readonly #options: ScriptedAgentOptions;
  readonly #answers: Answers;
  #socket: WebSocket | null = null;
  #rpc: DebugRpc | null = null;
  #credit = 0;
  #nextSeq = 0;
  #sentSeq = -1;
  #lost: { fromSeq: number; toSeq: number; reason: string }[] = [];
  #heldBytes = 0;
  #unanswered: { readonly bytes: number; readonly lastSeq: number }[] = [];
  /** The last seq for which the hub gave credit back. */
  credited = -1;
  welcome: ResultOf<'Hub.hello'> | null = null;
  closedBecause: string | null = null;

  private constructor(url: string, options: ScriptedAgentOptions) {
    this.#url = url;
    this.#options = options;
    this.session = options.session ?? new ScriptedSession(Date.now());
    const answers = scriptedAnswers(this.session, {
      emit: (drafts) => this.emit(drafts),
      changed: (...ids) => this.changed(ids),
    });
    this.#answers = { ...answers, ...options.answers };
    this.info = {
      clientId: 'client-rounds',
      runId: `run-${Math.random().toString(36).slice(2, 10)}`,
      deviceId: 'device-amelie',
      title: 'Rounds',
      type: 'node',
      app: 'Rounds 2.14.0',
      platform: `Node ${process.versions.node}, pid ${process.pid}`,
      runtimeVersion: '0.1.0',
      userId: 'u-118',
      startedAt: Date.now(),
      capabilities: ['Client.getInfo', ...Object.keys(this.#answers)],
      valuePolicy: 'full',
      clockOffsetMs: 0,
      ...options.client,
    };
  }

  /** Dials the hub at `url` (as `ws://127.0.0.1:9339/agent`) and says hello. */
  static async connect(url: string, options: ScriptedAgentOptions = {}): Promise<ScriptedAgent> {
    const agent = new ScriptedAgent(url, options);
    await agent.dial();
    return agent;
  }

  async dial(): Promise<void> {
    const socket = new WebSocket(this.#url, { headers: { ...this.#options.headers }, ...(this.#options.origin === undefined ? {} : { origin: this.#options.origin }) });
    await new Promise((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    this.closedBecause = null;
    this.#socket = socket;
    const rpc: DebugRpc = new DebugRpc(wsChannel(socket), {
      request: (method, params, { by, signal }) => this.#answer(method, params, by, signal),
      event: (event, params) => {
        if (event !== 'Hub.credit') return;
        const { bytes } = params as { bytes: number };
        this.#credit += bytes;
        this.#credited(bytes);
        this.#pump();
      },
      closed: (reason) => {
        if (this.#rpc !== rpc) return;
        this.closedBecause = reason;
        this.#rpc = null;
      },
    });
    const { token, protocol = DEBUG_PROTOCOL } = this.#options;
    const welcome = await rpc.call('Hub.hello', { protocol, role: 'agent', client: this.info, firstSeq: this.ring[0]?.seq ?? 0, ...(token === undefined ? {} : { token }) });
    this.welcome = welcome;
    this.#rpc = rpc;
    this.#credit = welcome.credit ?? 0;
    this.#unanswered = [];
    // What the hub lacks is sent again; what is no longer here is a gap.
    this.#sentSeq = welcome.haveSeq ?? -1;
    const first = this.ring[0]?.seq ?? this.#nextSeq;
    if (first > this.#sentSeq + 1 && !this.#lost.some(({ fromSeq }) => fromSeq <= this.#sentSeq + 1)) this.#lost.push({ fromSeq: this.#sentSeq + 1, toSeq: first - 1, reason: 'no longer kept' });
    this.#pump();
  }

  /** Numbers events and tells them as credit allows. */
  emit(drafts: readonly Draft[]): void {
    const budget = this.#options.budgetBytes ?? EVENT_BUDGET_BYTES;
    for (const draft of drafts) {
      const event = { ...draft, seq: this.#nextSeq++ };
      this.ring.push(event);
      this.#heldBytes += JSON.stringify(event).length;
    }
    while (this.#heldBytes > budget && this.ring.length > 1) {
      const gone = this.ring.shift() as DebugEvent;
      this.#heldBytes -= JSON.stringify(gone).length;
      if (gone.seq <= this.#sentSeq) continue;
      const last = this.#lost.at(-1);
      if (last !== undefined && last.toSeq === gone.seq - 1) this.#lost[this.#lost.length - 1] = { ...last, toSeq: gone.seq };
      else this.#lost.push({ fromSeq: gone.seq, toSeq: gone.seq, reason: 'the agent was out of credit' });
    }
    this.#pump();
  }

  changed(ids: readonly string[]): void {
    const entries = ids.flatMap((id) => this.session.entry(id) ?? []);
    this.#rpc?.emit('Registry.changed', { entries, removed: ids.filter((id) => this.session.entry(id) === undefined) });
  }

  progress(params: { commandId: string; done: number; total?: number }): void {
    this.#rpc?.emit('Context.progress', params);
  }

  /** Ends the socket without a word, as a killed process does. */
  drop(): void {
    this.#rpc = null;
    this.#socket?.terminate();
  }

  close(): void {
    this.#rpc?.close('the app ends');
    this.#rpc = null;
  }

  /** Credit comes back in the order in which events were sent, once they are written. */
  #credited(bytes: number): void {
    const [first] = this.#unanswered;
    if (first === undefined || first.bytes !== bytes) return;
    this.#unanswered.shift();
    this.credited = first.lastSeq;
  }

  #pump(): void {
    const rpc = this.#rpc;
    if (rpc === null) return;
    while (this.#credit > 0) {
      const from = this.ring.findIndex(({ seq }) => seq > this.#sentSeq);
      const events = from === -1 ? [] : this.ring.slice(from, from + 500);
      if (events.length === 0 && this.#lost.length === 0) return;
      const params = { runId: this.info.runId, events, ...(this.#lost.length === 0 ? {} : { dropped: this.#lost }) };
      this.#lost = [];
      this.#sentSeq = events.at(-1)?.seq ?? this.#sentSeq;
      const bytes = Buffer.byteLength(JSON.stringify({ method: 'Client.events', params }));
      this.#credit -= bytes;
      this.#unanswered.push({ bytes, lastSeq: this.#sentSeq });
      rpc.emit('Client.events', params);
    }
  }

  async #answer(method: MethodName, params: unknown, by: string | undefined, signal: AbortSignal): Promise<unknown> {
    this.calls.push({ method, params, by });
    if (method === 'Client.getInfo') return this.info;
    if (method === 'Client.enable') return { runId: this.info.runId, nextSeq: this.#nextSeq } satisfies ResultOf<'Client.enable'>;
    const answer = this.#answers[method] as ((params: ParamsOf<MethodName>, by: string | undefined, signal: AbortSignal) => unknown) | undefined;
    if (answer === undefined) throw new AppError('UNSUPPORTED', `This client does not answer ${method}`);
    return await answer(params as ParamsOf<MethodName>, by, signal);
  }
}
