import { constants } from 'node:fs';
import { copyFile, rename, rm } from 'node:fs/promises';
import { AppError } from '../../shared/base/app-error.ts';
import type { Clock } from '../../shared/base/clock.ts';
import type { ContextId, LogId, Version } from '../../shared/core/ids.ts';
import { feedFrom, mayFeed } from '../../shared/core/server/feed-cursor.ts';
import { SNAPSHOT_SLACK, decideSnapshot } from '../../shared/core/server/decide-snapshot.ts';
import type { SnapshotRef } from '../../shared/protocol/sync/index.ts';
import type { ContextRecord, LogStore, SnapshotRecord } from '../store/log-store.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { PartitionFile } from './partition-file.ts';
import { SnapshotDir, measure } from './snapshot-dir.ts';

const PAGE_ROWS = 2_000;
const PAGE_BYTES = 4_194_304;

export interface ReadySnapshot {
  readonly ref: SnapshotRef;
  readonly logId: LogId;
  readonly headVersion: Version;
  readonly horizon: Version;
}

/**
 * SY4: partition files, ready to be taken as they are. One is made by reading the rows once, in short reads beside the writers, and then
 * the changes since; from then on it is brought forward by changes alone. What is served was compared with the log's own digest.
 */
export class Snapshots {
  readonly dir: SnapshotDir;
  readonly #store: LogStore;
  readonly #clock: Clock;
  readonly #metrics: Metrics;
  readonly #slack: number;
  readonly #running = new Map<ContextId, Promise<ReadySnapshot>>();

  constructor(options: { store: LogStore; clock: Clock; metrics: Metrics; dir: string; budgetBytes: number; slack?: number | undefined }) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#metrics = options.metrics;
    this.#slack = options.slack ?? SNAPSHOT_SLACK;
    this.dir = new SnapshotDir(options.dir, options.budgetBytes);
  }

  /** A snapshot near the head; everybody who asks at once gets the same one. Fails with `UNKNOWN_CONTEXT`. */
  async ready(contextId: ContextId): Promise<ReadySnapshot> {
    let running = this.#running.get(contextId);
    if (running === undefined) {
      running = this.#make(contextId).finally(() => this.#running.delete(contextId));
      this.#running.set(contextId, running);
    }
    return await running;
  }

  /** The file that a reference names, where it is still kept. */
  async find(contextId: ContextId, sha256: string): Promise<{ path: string; record: SnapshotRecord } | null> {
    for (const record of await this.#store.snapshots(contextId, this.dir.home)) {
      if (record.sha256 !== sha256 || !this.dir.has(record)) continue;
      this.dir.used(record, this.#clock.now());
      return { path: this.dir.pathOf(record), record };
    }
    return null;
  }

  async #make(contextId: ContextId): Promise<ReadySnapshot> {
    const record = await this.#must(contextId);
    const kept = await this.#newest(record);
    const decision = decideSnapshot(record, kept?.version ?? null, this.#slack);
    this.#metrics.snapshots.inc({ how: decision });
    if (decision === 'serve' && kept !== null) return ready(kept, record);
    const path = this.dir.scratch();
    try {
      return kept !== null && decision === 'forward' ? await this.#forward(path, kept) : await this.#build(path, record);
    } catch (thrown) {
      await rm(path, { force: true });
      throw thrown;
    }
  }

  /** The newest file of the log as it is called now; others are dropped from the store's list. */
  async #newest(record: ContextRecord): Promise<SnapshotRecord | null> {
    let newest: SnapshotRecord | null = null;
    for (const one of await this.#store.snapshots(record.contextId, this.dir.home)) {
      if (!this.dir.has(one)) await this.#store.dropSnapshot(this.dir.home, one);
      // They come newest first.
      else if (one.logId === record.logId) newest ??= one;
    }
    return newest;
  }

  async #forward(path: string, kept: SnapshotRecord): Promise<ReadySnapshot> {
    await copyFile(this.dir.pathOf(kept), path, constants.COPYFILE_FICLONE);
    const file = PartitionFile.reopen(path);
    try {
      return await this.#catchUp(path, file, kept.contextId, kept.version, 'forward');
    } catch (thrown) {
      file.abandon();
      throw thrown;
    }
  }

  async #build(path: string, record: ContextRecord): Promise<ReadySnapshot> {
    const file = PartitionFile.create(path);
    try {
      const { contextId } = record;
      let after: { entity: string; entityId: string } | null = null;
      let next = this.#store.rows(contextId, after, PAGE_ROWS, PAGE_BYTES);
      for (;;) {
        const page = await next;
        const last = page.at(-1);
        if (last === undefined) break;
        after = { entity: last.entity, entityId: last.entityId };
        // The next page is on its way while this one is written.
        next = this.#store.rows(contextId, after, PAGE_ROWS, PAGE_BYTES);
        next.catch(() => undefined);
        file.insert(page);
        this.#metrics.snapshotRows.inc({ how: 'build' }, page.length);
      }
      return await this.#catchUp(path, file, contextId, record.head, 'build');
    } catch (thrown) {
      file.abandon();
      throw thrown;
    }
  }

  /** The file has all of the log up to `from`, and of some rows more: brings it to one version exactly, and compares it with the log's digest. */
  async #catchUp(path: string, file: PartitionFile, contextId: ContextId, from: Version, how: 'build' | 'forward'): Promise<ReadySnapshot> {
    // Read behind the last row, so that no row of the file is beyond this head.
    const record = await this.#must(contextId);
    let { digest } = record;
    let at = from;
    while (mayFeed(feedFrom(at), record.head)) {
      const changes = await this.#store.changes(contextId, { after: at, to: record.head, limit: PAGE_ROWS, maxBytes: PAGE_BYTES });
      const last = changes.at(-1);
      // Compaction has passed the place; the next request starts afresh.
      if (last === undefined || changes[0] === undefined || changes[0].version - at !== 1) throw new AppError('INTERNAL', 'The log was compacted meanwhile', { details: { retryable: true } });
      file.apply(changes);
      this.#metrics.snapshotRows.inc({ how: how === 'build' ? 'build-changes' : 'forward' }, changes.length);
      at = last.version;
      digest = last.digest;
    }
    if (file.digest !== digest) throw new AppError('INTERNAL', 'The snapshot does not have the digest of the log', { details: { contextId, version: at } });
    return await this.#keep(path, file, record, at, digest);
  }

  async #keep(path: string, file: PartitionFile, head: ContextRecord, version: Version, digest: string): Promise<ReadySnapshot> {
    const { contextId, logId, schemaVersion } = head;
    await file.finish({ contextId, logId, localVersion: version, digest, schemaVersion });
    const record: SnapshotRecord = { contextId, logId, version, ...(await measure(path)) };
    await rename(path, this.dir.pathOf(record));
    const now = this.#clock.now();
    this.dir.added(record, now);
    await this.#store.keepSnapshot(this.dir.home, record);
    await this.dir.evict(record, now);
    return ready(record, head);
  }

  async #must(contextId: ContextId): Promise<ContextRecord> {
    const record = await this.#store.context(contextId);
    if (record === null) throw new AppError('UNKNOWN_CONTEXT', 'There is no such context');
    return record;
  }
}

const ready = (record: SnapshotRecord, head: ContextRecord): ReadySnapshot => ({
  logId: record.logId,
  headVersion: head.head,
  horizon: head.horizon,
  ref: {
    url: `/contexts/${encodeURIComponent(record.contextId)}/snapshot?version=${record.version}&sha256=${record.sha256}`,
    version: record.version,
    bytes: record.bytes,
    sha256: record.sha256,
  },
});
