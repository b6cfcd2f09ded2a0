import { AppError } from '../shared/base/app-error.ts';
import { entityOf, type SchemaInfo } from '../shared/core/app-schema.ts';
import type { Hash64 } from '../shared/core/digest.ts';
import type { RegistryRow } from '../shared/core/registry-row.ts';
import { PartitionDb } from '../shared/partition/partition-db.ts';
import type { EntityCount, ExportedRow, StoredFile } from './control.ts';
import { COLUMNS_OF_DATA, dataRowOf, rowsIn, type RowsPage, type RowsRequest } from './data-rows.ts';
import { readOutboxOf, type OutboxInfo } from './partition-reads.ts';
import { ContextFiles } from './storage/context-files.ts';
import { REGISTRY_FILE, type SqliteStorage } from './storage/sqlite-storage.ts';

/** What a partition file says of itself. */
export interface FileFacts {
  readonly localVersion: number;
  readonly logId: string | null;
  readonly schemaVersion: number;
  readonly pendingWrites: number;
}

export interface ExportRequest {
  /** Null: of all. */
  readonly entity: string | null;
  /** Behind this row; null: from the first one on. */
  readonly after: { readonly entity: string; readonly id: string } | null;
  /** Ends behind the row that reaches so many characters of ids and values. */
  readonly mostText: number;
}

const EXPORT_PAGE = 100;

interface Kept {
  /** Conflicts. */
  readonly total: number;
  readonly open: number;
  readonly pending: readonly OutboxInfo[];
}

const NOTHING_KEPT: Kept = { total: 0, open: 0, pending: [] };
/** More of them nobody looks at one by one. */
const MOST_PENDING = 100;

/** Reads partitions for tools: of an active context over its own read-only connection, of a dormant one over a short-lived one (DB1). */
export class PartitionReader {
  readonly #storage: SqliteStorage;
  readonly #hash: Hash64;
  /** Of dormant contexts, until their generation or version moves. */
  readonly #kept = new Map<string, Kept & { readonly key: string }>();

  constructor(storage: SqliteStorage, hash: Hash64) {
    this.#storage = storage;
    this.#hash = hash;
  }

  #names(row: RegistryRow): ContextFiles {
    return new ContextFiles(this.#storage.files, row.serverId, row.contextId);
  }

  /** How much of a snapshot is here: the file that it is written to says so. */
  bytesFetched(row: RegistryRow, sha256: string): number {
    return this.#storage.files.size(this.#names(row).download(sha256));
  }

  fileOf(row: RegistryRow): string {
    const open = this.#storage.openStore(row.contextId)?.file;
    if (open !== null && open !== undefined) return open;
    if (!row.partition.present) throw new AppError('NO_PARTITION', `${row.contextId} has no data on this device: it was pruned or never fetched`, { hint: 'Activate it to fetch it' });
    return this.#names(row).generation(row.partition.generation);
  }

  with<T>(row: RegistryRow, read: (db: PartitionDb) => Promise<T>): Promise<T> {
    return this.#in(this.fileOf(row), read);
  }

