import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { constants, createBrotliCompress } from 'node:zlib';
import type { SnapshotRecord } from '../store/log-store.ts';

/** A file that was served this recently may still be read on by a Range, ms. */
const GRACE_MS = 600_000;

/** A sixth smaller than at 1; a second for 60 MB, once per file. */
const BROTLI = { [constants.BROTLI_PARAM_QUALITY]: 5, [constants.BROTLI_PARAM_LGWIN]: 22 };

interface Kept {
  readonly bytes: number;
  usedAt: number;
  /** The context and log that it is of, hashed. */
  readonly group: string;
}

/** A file on its way that nobody has written to for so long is of a process that is gone, ms: others may share the folder. */
const ABANDONED_MS = 3_600_000;

/** The snapshot files in a folder, of one process or shared by several, under a budget of bytes. Names are hashes, whatever a context's id is. */
export class SnapshotDir {
  readonly path: string;
  /** Names this directory in the store; kept in it. */
  readonly home: string;
  readonly #budget: number;
  readonly #files = new Map<string, Kept>();
  readonly #compressing = new Map<string, Promise<number>>();

  constructor(path: string, budgetBytes: number) {
    mkdirSync(path, { recursive: true });
    this.path = path;
    this.#budget = budgetBytes;
    const marker = join(path, 'home');
    if (!existsSync(marker)) writeFileSync(marker, randomUUID());
    this.home = readFileSync(marker, 'utf8').trim();
    for (const name of readdirSync(path)) this.#found(name);
  }

  get bytes(): number {
    let sum = 0;
    for (const kept of this.#files.values()) sum += kept.bytes;
    return sum;
  }

  pathOf(record: Pick<SnapshotRecord, 'contextId' | 'logId' | 'version'>): string {
    return join(this.path, nameOf(record));
  }

  has(record: SnapshotRecord): boolean {
    const name = nameOf(record);
    const stats = statSync(this.pathOf(record), { throwIfNoEntry: false });
    if (stats === undefined) this.#files.delete(name);
    // Another process made it, or made it anew.
    else if (this.#files.get(name)?.bytes !== stats.size) this.#found(name);
    return stats?.size === record.bytes;
  }

  /** The file compressed with Brotli, made once and kept beside it under the same budget. */
  async compressed(record: SnapshotRecord, now: number): Promise<{ path: string; bytes: number }> {
    const name = `${nameOf(record)}.br`;
    const path = join(this.path, name);
    const kept = this.#files.get(name);
    if (kept !== undefined && existsSync(path)) {
      kept.usedAt = now;
      return { path, bytes: kept.bytes };
    }
    let running = this.#compressing.get(name);
    if (running === undefined) {
      running = this.#compress(record, path).finally(() => this.#compressing.delete(name));
      this.#compressing.set(name, running);
    }
    const bytes = await running;
    this.#files.set(name, { bytes, usedAt: now, group: groupOf(record) });
    return { path, bytes };
  }

  async #compress(record: SnapshotRecord, path: string): Promise<number> {
    const half = this.scratch();
    try {
      await pipeline(createReadStream(this.pathOf(record), { highWaterMark: 1_048_576 }), createBrotliCompress({ params: BROTLI }), createWriteStream(half));
      await rename(half, path);
    } catch (thrown) {
      await rm(half, { force: true });
      throw thrown;
    }
    return (await stat(path)).size;
  }

  /** A path for a file on its way. */
  scratch(): string {
    return join(this.path, `${randomUUID()}.part`);
  }

  used(record: SnapshotRecord, now: number): void {
    const kept = this.#files.get(nameOf(record));
    if (kept !== undefined) kept.usedAt = now;
  }

  added(record: SnapshotRecord, now: number): void {
    this.#files.set(nameOf(record), { bytes: record.bytes, usedAt: now, group: groupOf(record) });
  }

  /** Deletes what a newer one of its context has replaced, once nobody reads it on, and then the least recently used until the budget is kept. */
  async evict(newest: SnapshotRecord, now: number): Promise<void> {
    const own = nameOf(newest);
    const group = groupOf(newest);
    const doomed: string[] = [];
    for (const [name, kept] of this.#files) {
      if (!name.startsWith(own) && kept.group === group && now - kept.usedAt > GRACE_MS) doomed.push(name);
    }
    let bytes = this.bytes - doomed.reduce((sum, name) => sum + (this.#files.get(name)?.bytes ?? 0), 0);
    const byUse = [...this.#files].filter(([name]) => name !== own && !doomed.includes(name)).sort((a, b) => a[1].usedAt - b[1].usedAt);
    for (const [name, kept] of byUse) {
      if (bytes <= this.#budget) break;
      doomed.push(name);
      bytes -= kept.bytes;
    }
    for (const name of doomed) {
      this.#files.delete(name);
      // Whoever is reading it goes on: the file is gone when the last reader is.
      await rm(join(this.path, name), { force: true });
    }
  }

  #found(name: string): void {
    const path = join(this.path, name);
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return;
    const { size, mtimeMs } = stats;
    if (/\.part(-journal)?$/.test(name) && Date.now() - mtimeMs > ABANDONED_MS) return rmSync(path, { force: true });
    if (!/\.ctxp(\.br)?$/.test(name)) return;
    this.#files.set(name, { bytes: size, usedAt: mtimeMs, group: name.slice(0, name.lastIndexOf('-')) });
  }
}

const groupOf = (record: Pick<SnapshotRecord, 'contextId' | 'logId'>): string =>
  createHash('sha256').update(JSON.stringify([record.contextId, record.logId])).digest('hex').slice(0, 40);

const nameOf = (record: Pick<SnapshotRecord, 'contextId' | 'logId' | 'version'>): string => `${groupOf(record)}-${record.version}.ctxp`;

/** Size and SHA-256 of a file, read in pieces. */
export async function measure(path: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1_048_576 })) {
    bytes += (chunk as Buffer).length;
    hash.update(chunk as Buffer);
  }
  return { bytes, sha256: hash.digest('hex') };
}
