import { AppError, codeOf, messageOf } from '../../base/app-error.ts';
import { DEBUG_PROTOCOL, type ClientInfo, type EventName, type EventParams, type MethodName, type ParamsOf, type RegistryEntry, type ResultOf } from '../../protocol/debug/index.ts';
import { creditOf } from '../../protocol/debug/credit.ts';
import { DebugRpc, type CallOptions } from '../../protocol/debug/rpc.ts';
import { contextNow, type ContextNow } from '../../views/context-now.ts';
import { EventIndex, type Track } from '../../views/event-index.ts';
import type { Host } from '../host.ts';
import { NO_TRAFFIC, infoOf, type ClientState, type Traffic } from './client-state.ts';
import { Meter } from './meter.ts';
import type { NewestEvents, RecordingDb } from './recording-db.ts';
import { Store } from './store.ts';

/** DB4: what an agent may send before this inspector has taken it in, in bytes. */
export const CREDIT_BYTES = 8 * 1_024 * 1_024;
const RTT_EVERY_MS = 5_000;
const FIRST_RTT_AFTER_MS = 1_000;
const TELL_EVERY_MS = 250;
/** While more events than this come within a telling, what is shown moves once a second: a person sees no more, and the page stays quick. */
const BUSY = 250;
const TELL_BUSY_MS = 1_000;
const TELL_SLOW_MS = 1_000;
const TELL_SLOW_BUSY_MS = 3_000;
const SLOW_APART_MS = 120;
const LONGEST_RETRY_MS = 10_000;
const FINAL: ReadonlySet<string> = new Set(['UNAUTHENTICATED', 'PROTOCOL_VERSION', 'NOT_PERMITTED', 'UNKNOWN_CLIENT']);

/** Commands that run at a time are few; those that ended are of no interest. */
const PROGRESS_KEPT = 50;

export interface Progress {
  readonly done: number;
  readonly total?: number | undefined;
  readonly text?: string | undefined;
}

/** One client as the inspector knows it: its recording, its registry, and the socket over which more of both comes. */
export class Session {
  readonly client = new Store<ClientState>({ state: 'none' });
  readonly contexts = new Store<ReadonlyMap<string, ContextNow>>(new Map());
  readonly traffic = new Store<Traffic>(NO_TRAFFIC);
  readonly progress = new Store<ReadonlyMap<string, Progress>>(new Map());
  /** Counts up when events came, at most four times a second. */
  readonly revision = new Store(0);
  /** Counts up with it, at most once a second: for what walks over many events. */
  readonly slow = new Store(0);
  readonly db: RecordingDb;
  index = new EventIndex();
  readonly #host: Host;
  readonly #meter = new Meter();
  #rpc: DebugRpc | null = null;
  #retry: ReturnType<typeof setTimeout> | null = null;
  #tell: ReturnType<typeof setTimeout> | null = null;
  #beat: ReturnType<typeof setInterval> | null = null;
  #last: { runId: string; seq: number } | null = null;
  #told = { events: 0, slowAt: 0, at: 0 };
  #untold: Partial<Traffic> = {};
  #tellTraffic: ReturnType<typeof setTimeout> | null = null;
  #owed = 0;
  #attempt = 0;
  #wanted: string | null = null;
  #liveFrom: number | null = null;
  #frames = false;
  #observe = false;

  constructor(host: Host) {
    this.#host = host;
    this.db = host.openDb();
  }

