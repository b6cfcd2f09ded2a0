import type { Undo } from '../shared/base/clock.ts';
import { AppError } from '../shared/base/app-error.ts';
import type { Json } from '../shared/base/json.ts';
import type { ClientInput, PendingChoice } from '../shared/core/client/messages.ts';
import { contextId as parseContextId, deviceId as parseDeviceId, userId as parseUserId, type ContextId } from '../shared/core/ids.ts';
import type { RuntimeEvent } from '../shared/core/events.ts';
import type { RegistryRow } from '../shared/core/registry-row.ts';
import { Engine } from '../shared/engine/engine.ts';
import { AmbientTier } from './ambient/ambient-tier.ts';
import { ClientControl } from './client-control.ts';
import { ContextHandle } from './context-handle.ts';
import type { ControlPort, PruneReport, ReportOptions } from './control.ts';
import { entryOf } from './control/registry-entry.ts';
import type { Explanation } from './explain.ts';
import { Flight } from './flight.ts';
import { NetworkEmulation } from './network/emulation.ts';
import { DEFAULT_POLICY, DEFAULT_SYNC, type ContextClientOptions } from './options.ts';
import { PartitionReader } from './partition-reader.ts';
import type { ClientParts } from './parts.ts';
import { SqliteStorage } from './storage/sqlite-storage.ts';

export interface ActivateOptions {
  /** Gives up this call only; other callers of the same activation go on (LC2). */
  readonly signal?: AbortSignal;
}

/** A client of one user on one device: its registry, its contexts, its connections. Made by `createContextClient`. */
export class ContextClient<E = { [entity: string]: Json }> implements AsyncDisposable {
  readonly #parts: ClientParts;
  readonly #storage: SqliteStorage;
  readonly control: ControlPort;
  readonly ambient: AmbientTier;
  readonly #flight: Flight;
  #closed: Promise<void> | null = null;

  constructor(options: ContextClientOptions<E>) {
    const { platform, schema, auth } = options;
    const userId = parseUserId(auth.userId);
    parseDeviceId(options.deviceId);
    const files = platform.files((endpoint) => auth.token(endpoint));
    const network = new NetworkEmulation(platform);
    this.#storage = new SqliteStorage(files, userId, schema.functions, platform.hash, { warm: schema.warm, fetched: network.download });
    const policy = { ...DEFAULT_POLICY, ...options.policy };
    const sync = { ...DEFAULT_SYNC, ...options.sync };
    const identity = { runId: platform.random.id(), deviceId: options.deviceId, userId: auth.userId, app: options.app ?? 'app', platform: platform.name, type: platform.type, startedAt: platform.clock.now() };
    const flight = new Flight({
      clock: platform.clock,
      hash: platform.hash,
      files: platform.recorderFiles?.bind(platform),
      about: { ...identity, schema: schema.functions.info, sync },
      limits: typeof options.flightRecorder === 'object' ? options.flightRecorder : {},
      defer: platform.defer,
    });
    if (options.flightRecorder !== undefined && options.flightRecorder !== false) flight.begin();
    // PR5: what is deleted without a trace leaves the recordings too, those of earlier runs included.
    const deleteFiles = this.#storage.deleteFiles.bind(this.#storage);
    this.#storage.deleteFiles = (contextId, serverId, everything) => {
      deleteFiles(contextId, serverId, everything);
      if (everything) flight.forget(contextId);
    };
    const engine = new Engine({
      host: { clock: platform.clock, random: platform.random, dial: network.dial, token: (url) => auth.token(url), defer: platform.defer, deviceId: options.deviceId, app: options.app ?? 'app' },
      storage: this.#storage,
      schema: schema.functions,
      userId,
      endpoints: options.endpoints,
      policy,
      sync,
      ...(options.recorder === undefined ? {} : { recorder: options.recorder }),
      get steps() {
        return flight.sink;
      },
    });
    this.control = new ClientControl({
      engine,
      storage: this.#storage,
      identity,
      policy: { ...policy, sync },
      schema: schema.functions,
      reader: new PartitionReader(this.#storage, platform.hash),
      hash: platform.hash,
      network,
      recorder: flight,
      clock: platform.clock,
      random: platform.random,
      dial: platform.dial,
      token: (endpoint) => auth.token(endpoint),
    });
    this.#parts = { engine, storage: this.#storage, control: this.control, call: (make) => this.#call(make) };
    this.ambient = new AmbientTier(engine, this.#storage, options.ambient ?? {});
    flight.attach(engine, () => this.control.rows().map((row) => entryOf(this.control, row)));
    this.#flight = flight;
    engine.start();
  }

  #call(make: (callId: string) => ClientInput, signal?: AbortSignal): Promise<Json> {
    if (signal?.aborted === true) return Promise.reject(new AppError('ABORTED', 'The call was aborted before it began'));
    return new Promise((resolve, reject) => {
      const { engine } = this.#parts;
      const callId = engine.call(make, { resolve, reject });
      signal?.addEventListener('abort', () => engine.feed({ type: 'abort', callId }), { once: true });
    });
  }

