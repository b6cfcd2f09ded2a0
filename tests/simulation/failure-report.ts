import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Hash64 } from '../../shared/core/digest.ts';
import type { ClientInfo, DebugEvent } from '../../shared/protocol/debug/index.ts';
import { checkRecording, createRecording, RecordingWriter, RECORDING_EXTENSION, type SqliteHandle } from '../../shared/recording/index.ts';
import { EPOCH } from './virtual-time.ts';
import { World, type WorldOptions } from './world.ts';

const AT_ONCE = 500;

/** Runs a seed once more and writes what every device told into a recording that the inspector opens; returns its path. */
export function writeFailure(seed: number, hash: Hash64, folder: string, options: Partial<WorldOptions> = {}): string {
  const world = new World({ ...options, seed, hash, keepEvents: true });
  const { failure } = world.run();
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `seed-${seed}${RECORDING_EXTENSION}`);
  rmSync(path, { force: true });
  const db = new DatabaseSync(path) as unknown as SqliteHandle;
  try {
    createRecording(db, { title: `Simulation, seed ${seed}`, failure: failure ?? 'none', command: `npm run simulate -- --seed ${seed}` });
    const writer = new RecordingWriter(db);
    for (const { deviceId, kept } of world.devices) {
      writer.putClient(clientOf(deviceId, seed));
      for (let at = 0; at < kept.length; at += AT_ONCE) writer.append([{ clientId: deviceId, runId: `seed-${seed}`, events: kept.slice(at, at + AT_ONCE) as unknown as DebugEvent[] }]);
    }
    checkRecording(db);
  } finally {
    db.close();
  }
  return path;
}

const clientOf = (deviceId: string, seed: number): ClientInfo => ({
  clientId: deviceId,
  runId: `seed-${seed}`,
  deviceId,
  title: `${deviceId}, seed ${seed}`,
  type: 'recording',
  app: 'simulation',
  platform: 'virtual time',
  runtimeVersion: '0',
  userId: 'user-1',
  startedAt: EPOCH,
  capabilities: [],
  valuePolicy: 'full',
});
