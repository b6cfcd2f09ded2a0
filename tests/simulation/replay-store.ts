import type pg from 'pg';
import { isDeepStrictEqual } from 'node:util';
import type { Json } from '../../shared/base/json.ts';
import { compareCodePoints, type Change, type MutationOutcome, type Stamps } from '../../shared/core/change.ts';
import type { Hash64 } from '../../shared/core/digest.ts';
import { contextId, deviceId, userId, VERSION_0, type ContextId, type MutationId, type UserId } from '../../shared/core/ids.ts';
import { decideHorizon } from '../../shared/core/server/decide-horizon.ts';
import { decidePush } from '../../shared/core/server/decide-push.ts';
import { commitTo, pushToStore } from '../../sync-server/push.ts';
import type { LogStore, StoredChange, StoredServerRow } from '../../sync-server/store/log-store.ts';
import type { SimLog, StoredRow } from './sim-server.ts';
import type { StoreOperation, StoreState } from './store-trace.ts';

/** What a restore of one context brings back. Memberships are not part of it. */
const TABLES = ['heads', 'rows', 'changes', 'mutations'] as const;

interface Target {
  readonly store: LogStore;
  /** A superuser's connections: backups and restores are an operator's, past the server. */
  readonly operator: pg.Pool;
  readonly hash: Hash64;
}

/**
 * Does to a real log store what a simulated run did to its own, one operation after the other, and compares what each answers and leaves.
 * Contexts are named after the seed, so that runs share one database.
 */
export class StoreReplay {
  readonly #target: Target;
  readonly #name: string;
  readonly #backups = new Map<SimLog, readonly string[]>();
  readonly #roles = new Map<string, string>();
  readonly #asked = new Map<ContextId, Set<MutationId>>();
  #at = 0;

  constructor(target: Target, name: string) {
    this.#target = target;
    this.#name = name;
  }

  /** Resolves when nothing differed; fails with the first difference. */
  async run(operations: readonly StoreOperation[]): Promise<void> {
    const known = new Map<ContextId, ReadonlyMap<MutationId, MutationOutcome>>();
    for (const operation of operations) {
      this.#at++;
      await this.#do(operation);
      if (!('after' in operation)) continue;
      await this.#compare(operation.type, operation.contextId, operation.after);
      known.set(operation.contextId, outcomesBehind(operation, known.get(operation.contextId)));
    }
    for (const [id, outcomes] of known) {
      const asked = [...(this.#asked.get(id) ?? [])].map((mutationId) => ({ mutationId, entity: 'none', entityId: 'none' }));
      const found = await this.#target.store.push(this.#real(id), null, asked, async (tx) => tx.facts.known);
      this.#same('the recorded outcomes', byId(found), byId(outcomes));
    }
  }

  #real(id: ContextId): ContextId {
    return contextId(`${this.#name} ${id}`);
  }

  async #do(operation: StoreOperation): Promise<void> {
    const { store, operator, hash } = this.#target;
    const id = this.#real(operation.contextId);
    switch (operation.type) {
      case 'create': {
        const { kind, logId, schemaVersion, readableFrom } = operation.after.log;
        const made = await store.createContext({ contextId: id, kind, schemaVersion, readableFrom });
        await store.renameLog(id, made.logId, logId);
        return;
      }
      case 'push': {
        const { sender, push, now } = operation;
        const request = { contextId: id, logId: push.logId, localVersion: push.localVersion, mutations: push.mutations };
        this.#ask(operation.contextId, push.mutations);
        if (sender.backOffice === true) {
          const { decision } = await commitTo(store, null, sender.deviceId, id, push.mutations, now, (tx) => ({ mutations: push.mutations, decision: decidePush(tx.log, sender, request, tx.facts, now, hash) }));
          return this.#same('the results', decision.results, operation.results);
        }
        const user = userId(`${this.#name} ${sender.deviceId}`);
        await this.#beMember(user, id, sender.role);
        const { decision } = await pushToStore(store, { now, hash }, { deviceId: sender.deviceId, userId: user }, request);
        return this.#same('the results', decision.results, operation.results);
      }
      case 'remember': {
        const { outcome, now } = operation;
        this.#ask(operation.contextId, [outcome]);
        await store.push(id, null, [], (tx) => tx.commit({ results: [outcome], record: [outcome], applied: [], head: tx.log.head, digest: tx.log.digest }, deviceId('limit'), now));
        return;
      }
      case 'compact': {
        const { record } = await store.compact(id, { before: 0, keepBytes: 1e12, upTo: operation.horizon, outcomesBefore: 0 }, decideHorizon);
        return this.#same('the horizon', record.horizon, operation.after.log.horizon);
      }
      case 'digest': {
        if (operation.digest === undefined) return;
        const facts = await store.activation(userId('nobody'), id, operation.version);
        return this.#same(`the digest at ${operation.version}`, facts?.digest, operation.digest);
      }
      case 'rename':
        await store.renameLog(id, operation.from, operation.after.log.logId);
        return;
      case 'backup':
        this.#backups.set(operation.backup, await Promise.all(TABLES.map((table) => backUp(operator, table, id))));
        return;
      case 'restore': {
        const backup = this.#backups.get(operation.backup) ?? [];
        await bringBack(operator, id, backup);
        await store.renameLog(id, operation.backup.log.logId, operation.after.log.logId);
        return;
      }
    }
  }

