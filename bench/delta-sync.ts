import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { ContextClient } from '../runtime/index.ts';
import { SNAPSHOT_TABLES } from '../shared/partition/layout.ts';
import { against, inTurns, timed, type Bench, type BenchRun } from './support/bench.ts';
import { live, openClient, welcomed } from './support/client.ts';
import { SIZES } from './support/data.ts';
import { deltasOf, SEAM_URL, seamServer, type PreparedDelta } from './support/seam.ts';

// From the first DELTA frame until the context is live, through the socket's seam into the real engine on real files; against a loop that
// parses the same frames and inserts the same rows with one prepared statement, a transaction a frame, journal and sync as the engine has them.

export const deltaSync: Bench = {
  name: 'delta-sync',
  about: 'rows as deltas into an empty context, against JSON.parse and prepared inserts',
  run: async (run) => {
    const rows = run.quick ? 5_000 : SIZES.large;
    run.progress(`making ${rows} changes`);
    const deltas = await deltasOf('clinic', rows);
    const { ours, floor } = await inTurns(run.quick ? 3 : 7, {
      ours: () => throughEngine(run, deltas, rows),
      floor: () => bare(run, deltas.map((delta) => delta.text('a'.repeat(24)))),
    });
    return [against('delta-sync', ours, floor, 1.6, `${rows} rows in ${deltas.length} frames; no index is declared on either side`)];
  },
};

/** `watch` attaches something to the client before it begins, and gives how to end it. */
export interface Watched {
  readonly flightRecorder?: boolean;
  watch?(client: ContextClient<never>): Promise<{ stop(): void } | null>;
}

/** Milliseconds from the first frame until the context is live. */
export async function throughEngine(run: BenchRun, deltas: readonly PreparedDelta[], rows: number, watched: Watched = {}): Promise<number> {
  const seam = seamServer([{ contextId: 'clinic', head: rows }]);
  const client = await openClient({ dir: run.folder(), endpoint: SEAM_URL, token: 'none', dial: seam.dial, indexes: [], more: { flightRecorder: watched.flightRecorder ?? false } });
  await welcomed(client);
  const watcher = await watched.watch?.(client);
  const began = seam.activated();
  const isLive = live(client, 'clinic');
  const opened = client.activate('clinic');
  const activationId = await began;
  const frames = deltas.map((delta) => delta.text(activationId));
  globalThis.gc?.();
  const took = await timed(async () => {
    for (const frame of frames) seam.say(frame);
    await isLive;
  });
  await opened;
  if (client.control.status('clinic')?.localVersion !== rows) throw new Error('not all rows arrived');
  watcher?.stop();
  await client.close();
  return took;
}

interface Delta {
  readonly toVersion: number;
  readonly digest: string;
  readonly changes: readonly { contextVersion: number; entity: string; entityId: string; value: unknown; timestamp: number; deviceId: string; schemaVersion: number }[];
}

function bare(run: BenchRun, frames: readonly string[]): Promise<number> {
  const db = new DatabaseSync(join(run.folder(), 'bare.sqlite'));
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
  for (const ddl of Object.values(SNAPSHOT_TABLES)) db.exec(ddl);
  const insert = db.prepare('INSERT OR REPLACE INTO rows (entity, id, version, value, timestamp, device, stamps, schema, hash) VALUES (?, ?, ?, ?, ?, ?, NULL, ?, NULL)');
  const meta = db.prepare('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)');
  globalThis.gc?.();
  return timed(() => {
    for (const frame of frames) {
      const { changes, toVersion, digest } = JSON.parse(frame) as Delta;
      db.exec('BEGIN');
      for (const one of changes) insert.run(one.entity, one.entityId, one.contextVersion, JSON.stringify(one.value), one.timestamp, one.deviceId, one.schemaVersion);
      meta.run('localVersion', toVersion);
      meta.run('digest', digest);
      db.exec('COMMIT');
    }
  }).finally(() => db.close());
}
