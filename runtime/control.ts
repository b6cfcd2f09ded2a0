import type { Undo } from '../shared/base/clock.ts';
import type { Json } from '../shared/base/json.ts';
import type { ClientPolicy } from '../shared/core/client/state.ts';
import type { PendingChoice } from '../shared/core/client/messages.ts';
import type { CoreEvent, RuntimeEvent } from '../shared/core/events.ts';
import type { RegistryRow } from '../shared/core/registry-row.ts';
import type { StrategyName } from '../shared/core/change.ts';
import type { SchemaInfo } from '../shared/core/app-schema.ts';
import type { SyncPolicy } from '../shared/core/outbox/draft.ts';
import type { DecidedField } from '../shared/core/strategies/resolution.ts';
import type { CompareOptions } from './compare.ts';
import type { RowsPage, RowsRequest } from './data-rows.ts';
import type { Explanation } from './explain.ts';
import type { NetworkConditions } from './network/conditions.ts';
import type { ExportRequest } from './partition-reader.ts';
import type { ConflictInfo, OutboxInfo } from './partition-reads.ts';
import type { ChainPart, RecorderStatus } from './recorder/index.ts';
import type { CheckRequest, Finding } from './registry-check.ts';
import type { LogRequest } from './server-reader.ts';
import type { StressReport } from './stress/stress-switch.ts';
import type { TelemetryReport } from './telemetry/telemetry.ts';
import type { Rehearsal } from './storage/rehearse.ts';
import type { SqlRequest, SqlResult } from './storage/store-files.ts';

// DB1: the public control port of a client. The agent sees a client through this and through its events, and so may any other tool.

export interface ControlIdentity {
  /** Names this run of the client: its events are counted within it. */
  readonly runId: string;
  readonly deviceId: string;
  readonly userId: string;
  readonly app: string;
  readonly platform: string;
  readonly type: 'page' | 'worker' | 'node' | 'phone';
  /** Milliseconds since 1970. */
  readonly startedAt: number;
}

/** What runs of a context now; for a dormant one only the row is left. */
export interface ControlStatus {
  readonly contextId: string;
  readonly lifecycle: 'dormant' | 'activating' | 'active' | 'deactivating';
  readonly since: number;
  readonly activationId: string | null;
  readonly connection: 'offline' | 'connecting' | 'catching-up' | 'live' | null;
  readonly doing: { readonly text: string; readonly phase?: 'open' | 'migrate' | 'hydrate' | 'connect' | 'catch-up'; readonly done?: number; readonly total?: number } | null;
  readonly purpose: 'app' | 'drain' | 'ambient' | null;
  readonly reason: string | null;
  readonly holders: number;
  readonly digest: string | null;
  readonly localVersion: number;
  readonly serverVersion: number;
  readonly conflicts: number;
  readonly openConflicts: number;
  readonly pending: readonly OutboxInfo[];
  /** Why the server does not sync it, when it refuses to. */
  readonly refused: { readonly code: string; readonly message: string } | null;
}

export interface PruneReport {
  readonly items: readonly { readonly contextId: string; readonly outcome: 'pruned' | 'would-prune' | 'refused'; readonly frees: number; readonly pending: number; readonly choice?: PendingChoice; readonly reason?: string }[];
  readonly frees: number;
  readonly dryRun: boolean;
}

export interface ComparedRow {
  readonly entity: string;
  readonly id: string;
  readonly version: number;
  readonly value: Json | null;
  readonly deleted: boolean;
  readonly timestamp: number | null;
  readonly deviceId: string | null;
}

export interface CompareReport {
  readonly version: number;
  readonly rows: number;
  readonly durationMs: number;
  readonly identical: boolean;
  readonly localDigest: string;
  readonly serverDigest: string;
  /** Rows that changed after the version that was asked for: what they were then is not known on both sides, and they are not compared. */
  readonly unknown: number;
  readonly differences: { readonly entity: string; readonly id: string; readonly kind: 'missing-here' | 'only-here' | 'differs'; readonly local: ComparedRow | null; readonly server: ComparedRow | null; readonly change?: { readonly contextVersion: number; readonly mutationId: string; readonly deviceId: string } }[];
}