  async #beMember(user: UserId, id: ContextId, role: 'reader' | 'writer' | 'admin'): Promise<void> {
    const key = JSON.stringify([user, id]);
    if (this.#roles.get(key) === role) return;
    await this.#target.store.setMember({ userId: user, contextId: id, role });
    this.#roles.set(key, role);
  }

  #ask(id: ContextId, mutations: readonly { readonly mutationId: MutationId }[]): void {
    const asked = this.#asked.get(id) ?? new Set();
    for (const { mutationId } of mutations) asked.add(mutationId);
    this.#asked.set(id, asked);
  }

  async #compare(operation: StoreOperation['type'], simulated: ContextId, after: StoreState): Promise<void> {
    const { store } = this.#target;
    const id = this.#real(simulated);
    const [record, rows, changes] = await Promise.all([store.context(id), store.rows(id, null, 10_000, 1e9), store.changes(id, { after: VERSION_0, limit: 10_000, maxBytes: 1e9 })]);
    const what = (part: string): string => `${part} after ${operation}`;
    const { kind, logId, head, horizon, digest, schemaVersion, readableFrom } = record ?? {};
    this.#same(what('the head'), { kind, logId, head, horizon, digest, schemaVersion, readableFrom }, after.log);
    this.#same(what('the log'), changes.map(changeOf), after.changes.map(({ change, digest: at }) => ({ ...plainChange({ ...change, contextId: id }), digest: at })));
    this.#same(what('the rows'), rows.map(rowOf), [...after.rows].sort(byKey).map(rowOf));
  }

  #same(what: string, real: unknown, simulated: unknown): void {
    if (isDeepStrictEqual(plain(real), plain(simulated))) return;
    throw new Error(`${this.#name}, operation ${this.#at}: ${what} differ: the real store has ${JSON.stringify(plain(real))}, the simulated one ${JSON.stringify(plain(simulated))}`);
  }
}

/** A restore takes outcomes back with the rest. */
function outcomesBehind(operation: StoreOperation, before: ReadonlyMap<MutationId, MutationOutcome> | undefined): ReadonlyMap<MutationId, MutationOutcome> {
  if (operation.type === 'restore') return new Map(operation.known);
  const fresh = operation.type === 'push' ? operation.results : operation.type === 'remember' ? [operation.outcome] : [];
  return new Map([...(before ?? []), ...fresh.map((one) => [one.mutationId, one] as const)]);
}

async function backUp(operator: pg.Pool, table: string, id: ContextId): Promise<string> {
  const { rows } = await operator.query<{ kept: string }>(`SELECT coalesce(json_agg(t)::text, '[]') AS kept FROM sync.${table} t WHERE context_id = $1`, [id]);
  return rows[0]?.kept ?? '[]';
}

async function bringBack(operator: pg.Pool, id: ContextId, backup: readonly string[]): Promise<void> {
  const client = await operator.connect();
  try {
    await client.query('BEGIN');
    for (const [i, table] of TABLES.entries()) {
      await client.query(`DELETE FROM sync.${table} WHERE context_id = $1`, [id]);
      await client.query(`INSERT INTO sync.${table} SELECT * FROM json_populate_recordset(NULL::sync.${table}, $1::json)`, [backup[i]]);
    }
    await client.query('COMMIT');
  } finally {
    client.release();
  }
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null, (_key, one: unknown) => (typeof one === 'bigint' ? String(one) : one)));

const stampsOf = (stamps: Stamps | null | undefined): Stamps => stamps ?? {};

const rowOf = ({ entity, entityId, version, text, timestamp, deviceId: device, stamps, schemaVersion, hash }: StoredRow | StoredServerRow): object => ({ entity, entityId, version, text, timestamp, device, stamps: stampsOf(stamps), schemaVersion, hash });

const plainChange = ({ value, stamps, resolves, ...rest }: Change): object => ({ ...rest, value: value ?? null, stamps: stampsOf(stamps), resolves: resolves ?? null });

const changeOf = ({ version, text, stamps, resolves, hash: _hash, at: _at, ...rest }: StoredChange): object => ({
  ...rest,
  contextVersion: version,
  value: text === null ? null : (JSON.parse(text) as Json),
  stamps: stampsOf(stamps),
  resolves,
});

const byKey = (a: StoredRow, b: StoredRow): number => compareCodePoints(a.entity, b.entity) || compareCodePoints(a.entityId, b.entityId);

const byId = (outcomes: ReadonlyMap<MutationId, MutationOutcome>): MutationOutcome[] => [...outcomes.values()].sort((a, b) => compareCodePoints(a.mutationId, b.mutationId));
