import { AppError } from '../../base/app-error.ts';
import type { MethodName, ParamsOf, RegistryEntry, ResultOf, TargetInfo, ClientInfo } from '../../protocol/debug/index.ts';
import { METHODS, ROWS_ONLY } from '../../protocol/debug/index.ts';
import { DebugRpc, type DebugChannel } from '../../protocol/debug/rpc.ts';
import { CONTEXTS, entryOf, type ScriptedContext } from './scripted-contexts.ts';
import { dataAnswers } from './scripted-data.ts';
import { scriptedEvents, withGap } from './scripted-events.ts';
import { networkAnswers } from './scripted-network.ts';
import { comparedRows, reportOf } from './scripted-replay.ts';

/** Two ends of a channel in memory; each message arrives in a later turn, as on a socket. */
export function channelPair(): readonly [DebugChannel, DebugChannel] {
  type Handlers = Parameters<DebugChannel['receive']>[0];
  const ends: (Handlers | null)[] = [null, null];
  let closed = false;
  const end = (mine: 0 | 1): DebugChannel => ({
    send(message) {
      if (!closed) queueMicrotask(() => ends[1 - mine]?.message(message));
    },
    receive(handlers) {
      ends[mine] = handlers;
    },
    close(reason = 'closed') {
      if (closed) return;
      closed = true;
      queueMicrotask(() => ends[1 - mine]?.closed(reason));
    },
  });
  return [end(0), end(1)];
}

export interface ScriptedOptions {
  readonly now?: number;
  readonly mode?: 'observe' | 'control';
  readonly capabilities?: readonly string[];
  /** No client has dialled in. */
  readonly empty?: boolean;
  /** Names and values that try to break the page. */
  readonly hostile?: boolean;
  readonly gap?: boolean;
}

const answered: readonly string[] = [...Object.keys(METHODS).filter((name) => !name.startsWith('Hub.')), ROWS_ONLY];

type Answers = { readonly [M in MethodName]?: (params: ParamsOf<M>, signal?: AbortSignal) => ResultOf<M> | Promise<ResultOf<M>> };

type AnyAnswer = (params: unknown, signal: AbortSignal) => unknown;

/** A hub and one client in memory, for tests and for work on the page: it answers like a real one and keeps what was done to it. */
export class ScriptedHub {
  readonly entries = new Map<string, RegistryEntry>();
  readonly calls: { readonly method: MethodName; readonly params: unknown }[] = [];
  readonly now: number;
  readonly options: ScriptedOptions;
  /** Answers that a test puts in place of the script's. */
  answers: Answers = {};
  #clients: DebugRpc[] = [];
  #seq: number;
  readonly #network = networkAnswers(this);

  constructor(options: ScriptedOptions = {}) {
    this.options = options;
    this.now = options.now ?? Date.now();
    for (const one of this.#script()) this.entries.set(one.id, entryOf(one, this.now));
    this.#seq = scriptedEvents(this.now).length;
  }

  #script(): readonly ScriptedContext[] {
    if (this.options.hostile !== true) return CONTEXTS;
    const names = ['<img src=x onerror=alert(1)>', '\u202Eevil\u202C right to left', 'x'.repeat(1_048_576)];
    return CONTEXTS.map((one, index) => (index >= 1 && index <= names.length ? { ...one, title: names[index - 1] ?? '' } : one));
  }

  get info(): ClientInfo {
    return {
      clientId: 'k-rounds',
      runId: 'r-1',
      deviceId: 'chrome-amelie',
      title: 'Rounds',
      type: 'page',
      app: 'Rounds 2.14.0',
      platform: 'localhost:5173/clinic-a, tab 214',
      runtimeVersion: '0.1.0',
      userId: 'u-118',
      startedAt: this.now - 1_500_000,
      capabilities: [...(this.options.capabilities ?? answered)],
      valuePolicy: 'full',
      clockOffsetMs: 180,
    };
  }

