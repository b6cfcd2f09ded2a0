import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ContextRecord, LogStore } from '../store/log-store.ts';
import { issueToken } from '../access/tokens.ts';
import { startSyncServer, type SyncServer, type SyncServerOptions } from '../server.ts';
import { openMemoryStore } from '../store/memory-store.ts';
import { SECRET, TestClient } from './test-client.ts';

/** A server of a test's own, and what it takes to talk to it. */
export class Harness implements AsyncDisposable {
  readonly server: SyncServer;
  readonly store: LogStore;
  readonly snapshotDir: string;
  readonly #clients: TestClient[] = [];
  #contexts = 0;

  private constructor(server: SyncServer, store: LogStore, snapshotDir: string) {
    this.server = server;
    this.store = store;
    this.snapshotDir = snapshotDir;
  }

  static async start(options: Partial<SyncServerOptions> = {}): Promise<Harness> {
    const store = options.store ?? openMemoryStore(options.clock === undefined ? {} : { now: () => options.clock?.now() ?? 0 });
    const snapshotDir = options.snapshotDir ?? mkdtempSync(join(tmpdir(), 'contextscope-snapshots-'));
    const server = await startSyncServer({ port: 0, store, auth: { jwtSecret: SECRET }, snapshotDir, compaction: null, ...options });
    return new Harness(server, store, snapshotDir);
  }

  /** A context of its own with `ann` as a writer. */
  async context(id = `context-${++this.#contexts}`, kind: 'tenant' | 'ambient' = 'tenant'): Promise<ContextRecord> {
    const record = await this.server.admin.createContext({ contextId: id, kind, title: `Title of ${id}`, schemaVersion: 1 });
    await this.server.admin.setMember(id, 'ann', 'writer');
    return record;
  }

  async client(userId = 'ann', options: { deviceId?: string; token?: string; compress?: boolean } = {}): Promise<TestClient> {
    const client = await TestClient.open(this.server.wsUrl, userId, options);
    this.#clients.push(client);
    return client;
  }

  /** A socket that has said nothing yet. */
  async socket(options: { headers?: Record<string, string> } = {}): Promise<TestClient> {
    const client = new TestClient(this.server.wsUrl, options);
    this.#clients.push(client);
    await client.opened();
    return client;
  }

  async http(method: string, path: string, options: { as?: string | null; admin?: boolean; body?: unknown; headers?: Record<string, string> } = {}): Promise<Response> {
    const token = options.as === null ? null : await issueToken({ userId: options.as ?? 'ann', secret: SECRET, admin: options.admin ?? false });
    const body = options.body === undefined ? {} : { body: typeof options.body === 'string' ? options.body : JSON.stringify(options.body) };
    return await fetch(`${this.server.url}${path}`, { method, headers: { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...options.headers }, ...body });
  }

  /** Bytes that the server holds for each of its sockets. */
  buffered(): number[] {
    return this.server.buffered();
  }

  async figure(name: string): Promise<string> {
    const text = await this.server.metrics.registry.metrics();
    return text.split('\n').filter((line) => line.startsWith(name)).join('\n');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.socket.terminate();
    await this.server.close({ graceMs: 100 });
    await this.store.close();
    rmSync(this.snapshotDir, { recursive: true, force: true });
  }
}
