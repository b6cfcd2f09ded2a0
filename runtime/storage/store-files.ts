import type { StageRequest } from '../../shared/engine/storage.ts';
import type { SqliteHandle } from '../../shared/partition/sqlite.ts';

/** SQL that comes from the app or the inspector (IS1, DB9): one statement, nothing attached, nothing written, limits on all it gives. */
export interface SqlRequest {
  readonly sql: string;
  readonly params: readonly (string | number | null)[];
  readonly maxRows: number;
  readonly maxBytes: number;
  readonly timeoutMs: number;
}

export interface SqlResult {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number | null)[])[];
  /** True when a limit ended it. */
  readonly truncated: boolean;
  readonly durationMs: number;
}

/** Files of a store by name, as a platform has them: a folder in Node, a pool of files in a browser's worker. No rename: generations are names. */
export interface StoreFiles {
  /** Opens a database for reading and writing, made if it is not there. */
  open(name: string): SqliteHandle;
  /** Opens a database that another connection may hold open, for reading only. */
  openReadOnly(name: string): SqliteHandle;
  exists(name: string): boolean;
  /** Bytes of a database with what belongs to it. */
  size(name: string): number;
  /** Deletes a database with what belongs to it; nothing happens when it is not there. */
  remove(name: string): void;
  list(): readonly string[];
  /** The databases that were not closed when the process before this one ended: they may hold more than was told of them. */
  leftOpen(): ReadonlySet<string>;
  /** Moves a damaged database out of the way under another name. */
  moveAside(name: string, to: string): void;
  /**
   * Fetches a file over HTTP into `name`, going on where an earlier try ended, and syncs it to disk. Rejects with `DOWNLOAD_FAILED`,
   * with `SNAPSHOT_GONE` when the server keeps it no more or, when it is not the file that was promised, with `CHECKSUM_MISMATCH`.
   */
  receive(name: string, request: StageRequest & { readonly endpoint: string }, signal: AbortSignal): Promise<void>;
  /** One read-only statement over a database, away from the thread that applies deltas, ended after its time or with `CANCELLED`. See `SqlRequest`. */
  query(name: string, request: SqlRequest, signal?: AbortSignal): Promise<SqlResult>;
  /** 32 hex digits that stand for a text and for no other: a part of a file name. */
  nameOf(text: string): string;
  close(): void;
}
