import { AppError, codeOf, messageOf } from '../../shared/base/app-error.ts';
import type { Undo } from '../../shared/base/clock.ts';
import { rowKey } from '../../shared/core/change.ts';
import type { LoadedPartition, Opened } from '../../shared/core/context/messages.ts';
import type { StageError } from '../../shared/core/context/state.ts';
import type { Digest, Hash64 } from '../../shared/core/digest.ts';
import type { ContextId, ServerId } from '../../shared/core/ids.ts';
import type { PartitionCommit } from '../../shared/core/outbox/commit.ts';
import type { RegistryRow } from '../../shared/core/registry-row.ts';
import type { ConfirmedRow } from '../../shared/core/row.ts';
import type { SchemaFunctions } from '../../shared/engine/functions.ts';
import type { ContextStore, NewPartition, Staged, StageRequest } from '../../shared/engine/storage.ts';
import { PARTITION_APPLICATION_ID } from '../../shared/partition/layout.ts';
import { completeSnapshot, createPartition, PartitionDb } from '../../shared/partition/partition-db.ts';
import { transaction, type SqliteHandle } from '../../shared/partition/sqlite.ts';
import { asideName, ContextFiles, survivorOf } from './context-files.ts';
import { migrateRows } from './migrate-rows.ts';
import type { RegistryDb } from './registry-db.ts';
import { setAside } from './set-aside.ts';
import { checkSnapshot } from './snapshot-check.ts';
import type { StoreFiles } from './store-files.ts';
import { ensureViews } from './views.ts';

/** Does a download of so many bytes for a context, under conditions of its own. */
export type Fetched = (contextId: string, bytes: number, signal: AbortSignal, download: (signal: AbortSignal) => Promise<void>) => Promise<void>;

export interface StoreParts {
  readonly files: StoreFiles;
  readonly registry: RegistryDb;
  readonly hash: Hash64;
  readonly schema: SchemaFunctions;
  /** What a download goes through: an emulated network, or nothing. */
  readonly fetched: Fetched;
  /** LC1: queries that read the pages that the app's first ones will. */
  readonly warm: readonly string[];
}

/** The disk of one activation (SY4, PR2): one open partition, generations beside it. */
export class SqliteContextStore implements ContextStore {
  readonly #parts: StoreParts;
  readonly #contextId: ContextId;
  readonly #endpoint: string;
  readonly #names: ContextFiles;
  #open: { readonly name: string; readonly db: PartitionDb } | null = null;
  #staged: { readonly generation: number; readonly db: PartitionDb } | null = null;

  constructor(parts: StoreParts, contextId: ContextId, serverId: ServerId, endpoint: string) {
    this.#parts = parts;
    this.#contextId = contextId;
    this.#endpoint = endpoint;
    this.#names = new ContextFiles(parts.files, serverId, contextId);
  }

  /** The open partition, for reading by the handle's queries; null while there is none. */
  get db(): PartitionDb | null {
    return this.#open?.db ?? null;
  }

  get file(): string | null {
    return this.#open?.name ?? null;
  }

