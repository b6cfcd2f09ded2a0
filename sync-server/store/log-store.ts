import type { PushDecision, PushFacts } from '../../shared/core/server/decide-push.ts';
import type { Mutation, Op, Resolves, Stamps } from '../../shared/core/change.ts';
import type { Digest } from '../../shared/core/digest.ts';
import type { ActivationId, ContextId, DeviceId, LogId, MutationId, ServerId, UserId, Version } from '../../shared/core/ids.ts';
import type { ContextKind, Role } from '../../shared/core/registry-row.ts';
import type { LogHead } from '../../shared/core/server/log-head.ts';
import type { Json } from '../../shared/base/json.ts';

// The seam between the sync server and where it keeps its data. Three implementations (memory, PGlite, PostgreSQL) pass one contract
// suite. A store decides nothing: it locks, reads facts, writes what the core decided, and keeps one context from another.

/** A context's head with what people and apps need to know beside it. */
export interface ContextRecord extends LogHead {
  readonly contextId: ContextId;
  readonly title: string | null;
  /** True while an import runs: nobody may activate or push. */
  readonly importing: boolean;
}

export interface Member {
  readonly userId: UserId;
  readonly contextId: ContextId;
  readonly role: Role;
}

export interface Revocation {
  readonly userId: UserId;
  readonly contextId: ContextId;
  /** The role that was taken away. */
  readonly role: Role;
  /** Pending writes are taken until then (PR4), ms since 1970; null: they are not. */
  readonly acceptUntil: number | null;
  /** ms since 1970. */
  readonly at: number;
}

/** One entry of the log as it is kept: the value as canonical text (SV4), and the digest of the whole context behind it. */
export interface StoredChange {
  readonly contextId: ContextId;
  readonly version: Version;
  readonly entity: string;
  readonly entityId: string;
  readonly op: Op;
  /** Null for a delete. */
  readonly text: string | null;
  readonly timestamp: number;
  readonly stamps: Stamps | null;
  readonly deviceId: DeviceId;
  readonly mutationId: MutationId;
  readonly schemaVersion: number;
  readonly resolves: Resolves | null;
  readonly digest: Digest;
  /** Row hash of a put as an unsigned bigint, 0n of a delete. */
  readonly hash: bigint;
  /** When it was committed by the server's clock, ms since 1970. */
  readonly at: number;
}

/** A row as it stands in the log; `text` null: a tombstone that the horizon has not passed. */
export interface StoredServerRow {
  readonly entity: string;
  readonly entityId: string;
  readonly version: Version;
  readonly text: string | null;
  readonly timestamp: number;
  readonly deviceId: DeviceId;
  readonly stamps: Stamps | null;
  readonly schemaVersion: number;
  readonly hash: bigint;
}

export interface ContextSpec {
  readonly contextId: ContextId;
  readonly kind: ContextKind;
  readonly title?: string | undefined;
  readonly schemaVersion: number;
  readonly readableFrom?: number | undefined;
}

export interface ImportRow {
  readonly entity: string;
  readonly entityId: string;
  readonly value: Json;
  /** ms since 1970; default: the time of the import. */
  readonly timestamp?: number | undefined;
  readonly schemaVersion?: number | undefined;
}

/** What a change of memberships looks like to other connections and processes. */
export type StoreNews =
  | { readonly type: 'head'; readonly contextId: ContextId; readonly head: Version }
  | { readonly type: 'access'; readonly userId: UserId }
  | { readonly type: 'activated'; readonly contextId: ContextId; readonly deviceId: DeviceId; readonly activationId: ActivationId; readonly connectionId: string }
  | { readonly type: 'device'; readonly deviceId: DeviceId; readonly connectionId: string }
  /** The device of that connection lives on an older one (SV5). */
  | { readonly type: 'device-taken'; readonly connectionId: string }
  /** The listener was away: whatever it may have missed has to be read. */
  | { readonly type: 'resumed' };

export type WrittenFacts = PushFacts & { readonly writers: ReadonlyMap<string, DeviceId> };

/** What a push names before anything is known about it. */
export type Touched = Pick<Mutation, 'mutationId' | 'entity' | 'entityId'>;

/** A context's row, locked for one push (SV1). Every call belongs to one database transaction. */
export interface PushTransaction {
  readonly log: LogHead;
  readonly member: Member | null;
  readonly revocation: Revocation | null;
  /** What was read behind the lock: the rows and recorded outcomes that the push touches, and which device last wrote each row (by `rowKey`). */
  readonly facts: WrittenFacts;
  /** Writes and commits. `at`: ms since 1970. Called at most once. */
  commit(decision: PushDecision, deviceId: DeviceId, at: number): Promise<void>;
}

export interface ReadRange {
  /** Exclusive: the version before the first change wanted. */
  readonly after: Version;
  /** Inclusive. */
  readonly to?: Version | undefined;
  readonly entity?: string | undefined;
  readonly entityId?: string | undefined;
  /** Changes at most. */
  readonly limit: number;
  /** The read ends with the change that reaches this many bytes of values. */
  readonly maxBytes: number;
}

export interface ActivationFacts {
  readonly record: ContextRecord;
  readonly member: Member | null;
  readonly revocation: Revocation | null;
  /** The digest at the version asked about, where the log still knows it. */
  readonly digest: Digest | null;
}

export interface SnapshotRecord {
  readonly contextId: ContextId;
  readonly logId: LogId;
  readonly version: Version;
  readonly bytes: number;
  /** 64 hex digits. */
  readonly sha256: string;
}

