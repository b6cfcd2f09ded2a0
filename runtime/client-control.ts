import { AppError, codeOf } from '../shared/base/app-error.ts';
import type { Clock, Undo } from '../shared/base/clock.ts';
import type { Json } from '../shared/base/json.ts';
import type { Random } from '../shared/base/random.ts';
import type { PendingChoice } from '../shared/core/client/messages.ts';
import { entityOf } from '../shared/core/app-schema.ts';
import { contextId as parseContextId, type ContextId, type Version } from '../shared/core/ids.ts';
import { connectionOf, lifecycleOf, type ContextState } from '../shared/core/context/state.ts';
import type { CoreEvent, RuntimeEvent } from '../shared/core/events.ts';
import { ABSENT_ROW, textOf, valueOf, type ConfirmedRow } from '../shared/core/row.ts';
import { upgradeConfirmed, upgradeRow } from '../shared/core/outbox/upgrade.ts';
import { resolve } from '../shared/core/strategies/resolve.ts';
import type { StrategyName } from '../shared/core/change.ts';
import { checkValue } from '../shared/core/value.ts';
import type { ContextInput } from '../shared/core/context/messages.ts';
import type { Engine } from '../shared/engine/engine.ts';
import type { SchemaFunctions } from '../shared/engine/functions.ts';
import type { Socket, SocketHandlers } from '../shared/engine/host.ts';
import type { Hash64 } from '../shared/core/digest.ts';
import { checkCancelled, orCancelled } from './cancel.ts';
import { compareWithServer, type CompareOptions } from './compare.ts';
import { explain, type Explanation } from './explain.ts';
import type { CompareReport, StateReport, ControlIdentity, ControlNetwork, ControlPort, ControlRecorder, ControlStatus, EndpointStatus, EntityCount, ExportedRow, HistoryPage, JobOptions, PruneReport, StoredFile, VerifyReport } from './control.ts';
import type { RowsPage, RowsRequest } from './data-rows.ts';
import { doingOf } from './doing.ts';
import { everySoOften } from './every-so-often.ts';
import { readHistory } from './history.ts';
import type { NetworkConditions } from './network/conditions.ts';
import type { NetworkEmulation } from './network/emulation.ts';
import { readConflict, readConflicts, readOutbox, type ConflictInfo } from './partition-reads.ts';
import type { ExportRequest, PartitionReader } from './partition-reader.ts';
import { checkRegistry, type CheckRequest, type Finding } from './registry-check.ts';
import { ReaderNames, type Reach } from './server-connection.ts';
import type { LogRequest } from './server-reader.ts';
import { stateAtVersion, type ServerReadParts } from './server-rows.ts';
import type { Rehearsal } from './storage/rehearse.ts';
import type { SqliteStorage } from './storage/sqlite-storage.ts';
import { stressSwitch, type StressReport } from './stress/stress-switch.ts';
import { Telemetry, type TelemetryReport } from './telemetry/telemetry.ts';
import type { SqlRequest, SqlResult } from './storage/store-files.ts';
import { verifyDigest } from './verify.ts';

export interface ControlParts {
  readonly engine: Engine;
  readonly storage: SqliteStorage;
  readonly identity: ControlIdentity;
  readonly policy: ControlPort['policy'];
  readonly schema: SchemaFunctions;
  readonly reader: PartitionReader;
  readonly hash: Hash64;
  readonly network: NetworkEmulation;
  readonly recorder: ControlRecorder;
  readonly clock: Clock;
  readonly random: Random;
  dial(url: string, handlers: SocketHandlers): Socket;
  token(endpoint: string): Promise<string> | string;
}

/** What the activation's own connection leaves to one beside it: that says where the log begins, and is there when the other is not. */
const BESIDE: ReadonlySet<string> = new Set(['COMPACTED', 'OFFLINE', 'CONTEXT_INACTIVE']);

/** The control port over an engine and its store. Reading a dormant context opens its file for a moment and changes nothing (DB1). */
export class ClientControl implements ControlPort {
  readonly #parts: ControlParts;
  readonly #readers: ReaderNames;