  get #row(): RegistryRow {
    const row = this.#parts.registry.row(this.#contextId);
    if (row === undefined) throw new AppError('INTERNAL', `The registry has no row for ${this.#contextId}`);
    return row;
  }

  get #current(): PartitionDb {
    if (this.#open === null) throw new AppError('INTERNAL', 'The partition is not open');
    return this.#open.db;
  }

  open(): Opened {
    const { files, registry } = this.#parts;
    const { partition, lastError } = this.#row;
    const generation = partition.present ? partition.generation : registry.wasLost ? survivorOf(files, this.#names, partition.generation) : null;
    if (generation !== null && files.exists(this.#names.generation(generation))) {
      const name = this.#names.generation(generation);
      try {
        const db = this.#attach(name);
        // What a write or a read ran into last time lies deeper than what is read here.
        if (lastError?.code === 'PARTITION_DAMAGED') checkPages(db.db);
        if (!partition.present) this.#point(generation, db);
        return { kind: 'ready', partition: db.load(generation, files.size(name)) };
      } catch (thrown) {
        // Anything else (too many open files, a disk that is away) is over some time: the file is as good as it was.
        if (codeOf(thrown) !== 'PARTITION_DAMAGED') throw thrown;
        this.#open?.db.close();
        this.#open = null;
        return this.#damaged(name, generation, thrown);
      }
    }
    if (!files.exists(this.#names.quarantine)) return { kind: 'absent' };
    return { kind: 'quarantined', partition: this.#attach(this.#names.quarantine).load(partition.generation, 0) };
  }

  #attach(name: string): PartitionDb {
    const handle = this.#parts.files.open(name);
    try {
      // A file that was cut to nothing is an empty database to SQLite.
      if (Number(handle.prepare('PRAGMA application_id').get()?.['application_id']) !== PARTITION_APPLICATION_ID) throw new AppError('PARTITION_DAMAGED', 'It is no partition file any more');
      const db = new PartitionDb(handle, this.#parts.hash);
      this.#open = { name, db };
      return db;
    } catch (thrown) {
      handle.close();
      throw thrown;
    }
  }

  /** A partition that cannot be read is moved aside, and what can be read of its outbox is saved as a quarantine of its own. */
  #damaged(name: string, generation: number, thrown: unknown): Opened {
    const { files } = this.#parts;
    const aside = asideName(files, name);
    const saved = this.#saveOutbox(name, generation);
    files.moveAside(name, aside);
    this.#parts.registry.point({ ...this.#row, partition: { present: false, generation }, quarantine: saved === null ? null : this.#names.quarantine });
    return { kind: 'damaged', message: `The partition could not be read (${messageOf(thrown)}) and was moved aside as ${aside}`, saved };
  }

  #saveOutbox(name: string, generation: number): LoadedPartition | null {
    try {
      const handle = this.#parts.files.open(name);
      try {
        if (!setAside(this.#parts.files, handle, this.#names.quarantine, true)) return null;
      } finally {
        handle.close();
      }
      return this.#attach(this.#names.quarantine).load(generation, 0);
    } catch {
      // Nothing of it can be read: then the file that was moved aside is all there is.
      return null;
    }
  }

  create(about: NewPartition): LoadedPartition {
    const generation = this.#nextGeneration();
    const name = this.#names.generation(generation);
    const handle = this.#parts.files.open(name);
    handle.exec('PRAGMA synchronous = FULL');
    createPartition(handle, { contextId: this.#contextId, ...about });
    handle.exec(`INSERT INTO meta (key, value) VALUES ('complete', 1)`);
    handle.close();
    const db = this.#attach(name);
    ensureViews(db.db, this.#parts.schema.info);
    this.#point(generation, db);
    return db.load(generation, this.#parts.files.size(name));
  }

  #nextGeneration(): number {
    const used = this.#parts.files.list().flatMap((name) => this.#names.generationOf(name) ?? []);
    return Math.max(this.#row.partition.generation, ...used, 0) + 1;
  }

  #point(generation: number, db: PartitionDb): void {
    const { localVersion, logId, schemaVersion, pending, bytes } = db.load(generation, this.#parts.files.size(this.#names.generation(generation)));
    const pendingWrites = pending.reduce((sum, row) => sum + row.chain.length, 0);
    this.#parts.registry.point({ ...this.#row, partition: { present: true, generation, bytes }, logId, localVersion, schemaVersion, pendingWrites, quarantine: null });
  }

  commit(commit: PartitionCommit): Digest {
    return this.#current.commit(commit);
  }

  confirmed(entity: string, entityId: string): ConfirmedRow {
    return this.#current.confirmed(entity, entityId);
  }

  visible(entity: string, entityId: string): string | null {
    return this.#current.visible(entity, entityId);
  }

  migrate(_fromSchema: number, toSchema: number, commit: PartitionCommit | null): { partition: LoadedPartition; rows: number } {
    const db = this.#current;
    db.db.exec('PRAGMA synchronous = FULL');
    const rows = transaction(db.db, () => {
      const count = migrateRows(db.db, this.#parts.schema);
      if (commit !== null) db.write(commit);
      db.db.prepare(`INSERT OR REPLACE INTO meta (key, value) VALUES ('schemaVersion', ?), ('readableFrom', ?)`).run(toSchema, this.#parts.schema.info.readableFrom);
      return count;
    });
    ensureViews(db.db, this.#parts.schema.info);
    return { partition: db.load(this.#row.partition.generation, this.bytes()), rows };
  }

  hydrate(): void {
    if (!this.#row.partition.present) return;
    ensureViews(this.#current.db, this.#parts.schema.info);
    for (const sql of this.#parts.warm) this.#current.db.prepare(sql).all();
  }

  stage(request: StageRequest, done: (staged: Staged) => void, failed: (error: StageError) => void): Undo {
    const controller = new AbortController();
    const name = this.#names.generation(this.#nextGeneration());
    const generation = this.#names.generationOf(name) as number;
    const part = this.#names.download(request.sha256);
    const { files } = this.#parts;
    const fail = (thrown: unknown): void => {
      if (controller.signal.aborted) return;
      failed(thrown instanceof AppError ? { code: thrown.code, message: thrown.message } : { code: 'DOWNLOAD_FAILED', message: messageOf(thrown) });
    };
    const ready = (staged: Staged | null): void => {
      if (staged !== null && !controller.signal.aborted) done(staged);
    };
    const { fetched } = this.#parts;
    const download = (signal: AbortSignal): Promise<void> => files.receive(part, { ...request, endpoint: this.#endpoint }, signal);
    const received = fetched(this.#contextId, request.bytes, controller.signal, download).then(() => {
      if (controller.signal.aborted) return null;
      try {
        files.moveAside(part, name);
        return { generation, version: request.version, logId: request.logId, digest: this.#prepare(name, request) };
      } catch (thrown) {
        files.remove(name);
        throw thrown;
      }
    });
    // What `done` leads to is no part of the download: a bug there is not taken for a file that did not come.
    void received.then(ready, fail);
    return () => {
      controller.abort();
      if (this.#staged?.generation === generation) this.#dropStaged();
    };
  }

  /** Checks a file that came in and brings its rows to the app's schema. */
  #prepare(name: string, request: StageRequest): Digest {
    const { files, hash, schema } = this.#parts;
    const readOnly = files.openReadOnly(name);
    try {
      checkSnapshot(readOnly, this.#contextId, request);
    } finally {
      readOnly.close();
    }
    const handle = files.open(name);
    completeSnapshot(handle);
    const db = new PartitionDb(handle, hash);
    if (Number(db.meta('schemaVersion')) < schema.info.version || hasOlderRows(handle, schema.info.version)) transaction(handle, () => migrateRows(handle, schema));
    this.#dropStaged();
    this.#staged = { generation: this.#names.generationOf(name) as number, db };
    return db.digest;
  }

  #dropStaged(): void {
    if (this.#staged === null) return;
    this.#staged.db.close();
    this.#parts.files.remove(this.#names.generation(this.#staged.generation));
    this.#staged = null;
  }

  #stagedDb(generation: number): PartitionDb {
    if (this.#staged?.generation !== generation) throw new AppError('INTERNAL', `Generation ${generation} is not staged`);
    return this.#staged.db;
  }

  topUp(generation: number, commit: PartitionCommit): Digest {
    return this.#stagedDb(generation).commit(commit);
  }

  readStaged(generation: number, keys: readonly { entity: string; entityId: string }[]): { readonly [key: string]: ConfirmedRow } {
    const db = this.#stagedDb(generation);
    const rows: Record<string, ConfirmedRow> = {};
    for (const { entity, entityId } of keys) {
      const row = db.confirmed(entity, entityId);
      if (row.version > 0) rows[rowKey(entity, entityId)] = row;
    }
    return rows;
  }

  adopt(generation: number, commit: PartitionCommit, schemaVersion: number): { bytes: number; digest: Digest } {
    const { files, registry, schema } = this.#parts;
    const db = this.#stagedDb(generation);
    const old = this.#open;
    const conflicts = old?.db.db.prepare('SELECT * FROM conflicts').all() ?? [];
    db.db.exec('PRAGMA synchronous = FULL');
    transaction(db.db, () => {
      for (const row of conflicts) {
        const columns = Object.keys(row);
        db.db.prepare(`INSERT OR REPLACE INTO conflicts (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`).run(...columns.map((column) => row[column] ?? null));
      }
      db.write(commit);
      const nextSeq = Number(old?.db.meta('nextSeq') ?? 1);
      db.db.prepare(`UPDATE meta SET value = max(value, ?) WHERE key = 'nextSeq'`).run(nextSeq);
      db.db.prepare(`INSERT OR REPLACE INTO meta (key, value) VALUES ('schemaVersion', ?), ('readableFrom', ?), ('complete', 1)`).run(schemaVersion, schema.info.readableFrom);
    });
    ensureViews(db.db, schema.info);
    const name = this.#names.generation(generation);
    const { localVersion, logId, pending } = db.load(generation, 0);
    const bytes = files.size(name);
    const pendingWrites = pending.reduce((sum, row) => sum + row.chain.length, 0);
    registry.point({ ...this.#row, partition: { present: true, generation, bytes }, logId, localVersion, schemaVersion, pendingWrites, quarantine: null });
    this.#staged = null;
    this.#open = { name, db };
    old?.db.close();
    if (old !== null) files.remove(old.name);
    files.remove(this.#names.quarantine);
    return { bytes, digest: db.digest };
  }

  bytes(): number {
    return this.#open === null ? 0 : this.#parts.files.size(this.#open.name);
  }

  close(): void {
    this.#dropStaged();
    this.#open?.db.close();
    this.#open = null;
  }
}

const hasOlderRows = (db: SqliteHandle, version: number): boolean => db.prepare('SELECT 1 FROM rows WHERE schema < ? LIMIT 1').get(version) !== undefined;

/** Throws `PARTITION_DAMAGED` when a page of it is not what it should be. */
function checkPages(db: SqliteHandle): void {
  const found = String(db.prepare('PRAGMA quick_check(1)').get()?.['quick_check']);
  if (found !== 'ok') throw new AppError('PARTITION_DAMAGED', found);
}
