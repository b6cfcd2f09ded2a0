import { AppError } from '../base/app-error.ts';
import type { Undo } from '../base/clock.ts';
import type { PreparedRemoval, RegistryCommit } from '../core/client/messages.ts';
import type { LoadedPartition, Opened } from '../core/context/messages.ts';
import { rowKey } from '../core/change.ts';
import type { StageError } from '../core/context/state.ts';
import type { Digest } from '../core/digest.ts';
import type { ContextId, ServerId } from '../core/ids.ts';
import type { PartitionCommit } from '../core/outbox/commit.ts';
import type { RegistryRow } from '../core/registry-row.ts';
import { ABSENT_ROW, textOf, valueOf, type ConfirmedRow, type RowState } from '../core/row.ts';
import type { SchemaFunctions } from './functions.ts';
import { fileName, type MemoryDisk, type MemoryFile } from './memory-disk.ts';
import { MemoryPartition, type MemorySnapshot } from './memory-partition.ts';
import type { ContextStore, NewPartition, Staged, StageRequest, Storage } from './storage.ts';

/** Fetches a snapshot; the returned function gives it up. */
export type FetchSnapshot = (request: StageRequest, done: (snapshot: MemorySnapshot) => void, failed: (error: StageError) => void) => Undo;

/** The storage driver over a `MemoryDisk`. */
export class MemoryStorage implements Storage {
  readonly disk: MemoryDisk;
  readonly #schema: SchemaFunctions;
  readonly #fetch: FetchSnapshot;
  readonly open = new Set<ContextId>();

  constructor(disk: MemoryDisk, schema: SchemaFunctions, fetch: FetchSnapshot) {
    this.disk = disk;
    this.#schema = schema;
    this.#fetch = fetch;
  }

  loadRegistry(): readonly RegistryRow[] {
    const named = new Set<string>();
    const rows = [...this.disk.registry.rows.values()].map((row): RegistryRow => {
      const name = fileName(row.serverId, row.contextId, row.partition.generation);
      const file = row.partition.present ? this.disk.files.get(name) : undefined;
      const kept = this.disk.quarantine.get(rowKey(row.serverId, row.contextId));
      if (file === undefined) {
        const pending = kept?.pending() ?? [];
        return { ...row, lifecycle: 'dormant', partition: { present: false, generation: row.partition.generation }, pendingWrites: kept?.outbox.size ?? 0, quarantine: pending.length > 0 ? 'quarantine' : null };
      }
      named.add(name);
      // The row no longer points to what was set aside: a crash came between.
      this.disk.dropAside(rowKey(row.serverId, row.contextId));
      const { localVersion, logId, outbox, schemaVersion } = file.current;
      return { ...row, lifecycle: 'dormant', localVersion, logId, schemaVersion, pendingWrites: outbox.size };
    });
    for (const name of [...this.disk.files.keys()]) if (!named.has(name)) this.disk.remove(name);
    return rows;
  }

  commitRegistry(commit: RegistryCommit): void {
    this.disk.commitRegistry(commit);
  }

