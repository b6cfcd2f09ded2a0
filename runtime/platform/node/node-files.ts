import { createHash, hash } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AppError, messageOf } from '../../../shared/base/app-error.ts';
import type { StageRequest } from '../../../shared/engine/storage.ts';
import type { SqliteHandle } from '../../../shared/partition/sqlite.ts';
import type { SqlRequest, SqlResult, StoreFiles } from '../../storage/store-files.ts';
import { FLIGHT_FOLDER } from './node-append-files.ts';
import { openNodeSqlite, readNodeSqlite } from './node-sqlite.ts';
import { QueryRunner } from './query-runner.ts';

const SUFFIXES = ['', '-wal', '-shm', '-journal'];

/** A store in a folder, owned by one process at a time. */
export class NodeFiles implements StoreFiles {
  readonly #dir: string;
  readonly #token: (endpoint: string) => Promise<string> | string;
  readonly #lock: DatabaseSync;
  readonly #queries = new QueryRunner();

  /** Throws `STORE_LOCKED` when another process has the folder, `STORAGE` when it cannot be written. */
  constructor(dir: string, token: (endpoint: string) => Promise<string> | string) {
    this.#dir = dir;
    this.#token = token;
    try {
      mkdirSync(dir, { recursive: true });
    } catch (thrown) {
      throw new AppError('STORAGE', `The store ${dir} cannot be made: ${messageOf(thrown)}`, { cause: thrown });
    }
    this.#lock = takeLock(dir);
  }

  #path(name: string): string {
    return join(this.#dir, name);
  }

  open(name: string): SqliteHandle {
    return openNodeSqlite(this.#path(name));
  }

  openReadOnly(name: string): SqliteHandle {
    return readNodeSqlite(this.#path(name));
  }

  exists(name: string): boolean {
    return existsSync(this.#path(name));
  }

  size(name: string): number {
    return SUFFIXES.slice(0, 2).reduce((sum, suffix) => sum + (statSync(this.#path(name + suffix), { throwIfNoEntry: false })?.size ?? 0), 0);
  }

  remove(name: string): void {
    // The main file first: a -wal without it is nothing, a main file without its -wal would be an older state.
    for (const suffix of SUFFIXES) rmSync(this.#path(name + suffix), { force: true });
  }

  list(): readonly string[] {
    return readdirSync(this.#dir).filter((name) => !name.endsWith('-wal') && !name.endsWith('-shm') && !name.endsWith('-journal') && name !== LOCK_FILE && name !== FLIGHT_FOLDER);
  }

  leftOpen(): ReadonlySet<string> {
    // The last connection to close takes the log with it.
    return new Set(readdirSync(this.#dir).filter((name) => name.endsWith('-wal')).map((name) => name.slice(0, -'-wal'.length)));
  }

  moveAside(name: string, to: string): void {
    for (const suffix of SUFFIXES) if (existsSync(this.#path(name + suffix))) renameSync(this.#path(name + suffix), this.#path(to + suffix));
    this.#syncDir();
  }

  #syncDir(): void {
    const fd = openSync(this.#dir, 'r');
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  }

  async receive(name: string, request: StageRequest & { readonly endpoint: string }, signal: AbortSignal): Promise<void> {
    const url = new URL(request.url, httpOrigin(request.endpoint));
    // A path that leads elsewhere would send the user's token there.
    if (url.origin !== httpOrigin(request.endpoint)) throw new AppError('DOWNLOAD_FAILED', 'The snapshot is not at the endpoint’s own origin');
    const path = this.#path(name);
    const file = await open(path, 'a+');
    try {
      let at = (await file.stat()).size;
      if (at > request.bytes) {
        await file.truncate(0);
        at = 0;
      }
      const digest = createHash('sha256');
      if (at > 0) for await (const chunk of file.createReadStream({ autoClose: false, start: 0, end: at - 1 })) digest.update(chunk as Uint8Array);
      if (at < request.bytes) {
        const headers: Record<string, string> = { authorization: `Bearer ${await this.#token(request.endpoint)}` };
        if (at > 0) Object.assign(headers, { range: `bytes=${at}-`, 'if-range': `"${request.sha256}"` });
        const response = await fetch(url, { headers, signal });
        if (response.status === 410) {
          await response.body?.cancel();
          this.remove(name);
          throw new AppError('SNAPSHOT_GONE', 'The server keeps this snapshot no more');
        }
        if (!response.ok || response.body === null) throw new AppError('DOWNLOAD_FAILED', `The server answered ${response.status} to the request for the snapshot`);
        let hasher = digest;
        if (at > 0 && response.status !== 206) {
          // The file is another one by now: from the beginning.
          await file.truncate(0);
          hasher = createHash('sha256');
          at = 0;
        }
        for await (const chunk of response.body as ReadableStream<Uint8Array>) {
          at += chunk.byteLength;
          if (at > request.bytes) throw await this.#mismatch(name, 'is longer than was promised');
          hasher.update(chunk);
          await file.appendFile(chunk);
        }
        if (at < request.bytes) throw new AppError('DOWNLOAD_FAILED', `The snapshot ended after ${at} of ${request.bytes} bytes`);
        if (hasher.digest('hex') !== request.sha256) throw await this.#mismatch(name, 'has another SHA-256 than was promised');
      } else if (digest.digest('hex') !== request.sha256) throw await this.#mismatch(name, 'has another SHA-256 than was promised');
      await file.sync();
    } finally {
      await file.close();
    }
    this.#syncDir();
  }

  async #mismatch(name: string, what: string): Promise<AppError> {
    this.remove(name);
    return Promise.resolve(new AppError('CHECKSUM_MISMATCH', `The snapshot ${what}`));
  }

  query(name: string, request: SqlRequest, signal?: AbortSignal): Promise<SqlResult> {
    return this.#queries.run(this.#path(name), request, signal);
  }

  nameOf(text: string): string {
    return hash('sha256', text, 'hex').slice(0, 32);
  }

  close(): void {
    this.#queries.close();
    this.#lock.close();
  }
}

const LOCK_FILE = 'store.lock';

/** Held as an open transaction: the system lets go of it however the process ends. */
function takeLock(dir: string): DatabaseSync {
  let lock: DatabaseSync | null = null;
  try {
    lock = new DatabaseSync(join(dir, LOCK_FILE), { timeout: 0 });
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    return lock;
  } catch (thrown) {
    lock?.close();
    const busy = messageOf(thrown).includes('locked');
    if (busy) throw new AppError('STORE_LOCKED', `Another process uses the store in ${dir}; end it, or give this one a folder of its own`, { cause: thrown });
    throw new AppError('STORAGE', `The store in ${dir} cannot be opened: ${messageOf(thrown)}`, { cause: thrown });
  }
}

/** ws://host/sync -> http://host */
export function httpOrigin(endpoint: string): string {
  const url = new URL(endpoint);
  return `${url.protocol === 'wss:' || url.protocol === 'https:' ? 'https' : 'http'}://${url.host}`;
}