  constructor(parts: ControlParts) {
    this.#parts = parts;
    this.#readers = new ReaderNames(parts.identity.deviceId);
  }

  get identity(): ControlIdentity {
    return this.#parts.identity;
  }

  get policy(): ControlPort['policy'] {
    return this.#parts.policy;
  }

  get schema(): ControlPort['schema'] {
    return this.#parts.schema.info;
  }

  get recorder(): ControlRecorder {
    return this.#parts.recorder;
  }

  get lastSeq(): number {
    return this.#parts.engine.lastSeq;
  }

  rows(): ReturnType<ControlPort['rows']> {
    return [...this.#parts.engine.state.rows.values()].sort((a, b) => (a.contextId < b.contextId ? -1 : 1));
  }

  #known(contextId: string): ContextId {
    const id = parseContextId(contextId);
    if (!this.#parts.engine.state.rows.has(id)) throw new AppError('UNKNOWN_CONTEXT', `There is no context ${contextId} on this client`, { hint: 'List the contexts to see their names' });
    return id;
  }

  status(contextId: string): ControlStatus | undefined {
    const { engine } = this.#parts;
    const row = engine.state.rows.get(contextId);
    if (row === undefined) return undefined;
    const activation = engine.state.activations[contextId];
    const state = engine.contextState(row.contextId);
    const kept = this.#parts.reader.kept(row);
    const pending = state === undefined ? kept.pending : readOutbox(state.partition);
    return {
      contextId,
      lifecycle: state === undefined ? (activation?.lifecycle ?? 'dormant') : lifecycleOf(state.stage),
      since: activation?.since ?? row.lastAccessAt ?? 0,
      activationId: activation?.activationId ?? null,
      connection: state === undefined ? null : connectionOf(state.link),
      doing: state === undefined ? null : doingOf(state, this.#swapped(state)),
      purpose: activation?.purpose ?? null,
      reason: activation?.reason ?? null,
      holders: activation?.holders.length ?? 0,
      digest: state?.partition?.digest ?? null,
      localVersion: state?.partition?.localVersion ?? row.localVersion,
      serverVersion: Math.max(state?.headVersion ?? 0, row.serverVersion),
      conflicts: kept.total,
      openConflicts: kept.open,
      pending,
      refused: state?.link.name === 'refused' ? { code: state.link.code, message: state.link.message } : null,
    };
  }

  endpoints(): readonly EndpointStatus[] {
    const { engine, identity, network, clock } = this.#parts;
    // The core counts on the clock that only goes forward.
    const wall = (monotonic: number): number => clock.now() - (clock.monotonic() - monotonic);
    return Object.values(engine.state.endpoints).map(({ url, phase, reconnects }) => ({
      endpoint: url,
      state: phase.name,
      since: 'since' in phase ? wall(phase.since) : identity.startedAt,
      rttMs: phase.name === 'ready' ? phase.rttMs : null,
      retryAt: phase.name === 'backoff' || phase.name === 'refused' ? wall(phase.until) : null,
      refused: phase.name === 'refused' ? { code: phase.code, message: phase.message } : null,
      reconnects,
      ...network.traffic(url),
    }));
  }

  readonly network: ControlNetwork = {
    conditions: () => this.#parts.network.conditions,
    emulate: (conditions) => this.#emulate(conditions),
  };

  #emulate(conditions: Partial<NetworkConditions> | null): void {
    const { network, engine } = this.#parts;
    const wasCut = network.isCut;
    network.emulate(conditions);
    if (!wasCut || network.isCut) return;
    // A network that is back is news: what waits for its turn to dial does so at once.
    for (const { url, phase } of Object.values(engine.state.endpoints)) if (phase.name === 'backoff' || phase.name === 'closed') engine.feed({ type: 'reconnect', url });
  }

  #telemetry: Telemetry | null = null;

  telemetry(heard: Iterable<RuntimeEvent> = []): TelemetryReport {
    this.#telemetry ??= new Telemetry((listener) => this.onEvent(listener), heard);
    return this.#telemetry.report();
  }

  files(): readonly StoredFile[] {
    return this.#parts.reader.files(this.rows());
  }

  removeFile(file: string, dryRun: boolean): { bytes: number; removed: boolean } {
    const found = this.files().find((other) => other.file === file);
    if (found === undefined) throw new AppError('NOT_FOUND', `There is no file ${file} in the store`);
    if (found.kind === 'registry' || found.contextId !== null) throw new AppError('REFUSED', `${file} belongs to ${found.contextId ?? 'the registry'}; prune or forget the context instead`);
    if (!dryRun) this.#parts.storage.files.remove(file);
    return { bytes: found.bytes, removed: !dryRun };
  }

  async activate(contextId: string): Promise<{ activationId: string }> {
    const id = this.#known(contextId);
    return (await this.#call((callId) => ({ type: 'activate', callId, contextId: id, switching: false }))) as { activationId: string };
  }

  async deactivate(contextId: string, force: boolean): Promise<{ pendingWrites: number }> {
    const id = this.#known(contextId);
    return (await this.#call((callId) => ({ type: 'deactivate', callId, contextId: id, force }))) as { pendingWrites: number };
  }

  async prune(contexts: readonly string[] | null, pending: PendingChoice, dryRun: boolean, { signal, progress }: JobOptions = {}): Promise<PruneReport> {
    const ids = contexts === null ? null : contexts.map((contextId) => this.#known(contextId));
    const ask = async (asked: readonly ContextId[] | null): Promise<PruneReport> => (await this.#call((callId) => ({ type: 'prune', callId, contexts: asked, choice: pending, dryRun }))) as unknown as PruneReport;
    if (ids === null || dryRun) return ask(ids);
    const reports: PruneReport[] = [];
    for (const id of ids) {
      if (signal?.aborted === true) break;
      progress?.(reports.length, ids.length);
      reports.push(await ask([id]));
    }
    const late = ids.slice(reports.length).map((contextId) => ({ contextId, outcome: 'refused' as const, frees: 0, pending: this.#row(contextId).pendingWrites, reason: 'It was cancelled before its turn' }));
    return { items: [...reports.flatMap(({ items }) => items), ...late], frees: reports.reduce((sum, { frees }) => sum + frees, 0), dryRun };
  }

  async forget(contextId: string, dryRun: boolean): Promise<{ frees: number; pending: number; conflicts: number; dryRun: boolean }> {
    const id = this.#known(contextId);
    return (await this.#call((callId) => ({ type: 'forget', callId, contextId: id, dryRun }))) as { frees: number; pending: number; conflicts: number; dryRun: boolean };
  }

  async rebuild(contextId: string, { signal, progress }: JobOptions = {}): Promise<{ version: number; bytes: number; durationMs: number }> {
    checkCancelled(signal);
    const id = this.#known(contextId);
    const { engine, clock } = this.#parts;
    let call = '';
    const done = this.#callContext(id, (callId) => ({ type: 'rebuild', callId: (call = callId) }));
    const abort = (): void => engine.tellContext(id, { type: 'abort-rebuild', callId: call });
    signal?.addEventListener('abort', abort, { once: true });
    const stopLooking = progress === undefined ? () => undefined : everySoOften((ms, run) => clock.after(ms, run), () => {
      const state = engine.contextState(id);
      const part = state === undefined ? null : this.#swapped(state);
      if (part !== null) progress(part.done, part.total);
    });
    try {
      return (await done) as { version: number; bytes: number; durationMs: number };
    } finally {
      stopLooking();
      signal?.removeEventListener('abort', abort);
    }
  }

  /** How many bytes of a snapshot are here. */
  #swapped({ contextId, swap }: ContextState): { readonly done: number; readonly total: number } | null {
    const row = this.#parts.engine.state.rows.get(contextId);
    if (swap === null || row === undefined) return null;
    const { bytes, sha256 } = swap.snapshot;
    return { done: swap.step.name === 'downloading' ? Math.min(bytes, this.#parts.reader.bytesFetched(row, sha256)) : bytes, total: bytes };
  }

  async verify(contextId: string, job: JobOptions = {}): Promise<VerifyReport> {
    return verifyDigest(this.#parts.reader, this.#row(this.#known(contextId)), this.#parts.clock, job);
  }

  async check(asked: CheckRequest, job: JobOptions = {}): Promise<readonly Finding[]> {
    return checkRegistry({ control: this, reader: this.#parts.reader, reach: this.#reach }, asked, job);
  }

  async compare(contextId: string, options: CompareOptions = {}): Promise<CompareReport> {
    return compareWithServer(this.#serverReadParts, this.#row(this.#known(contextId)), options);
  }

  async stateAt(contextId: string, version: number, limit: number, job: JobOptions = {}): Promise<StateReport> {
    return stateAtVersion(this.#serverReadParts, this.#row(this.#known(contextId)), version, limit, job);
  }

  async history(contextId: string, request: LogRequest, { signal }: JobOptions = {}): Promise<HistoryPage> {
    const id = this.#known(contextId);
    if (this.status(id)?.connection === 'live') {
      const { fromVersion, toVersion, ...rest } = request;
      const asked = this.#callContext(id, (callId) => ({ type: 'fetch-log', callId, fromVersion: fromVersion as Version, toVersion: toVersion as Version, ...rest }));
      const page = await orCancelled(asked, signal).catch((thrown: unknown) => (BESIDE.has(codeOf(thrown)) ? null : Promise.reject(thrown as Error)));
      if (page !== null) return page as unknown as HistoryPage;
    }
    return readHistory(this.#reach, this.#row(id), this.schema.version, request, { signal });
  }

  get #reach(): Reach {
    const { dial, token, random, clock } = this.#parts;
    return { names: this.#readers, dial, token, newId: () => random.id(), after: (delayMs, task) => clock.after(delayMs, task) };
  }

  get #serverReadParts(): ServerReadParts {
    const { reader, storage, hash, clock, schema } = this.#parts;
    const env = { schema: schema.info, upgrade: schema.upgrade };
    return { control: this, reader, files: storage.files, hash, reach: this.#reach, upgraded: (entity, row) => upgradeConfirmed(env, entity, row), monotonic: () => clock.monotonic() };
  }

  rehearse(contextId: string): Rehearsal {
    return this.#parts.storage.rehearse(this.#row(this.#known(contextId)), () => this.#parts.clock.monotonic());
  }

  explain(contextId: string): Explanation {
    return explain(this, this.#parts.engine.state, contextId);
  }

  #row(id: ContextId) {
    const row = this.#parts.engine.state.rows.get(id);
    if (row === undefined) throw new AppError('UNKNOWN_CONTEXT', `There is no context ${id} on this client`);
    return row;
  }

  async stressSwitch(contexts: readonly string[], rounds: number, job: JobOptions = {}): Promise<StressReport> {
    const ids = [...new Set(contexts)].map((contextId) => this.#known(contextId));
    if (ids.length < 2) throw new AppError('BAD_PARAMS', 'Switching needs two contexts');
    const { engine, storage, clock, random } = this.#parts;
    return stressSwitch({ engine, storage, control: this, clock, random }, ids, rounds, job);
  }

  async query(contextId: string, request: SqlRequest, { signal }: JobOptions = {}): Promise<SqlResult> {
    const file = this.#parts.reader.fileOf(this.#row(this.#known(contextId)));
    return this.#parts.storage.files.query(file, request, signal);
  }

  async exportRows(contextId: string, request: ExportRequest): Promise<{ rows: readonly ExportedRow[]; more: boolean }> {
    return this.#parts.reader.exportRows(this.#row(this.#known(contextId)), request);
  }

  async countRows(contextId: string, entity: string | null): Promise<number> {
    return this.#parts.reader.countRows(this.#row(this.#known(contextId)), entity);
  }

  async entities(contextId: string): Promise<readonly EntityCount[]> {
    return this.#parts.reader.entities(this.#row(this.#known(contextId)), this.schema);
  }

  async dataRows(contextId: string, request: RowsRequest): Promise<RowsPage> {
    return this.#parts.reader.dataRows(this.#row(this.#known(contextId)), request);
  }

  async conflicts(contextId: string, before: number | null, limit: number): Promise<readonly ConflictInfo[]> {
    return this.#parts.reader.with(this.#row(this.#known(contextId)), (db) => Promise.resolve(readConflicts(db.db, limit, before ?? Number.MAX_VALUE)));
  }

  async conflict(contextId: string, conflictId: string): Promise<ConflictInfo> {
    const found = await this.#parts.reader.with(this.#row(this.#known(contextId)), (db) => Promise.resolve(readConflict(db.db, conflictId)));
    if (found === undefined) throw new AppError('NOT_FOUND', `There is no conflict ${conflictId} in ${contextId}`);
    return found;
  }

  async tryStrategy(contextId: string, conflictId: string, strategy: StrategyName): Promise<{ outcome: 'put' | 'delete' | 'take-theirs' | 'ask'; result: Json | null; deleted: boolean; decided: ConflictInfo['decided'] }> {
    const { entity, ...kept } = await this.conflict(contextId, conflictId);
    // MG2: kept as they were written, and decided in one schema.
    const env = { schema: this.schema, upgrade: this.#parts.schema.upgrade };
    const [base, mine, theirs] = [upgradeRow(env, entity, kept.base), upgradeRow(env, entity, kept.mine), upgradeRow(env, entity, kept.theirs)];
    const { textFields } = entityOf(this.schema, entity);
    const fields = strategy === 'text' && textFields.length === 0 ? textFieldsOf(valueOf(mine)) : textFields;
    const outcome = resolve(base, mine, theirs, { strategy, textFields: fields, custom: (b, m, t) => this.#parts.schema.custom(entity, b, m, t), newStamp: mine.stamp ?? [0, ''] });
    const row = 'row' in outcome ? outcome.row : theirs;
    return { outcome: outcome.kind, result: valueOf(row), deleted: row.text === null, decided: outcome.decided };
  }

  /** CF4: settles a conflict again; mine or an edited value is a new write, theirs writes theirs again where something else stands now. */
  async resolveConflict(contextId: string, conflictId: string, choice: 'mine' | 'theirs' | { readonly value: Json | null }): Promise<{ mutationId: string | null }> {
    const id = this.#known(contextId);
    const conflict = await this.conflict(contextId, conflictId);
    const { entity, entityId } = conflict;
    const env = { schema: this.schema, upgrade: this.#parts.schema.upgrade };
    const text = choice === 'mine' || choice === 'theirs' ? upgradeRow(env, entity, conflict[choice]).text : choice.value === null ? null : textOf(checkValue(choice.value));
    const store = this.#parts.storage.openStore(id);
    if (store?.db === undefined || store.db === null) throw new AppError('CONTEXT_INACTIVE', `${contextId} has to be active for a conflict to be settled`, { hint: 'Activate it first' });
    const same = store.visible(entity, entityId) === text;
    const confirmed: ConfirmedRow = store.db.confirmed(entity, entityId);
    const resolves = { mutationId: conflict.mutationIds[0] ?? conflictId, theirsVersion: conflict.theirs.version, strategy: conflict.strategy };
    const write = same ? null : { entity, entityId, text };
    return (await this.#callContext(id, (callId) => ({ type: 'settle-conflict', callId, conflictId, write, confirmed: confirmed ?? ABSENT_ROW, resolves }))) as { mutationId: string | null };
  }

  onEvent(listener: (event: RuntimeEvent) => void): Undo {
    return this.#parts.engine.events.listen(listener);
  }

  setFrames(on: boolean): void {
    this.#parts.engine.frames = on;
  }

  tell(event: CoreEvent): void {
    this.#parts.engine.emit(event);
  }

  #call(make: Parameters<Engine['call']>[0]): Promise<Json> {
    return new Promise((resolvePromise, reject) => void this.#parts.engine.call(make, { resolve: resolvePromise, reject }));
  }

  #callContext(id: ContextId, make: (callId: string) => ContextInput): Promise<Json> {
    return new Promise((resolvePromise, reject) => this.#parts.engine.callContext(id, make, { resolve: resolvePromise, reject }));
  }
}

/** Without a declaration every text that mine holds is taken for one. */
const textFieldsOf = (value: Json | null): string[] => (typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : []);
