import { rowKey } from '../core/change.ts';
import type { RegistryCommit } from '../core/client/messages.ts';
import type { Hash64 } from '../core/digest.ts';
import type { ContextId, ServerId } from '../core/ids.ts';
import type { PartitionCommit } from '../core/outbox/commit.ts';
import { mergePartition, type RegistryRow } from '../core/registry-row.ts';
import type { MemoryPartition } from './memory-partition.ts';

export interface MemoryFile {
  /** What the disk is sure of; null: not a byte of it yet. */
  durable: MemoryPartition | null;
  current: MemoryPartition;
  /** Commits that are not synced, in order. */
  unsynced: PartitionCommit[];
}

const MANY_UNSYNCED = 100;

interface MemoryRegistry {
  rows: Map<ContextId, RegistryRow>;
}

/**
 * A device's disk in memory, outliving the processes on it: partitions by name, a registry, quarantined outboxes. `afterCrash` is what a
 * power cut leaves: of each file, and of the registry, some prefix of the commits since its last sync.
 */
export class MemoryDisk {
  readonly files = new Map<string, MemoryFile>();
  readonly quarantine = new Map<string, MemoryPartition>();
  registry: MemoryRegistry = { rows: new Map() };
  #durableRegistry: MemoryRegistry = { rows: new Map() };
  #unsynced: RegistryCommit[] = [];
  readonly hash: Hash64;
  /** Called before each change: a simulation may let the process die right there. */
  touched: () => void = () => undefined;

  constructor(hash: Hash64) {
    this.hash = hash;
  }

  commitRegistry(commit: RegistryCommit): void {
    this.touched();
    applyRegistry(this.registry, commit);
    this.#unsynced.push(commit);
    // A system writes by itself what has waited for long.
    const oldest = this.#unsynced.length > MANY_UNSYNCED ? this.#unsynced.shift() : undefined;
    if (oldest !== undefined) applyRegistry(this.#durableRegistry, oldest);
    if (!commit.durable) return;
    for (const done of this.#unsynced) applyRegistry(this.#durableRegistry, done);
    this.#unsynced = [];
  }

  write(file: MemoryFile, commit: PartitionCommit): void {
    this.touched();
    file.current.write(commit, this.hash);
    file.unsynced.push(commit);
    if (commit.durable) this.sync(file);
  }

  sync(file: MemoryFile): void {
    this.touched();
    if (file.durable === null) file.durable = file.current.clone();
    else for (const commit of file.unsynced) file.durable.write(commit, this.hash);
    file.unsynced = [];
  }

  /** Puts a partition in a file's place, synced, as one transaction over all its rows does. */
  replace(file: MemoryFile, partition: MemoryPartition): void {
    this.touched();
    file.current = partition;
    file.durable = partition.clone();
    file.unsynced = [];
  }

  make(name: string, partition: MemoryPartition): MemoryFile {
    this.touched();
    const file: MemoryFile = { durable: null, current: partition, unsynced: [] };
    this.files.set(name, file);
    return file;
  }

  remove(name: string): void {
    if (!this.files.has(name)) return;
    this.touched();
    this.files.delete(name);
  }

  setAside(key: string, partition: MemoryPartition): void {
    this.touched();
    this.quarantine.set(key, partition);
  }

  dropAside(key: string): void {
    if (!this.quarantine.has(key)) return;
    this.touched();
    this.quarantine.delete(key);
  }

  /** `chance()` in [0, 1) says how much of each file's unsynced part is left. This disk is of no more use then. */
  afterCrash(chance: () => number): MemoryDisk {
    const keep = (count: number): number => Math.floor(chance() * (count + 1));
    const left = new MemoryDisk(this.hash);
    for (const row of this.#durableRegistry.rows.values()) left.registry.rows.set(row.contextId, row);
    for (const commit of this.#unsynced.slice(0, keep(this.#unsynced.length))) applyRegistry(left.registry, commit);
    left.#durableRegistry = { rows: new Map(left.registry.rows) };
    for (const [name, { durable, unsynced }] of this.files) {
      if (durable === null) continue;
      const partition = durable.clone();
      for (const commit of unsynced.slice(0, keep(unsynced.length))) partition.write(commit, this.hash);
      left.files.set(name, { durable: partition, current: partition.clone(), unsynced: [] });
    }
    for (const [key, partition] of this.quarantine) left.quarantine.set(key, partition.clone());
    return left;
  }
}

function applyRegistry(registry: MemoryRegistry, commit: RegistryCommit): void {
  for (const row of commit.put) registry.rows.set(row.contextId, { ...row, partition: mergePartition(registry.rows.get(row.contextId)?.partition, row.partition) });
  for (const contextId of commit.remove) registry.rows.delete(contextId);
}

/** The name of a generation's file. */
export const fileName = (serverId: ServerId, contextId: ContextId, generation: number): string => `${rowKey(serverId, contextId)}#${generation}`;
