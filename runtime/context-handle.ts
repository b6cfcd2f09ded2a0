import { AppError } from '../shared/base/app-error.ts';
import type { Undo } from '../shared/base/clock.ts';
import { isJsonObject, type Json } from '../shared/base/json.ts';
import { nameSchema, type ContextId, type Version } from '../shared/core/ids.ts';
import { textOf } from '../shared/core/row.ts';
import { checkValue } from '../shared/core/value.ts';
import { asAppError, ContextInactiveError } from './errors.ts';
import type { ClientParts } from './parts.ts';
import { readConflicts, readOutbox, type ConflictInfo, type OutboxInfo } from './partition-reads.ts';

export interface QueryOptions {
  /** Rows at most; default 10,000. */
  readonly maxRows?: number;
  /** Default 2,000. */
  readonly timeoutMs?: number;
}

export type SqlParam = string | number | null;
export type ResultRow = { readonly [column: string]: SqlParam };

/**
 * IS3: everything that touches a tenant's data, bound to one activation. Once that ends every method fails with `ContextInactiveError`;
 * a write that was made before is on the disk or has failed.
 */
export class ContextHandle<E = { [entity: string]: Json }> implements AsyncDisposable {
  readonly contextId: ContextId;
  readonly activationId: string;
  readonly #parts: ClientParts;
  readonly #holder: string;
  #released = false;

  constructor(parts: ClientParts, contextId: ContextId, activationId: string, holder: string) {
    this.#parts = parts;
    this.contextId = contextId;
    this.activationId = activationId;
    this.#holder = holder;
  }

  get active(): boolean {
    const activation = this.#parts.engine.state.activations[this.contextId];
    return !this.#released && activation?.activationId === this.activationId && activation.lifecycle === 'active';
  }

