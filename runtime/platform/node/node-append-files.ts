import { closeSync, fstatSync, mkdirSync, openSync, readdirSync, readFileSync, readSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { AppendFiles } from '../../recorder/index.ts';

/** Beside the store's files, in a folder of their own: the store takes no notice of it. */
export const FLIGHT_FOLDER = 'flight';

/** Files that grow at their end, in a folder that is made with the first of them. */
export class NodeAppendFiles implements AppendFiles {
  readonly #dir: string;
  #open: { readonly name: string; readonly fd: number } | null = null;

  constructor(dir: string) {
    this.#dir = dir;
  }

  list(): readonly { readonly name: string; readonly bytes: number; readonly at: number }[] {
    if (statSync(this.#dir, { throwIfNoEntry: false }) === undefined) return [];
    return readdirSync(this.#dir).flatMap((name) => {
      const stat = statSync(join(this.#dir, name), { throwIfNoEntry: false });
      return stat?.isFile() === true ? [{ name, bytes: stat.size, at: stat.mtimeMs }] : [];
    });
  }

  read(name: string): Uint8Array {
    return readFileSync(join(this.#dir, name));
  }

  readPart(name: string, from: number, length: number): Uint8Array {
    const fd = openSync(join(this.#dir, name), 'r');
    try {
      const bytes = new Uint8Array(Math.max(0, Math.min(length, fstatSync(fd).size - from)));
      return bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, from));
    } finally {
      closeSync(fd);
    }
  }

  append(name: string, bytes: Uint8Array): void {
    if (this.#open?.name !== name) {
      this.#close();
      mkdirSync(this.#dir, { recursive: true });
      this.#open = { name, fd: openSync(join(this.#dir, name), 'a', 0o600) };
    }
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#open.fd, bytes, at);
  }

  remove(name: string): void {
    if (this.#open?.name === name) this.#close();
    rmSync(join(this.#dir, name), { force: true });
  }

  database(fill: (db: DatabaseSync) => void): Uint8Array {
    mkdirSync(this.#dir, { recursive: true });
    const path = join(this.#dir, 'export.tmp');
    rmSync(path, { force: true });
    const db = new DatabaseSync(path, { allowExtension: false });
    try {
      // It is read back below and deleted: nothing of it has to outlive a crash.
      db.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF');
      fill(db);
      db.close();
      return readFileSync(path);
    } finally {
      if (db.isOpen) db.close();
      rmSync(path, { force: true });
    }
  }

  #close(): void {
    if (this.#open !== null) closeSync(this.#open.fd);
    this.#open = null;
  }

  close(): void {
    this.#close();
  }
}
