import { DatabaseSync } from 'node:sqlite';
import type { ClientInfo, DebugEvent, RegistryEntry } from '../../protocol/debug/index.ts';
import { createRecording, RecordingWriter } from '../index.ts';

// A recording as tests need one: two contexts, every kind of field.

export const CLIENT: ClientInfo = {
  clientId: 'client-1',
  runId: 'run-1',
  deviceId: 'device-1',
  title: 'Front desk',
  type: 'node',
  app: 'clinic 1.0',
  platform: 'linux',
  runtimeVersion: '0.1.0',
  userId: 'u-1',
  startedAt: 1_000,
  capabilities: ['Registry.list'],
  valuePolicy: 'full',
  clockOffsetMs: 12.5,
};

export const entryOf = (contextId: string, localVersion = 4): RegistryEntry => ({
  row: {
    contextId,
    serverId: 'server-1',
    userId: 'u-1',
    title: `Title of ${contextId}`,
    kind: 'tenant',
    endpoint: 'ws://127.0.0.1:1/sync',
    role: 'writer',
    lifecycle: 'active',
    partition: { present: true, generation: 1, bytes: 4_096 },
    logId: 'log-1',
    schemaVersion: 1,
    localVersion,
    serverVersion: localVersion,
    pendingWrites: 0,
    lastAccessAt: 1,
    lastSyncedAt: 2,
    lastError: null,
    listed: 'yes',
    quarantine: null,
  },
  status: { contextId, lifecycle: 'active', since: 3, holders: 1, conflicts: 0, openConflicts: 0, pending: [] },
});

export const eventOf = (seq: number, contextId = `clinic-${seq % 2 === 0 ? 'b' : 'a'}`): DebugEvent => ({
  seq,
  at: 1_000 + seq * 1.5,
  kind: seq % 3 === 0 ? 'delta' : 'write',
  contextId,
  activationId: 'act-1',
  entity: 'patient',
  entityId: `p-${seq}`,
  fromVersion: seq,
  toVersion: seq + 1,
  mutationIds: [`m-${seq}`],
  bytes: 100.5,
  durationMs: 0.25,
  data: { op: 'put', replaced: [], note: `value-of-${contextId}-${seq}` },
});

export const eventsOf = (count: number, from = 0): DebugEvent[] => Array.from({ length: count }, (_, i) => eventOf(from + i));

/** A recording of `events` events in a database at `path`. */
export function sampleRecording(path = ':memory:', events = 10): DatabaseSync {
  const db = new DatabaseSync(path);
  createRecording(db, { producer: 'test' });
  const writer = new RecordingWriter(db);
  writer.putClient(CLIENT);
  writer.putContexts(CLIENT.clientId, [entryOf('clinic-a'), entryOf('clinic-b')]);
  writer.append([{ clientId: CLIENT.clientId, runId: CLIENT.runId, events: eventsOf(events), dropped: [{ fromSeq: events, toSeq: events + 4, reason: 'no credit' }] }]);
  return db;
}
