import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'vitest';
import type { DeviceId } from '../../shared/core/ids.ts';
import type { RuntimeEvent } from '../../shared/core/events.ts';
import type { StepRecord } from '../../shared/engine/step-record.ts';
import { checkHead, checkRecording, HEAD_BYTES, reExecuteRecording } from '../../shared/recording/index.ts';
import { reExecute } from '../../shared/recording/re-execute.ts';
import { issueToken, openMemoryStore, startSyncServer, type SyncServer } from '../../sync-server/index.ts';
import { until as waitUntil } from '../../tests/support/until.ts';
import { createContextClient, type ContextClientOptions } from '../index.ts';
import { DEFAULT_SYNC } from '../options.ts';
import { nodePlatform } from '../platform/node/index.ts';
import { clinicSchema, type ClinicClient } from './clinic-schema.ts';

export { clinicSchema, type ClinicClient };

const secret = new TextEncoder().encode('a secret for tests that is long enough');

export interface DeviceOptions {
  readonly userId?: string;
  readonly maxActive?: number;
  readonly dir?: string;
  readonly drain?: boolean;
  readonly flightRecorder?: NonNullable<ContextClientOptions<unknown>['flightRecorder']>;
}

/** A real sync server with two clinics, and real clients on real files. What each client did is run again at the end (RP8). */
export class Clinic implements AsyncDisposable {
  readonly server: SyncServer;
  readonly #dirs: string[] = [];
  readonly #runs: { client: ClinicClient; deviceId: string; steps: StepRecord[] }[] = [];

  private constructor(server: SyncServer) {
    this.server = server;
  }

  static async open(contexts: readonly string[] = ['clinic-a', 'clinic-b'], users: readonly string[] = ['amelie']): Promise<Clinic> {
    const store = openMemoryStore();
    const server = await startSyncServer({ port: 0, store, auth: { jwtSecret: secret } });
    for (const contextId of contexts) {
      await server.admin.createContext({ contextId, kind: 'tenant', title: contextId.toUpperCase(), schemaVersion: 1 });
      for (const user of users) await server.admin.setMember(contextId, user, 'writer');
    }
    return new Clinic(server);
  }

  /** A token of a user, for a client in a process of its own. */
  token(userId: string): Promise<string> {
    return issueToken({ userId, secret });
  }

  folder(): string {
    const dir = mkdtempSync(join(tmpdir(), 'contextscope-'));
    this.#dirs.push(dir);
    return dir;
  }

  async device(deviceId: string, options: DeviceOptions = {}): Promise<{ client: ClinicClient; events: RuntimeEvent[]; dir: string }> {
    const dir = options.dir ?? this.folder();
    const userId = options.userId ?? 'amelie';
    const steps: StepRecord[] = [];
    const client = createContextClient({
      platform: await nodePlatform({ dir }),
      deviceId,
      auth: { userId, token: () => issueToken({ userId, secret }) },
      endpoints: [this.server.wsUrl],
      schema: clinicSchema,
      app: 'test',
      policy: { maxActive: options.maxActive ?? 1, drain: options.drain ?? true },
      // Small segments: what every test does crosses a few of them.
      flightRecorder: options.flightRecorder ?? { bytes: 262_144 },
      recorder: { record: (step) => void steps.push(structuredClone(step)) },
    });
    const events: RuntimeEvent[] = [];
    client.onEvent((event) => void events.push(event));
    this.#runs.push({ client, deviceId, steps });
    return { client, events, dir };
  }

  /** RP8: closes every client and runs what it did again. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const { client } of this.#runs) await client.close().catch(() => undefined);
    await this.server.close();
    for (const { client, deviceId, steps } of this.#runs) {
      const verdict = reExecute(steps, { deviceId: deviceId as unknown as DeviceId, schema: clinicSchema.functions.info, sync: DEFAULT_SYNC });
      expect(verdict).toEqual({ verdict: 'identical', steps: steps.length });
      await verifyReport(client);
    }
    for (const dir of this.#dirs) rmSync(dir, { recursive: true, force: true });
  }
}

/** RP8: what the flight recorder has of a client runs again to identical. */
async function verifyReport(client: ClinicClient): Promise<void> {
  const db = openReport(await client.exportReport({ values: 'full' }).catch((error: { code: string }) => (error.code === 'NOT_RECORDING' ? null : Promise.reject(error as unknown as Error))));
  // Without a step when a context was forgotten behind the last one.
  if (db === null || db.prepare('SELECT 1 FROM steps LIMIT 1').get() === undefined) return;
  const verdict = reExecuteRecording(db);
  expect(verdict, JSON.stringify(verdict)).toMatchObject({ verdict: 'identical' });
  db.close();
}

/** Opens a report as a stranger's file is opened. */
export function openReport<T extends Uint8Array | null>(bytes: T): DatabaseSync | (T extends null ? null : never) {
  if (bytes === null) return null as T extends null ? null : never;
  checkHead(bytes.subarray(0, HEAD_BYTES), bytes.length);
  const db = new DatabaseSync(':memory:');
  db.deserialize(bytes);
  checkRecording(db);
  return db;
}

/** Here everything is in one process: what takes longer than this never comes. */
export const until = <T>(look: () => T | Promise<T>, what: string, timeoutMs = 5_000): Promise<NonNullable<T>> => waitUntil(look, what, timeoutMs);

export const isLive = (client: ClinicClient, contextId: string) => () => client.control.status(contextId)?.connection === 'live';
