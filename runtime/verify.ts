import type { Clock } from '../shared/base/clock.ts';
import type { RegistryRow } from '../shared/core/registry-row.ts';
import { checkCancelled } from './cancel.ts';
import type { JobOptions, VerifyReport } from './control.ts';
import type { PartitionReader } from './partition-reader.ts';

/** So many rows take some milliseconds. */
const ROWS_PER_TURN = 10_000;

/** SY5: the digest counted anew against the one that is kept, as of one moment. Rows are counted on the app's thread, which has its turn between them. */
export async function verifyDigest(reader: PartitionReader, row: RegistryRow, clock: Clock, { signal, progress }: JobOptions): Promise<VerifyReport> {
  checkCancelled(signal);
  const before = clock.monotonic();
  return reader.with(row, async (db) => {
    db.db.exec('BEGIN');
    const parts = db.countDigestInParts(ROWS_PER_TURN);
    let part = parts.next();
    for (; part.done !== true; part = parts.next()) {
      await new Promise<void>((resolve) => void clock.after(0, resolve));
      checkCancelled(signal);
      progress?.(part.value);
    }
    const { digest: counted, rows } = part.value;
    const report = { ok: counted === db.digest, kept: db.digest, counted, rows, version: db.localVersion, durationMs: clock.monotonic() - before };
    db.db.exec('COMMIT');
    return report;
  });
}