export interface AuditEntry {
  /** ms since 1970. */
  readonly at: number;
  readonly actor: string;
  readonly action: string;
  readonly contextId: ContextId | null;
  /** Never a value of a row. */
  readonly details: { readonly [key: string]: Json };
}

/** What one device did in one context; `caused`: pushes of others that were refused because of its changes. */
export interface Activity {
  readonly contextId: ContextId;
  readonly deviceId: DeviceId;
  readonly applied: number;
  readonly refused: number;
  readonly resolved: number;
  readonly caused: number;
  readonly rejected: number;
}

export interface CompactionBounds {
  /** Changes committed before this may go, ms since 1970. */
  readonly before: number;
  /** The newest changes whose values have this many bytes together stay. */
  readonly keepBytes: number;
  /** Everything up to this version may go. */
  readonly upTo?: Version | undefined;
  /** Recorded outcomes older than this may go once their change is behind the horizon (OB4), ms since 1970. */
  readonly outcomesBefore: number;
}

export interface LogStore {
  readonly kind: 'memory' | 'pglite' | 'postgres';
  /** Names the database, not the process. */
  readonly serverId: ServerId;

  // Contexts
  /** Fails with `CONTEXT_EXISTS`. */
  createContext(spec: ContextSpec): Promise<ContextRecord>;
  context(contextId: ContextId): Promise<ContextRecord | null>;
  updateContext(contextId: ContextId, change: { schemaVersion?: number | undefined; readableFrom?: number | undefined; title?: string | undefined }): Promise<ContextRecord>;
  /** SV6. The context must be empty (`NOT_EMPTY`); a row named twice is `BAD_VALUE`. Batches are written as they come. */
  importRows(contextId: ContextId, batches: AsyncIterable<readonly StoredServerRow[]>, finish: () => Digest): Promise<ContextRecord>;
  /** Gives the log a new logId unless somebody else did first. */
  renameLog(contextId: ContextId, from: LogId, to: LogId): Promise<ContextRecord>;
  /** Gives every log a new one: for after a restore. Returns how many. */
  renameAllLogs(): Promise<number>;
  /** The heads that exist of those asked for; all of them without `ids`. No value of any tenant. */
  heads(ids?: readonly ContextId[]): Promise<ContextRecord[]>;

  // Access
  access(userId: UserId, since: number): Promise<{ members: Member[]; contexts: ContextRecord[]; revocations: Revocation[] }>;
  members(contextId: ContextId): Promise<Member[]>;
  setMember(member: Member): Promise<void>;
  /** Fails with `NOT_A_MEMBER`. */
  revoke(userId: UserId, contextId: ContextId, at: number, acceptUntil: number | null): Promise<void>;
  /** False when the device belongs to another user (SV5). */
  claimDevice(deviceId: DeviceId, userId: UserId, at: number): Promise<boolean>;

  // The log
  activation(userId: UserId, contextId: ContextId, since: Version): Promise<ActivationFacts | null>;
  /** Locks the context's row, reads what is touched, and runs `work`; without a commit in it, nothing is written. Fails with `UNKNOWN_CONTEXT`. */
  push<T>(contextId: ContextId, userId: UserId | null, touched: readonly Touched[], work: (tx: PushTransaction) => Promise<T>): Promise<T>;
  changes(contextId: ContextId, range: ReadRange): Promise<StoredChange[]>;
  /** Rows in the order of (entity, entityId) by UTF-8 bytes, after the given key; tombstones included. */
  rows(contextId: ContextId, after: { entity: string; entityId: string } | null, limit: number, maxBytes: number): Promise<StoredServerRow[]>;
  /** SV3. Returns the context's new head and how much went. */
  compact(contextId: ContextId, bounds: CompactionBounds, decide: (log: LogHead, candidates: readonly Version[]) => Version): Promise<{ record: ContextRecord; changes: number; tombstones: number; outcomes: number }>;

  // Snapshots that this process keeps on its disk (`home` names the directory)
  snapshots(contextId: ContextId, home: string): Promise<SnapshotRecord[]>;
  keepSnapshot(home: string, snapshot: SnapshotRecord): Promise<void>;
  dropSnapshot(home: string, snapshot: SnapshotRecord): Promise<void>;

  // News between processes: hints only, sent after the commit and never needed for correctness (SV2)
  listen(listener: (news: StoreNews) => void): () => void;
  publish(news: StoreNews): void;
  /** For the sweep: each call of what it returns gives the users whose memberships changed since the call before; the first one none. */
  accessReader(): () => Promise<UserId[]>;

  // Housekeeping
  audit(entry: AuditEntry): Promise<void>;
  auditLog(limit: number): Promise<AuditEntry[]>;
  /** Adds to the counts of the hour that `at` lies in. */
  addActivity(at: number, activity: readonly Activity[]): Promise<void>;
  activity(since: number): Promise<Activity[]>;
  /** Periodic upkeep: old revocations and activity, a CHECKPOINT where nobody else makes one. */
  maintain(now: number): Promise<void>;
  /** Fails when the database does not answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Revocations are told for this long (PR4), in ms: 400 days. */
export const REVOCATION_LIFE = 400 * 86_400_000;
/** Outcomes are kept for at least this long (OB4), in ms: 90 days. */
export const OUTCOME_LIFE = 90 * 86_400_000;
/** Conflicts per device are kept for this long, in ms: 7 days. */
export const ACTIVITY_LIFE = 7 * 86_400_000;