  connect(path: string): DebugChannel {
    const [theirs, ours] = channelPair();
    const rpc: DebugRpc = new DebugRpc(ours, {
      request: (method, params, { signal }) => this.#answer(rpc, path, method, params, signal),
      closed: () => {
        this.#clients = this.#clients.filter((one) => one !== rpc);
      },
    });
    return theirs;
  }

  /** Ends the sockets to the client, as when it went away. */
  drop(): void {
    for (const rpc of this.#clients) rpc.close('the client went away');
    this.#clients = [];
  }

  emit(events: readonly Omit<ReturnType<typeof scriptedEvents>[number], 'seq'>[]): void {
    const numbered = events.map((event) => ({ ...event, seq: ++this.#seq }));
    for (const rpc of this.#clients) rpc.emit('Client.events', { runId: 'r-1', events: numbered });
  }

  progress(commandId: string, done: number, total: number): void {
    for (const rpc of this.#clients) rpc.emit('Context.progress', { commandId, done, total });
  }

  /** What another inspector asks of the client. */
  async byAnother<M extends MethodName>(method: M, params: ParamsOf<M>): Promise<void> {
    await this.#client(method, params, new AbortController().signal);
  }

  change(id: string, part: (entry: RegistryEntry) => RegistryEntry): void {
    const entry = this.entries.get(id);
    if (entry === undefined) throw new AppError('UNKNOWN_CONTEXT', `There is no context ${id}`);
    const changed = part(entry);
    this.entries.set(id, changed);
    for (const rpc of this.#clients) rpc.emit('Registry.changed', { entries: [changed], removed: [] });
  }

  targets(): TargetInfo[] {
    if (this.options.empty === true) return [];
    const gone: ClientInfo = { ...this.info, clientId: 'k-ipad', title: 'Rounds for iPad', type: 'phone', deviceId: 'ipad-ward-3', platform: 'iPadOS 18.1, Wi-Fi' };
    return [
      { client: this.info, connected: true, lastSeenAt: this.now, remote: '127.0.0.1', recordingBytes: 18_200_000, recordingFile: 'k-rounds.ctxscope' },
      { client: { ...this.info, clientId: 'k-node', title: 'nightly-export', type: 'node', deviceId: 'amelie-laptop', app: 'Exports 1.3.2', platform: 'Node 24.21, pid 48120' }, connected: true, lastSeenAt: this.now, remote: '127.0.0.1', recordingBytes: 1_100_000 },
      { client: gone, connected: false, lastSeenAt: this.now - 7_200_000, remote: '10.4.12.7', recordingBytes: 61_000_000, recordingFile: 'k-ipad.ctxscope' },
    ];
  }

  #answer(rpc: DebugRpc, path: string, method: MethodName, params: unknown, signal: AbortSignal): unknown {
    this.calls.push({ method, params });
    const own = this.answers[method] as AnyAnswer | undefined;
    if (own !== undefined) return own(params, signal);
    switch (method) {
      case 'Hub.hello':
        return { protocol: 1, hub: 'scripted', sessionId: 's-1', mode: this.options.mode ?? 'control', contexts: null, ...(path === '/hub' ? {} : { client: this.info, connected: true }) };
      case 'Hub.targets':
        return { targets: this.targets() };
      case 'Hub.reports':
        return { reports: [{ file: 'tablet-aa41-0912.ctxscope', bytes: 14_600_000, receivedAt: this.now - 17_000_000 }, { file: 'phone-ines-0840.ctxscope', bytes: 5_700_000, receivedAt: this.now - 19_000_000 }] };
      case 'Hub.openReport':
        return reportOf((params as ParamsOf<'Hub.openReport'>).file, this.info, this.now);
      case 'Hub.recordings':
        return { recordings: [{ file: 'k-rounds.ctxscope', clientId: 'k-rounds', bytes: 18_200_000, events: 10_884, firstAt: this.now - 1_500_000, lastAt: this.now }, { file: 'k-ipad.ctxscope', clientId: 'k-ipad', bytes: 61_000_000, events: 170_402, firstAt: this.now - 90_000_000, lastAt: this.now - 7_200_000 }] };
      case 'Client.enable': {
        const all = scriptedEvents(this.now);
        const { events, dropped } = this.options.gap === false ? { events: all, dropped: [] } : withGap(all, this.now);
        this.#clients.push(rpc);
        const since = (params as ParamsOf<'Client.enable'>).sinceSeq ?? 0;
        const wanted = events.filter(({ seq }) => seq >= since);
        for (let i = 0; i < wanted.length; i += 2_000) {
          const part = wanted.slice(i, i + 2_000);
          // A gap comes with the events behind it, as from an agent: before them nobody could tell when it was.
          const gaps = dropped.filter(({ toSeq }) => toSeq < (part.at(-1)?.seq ?? 0) && toSeq > (wanted[i - 1]?.seq ?? -1));
          rpc.emit('Client.events', { runId: 'r-1', events: part, ...(gaps.length === 0 ? {} : { dropped: gaps }) });
        }
        return { runId: 'r-1', nextSeq: this.#seq + 1 };
      }
      case 'Client.getInfo':
        return this.info;
      case 'Registry.list':
        return { entries: [...this.entries.values()], at: this.now };
      default:
        return this.#client(method, params, signal);
    }
  }

  #client(method: MethodName, params: unknown, signal: AbortSignal): unknown {
    const answer = (scriptedAnswers(this)[method] ?? (this.#network as Answers)[method] ?? dataAnswers(this.now)[method]) as AnyAnswer | undefined;
    if (answer !== undefined) return answer(params, signal);
    return {};
  }
}

/** What the client of the script answers. */
function scriptedAnswers(hub: ScriptedHub): Answers {
  const entry = (id: string): RegistryEntry => {
    const found = hub.entries.get(id);
    if (found === undefined) throw new AppError('UNKNOWN_CONTEXT', `There is no context ${id}`);
    return found;
  };
  const move = (id: string, lifecycle: 'active' | 'dormant'): void => {
    hub.change(id, ({ row, status }) => {
      const { doing: _doing, connection: _connection, activationId: _activation, ...rest } = status;
      const open = lifecycle === 'active';
      return {
        row: { ...row, lifecycle, lastError: null, partition: { ...row.partition, present: row.partition.present || open }, ...(open ? { localVersion: row.serverVersion, lastAccessAt: Date.now() } : {}) },
        status: { ...rest, lifecycle, since: Date.now(), ...(open ? { activationId: 'a-new', connection: 'live' as const } : {}) },
      };
    });
    hub.emit([{ at: Date.now(), kind: 'lifecycle', contextId: id, activationId: 'a-new', data: { from: lifecycle === 'active' ? 'activating' : 'deactivating', to: lifecycle } }]);
  };
  return {
    'Context.activate': ({ contextId }) => {
      move(contextId, 'active');
      return { activationId: 'a-new', lifecycle: 'active' };
    },
    'Context.deactivate': ({ contextId }) => {
      move(contextId, 'dormant');
      return { lifecycle: 'dormant', pendingWrites: entry(contextId).row.pendingWrites };
    },
    'Context.verify': ({ contextId }) => ({ ok: true, kept: 'c41e0d12f00290a7', counted: 'c41e0d12f00290a7', rows: 41_380, version: entry(contextId).row.localVersion, durationMs: 31 }),
    'Context.explain': ({ contextId }) => {
      const { row, status } = entry(contextId);
      return {
        contextId,
        lifecycle: status.lifecycle,
        since: status.since,
        why: [{ text: status.lifecycle === 'dormant' ? 'No one holds it. It costs nothing: no socket, no timer, no open file.' : 'The app asked for it. Place 3 of 4 by last use; at the fifth it would be closed first after clinic-d.' }],
        notPruned: [{ text: row.pendingWrites > 0 ? `${row.pendingWrites} writes are not on the server yet.` : 'It becomes a candidate after 30 days without access.' }],
        blockers: [],
      };
    },
    'Context.prune': ({ contexts, pending, dryRun }) => {
      const items = contexts.map((contextId) => {
        const { row } = entry(contextId);
        const refused = row.pendingWrites > 0 && (pending ?? 'refuse') === 'refuse';
        return { contextId, outcome: refused ? ('refused' as const) : dryRun === true ? ('would-prune' as const) : ('pruned' as const), frees: refused ? 0 : row.partition.bytes, pending: row.pendingWrites, ...(row.pendingWrites > 0 ? { choice: pending ?? 'refuse' } : {}), ...(refused ? { reason: `${row.pendingWrites} writes that the server has not seen` } : {}) };
      });
      if (dryRun !== true) for (const { contextId, outcome } of items) if (outcome === 'pruned') hub.change(contextId, (it) => ({ ...it, row: { ...it.row, partition: { ...it.row.partition, present: false, bytes: 0 }, pendingWrites: 0, lastError: null } }));
      return { items, frees: items.reduce((sum, { frees }) => sum + frees, 0), dryRun: dryRun === true };
    },
    'Context.forget': ({ contextId, dryRun }) => ({ frees: entry(contextId).row.partition.bytes, pending: entry(contextId).row.pendingWrites, conflicts: entry(contextId).status.conflicts, dryRun: dryRun === true }),
    'Context.replay': ({ contextId, mode, dryRun }) => {
      const { row } = entry(contextId);
      return { mode, dryRun: dryRun === true, version: row.serverVersion, rows: 41_380, bytes: 61_001_728, pendingWrites: row.pendingWrites, durationMs: 2_140, identical: false, localDigest: 'c41e0d12f00290a7', serverDigest: 'e30b771a22c971c4', ...(mode === 'compare' ? comparedRows(row.localVersion, hub.now) : {}) };
    },
    'Registry.check': () => ({
      at: hub.now - 14_000,
      findings: [...hub.entries.values()].map(({ row }) => ({
        contextId: row.contextId,
        check: row.contextId === 'clinic-l' ? ('unlisted' as const) : row.contextId === 'clinic-k' ? ('role-differs' as const) : ('agrees' as const),
        message: row.contextId === 'clinic-l' ? 'unlisted, its sync stops' : row.contextId === 'clinic-k' ? 'role: writer here, reader there' : '',
        row,
        ...(row.partition.present && row.partition.file !== undefined ? { disk: { file: row.partition.file, bytes: row.partition.bytes, localVersion: row.localVersion, logId: row.logId, schemaVersion: row.schemaVersion, pendingWrites: row.pendingWrites } } : {}),
        server: { headVersion: row.serverVersion, role: row.contextId === 'clinic-k' ? 'reader' : row.role, logId: row.logId ?? 'log', schemaVersion: 5 },
      })).concat([{ check: 'unknown-file' as const, message: '3 MB, no row', file: 'p-91ff20-1.sqlite', disk: { file: 'p-91ff20-1.sqlite', bytes: 3_000_000, localVersion: 0, logId: null, schemaVersion: 2, pendingWrites: 0 } } as never]),
    }),
    'Registry.policy': () => ({ maxActive: 4, graceMs: 2_000, drain: false, digestPolicy: 'report', pruneAfterDays: 30, quotaBytes: 5e9 }),
    'Registry.files': () => ({ files: [{ file: 'registry.sqlite', bytes: 61_000, kind: 'registry' }, ...[...hub.entries.values()].flatMap(({ row }) => (row.partition.file === undefined ? [] : [{ file: row.partition.file, bytes: row.partition.bytes, contextId: row.contextId, kind: 'partition' as const }])), { file: 'p-91ff20-1.sqlite', bytes: 3_000_000, kind: 'unknown' }] }),
    'Registry.removeFile': ({ dryRun }) => ({ bytes: 3_000_000, removed: dryRun !== true }),
  };
}
