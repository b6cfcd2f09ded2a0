import { countOf, inTransaction, type SqliteHandle } from './handle.ts';

// What leaves a recording: contexts that were forgotten (PR5), and what is too old or too much. `secure_delete` overwrites the bytes.

const OF_A_CONTEXT = ['steps', 'preimages', 'checkpoints', 'snapshots', 'contexts'] as const;

/** Removes a context: its events up to a place and everything else that names it. Returns how many events went. */
export function eraseContext(db: SqliteHandle, contextId: string, upToPlace: number): number {
  db.exec('PRAGMA secure_delete = ON');
  return inTransaction(db, () => {
    const count = countOf(db, 'SELECT count(*) FROM events WHERE contextId = ? AND place <= ?', contextId, upToPlace);
    db.prepare('DELETE FROM events WHERE contextId = ? AND place <= ?').run(contextId, upToPlace);
    for (const table of OF_A_CONTEXT) db.prepare(`DELETE FROM ${table} WHERE contextId = ?`).run(contextId);
    redacted(db, 'events', 'forget', count);
    return count;
  });
}

/** Removes the events up to a place, and steps and checkpoints of runs of which nothing is left. Returns how many went. */
export function eraseUpTo(db: SqliteHandle, place: number, rule: string): number {
  db.exec('PRAGMA secure_delete = ON');
  return inTransaction(db, () => {
    const count = countOf(db, 'SELECT count(*) FROM events WHERE place <= ?', place);
    if (count === 0) return 0;
    const newest = countOf(db, 'SELECT max(place) FROM events');
    db.prepare('DELETE FROM events WHERE place <= ?').run(place);
    const isGone = 'runId NOT IN (SELECT DISTINCT runId FROM events)';
    for (const table of ['steps', 'preimages', 'checkpoints', 'gaps']) db.exec(`DELETE FROM ${table} WHERE ${isGone}`);
    // The newest run stays listed: it says whose recording this is.
    db.exec(`DELETE FROM clients WHERE ${isGone} AND rowid < (SELECT max(rowid) FROM clients)`);
    if (place >= newest) db.exec('DELETE FROM contexts');
    redacted(db, 'events', rule, count);
    return count;
  });
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