  context(contextId: ContextId, serverId: ServerId): ContextStore {
    return new MemoryContextStore(this, contextId, serverId, this.#schema, this.#fetch);
  }

  prepareRemoval(contextId: ContextId, serverId: ServerId, quarantine: boolean): PreparedRemoval {
    const row = this.disk.registry.rows.get(contextId);
    const key = rowKey(serverId, contextId);
    const file = row?.partition.present === true ? this.disk.files.get(fileName(serverId, contextId, row.partition.generation)) : undefined;
    const source = file?.current ?? this.disk.quarantine.get(key);
    const mutationIds = source === undefined ? [] : [...source.outbox.keys()];
    if (quarantine && file !== undefined && mutationIds.length > 0) this.disk.setAside(key, file.current.clone());
    return { bytes: file?.current.bytes ?? 0, mutationIds, conflicts: source?.conflicts.size ?? 0, quarantine: quarantine && mutationIds.length > 0 ? 'quarantine' : null, error: null };
  }

  deleteFiles(contextId: ContextId, serverId: ServerId, everything: boolean): void {
    const prefix = `${rowKey(serverId, contextId)}#`;
    for (const name of [...this.disk.files.keys()]) if (name.startsWith(prefix)) this.disk.remove(name);
    if (everything) this.disk.dropAside(rowKey(serverId, contextId));
  }

  close(): void {
    this.open.clear();
  }
}

class MemoryContextStore implements ContextStore {
  readonly #storage: MemoryStorage;
  readonly #contextId: ContextId;
  readonly #serverId: ServerId;
  readonly #schema: SchemaFunctions;
  readonly #fetch: FetchSnapshot;
  #file: MemoryFile | null = null;
  /** PR2: the outbox that was set aside takes the answers to its writes until a snapshot comes. */
  #kept: MemoryPartition | null = null;

  constructor(storage: MemoryStorage, contextId: ContextId, serverId: ServerId, schema: SchemaFunctions, fetch: FetchSnapshot) {
    this.#storage = storage;
    this.#contextId = contextId;
    this.#serverId = serverId;
    this.#schema = schema;
    this.#fetch = fetch;
  }

  get #disk(): MemoryDisk {
    return this.#storage.disk;
  }

