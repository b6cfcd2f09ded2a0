import { AppError } from '../shared/base/app-error.ts';
import { canonicalText, type Json } from '../shared/base/json.ts';
import { rowKey, type Mutation, type MutationOutcome, type Op } from '../shared/core/change.ts';
import { EMPTY_DIGEST, moveDigest, rowHash, type Hash64 } from '../shared/core/digest.ts';
import { contextId, deviceId, mutationId, nameSchema, userId, version, type ContextId, type DeviceId, type Version } from '../shared/core/ids.ts';
import type { ContextKind, Role } from '../shared/core/registry-row.ts';
import { decideHorizon } from '../shared/core/server/decide-horizon.ts';
import { decidePush, type PushDecision } from '../shared/core/server/decide-push.ts';
import { checkValue } from '../shared/core/value.ts';
import { loadHash } from './hash.ts';
import { OUTCOME_LIFE, type ContextRecord, type ImportRow, type LogStore, type Member, type PushTransaction, type StoredServerRow, type Touched } from './store/log-store.ts';
import { commitTo, type Decided } from './push.ts';

/** One row written on the server's side. Without `baseVersion` it is written upon whatever is there. */
export interface BackOfficeChange {
  readonly entity: string;
  readonly entityId: string;
  readonly op: Op;
  /** For a put. */
  readonly value?: Json | undefined;
  /** Makes the call idempotent; otherwise it is made of the call's `requestId` and the change's place. */
  readonly mutationId?: string | undefined;
  readonly baseVersion?: number | undefined;
  /** ms since 1970; default: now. */
  readonly timestamp?: number | undefined;
  readonly schemaVersion?: number | undefined;
}

export interface CompactOptions {
  /** Keeps changes younger than this, ms; default 30 days. */
  readonly keepMs?: number | undefined;
  /** Keeps at most this many bytes of the newest values; default 256 MiB. */
  readonly keepBytes?: number | undefined;
  /** Everything up to this version goes. */
  readonly upTo?: number | undefined;
}

/** What an operator or a back office does, whether over HTTP or in the same process. */
export interface Admin {
  /** Fails with `CONTEXT_EXISTS`. `readableFrom`: default `schemaVersion`. */
  createContext(spec: { contextId: string; kind: ContextKind; title?: string | undefined; schemaVersion: number; readableFrom?: number | undefined }): Promise<ContextRecord>;
  updateContext(contextId: string, change: { schemaVersion?: number | undefined; readableFrom?: number | undefined; title?: string | undefined }): Promise<ContextRecord>;
  /** SV6: existing data as version 1 of an empty context, in batches as it comes. Fails with `NOT_EMPTY`, `BAD_VALUE`, `TOO_LARGE`. */
  importRows(contextId: string, rows: Iterable<ImportRow> | AsyncIterable<ImportRow>): Promise<{ rows: number; record: ContextRecord }>;
  setMember(contextId: string, userId: string, role: Role): Promise<void>;
  /** PR4. `acceptUntil`: ms since 1970, until when pending writes are still taken. Fails with `NOT_A_MEMBER`. */
  revoke(contextId: string, userId: string, options?: { acceptUntil?: number | undefined }): Promise<void>;
  members(contextId: string): Promise<Member[]>;
  /**
   * Writes that are changes like any other (AM3). `actor` names who writes, as the changes' device `back-office:ACTOR`. A call with the
   * same `requestId` twice writes once. Fails with `BAD_VALUE` when a row or an id is named twice.
   */
  backOfficeChanges(contextId: string, changes: readonly BackOfficeChange[], options: { actor: string; requestId: string }): Promise<readonly MutationOutcome[]>;
  compact(contextId: string, options?: CompactOptions): Promise<{ record: ContextRecord; changes: number; tombstones: number; outcomes: number }>;
  /** SY7: after a restore of the database; every log gets a new logId. Returns how many. */
  restored(): Promise<number>;
}

/** Locks, lets decide, writes and spreads the news; a running server has one that its feeds hear. */
export type Pusher = (actor: DeviceId, contextId: ContextId, touched: readonly Touched[], decide: (tx: PushTransaction) => Decided) => Promise<PushDecision>;

const BATCH_ROWS = 1_000;
const BATCH_BYTES = 2_097_152;
const DAY = 86_400_000;
export const KEEP_LOG_MS = 30 * DAY;
export const KEEP_LOG_BYTES = 268_435_456;