  /** Calls the client. Rejects with `CLIENT_GONE` when it is not there. */
  call<M extends MethodName>(method: M, params: ParamsOf<M>, options: CallOptions = {}): Promise<ResultOf<M>> {
    if (this.#rpc === null) return Promise.reject(new AppError('CLIENT_GONE', 'No client is attached'));
    return this.#rpc.call(method, params, options);
  }

  /** `observe`: calls nothing that changes the client, whatever the hub would let it. */
  attach(clientId: string, observe = false): void {
    this.#stop();
    this.#wanted = clientId;
    this.#observe = observe;
    const before = infoOf(this.client.get());
    if (before?.clientId !== clientId) {
      this.#startAnew();
      this.client.set({ state: 'attaching', clientId });
    }
    void this.#open(clientId);
  }

  detach(): void {
    this.#stop();
    this.#wanted = null;
    this.#startAnew();
    this.client.set({ state: 'none' });
  }

  /** Frames cost the client, so they are asked for only while they are looked at. */
  wantFrames(frames: boolean): void {
    if (frames === this.#frames) return;
    this.#frames = frames;
    if (this.#rpc === null || this.client.get().state !== 'attached') return;
    const since = this.#last === null ? { sinceSeq: 0 } : { sinceSeq: this.#last.seq + 1, runId: this.#last.runId };
    this.#rpc.call('Client.enable', { ...since, frames }).catch(() => this.#traffic({}));
  }

  retryNow(): void {
    if (this.#wanted !== null) void this.#open(this.#wanted);
  }

  close(): void {
    this.#stop();
    if (this.#tellTraffic !== null) clearTimeout(this.#tellTraffic);
    this.db.close();
  }

  /** Opens a recording from a file: every panel then reads it, and nothing can be changed. */
  async openFile(name: string, file: Blob): Promise<void> {
    this.#stop();
    this.#wanted = null;
    this.#startAnew();
    this.client.set({ state: 'opening', name });
    const { index } = this;
    try {
      const newest = await this.db.open(file);
      if (this.index !== index) return;
      index.startAfter(newest.earlier);
      if (newest.columns !== undefined) index.addColumns(newest.columns);
      this.#opened(name, index, newest);
      if (newest.earlier.events === 0) return;
      await idle();
      const whole = new EventIndex();
      const isStill = await this.db.readOn((stretch) => whole.addColumns(stretch));
      if (!isStill || this.index !== index) return;
      this.index = whole;
      this.#opened(name, whole, newest);
    } catch (thrown) {
      if (this.index !== index) return;
      this.#startAnew();
      this.client.set({ state: 'none' });
      throw thrown;
    }
  }

  /** Shows what was read of a file. */
  #opened(name: string, index: EventIndex, { opened }: NewestEvents): void {
    index.addGaps(opened.gaps);
    const told = new Set(opened.entries.map(({ row }) => row.contextId));
    this.#took([...opened.entries, ...[...index.tracks.values()].filter(({ contextId }) => !told.has(contextId)).map(entryOfTrack)]);
    index.goLive();
    this.client.set({ state: 'recorded', name, info: recordedInfo(name, opened.clients.at(-1), index) });
    this.revision.update((n) => n + 1);
    this.slow.update((n) => n + 1);
  }

  async #open(clientId: string): Promise<void> {
    this.#stop();
    try {
      const token = await this.#host.token();
      const rpc: DebugRpc = new DebugRpc(this.#host.connect(`/client/${encodeURIComponent(clientId)}`), {
        event: (event, params) => this.#event(event, params),
        closed: (reason) => {
          if (this.#rpc === rpc) this.#lost(clientId, reason);
        },
      });
      this.#rpc = rpc;
      const hello = await rpc.call('Hub.hello', { protocol: DEBUG_PROTOCOL, role: 'inspector', name: 'inspector', ...(token === null ? {} : { token }) });
      const info = hello.client ?? (await rpc.call('Client.getInfo', {}));
      const { entries } = await rpc.call('Registry.list', {});
      this.#took(entries);
      const since = this.#last?.runId === info.runId ? { sinceSeq: this.#last.seq + 1, runId: info.runId } : { sinceSeq: 0 };
      await rpc.call('Client.credit', { bytes: CREDIT_BYTES });
      this.#owed = 0;
      const { nextSeq } = await rpc.call('Client.enable', { ...since, frames: this.#frames });
      this.#liveFrom = nextSeq;
      this.#checkLive();
      this.#attempt = 0;
      this.client.set({ state: 'attached', info, mode: this.#observe ? 'observe' : hello.mode, contexts: hello.contexts });
      this.#keep(entries, []);
      this.#beat = setInterval(() => void this.#measure(rpc), RTT_EVERY_MS);
      // Not at once: the first answers stand behind the whole backlog.
      setTimeout(() => {
        if (this.#rpc === rpc) void this.#measure(rpc);
      }, FIRST_RTT_AFTER_MS);
    } catch (thrown) {
      if (FINAL.has(codeOf(thrown)) && infoOf(this.client.get()) === null) {
        this.#stop();
        this.client.set({ state: 'refused', clientId, code: codeOf(thrown), message: messageOf(thrown) });
      } else this.#lost(clientId, messageOf(thrown));
    }
  }

  async #measure(rpc: DebugRpc): Promise<void> {
    const start = performance.now();
    try {
      await rpc.call('Client.getInfo', {});
      this.#traffic({ rttMs: performance.now() - start });
    } catch {
      // The channel's own end says why; an unanswered beat is no news.
      this.#traffic({ rttMs: null });
    }
  }

  #event<E extends EventName>(event: E, params: EventParams<E>): void {
    switch (event) {
      case 'Client.events':
        this.#events(params as EventParams<'Client.events'>);
        return;
      case 'Registry.changed': {
        const { entries, removed } = params as EventParams<'Registry.changed'>;
        this.#took(entries, removed);
        return;
      }
      case 'Context.progress': {
        const { commandId, ...progress } = params as EventParams<'Context.progress'>;
        this.progress.update((all) => new Map([...all].slice(-PROGRESS_KEPT)).set(commandId, progress));
        return;
      }
      case 'Client.detached':
        this.#goneClient((params as EventParams<'Client.detached'>).reason);
        return;
      case 'Hub.client': {
        const { connected, client } = params as EventParams<'Hub.client'>;
        const wanted = this.#wanted;
        if (!connected) this.#goneClient('the client closed its connection');
        else if (wanted !== null && client?.clientId === wanted) void this.#open(wanted);
        return;
      }
      default:
        return;
    }
  }

  #events(params: EventParams<'Client.events'>): void {
    const { runId, dropped } = params;
    const after = this.#last?.runId === runId ? this.#last.seq : -1;
    const events = params.events.filter(({ seq }) => seq > after);
    const bytes = creditOf(params.events);
    this.#owed += bytes;
    this.#meter.add(bytes);
    const last = events.at(-1);
    if (last !== undefined) this.#last = { runId, seq: last.seq };
    this.index.add(runId, events, dropped ?? []);
    this.#checkLive();
    this.#changed();
    const clientId = this.#wanted ?? '';
    void this.db.append({ clientId, runId, events, dropped }).then(
      (recordingBytes) => {
        this.#owed -= bytes;
        this.#traffic({ recordingBytes });
        if (this.client.get().state === 'attached') return this.call('Client.credit', { bytes: Math.max(1, bytes) });
        return undefined;
      },
    ).catch(() => this.#traffic({}));
  }

  /** Once the backlog is in, what the registry says is about the last event. */
  #checkLive(): void {
    if (!this.index.live && this.#liveFrom !== null && (this.#last?.seq ?? 0) + 1 >= this.#liveFrom) this.index.goLive();
  }

  #traffic(part: Partial<Traffic>): void {
    this.#untold = { ...this.#untold, ...part };
    this.#tellTraffic ??= setTimeout(() => {
      this.#tellTraffic = null;
      const told = this.#untold;
      this.#untold = {};
      this.traffic.update((traffic) => ({ ...traffic, credit: Math.max(0, CREDIT_BYTES - this.#owed), bytesPerSecond: this.#meter.perSecond(), ...told }));
    }, TELL_EVERY_MS * 2);
  }

  #took(entries: readonly RegistryEntry[], removed: readonly string[] = []): void {
    this.contexts.update((before) => {
      const contexts = new Map(before);
      for (const { row, status } of entries) contexts.set(row.contextId, contextNow(row, status));
      for (const id of removed) contexts.delete(id);
      return contexts;
    });
    for (const { row } of entries) {
      const { contextId, lifecycle, localVersion, serverVersion, pendingWrites } = row;
      this.index.observe({ contextId, lifecycle, localVersion, serverVersion, pendingWrites, present: row.partition.present });
    }
    this.#keep(entries, removed);
    this.#changed();
  }

  #keep(entries: readonly RegistryEntry[], removed: readonly string[]): void {
    const client = this.client.get();
    if (client.state === 'attached') void this.db.keep(client.info, entries, removed).catch(() => this.#traffic({}));
  }

  #changed(): void {
    if (this.#tell !== null) return;
    const told = this.#told;
    const now = performance.now();
    const perTelling = (TELL_EVERY_MS * (this.index.length - told.events)) / Math.max(TELL_EVERY_MS, now - told.at);
    this.#tell = setTimeout(() => {
      this.#tell = null;
      const at = performance.now();
      const busy = perTelling > BUSY;
      const isSlow = at - told.slowAt >= (busy ? TELL_SLOW_BUSY_MS : TELL_SLOW_MS);
      this.#told = { events: this.index.length, at, slowAt: isSlow ? at : told.slowAt };
      this.revision.update((n) => n + 1);
      // In a frame of its own.
      if (isSlow) setTimeout(() => this.slow.update((n) => n + 1), SLOW_APART_MS);
    }, perTelling > BUSY ? TELL_BUSY_MS : TELL_EVERY_MS);
  }

  #goneClient(reason: string): void {
    const info = infoOf(this.client.get());
    if (info === null) return;
    this.client.set({ state: 'lost', info, since: Date.now(), reason, attempt: this.#attempt, retryAt: 0 });
  }

  #lost(clientId: string, reason: string): void {
    this.#stop();
    if (this.#wanted !== clientId) return;
    const now = this.client.get();
    const wait = Math.min(LONGEST_RETRY_MS, 1_000 * 2 ** this.#attempt++);
    const info = infoOf(now);
    if (info !== null) this.client.set({ state: 'lost', info, since: now.state === 'lost' ? now.since : Date.now(), reason, attempt: this.#attempt, retryAt: Date.now() + wait });
    this.#retry = setTimeout(() => void this.#open(clientId), wait);
  }

  #startAnew(): void {
    this.index = new EventIndex();
    this.#last = null;
    this.#owed = 0;
    this.#liveFrom = null;
    this.#attempt = 0;
    this.contexts.set(new Map());
    this.progress.set(new Map());
    this.traffic.set(NO_TRAFFIC);
    this.#untold = {};
    this.#told = { events: 0, slowAt: 0, at: 0 };
    void this.db.reset().catch(() => this.#traffic({}));
    this.revision.update((n) => n + 1);
    this.slow.update((n) => n + 1);
  }

  #stop(): void {
    if (this.#retry !== null) clearTimeout(this.#retry);
    if (this.#beat !== null) clearInterval(this.#beat);
    this.#retry = null;
    this.#beat = null;
    const rpc = this.#rpc;
    this.#rpc = null;
    rpc?.close();
  }
}

/** Until what was just changed has been drawn. */
const idle = (): Promise<void> => new Promise((resolve) => ('requestIdleCallback' in globalThis ? requestIdleCallback(() => resolve(), { timeout: 1_000 }) : setTimeout(resolve)));

/** Who a recording is of, as it says itself; it can answer nothing. */
function recordedInfo(name: string, client: ClientInfo | undefined, index: EventIndex): ClientInfo {
  const known = client ?? { clientId: name, deviceId: '', app: '', platform: '', runtimeVersion: '', valuePolicy: 'redacted' as const };
  return { ...known, runId: index.runs.last ?? '', title: name, type: 'recording', startedAt: index.firstAt, capabilities: [] };
}

/** A context that a recording tells events of, but no registry row: what can be known of it from those alone. */
function entryOfTrack(track: Track): RegistryEntry {
  const { contextId } = track;
  const lifecycle = track.lifecycle.last ?? 'dormant';
  const localVersion = track.local.last ?? 0;
  return {
    row: {
      contextId,
      serverId: '',
      userId: '',
      kind: 'tenant',
      endpoint: '',
      role: 'writer',
      lifecycle,
      partition: { present: track.pruned.last !== true, generation: 0, bytes: 0 },
      logId: null,
      schemaVersion: 0,
      localVersion,
      serverVersion: Math.max(localVersion, track.server.last ?? 0),
      pendingWrites: track.pending.last ?? 0,
      lastAccessAt: null,
      lastSyncedAt: null,
      lastError: null,
      listed: 'yes',
      quarantine: null,
    },
    status: { contextId, lifecycle, since: 0, holders: 0, conflicts: track.conflicts.last ?? 0, openConflicts: 0, pending: [] },
  };
}