  async #in<T>(file: string, read: (db: PartitionDb) => Promise<T>): Promise<T> {
    const handle = this.#storage.files.openReadOnly(file);
    try {
      return await read(new PartitionDb(handle, this.#hash));
    } finally {
      handle.close();
    }
  }

  /** Throws what the disk says of a file that is no partition, or a damaged one. */
  facts(file: string): FileFacts {
    const handle = this.#storage.files.openReadOnly(file);
    try {
      const meta = new Map(handle.prepare('SELECT key, value FROM meta').all().map(({ key, value }) => [String(key), value ?? null]));
      const number = (key: string): number => {
        const value = Number(meta.get(key) ?? Number.NaN);
        if (!Number.isSafeInteger(value)) throw new AppError('PARTITION_DAMAGED', `${key} is no number`);
        return value;
      };
      const logId = meta.get('logId') ?? null;
      const pendingWrites = Number(handle.prepare('SELECT count(*) AS n FROM outbox').get()?.['n']);
      return { localVersion: number('localVersion'), logId: logId === null ? null : String(logId), schemaVersion: number('schemaVersion'), pendingWrites };
    } finally {
      handle.close();
    }
  }

  /** Of a file that no row points to: nothing when it is none of ours. */
  factsOfStray(file: string): Partial<FileFacts> {
    if (!/^p-[0-9a-f]+-\d+\.sqlite$/.test(file)) return {};
    try {
      return this.facts(file);
    } catch {
      // Whatever is in it, it is a file that nobody needs.
      return {};
    }
  }

  /** What a context keeps beside its rows. `pending`: the oldest writes of a dormant context; an active one has them in memory. */
  kept(row: RegistryRow): Kept {
    const open = this.#storage.openStore(row.contextId)?.db;
    if (open !== null && open !== undefined) return { ...open.conflictCounts(), pending: [] };
    if (!row.partition.present) return NOTHING_KEPT;
    const key = `${row.partition.generation}:${row.localVersion}:${row.pendingWrites}`;
    const known = this.#kept.get(row.contextId);
    if (known?.key === key) return known;
    try {
      const handle = this.#storage.files.openReadOnly(this.fileOf(row));
      try {
        const kept = { key, ...new PartitionDb(handle, this.#hash).conflictCounts(), pending: row.pendingWrites === 0 ? [] : readOutboxOf(handle, MOST_PENDING) };
        this.#kept.set(row.contextId, kept);
        return kept;
      } finally {
        handle.close();
      }
    } catch {
      // A partition that cannot be read shows nothing; its damage is told when it is next activated.
      return NOTHING_KEPT;
    }
  }

  files(rows: readonly RegistryRow[]): readonly StoredFile[] {
    const { files } = this.#storage;
    const owners = rows.map((row) => ({ row, names: this.#names(row) }));
    return files.list().map((file): StoredFile => {
      const bytes = files.size(file);
      if (file === REGISTRY_FILE) return { file, bytes, kind: 'registry', contextId: null };
      for (const { row, names } of owners) {
        const generation = names.generationOf(file);
        if (generation !== null) {
          const current = row.partition.present && row.partition.generation === generation;
          return { file, bytes, kind: current ? 'partition' : 'staged', contextId: row.contextId };
        }
        if (file === names.quarantine) return { file, bytes, kind: 'quarantine', contextId: row.contextId };
        if (names.isDownload(file)) return { file, bytes, kind: 'staged', contextId: row.contextId };
      }
      return { file, bytes, kind: file.startsWith('x-') ? 'aside' : 'unknown', contextId: null };
    });
  }

  /** Of a context that has only a quarantine: its counts, and no rows. */
  async entities(row: RegistryRow, schema: SchemaInfo): Promise<readonly EntityCount[]> {
    return await this.#in(row.partition.present || row.quarantine === null ? this.fileOf(row) : row.quarantine, (db) => {
      const count = (sql: string): Map<string, number> => new Map(db.db.prepare(sql).all().map((found) => [String(found['entity']), Number(found['n'])]));
      const rows = count('SELECT entity, count(value) AS n FROM rows GROUP BY entity');
      const pending = count('SELECT entity, count(*) AS n FROM outbox GROUP BY entity');
      const conflicts = count('SELECT entity, count(*) AS n FROM conflicts GROUP BY entity');
      const names = new Set([...Object.keys(schema.entities), ...rows.keys()]);
      const all = [...names].sort().map((entity) => {
        const declared = entityOf(schema, entity);
        return { entity, strategy: declared.strategy, rows: rows.get(entity) ?? 0, pending: pending.get(entity) ?? 0, conflicts: conflicts.get(entity) ?? 0, columns: declared.fields, references: declared.references };
      });
      return Promise.resolve(all);
    });
  }

  async dataRows(row: RegistryRow, request: RowsRequest): Promise<RowsPage> {
    const read = ({ db }: PartitionDb): Promise<RowsPage> => Promise.resolve(rowsIn(db, request));
    if (request.only !== 'quarantined') return await this.with(row, read);
    // With a partition nothing is set aside: a quarantine ends when a snapshot is there.
    return row.quarantine === null ? { rows: [], more: false } : await this.#in(row.quarantine, read);
  }

  /** Rows of one entity or of all in the order of their keys, as many as fit, and at least one where there is one. */
  exportRows(row: RegistryRow, { entity, after, mostText }: ExportRequest): Promise<{ rows: readonly ExportedRow[]; more: boolean }> {
    return this.with(row, ({ db }) => {
      const page = db.prepare(
        `SELECT r.entity, ${COLUMNS_OF_DATA} FROM rows r
         WHERE ${entity === null ? '(r.entity, r.id) > (?, ?)' : 'r.entity = ? AND r.id > ?'} AND r.value IS NOT NULL ORDER BY r.entity, r.id LIMIT ${EXPORT_PAGE}`,
      );
      const rows: ExportedRow[] = [];
      let last = after ?? { entity: entity ?? '', id: '' };
      for (let text = 0; ; ) {
        const found = page.all(last.entity, last.id);
        for (const [place, stored] of found.entries()) {
          last = { entity: String(stored['entity']), id: String(stored['id']) };
          text += last.entity.length + last.id.length + String(stored['value']).length;
          rows.push({ ...dataRowOf(stored), entity: last.entity });
          if (text >= mostText) return Promise.resolve({ rows, more: place < found.length - 1 || found.length === EXPORT_PAGE });
        }
        if (found.length < EXPORT_PAGE) return Promise.resolve({ rows, more: false });
      }
    });
  }

  /** Live rows of one entity, or of all. */
  countRows(row: RegistryRow, entity: string | null): Promise<number> {
    const sql = 'SELECT count(value) AS n FROM rows';
    return this.with(row, ({ db }) => Promise.resolve(Number((entity === null ? db.prepare(sql).get() : db.prepare(`${sql} WHERE entity = ?`).get(entity))?.['n'])));
  }
}