  /**
   * LC2: a handle on an active context; concurrent calls share one activation, each with a handle of its own to release. Works offline from the
   * local partition. Rejects with `NOT_AVAILABLE_OFFLINE`, `UNKNOWN_CONTEXT`, `FORBIDDEN`, `SCHEMA_AHEAD`, `ABORTED` or what the disk said.
   */
  async activate(contextId: string, options: ActivateOptions = {}): Promise<ContextHandle<E>> {
    return this.#open(contextId, false, options.signal);
  }

  /** LC3: closes the context in use first, then activates this one. A switch that another one overtakes rejects with `ABORTED`. */
  async switchTo(contextId: string, options: ActivateOptions = {}): Promise<ContextHandle<E>> {
    return this.#open(contextId, true, options.signal);
  }

  async #open(contextId: string, switching: boolean, signal: AbortSignal | undefined): Promise<ContextHandle<E>> {
    const id = parse(contextId);
    const result = await this.#call((callId) => ({ type: 'activate', callId, contextId: id, switching }), signal);
    const { activationId, holder } = result as { activationId: string; holder: string };
    return new ContextHandle<E>(this.#parts, id, activationId, holder);
  }

  /** LC5: ends an activation for every holder. `force` waits for nothing; no pending write is lost either way. */
  async deactivate(contextId: string, options: { readonly force?: boolean } = {}): Promise<void> {
    await this.control.deactivate(parse(contextId), options.force ?? false);
  }

  /** PR1, PR2: deletes partitions and keeps registry rows; without `contexts` those that the policy names. Unsynced writes are refused by default. */
  async prune(options: { readonly contexts?: readonly string[]; readonly pending?: PendingChoice; readonly dryRun?: boolean } = {}): Promise<PruneReport> {
    return this.control.prune(options.contexts ?? null, options.pending ?? 'refuse', options.dryRun ?? false);
  }

  /** PR5: deletes a context and every trace of it, its unsynced writes included: look at a dry run first. */
  async forget(contextId: string, options: { readonly dryRun?: boolean } = {}): Promise<{ readonly frees: number; readonly pending: number }> {
    return this.control.forget(parse(contextId), options.dryRun ?? false);
  }

  /** SY4: builds an active context again from the server; its pending writes are carried over. */
  async replay(contextId: string): Promise<{ readonly version: number; readonly bytes: number; readonly durationMs: number }> {
    return this.control.rebuild(parse(contextId));
  }

  /** Why a context is in its state, what keeps it so, and what stands in the way. */
  explain(contextId: string): Explanation {
    return this.control.explain(parse(contextId));
  }

  registry(): readonly RegistryRow[] {
    return this.control.rows();
  }

  /** TE1: every event from now on. With no listener an event costs a counter. */
  onEvent(listener: (event: RuntimeEvent) => void): Undo {
    return this.control.onEvent(listener);
  }

  /**
   * RP1: what the flight recorder has, as the bytes of one `.ctxscope` file to send to support: run again, it shows what went wrong. It holds values
   * as they are. Rejects with `NOT_RECORDING` when nothing was recorded.
   */
  async exportReport(options: ReportOptions): Promise<Uint8Array> {
    return Promise.resolve(options).then((asked) => this.#flight.export(asked));
  }

  /** LC5: flushes within the grace, deactivates everything, closes sockets and files. */
  async close(): Promise<void> {
    this.#closed ??= this.#call((callId) => ({ type: 'close', callId })).then(() => {
      this.#parts.engine.halt();
      this.#flight.close();
      this.#storage.close();
    });
    return this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

function parse(contextId: string): ContextId {
  try {
    return parseContextId(contextId);
  } catch {
    throw new AppError('BAD_VALUE', 'A contextId is a text of 1 to 200 characters');
  }
}

/** Opens the store and starts to connect. Throws `STORE_LOCKED` or `STORAGE` when the store cannot be had. */
export function createContextClient<E>(options: ContextClientOptions<E>): ContextClient<E> {
  return new ContextClient(options);
}
