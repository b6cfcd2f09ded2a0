import { AppError, codeOf, messageOf } from '../../shared/base/app-error.ts';
import type { PreparedRemoval, RegistryCommit } from '../../shared/core/client/messages.ts';
import type { Hash64 } from '../../shared/core/digest.ts';
import type { ContextId, ServerId, UserId } from '../../shared/core/ids.ts';
import type { RegistryRow } from '../../shared/core/registry-row.ts';
import type { SchemaFunctions } from '../../shared/engine/functions.ts';
import type { Storage } from '../../shared/engine/storage.ts';
import { PartitionDb } from '../../shared/partition/partition-db.ts';
import { asideName, ContextFiles, survivorOf } from './context-files.ts';
import { SqliteContextStore, type StoreParts } from './context-store.ts';
import { RegistryDb } from './registry-db.ts';
import { rehearse, type Rehearsal } from './rehearse.ts';
import { setAside } from './set-aside.ts';
import type { StoreFiles } from './store-files.ts';

export const REGISTRY_FILE = 'registry.sqlite';

/** The storage driver over SQLite files: registry, partitions and what is set aside, each a database of its own (IS1). */
export class SqliteStorage implements Storage {
  readonly files: StoreFiles;
  readonly registry: RegistryDb;
  readonly #parts: StoreParts;
  readonly #open = new Map<ContextId, SqliteContextStore>();

  constructor(files: StoreFiles, userId: UserId, schema: SchemaFunctions, hash: Hash64, { warm = [], fetched = (_contextId, _bytes, signal, download) => download(signal) }: Partial<Pick<StoreParts, 'warm' | 'fetched'>> = {}) {
    this.files = files;
    this.registry = openRegistry(files, userId);
    this.#parts = { files, registry: this.registry, hash, schema, warm, fetched };
  }