  get #row(): RegistryRow {
    const row = this.#disk.registry.rows.get(this.#contextId);
    if (row === undefined) throw new AppError('INTERNAL', `No registry row for ${this.#contextId}`);
    return row;
  }

  get #open(): MemoryFile {
    if (this.#file === null) throw new AppError('INTERNAL', 'The partition is not open');
    return this.#file;
  }

  /** Points the registry to a generation, on disk before anything else happens. */
  #point(generation: number, partition: MemoryPartition): void {
    const { logId, localVersion, schemaVersion, bytes, outbox } = partition;
    const row: RegistryRow = { ...this.#row, partition: { present: true, generation, bytes }, logId, localVersion, schemaVersion, pendingWrites: outbox.size, quarantine: null };
    this.#disk.commitRegistry({ put: [row], remove: [], durable: true });
  }

  open(): Opened {
    this.#storage.open.add(this.#contextId);
    const { partition } = this.#row;
    const file = partition.present ? this.#disk.files.get(fileName(this.#serverId, this.#contextId, partition.generation)) : undefined;
    if (file !== undefined) {
      this.#file = file;
      return { kind: 'ready', partition: file.current.load(partition.generation) };
    }
    const kept = this.#disk.quarantine.get(rowKey(this.#serverId, this.#contextId));
    this.#kept = kept ?? null;
    return kept === undefined ? { kind: 'absent' } : { kind: 'quarantined', partition: kept.load(partition.generation) };
  }

  create({ logId, schemaVersion, readableFrom, clockOffset }: NewPartition): LoadedPartition {
    const generation = this.#nextGeneration();
    const partition = Object.assign(new MemoryPartition(), { logId, schemaVersion, readableFrom, clockOffset });
    const file = this.#disk.make(fileName(this.#serverId, this.#contextId, generation), partition);
    this.#disk.sync(file);
    this.#point(generation, partition);
    this.#file = file;
    return partition.load(generation);
  }

  #nextGeneration(): number {
    let generation = this.#row.partition.generation + 1;
    while (this.#disk.files.has(fileName(this.#serverId, this.#contextId, generation))) generation++;
    return generation;
  }

  commit(commit: PartitionCommit): Digest {
    if (this.#file === null && this.#kept !== null) {
      this.#kept.write(commit, this.#disk.hash);
      return this.#kept.digest;
    }
    this.#disk.write(this.#open, commit);
    return this.#open.current.digest;
  }

  confirmed(entity: string, entityId: string): ConfirmedRow {
    return this.#open.current.rows.get(rowKey(entity, entityId))?.row ?? ABSENT_ROW;
  }

  visible(entity: string, entityId: string): string | null {
    return this.#open.current.rows.get(rowKey(entity, entityId))?.row.text ?? null;
  }

  migrate(_fromSchema: number, toSchema: number, commit: PartitionCommit | null): { partition: LoadedPartition; rows: number } {
    const file = this.#open;
    const next = file.current.clone();
    const rows = this.#upgrade(next, toSchema);
    if (commit !== null) next.write(commit, this.#disk.hash);
    // One transaction, and durable: the writes that it made anew are acknowledged already.
    this.#disk.replace(file, next);
    return { partition: next.load(this.#row.partition.generation), rows };
  }

  hydrate(): void {
    return;
  }

  stage(request: StageRequest, done: (staged: Staged) => void, failed: (error: StageError) => void): Undo {
    let name: string | null = null;
    const cancel = this.#fetch(
      request,
      (snapshot) => {
        const generation = this.#nextGeneration();
        name = fileName(this.#serverId, this.#contextId, generation);
        const partition = MemoryPartition.ofSnapshot(snapshot, this.#disk.hash);
        this.#upgrade(partition, this.#schema.info.version);
        this.#disk.make(name, partition);
        done({ generation, version: snapshot.version, logId: snapshot.logId, digest: partition.digest });
      },
      failed,
    );
    return () => {
      cancel();
      if (name !== null && this.#disk.files.get(name) !== this.#file) this.#disk.remove(name);
    };
  }

  #upgrade(partition: MemoryPartition, schemaVersion: number): number {
    const upgraded = (entity: string, row: RowState): RowState =>
      row.text === null ? { ...row, schemaVersion } : { ...row, text: textOf(this.#schema.upgrade(entity, valueOf(row), row.schemaVersion)), schemaVersion };
    return partition.upgradeValues(upgraded, schemaVersion);
  }

  #staged(generation: number): MemoryFile {
    const file = this.#disk.files.get(fileName(this.#serverId, this.#contextId, generation));
    if (file === undefined) throw new AppError('INTERNAL', `Generation ${generation} is gone`);
    return file;
  }

  topUp(generation: number, commit: PartitionCommit): Digest {
    const file = this.#staged(generation);
    file.current.write(commit, this.#disk.hash);
    return file.current.digest;
  }

  readStaged(generation: number, keys: readonly { entity: string; entityId: string }[]): { readonly [key: string]: ConfirmedRow } {
    const { rows } = this.#staged(generation).current;
    const found: Record<string, ConfirmedRow> = {};
    for (const { entity, entityId } of keys) {
      const key = rowKey(entity, entityId);
      const stored = rows.get(key);
      if (stored !== undefined) found[key] = stored.row;
    }
    return found;
  }

  adopt(generation: number, commit: PartitionCommit, schemaVersion: number): { bytes: number; digest: Digest } {
    const file = this.#staged(generation);
    const old = this.#file?.current ?? this.#disk.quarantine.get(rowKey(this.#serverId, this.#contextId));
    for (const [id, conflict] of old?.conflicts ?? []) file.current.conflicts.set(id, conflict);
    file.current.write(commit, this.#disk.hash);
    file.current.nextSeq = Math.max(file.current.nextSeq, old?.nextSeq ?? 1);
    file.current.schemaVersion = schemaVersion;
    this.#disk.sync(file);
    const before = this.#row.partition;
    this.#point(generation, file.current);
    this.#file = file;
    if (before.present) this.#disk.remove(fileName(this.#serverId, this.#contextId, before.generation));
    this.#disk.dropAside(rowKey(this.#serverId, this.#contextId));
    return { bytes: file.current.bytes, digest: file.current.digest };
  }

  bytes(): number {
    return this.#file?.current.bytes ?? 0;
  }

  close(): void {
    this.#file = null;
    this.#storage.open.delete(this.#contextId);
  }
}
