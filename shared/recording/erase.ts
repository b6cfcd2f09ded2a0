import { countOf, inTransaction, type SqliteHandle } from './handle.ts';
import { CLIENT_CHECKPOINT } from './step-writer.ts';

// What leaves a recording: contexts that were forgotten (PR5), and what is too old or too much. `secure_delete` overwrites the bytes.

const OF_A_CONTEXT = ['steps', 'preimages', 'checkpoints', 'snapshots', 'contexts'] as const;

/**
 * Removes a context: its events up to a place and everything else that names it. Its steps cannot be taken out of a run that is to be run again, so the steps
 * of all runs up to there go; what runs again begins with the next checkpoint. Returns how many events went.
 */
export function eraseContext(db: SqliteHandle, contextId: string, upToPlace: number): number {
  db.exec('PRAGMA secure_delete = ON');
  return inTransaction(db, () => {
    const count = countOf(db, 'SELECT count(*) FROM events WHERE contextId = ? AND place <= ?', contextId, upToPlace);
    forgetErased(db, contextId);
    db.prepare('DELETE FROM events WHERE contextId = ? AND place <= ?').run(contextId, upToPlace);
    const next = db.prepare('SELECT runId, seq FROM events WHERE place > ? ORDER BY place LIMIT 1').get(upToPlace);
    for (const { runId } of db.prepare('SELECT runId FROM steps UNION SELECT runId FROM checkpoints').all()) {
      const last = eraseSteps(db, String(runId), runId === next?.['runId'] ? Number(next?.['seq']) : Number.MAX_SAFE_INTEGER);
      // A checkpoint right behind is still of before: whoever records leaves a number out where a run was cut.
      const isBefore = last === null ? 'instr(state, ?2) > 0' : `step <= ${last + 1}`;
      db.prepare(`DELETE FROM checkpoints WHERE runId = ?1 AND ${isBefore}`).run(String(runId), ...(last === null ? [JSON.stringify(contextId)] : []));
    }
    for (const table of OF_A_CONTEXT) db.prepare(`DELETE FROM ${table} WHERE contextId = ?`).run(contextId);
    redacted(db, 'events', 'forget', count);
    return count;
  });
}

/** Removes the events up to a place, and the steps and checkpoints that belong to them. Returns how many events went. */
export function eraseUpTo(db: SqliteHandle, place: number, rule: string): number {
  db.exec('PRAGMA secure_delete = ON');
  return inTransaction(db, () => {
    const count = countOf(db, 'SELECT count(*) FROM events WHERE place <= ?', place);
    if (count === 0) return 0;
    const newest = countOf(db, 'SELECT max(place) FROM events');
    countErased(db, place);
    db.prepare('DELETE FROM events WHERE place <= ?').run(place);
    const isGone = 'runId NOT IN (SELECT DISTINCT runId FROM events)';
    for (const table of ['steps', 'preimages', 'checkpoints', 'gaps']) db.exec(`DELETE FROM ${table} WHERE ${isGone}`);
    for (const { runId, seq } of db.prepare('SELECT runId, min(seq) AS seq FROM events GROUP BY runId').all()) eraseSteps(db, String(runId), Number(seq) - 1);
    db.exec(`DELETE FROM meta WHERE key LIKE '${ERASED}%' AND substr(key, ${ERASED.length + 1}) NOT IN (SELECT DISTINCT runId FROM events)`);
    // The newest run stays listed: it says whose recording this is.
    db.exec(`DELETE FROM clients WHERE ${isGone} AND rowid < (SELECT max(rowid) FROM clients)`);
    if (place >= newest) db.exec('DELETE FROM contexts');
    redacted(db, 'events', rule, count);
    return count;
  });
}

/** Removes the steps of a run before a seq, and those behind it up to the first checkpoint, without which nothing runs again. Returns the last one before the seq. */
function eraseSteps(db: SqliteHandle, runId: string, seq: number): number | null {
  const last = db.prepare('SELECT max(step) AS step FROM steps WHERE runId = ? AND seq < ?').get(runId, seq)?.['step'] ?? null;
  const keep = db.prepare('SELECT min(step) AS step FROM checkpoints WHERE runId = ? AND contextId = ? AND step > ?').get(runId, CLIENT_CHECKPOINT, last ?? 0)?.['step'] ?? null;
  for (const table of ['steps', 'preimages', 'checkpoints']) db.prepare(`DELETE FROM ${table} WHERE runId = ? AND step < ?`).run(runId, keep ?? Number.MAX_SAFE_INTEGER);
  return last === null ? null : Number(last);
}

/** Under this name and that of a run stands how many events of each context were erased: {contextId: count} as JSON. */
const ERASED = 'erased.';

function countErased(db: SqliteHandle, upToPlace: number): void {
  const counts = new Map<string, { [contextId: string]: number }>();
  for (const { runId, contextId, n } of db.prepare('SELECT runId, contextId, count(*) AS n FROM events WHERE contextId IS NOT NULL AND place <= ? GROUP BY runId, contextId').all(upToPlace)) {
    const run = counts.get(String(runId)) ?? erasedOf(db, String(runId));
    counts.set(String(runId), { ...run, [String(contextId)]: (run[String(contextId)] ?? 0) + Number(n) });
  }
  for (const [runId, run] of counts) putErased(db, runId, run);
}

function putErased(db: SqliteHandle, runId: string, run: { readonly [contextId: string]: number }): void {
  db.prepare('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)').run(`${ERASED}${runId}`, JSON.stringify(run));
}

/** PR5: not even as a count. */
function forgetErased(db: SqliteHandle, contextId: string): void {
  for (const { key } of db.prepare(`SELECT key FROM meta WHERE key LIKE '${ERASED}%'`).all()) {
    const runId = String(key).slice(ERASED.length);
    const { [contextId]: _gone, ...rest } = erasedOf(db, runId);
    putErased(db, runId, rest);
  }
}

/** How many events of a run are gone, by context: numbers that count them go on where they were. */
export function erasedOf(db: SqliteHandle, runId: string): { readonly [contextId: string]: number } {
  const kept = db.prepare('SELECT value FROM meta WHERE key = ?').get(`${ERASED}${runId}`)?.['value'];
  return typeof kept === 'string' ? (JSON.parse(kept) as { [contextId: string]: number }) : {};
}

function redacted(db: SqliteHandle, path: string, rule: string, count: number): void {
  db.prepare('INSERT INTO redactions (path, rule, count) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count').run(path, rule, count);
}

/** Bytes of a recording that hold something. */
export function usedBytes(db: SqliteHandle): number {
  const pragma = (name: string): number => countOf(db, `PRAGMA ${name}`);
  return (pragma('page_count') - pragma('freelist_count')) * pragma('page_size');
}

/** Gives pages that hold nothing back to the file system. */
export function giveBack(db: SqliteHandle): void {
  db.prepare('PRAGMA incremental_vacuum').all();
}
