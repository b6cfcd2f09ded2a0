import { afterAll, beforeAll } from 'vitest';
import { must } from '../../shared/base/assert.ts';
import type { Mutation } from '../../shared/core/change.ts';
import type { Hash64 } from '../../shared/core/digest.ts';
import { deviceId, userId, version, type ContextId, type LogId, type UserId } from '../../shared/core/ids.ts';
import type { PushDecision } from '../../shared/core/server/decide-push.ts';
import { createAdmin, type Admin } from '../admin.ts';
import { loadHash } from '../hash.ts';
import { pushToStore } from '../push.ts';
import type { LogStore, StoredChange, StoredServerRow } from '../store/log-store.ts';

export interface Target {
  readonly id: ContextId;
  readonly user: UserId;
  readonly log: LogId;
}

/** A store that is open while the tests around it run, and short words for what they do to it. */
export class ContractFixture {
  readonly name: string;
  #opened: { store: LogStore; admin: Admin; hash: Hash64 } | null = null;
  #count = 0;

  constructor(name: string, open: () => Promise<LogStore>) {
    this.name = name;
    beforeAll(async () => {
      const hash = await loadHash();
      const store = await open();
      this.#opened = { store, hash, admin: await createAdmin(store, { hash }) };
    });
    afterAll(async () => {
      await this.#opened?.store.close();
    });
  }

  get store(): LogStore {
    return must(this.#opened, 'the store is open').store;
  }

  get admin(): Admin {
    return must(this.#opened, 'the store is open').admin;
  }

  get hash(): Hash64 {
    return must(this.#opened, 'the store is open').hash;
  }

  /** A new context with one writer. */
  readonly context = async (id = `c${++this.#count}-${this.name}`): Promise<Target> => {
    const record = await this.admin.createContext({ contextId: id, kind: 'tenant', title: `Title of ${id}`.slice(0, 200), schemaVersion: 1 });
    await this.admin.setMember(id, 'writer', 'writer');
    return { id: record.contextId, user: userId('writer'), log: record.logId };
  };

  readonly push = async (to: Target, mutations: readonly Mutation[], options: { now?: number; user?: string; log?: LogId; localVersion?: number } = {}): Promise<PushDecision> => {
    const request = { contextId: to.id, logId: options.log ?? to.log, localVersion: version(options.localVersion ?? 0), mutations };
    const sender = { deviceId: deviceId('device'), userId: options.user === undefined ? to.user : userId(options.user) };
    return (await pushToStore(this.store, { now: options.now ?? Date.now(), hash: this.hash }, sender, request)).decision;
  };

  readonly log = (id: ContextId, after = 0): Promise<StoredChange[]> => this.store.changes(id, { after: version(after), limit: 10_000, maxBytes: 1e9 });

  readonly rows = (id: ContextId): Promise<StoredServerRow[]> => this.store.rows(id, null, 10_000, 1e9);
}

export const codeOf = async (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'none',
    (thrown: { code?: string }) => String(thrown.code),
  );