  #check(): void {
    if (!this.active) throw new ContextInactiveError(this.contextId);
  }

  /** The row as the app sees it, with its own pending writes; undefined when there is none. */
  async get<K extends keyof E & string>(entity: K, id: string): Promise<E[K] | undefined> {
    this.#check();
    const text = this.#parts.storage.openStore(this.contextId)?.visible(entity, id) ?? null;
    return Promise.resolve(text === null ? undefined : (JSON.parse(text) as E[K]));
  }

  /**
   * Writes a row; resolves once it is on the disk. Rejects with `BAD_VALUE` or `TOO_LARGE` for what is no value, `ContextInactiveError`, or what
   * the disk said: then nothing has changed.
   */
  async put<K extends keyof E & string>(entity: K, id: string, value: E[K]): Promise<void> {
    const text = textOf(checkValue(value));
    return this.#write(entity, id, () => text);
  }

  /** Changes fields of a row that is there; `undefined` removes one. Rejects with `NOT_FOUND` when there is no row. */
  async patch<K extends keyof E & string>(entity: K, id: string, fields: Partial<E[K]>): Promise<void> {
    const removed = Object.keys(fields).filter((field) => fields[field as keyof E[K]] === undefined);
    const kept = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
    const checked = checkValue(kept) as { readonly [field: string]: Json };
    return this.#write(entity, id, (current) => {
      if (current === null) throw new AppError('NOT_FOUND', `There is no ${entity} ${id}`);
      const value = JSON.parse(current) as Json;
      if (!isJsonObject(value)) throw new AppError('BAD_VALUE', `${entity} ${id} has no fields to change`);
      const next = Object.fromEntries(Object.entries({ ...value, ...checked }).filter(([field]) => !removed.includes(field)));
      return textOf(checkValue(next));
    });
  }

  /** Deletes a row; nothing happens when there is none. */
  async delete<K extends keyof E & string>(entity: K, id: string): Promise<void> {
    return this.#write(entity, id, () => null);
  }

  #write(entity: string, id: string, make: (current: string | null) => string | null): Promise<void> {
    this.#check();
    for (const name of [entity, id]) {
      if (!nameSchema.safeParse(name).success) return Promise.reject(new AppError('BAD_VALUE', 'An entity and an id are texts of 1 to 200 characters'));
    }
    return new Promise((resolve, reject) => {
      this.#parts.engine.write(this.contextId, this.activationId, entity, id, make, {
        resolve: () => resolve(),
        reject: (error) => reject(asAppError(this.contextId, error)),
      });
    });
  }

  /** One read-only statement over this context's partition: a view per entity, and its tables. Rejects with `BAD_SQL` or `TIMEOUT`. */
  async query(sql: string, params: readonly SqlParam[] = [], options: QueryOptions = {}): Promise<readonly ResultRow[]> {
    this.#check();
    const file = this.#parts.storage.openStore(this.contextId)?.file;
    if (file === null || file === undefined) throw new ContextInactiveError(this.contextId);
    const result = await this.#parts.storage.files.query(file, { sql, params, maxRows: options.maxRows ?? 10_000, maxBytes: 64 * 1_048_576, timeoutMs: options.timeoutMs ?? 2_000 });
    this.#check();
    return result.rows.map((row) => Object.fromEntries(result.columns.map((column, at) => [column, row[at] ?? null])));
  }

  /**
   * Runs a query now and again after each commit that touched an entity it names, until undone or until the activation ends. `failed` hears what
   * a run rejects with. Runs do not overlap; changes during a run lead to one more.
   */
  subscribe(sql: string, params: readonly SqlParam[], changed: (rows: readonly ResultRow[]) => void, failed: (error: unknown) => void = () => undefined): Undo {
    this.#check();
    let running = false;
    let again = false;
    let undone = false;
    const run = async (): Promise<void> => {
      if (running) {
        again = true;
        return;
      }
      running = true;
      do {
        again = false;
        try {
          const rows = await this.query(sql, params);
          if (!undone) changed(rows);
        } catch (thrown) {
          if (!undone) failed(thrown);
        }
      } while (again && !undone && this.active);
      running = false;
    };
    const words = new Set(sql.match(/[\p{L}\p{N}_-]+/gu) ?? []);
    const undo = this.#parts.engine.changed.listen(({ contextId, entities }) => {
      if (contextId !== this.contextId || !this.active) return;
      // A statement that reads the tables themselves may read anything.
      const concerns = words.has('rows') || [...entities].some((entity) => words.has(entity)) || words.has('outbox') || words.has('conflicts');
      if (concerns) void run();
    });
    void run();
    return () => {
      undone = true;
      undo();
    };
  }

  /** The writes that the server has not settled yet, in order. */
  async outbox(): Promise<readonly OutboxInfo[]> {
    this.#check();
    return Promise.resolve(readOutbox(this.#parts.engine.contextState(this.contextId)?.partition ?? null));
  }

  /** Conflicts of this context, newest first. */
  async conflicts(options: { readonly limit?: number } = {}): Promise<readonly ConflictInfo[]> {
    this.#check();
    const db = this.#parts.storage.openStore(this.contextId)?.db;
    return Promise.resolve(db === null || db === undefined ? [] : readConflicts(db.db, options.limit ?? 100));
  }

  /** CF4: settles a kept conflict again. */
  async resolveConflict(conflictId: string, choice: 'mine' | 'theirs' | { readonly value: Json | null }): Promise<void> {
    this.#check();
    await this.#parts.control.resolveConflict(this.contextId, conflictId, choice);
  }

  get localVersion(): Version | undefined {
    return this.#parts.engine.contextState(this.contextId)?.partition?.localVersion;
  }

  /** Lets go; the last holder's release deactivates the context (LC8). */
  async release(): Promise<void> {
    if (this.#released) return;
    this.#released = true;
    await this.#parts.call((callId) => ({ type: 'release', contextId: this.contextId, holder: this.#holder, callId }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }
}