  loadRegistry(): readonly RegistryRow[] {
    if (this.registry.wasLost) this.#findSurvivors();
    this.#discardOrphans();
    // The last news of a row may have been lost with the power: a file that was not closed says so itself.
    const leftOpen = this.files.leftOpen();
    return this.registry.rows().map((row) => (row.lifecycle === 'dormant' && !leftOpen.has(this.#fileOf(row)) ? row : this.#reconciled(row)));
  }

  #fileOf(row: RegistryRow): string {
    return new ContextFiles(this.files, row.serverId, row.contextId).generation(row.partition.generation);
  }

  /** A crash left the row of a context that was open: its file says what is true. */
  #reconciled(row: RegistryRow): RegistryRow {
    const dormant: RegistryRow = { ...row, lifecycle: 'dormant' };
    if (!row.partition.present) return dormant;
    const name = this.#fileOf(row);
    try {
      const db = new PartitionDb(this.files.open(name), this.#parts.hash);
      const { localVersion, logId, schemaVersion, pending } = db.load(row.partition.generation, 0);
      db.close();
      const chains = pending.flatMap((entry) => entry.chain);
      const oldestWriteAt = chains.length === 0 ? null : Math.min(...chains.map((entry) => entry.writtenAt));
      return { ...dormant, localVersion, logId, schemaVersion, pendingWrites: chains.length, oldestWriteAt, partition: { ...row.partition, bytes: this.files.size(name) } };
    } catch (thrown) {
      // It is found damaged again, and dealt with, when it is next activated.
      return { ...dormant, lastError: { code: 'PARTITION_DAMAGED', message: messageOf(thrown), at: row.lastAccessAt ?? 0 } };
    }
  }

  /** After the registry was lost, a row that WELCOME brought back takes the newest complete generation that is left of it. */
  #findSurvivors(): void {
    for (const row of this.registry.rows()) {
      if (row.partition.present) continue;
      const generation = survivorOf(this.files, new ContextFiles(this.files, row.serverId, row.contextId), row.partition.generation);
      if (generation !== null) this.registry.point(this.#reconciled({ ...row, partition: { present: true, generation, bytes: 0 } }));
    }
  }

  /** IS2, PR3: generations and quarantines that no row points to go; what may be of a row that was lost stays until there is one again. */
  #discardOrphans(): void {
    const named = new Set<string>([REGISTRY_FILE]);
    const known: ContextFiles[] = [];
    for (const { serverId, contextId, generation, present, quarantine } of this.registry.pointers()) {
      const names = new ContextFiles(this.files, serverId, contextId);
      known.push(names);
      if (present) named.add(names.generation(generation));
      if (quarantine !== null || (this.registry.wasLost && !present)) named.add(names.quarantine);
    }
    for (const name of this.files.list()) {
      const mayBeLost = this.registry.wasLost && isPartition(name) && !known.some((names) => names.has(name));
      if ((isPartition(name) || name.startsWith('d-') || name.startsWith('r-')) && !named.has(name) && !mayBeLost) this.files.remove(name);
    }
  }

  commitRegistry(commit: RegistryCommit): void {
    this.registry.commit(commit);
  }

  context(contextId: ContextId, serverId: ServerId, endpoint: string): SqliteContextStore {
    const store = new SqliteContextStore(this.#parts, contextId, serverId, endpoint);
    const close = store.close.bind(store);
    store.close = () => {
      this.#open.delete(contextId);
      close();
    };
    this.#open.set(contextId, store);
    return store;
  }

  /** The store of an active context; undefined while it is dormant. */
  openStore(contextId: ContextId): SqliteContextStore | undefined {
    return this.#open.get(contextId);
  }

  /** MG3. Throws `NO_PARTITION` for a context that has none. */
  rehearse(row: RegistryRow, monotonic: () => number): Rehearsal {
    const names = new ContextFiles(this.files, row.serverId, row.contextId);
    const name = this.#open.get(row.contextId)?.file ?? names.generation(row.partition.generation);
    if (!row.partition.present || !this.files.exists(name)) throw new AppError('NO_PARTITION', `${row.contextId} has no data on this device`);
    return rehearse(this.files, name, names.rehearsal, this.#parts.schema, monotonic);
  }

  prepareRemoval(contextId: ContextId, serverId: ServerId, quarantine: boolean): PreparedRemoval {
    const row = this.registry.row(contextId);
    const names = new ContextFiles(this.files, serverId, contextId);
    const name = row?.partition.present === true ? names.generation(row.partition.generation) : names.quarantine;
    if (!this.files.exists(name)) return { bytes: 0, mutationIds: [], conflicts: 0, quarantine: null, error: null };
    const bytes = this.files.size(name);
    const handle = this.#open.has(contextId) ? this.files.openReadOnly(name) : this.files.open(name);
    try {
      const mutationIds = handle.prepare('SELECT mutation_id FROM outbox ORDER BY seq').all().map((found) => String(found['mutation_id']));
      const conflicts = Number(handle.prepare('SELECT count(*) AS n FROM conflicts').get()?.['n'] ?? 0);
      const kept = quarantine && name !== names.quarantine && setAside(this.files, handle, names.quarantine);
      return { bytes, mutationIds, conflicts, quarantine: kept ? names.quarantine : null, error: null };
    } finally {
      handle.close();
    }
  }

  deleteFiles(contextId: ContextId, serverId: ServerId, everything: boolean): void {
    const names = new ContextFiles(this.files, serverId, contextId);
    for (const name of this.files.list()) {
      if (names.generationOf(name) !== null || names.isDownload(name)) this.files.remove(name);
      if (everything && (name === names.quarantine || name.startsWith(`x-${names.generation(0).slice(0, -8)}`))) this.files.remove(name);
    }
  }

  close(): void {
    for (const store of [...this.#open.values()]) store.close();
    this.registry.close();
    this.files.close();
  }
}

/** A registry that cannot be read is moved aside: WELCOME and the partitions' own files make it again. */
function openRegistry(files: StoreFiles, userId: UserId): RegistryDb {
  const isNew = !files.exists(REGISTRY_FILE);
  const others = files.list().some(isPartition);
  try {
    return new RegistryDb(files.open(REGISTRY_FILE), userId, isNew && others);
  } catch (thrown) {
    if (codeOf(thrown) !== 'PARTITION_DAMAGED') throw thrown;
    files.moveAside(REGISTRY_FILE, asideName(files, REGISTRY_FILE));
    return new RegistryDb(files.open(REGISTRY_FILE), userId, others);
  }
}

const isPartition = (name: string): boolean => name.startsWith('p-') || name.startsWith('q-');