export interface StateReport {
  readonly rows: readonly ComparedRow[];
  /** Live rows in all, beyond the limit too. */
  readonly total: number;
  /** Rows that changed since, and whose value of then is behind the horizon. */
  readonly unknown: number;
}

export interface EndpointStatus {
  readonly endpoint: string;
  readonly state: string;
  readonly since: number;
  readonly rttMs: number | null;
  readonly retryAt: number | null;
  /** Why the server took no HELLO, or the connection back; it is asked again at `retryAt`. */
  readonly refused: { readonly code: string; readonly message: string } | null;
  readonly reconnects: number;
  /** Characters of frames since the client started: as many as bytes, but for text beyond ASCII. */
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** The emulated network of a client: it stands before its sockets to sync servers, and before nothing else. */
export interface ControlNetwork {
  conditions(): NetworkConditions | null;
  /** What is left out is without a fault; null ends it. `offline` without `contexts` cuts the sockets and refuses to dial. */
  emulate(conditions: Partial<NetworkConditions> | null): void;
}

/** What a report may hold. Only `full` so far: values as they are. */
export interface ReportOptions {
  readonly values: 'full';
}

/** RP1: the flight recorder. */
export interface ControlRecorder {
  status(): RecorderStatus;
  start(): Promise<void>;
  /** What was recorded stays. */
  stop(): void;
  preview(): { readonly events: number; readonly steps: number; readonly bytes: number };
  /** What was recorded behind a place in its files, without the events, for somebody who follows; null: nothing. */
  linesBehind(segment: string | null, offset: number): ChainPart | null;
  /** The core whose steps are recorded. */
  core(): { readonly version: string; readonly behaviour: string };
  /** The events of this run that are still here, oldest first. */
  events(): Iterable<RuntimeEvent>;
  /** A recording, as the bytes of one file. */
  export(options: ReportOptions): Uint8Array;
}

/** A page of a context's log. */
export interface HistoryPage {
  readonly changes: readonly Json[];
  readonly more: boolean;
  /** The oldest version that can still be read. */
  readonly horizon: number;
}

export interface VerifyReport {
  readonly ok: boolean;
  readonly kept: string;
  readonly counted: string;
  readonly rows: number;
  readonly version: number;
  readonly durationMs: number;
}

/** DB6: of a call that may take long. */
export interface JobOptions {
  /** `total` is left out where it is not known. */
  progress?(done: number, total?: number): void;
  /** Ends it before its time, where it can still be ended: with `CANCELLED`, unless the call says otherwise. */
  readonly signal?: AbortSignal;
}

export interface StoredFile {
  readonly file: string;
  readonly bytes: number;
  readonly kind: 'registry' | 'partition' | 'quarantine' | 'staged' | 'aside' | 'unknown';
  readonly contextId: string | null;
}

export interface EntityCount {
  readonly entity: string;
  readonly strategy: string;
  readonly rows: number;
  readonly pending: number;
  readonly conflicts: number;
  readonly columns: readonly string[];
  readonly references: { readonly [field: string]: string };
}

export interface DataRow {
  readonly id: string;
  readonly version: number;
  readonly deviceId: string | null;
  readonly timestamp: number | null;
  readonly mark: 'confirmed' | 'pending' | 'conflicted';
  readonly value: Json;
  /** Only where rows were asked for by what is kept of them. */
  readonly deleted?: boolean;
}

export interface ExportedRow extends DataRow {
  readonly entity: string;
}

export interface ControlPort {
  readonly identity: ControlIdentity;
  readonly policy: ClientPolicy & { readonly sync: SyncPolicy };
  readonly schema: SchemaInfo;
  /** The seq of the last event. */
  readonly lastSeq: number;
  rows(): readonly RegistryRow[];
  status(contextId: string): ControlStatus | undefined;
  endpoints(): readonly EndpointStatus[];
  readonly network: ControlNetwork;
  readonly recorder: ControlRecorder;
  /** Figures since the first question; `heard` adds earlier events that the caller still has, once. */
  telemetry(heard?: Iterable<RuntimeEvent>): TelemetryReport;
  files(): readonly StoredFile[];
  removeFile(file: string, dryRun: boolean): { readonly bytes: number; readonly removed: boolean };
  activate(contextId: string): Promise<{ readonly activationId: string }>;
  deactivate(contextId: string, force: boolean): Promise<{ readonly pendingWrites: number }>;
  /** `contexts` null: those that the policy names. */
  /** One after the other. When it is ended early, those whose turn did not come are refused with that reason. */
  prune(contexts: readonly string[] | null, pending: PendingChoice, dryRun: boolean, job?: JobOptions): Promise<PruneReport>;
  forget(contextId: string, dryRun: boolean): Promise<{ readonly frees: number; readonly pending: number; readonly conflicts: number; readonly dryRun: boolean }>;
  /** SY4: a new generation from the server; resolves once the context runs on it. Ended before its pointer flips, it rejects with `CANCELLED` and the partition is as it was; after that it is done. */
  rebuild(contextId: string, job?: JobOptions): Promise<{ readonly version: number; readonly bytes: number; readonly durationMs: number }>;
  verify(contextId: string, job?: JobOptions): Promise<VerifyReport>;
  /** Row, file and server side by side; changes none of them. */
  check(asked: CheckRequest, job?: JobOptions): Promise<readonly Finding[]>;
  /** DB10: the confirmed rows against the server's at one version; changes nothing. */
  compare(contextId: string, options?: CompareOptions): Promise<CompareReport>;
  /** The server's rows as of a version. Rejects with `COMPACTED` below the horizon, and says where that is. */
  stateAt(contextId: string, version: number, limit: number, job?: JobOptions): Promise<StateReport>;
  /** MG3: the migration to the app's schema, on a copy. */
  rehearse(contextId: string): Rehearsal;
  explain(contextId: string): Explanation;
  /**
   * Rapid, overlapping switches between these contexts under the network as it is or is emulated; ends every handle of theirs. Cancelled, it reports on
   * the switches that it has made.
   */
  stressSwitch(contexts: readonly string[], rounds: number, job?: JobOptions): Promise<StressReport>;
  query(contextId: string, request: SqlRequest, job?: JobOptions): Promise<SqlResult>;
  entities(contextId: string): Promise<readonly EntityCount[]>;
  /** Rows of an entity by id, page by page: all that are visible, or only those that sync has kept something about. */
  dataRows(contextId: string, request: RowsRequest): Promise<RowsPage>;
  conflicts(contextId: string, before: number | null, limit: number): Promise<readonly ConflictInfo[]>;
  conflict(contextId: string, conflictId: string): Promise<ConflictInfo>;
  tryStrategy(contextId: string, conflictId: string, strategy: StrategyName): Promise<{ readonly outcome: 'put' | 'delete' | 'take-theirs' | 'ask'; readonly result: Json | null; readonly deleted: boolean; readonly decided: readonly DecidedField[] }>;
  resolveConflict(contextId: string, conflictId: string, choice: 'mine' | 'theirs' | { readonly value: Json | null }): Promise<{ readonly mutationId: string | null }>;
  /** Changes of the server's log. Rejects with `COMPACTED` below the horizon, and says where that is. */
  history(contextId: string, request: LogRequest, job?: JobOptions): Promise<HistoryPage>;
  exportRows(contextId: string, request: ExportRequest): Promise<{ readonly rows: readonly ExportedRow[]; readonly more: boolean }>;
  countRows(contextId: string, entity: string | null): Promise<number>;
  onEvent(listener: (event: RuntimeEvent) => void): Undo;
  /** Frame events cost a little per frame, so they come only while somebody asks. */
  setFrames(on: boolean): void;
  /** Puts an event of a tool's own (`command`) into the stream. */
  tell(event: CoreEvent): void;
}