/** The admin functions over a store; `hash` is loaded when it is not given. A seeder needs no more than this. */
export async function createAdmin(store: LogStore, options: { now?: (() => number) | undefined; hash?: Hash64 | undefined; push?: Pusher | undefined } = {}): Promise<Admin> {
  const now = options.now ?? Date.now;
  const hash = options.hash ?? (await loadHash());
  const pushWith: Pusher =
    options.push ??
    (async (actor, id, touched, decide) => {
      const { decision } = await commitTo(store, null, actor, id, touched, now(), decide);
      if (decision.applied.length > 0) store.publish({ type: 'head', contextId: id, head: decision.head });
      return decision;
    });
  const tellUser = (id: string): void => store.publish({ type: 'access', userId: userId(id) });

  return {
    createContext: (spec) => store.createContext({ ...spec, contextId: contextId(spec.contextId) }),
    updateContext: (id, change) => store.updateContext(contextId(id), change),
    async importRows(id, rows) {
      const target = contextId(id);
      const record = await store.context(target);
      if (record === null) throw new AppError('UNKNOWN_CONTEXT', 'There is no such context', { details: { contextId: id } });
      const importer = new Importer(hash, record.schemaVersion, now());
      const done = await store.importRows(target, importer.batches(rows), () => importer.digest);
      store.publish({ type: 'head', contextId: target, head: done.head });
      return { rows: importer.count, record: done };
    },
    async setMember(id, user, role) {
      await store.setMember({ contextId: contextId(id), userId: userId(user), role });
      tellUser(user);
    },
    async revoke(id, user, { acceptUntil } = {}) {
      await store.revoke(userId(user), contextId(id), now(), acceptUntil ?? null);
      tellUser(user);
    },
    members: (id) => store.members(contextId(id)),
    async backOfficeChanges(id, changes, { actor, requestId }) {
      const target = contextId(id);
      const device = deviceId(`back-office:${actor}`.slice(0, 200));
      checkDistinct(changes);
      const drafts = changes.map((change, place) => draftOf(change, `${requestId}:${place}`.slice(-200), now()));
      const decision = await pushWith(device, target, drafts, (tx) => {
        // Written upon what is there: under the lock nobody can come in between.
        const mutations = drafts.map((draft, place) => ({
          ...draft,
          schemaVersion: changes[place]?.schemaVersion ?? tx.log.schemaVersion,
          baseVersion: changes[place]?.baseVersion === undefined ? (tx.facts.rows.get(rowKey(draft.entity, draft.entityId))?.version ?? draft.baseVersion) : draft.baseVersion,
        }));
        const request = { contextId: target, logId: tx.log.logId, localVersion: tx.log.head, mutations };
        return { mutations, decision: decidePush(tx.log, { deviceId: device, role: 'admin', backOffice: true }, request, tx.facts, now(), hash) };
      });
      return decision.results;
    },
    async compact(id, { keepMs, keepBytes, upTo } = {}) {
      const bounds = {
        before: now() - (keepMs ?? KEEP_LOG_MS),
        keepBytes: keepBytes ?? KEEP_LOG_BYTES,
        upTo: upTo === undefined ? undefined : version(upTo),
        outcomesBefore: now() - OUTCOME_LIFE,
      };
      return await store.compact(contextId(id), bounds, decideHorizon);
    },
    restored: () => store.renameAllLogs(),
  };
}

function draftOf(change: BackOfficeChange, fallbackId: string, now: number): Mutation {
  return {
    mutationId: mutationId(change.mutationId ?? fallbackId),
    entity: nameSchema.parse(change.entity),
    entityId: nameSchema.parse(change.entityId),
    op: change.op,
    ...(change.op === 'put' ? { value: checkValue(change.value) } : {}),
    baseVersion: version(change.baseVersion ?? 0),
    timestamp: change.timestamp ?? now,
    schemaVersion: 0,
  };
}

function checkDistinct(changes: readonly BackOfficeChange[]): void {
  const rows = new Set<string>();
  for (const { entity, entityId } of changes) {
    const key = rowKey(entity, entityId);
    if (rows.has(key)) throw new AppError('BAD_VALUE', 'One call names a row twice', { details: { entity, entityId } });
    rows.add(key);
  }
}

/** Rows as they come become batches of stored rows at version 1, and a digest over all of them. */
class Importer {
  readonly #hash: Hash64;
  readonly #schemaVersion: number;
  readonly #now: number;
  digest = EMPTY_DIGEST;
  count = 0;

  constructor(hash: Hash64, schemaVersion: number, now: number) {
    this.#hash = hash;
    this.#schemaVersion = schemaVersion;
    this.#now = now;
  }

  async *batches(rows: Iterable<ImportRow> | AsyncIterable<ImportRow>): AsyncGenerator<readonly StoredServerRow[]> {
    let batch: StoredServerRow[] = [];
    let bytes = 0;
    for await (const row of rows) {
      const stored = this.#row(row, version(1));
      batch.push(stored);
      bytes += stored.text?.length ?? 0;
      if (batch.length < BATCH_ROWS && bytes < BATCH_BYTES) continue;
      yield batch;
      batch = [];
      bytes = 0;
    }
    if (batch.length > 0) yield batch;
  }

  #row(row: ImportRow, at: Version): StoredServerRow {
    const entity = nameSchema.parse(row.entity);
    const entityId = nameSchema.parse(row.entityId);
    const text = canonicalText(checkValue(row.value));
    const hash = rowHash(this.#hash, entity, entityId, at, text);
    this.digest = moveDigest(this.digest, hash, 0n);
    this.count++;
    return {
      entity,
      entityId,
      version: at,
      text,
      timestamp: row.timestamp ?? this.#now,
      deviceId: deviceId('import'),
      stamps: null,
      schemaVersion: row.schemaVersion ?? this.#schemaVersion,
      hash,
    };
  }
}
