import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { AppError, codeOf } from '../../../shared/base/app-error.ts';

// PGlite takes no lock on its directory: two processes on one lose each other's rows in silence.

/** Takes `DIRECTORY.lock`, or fails with `DIRECTORY_IN_USE`. The lock of a process that is gone is taken over. Returns the release. */
export function lockDirectory(directory: string): () => void {
  const path = `${directory.replace(/\/+$/, '')}.lock`;
  const mine = JSON.stringify({ pid: process.pid, startedAt: startOf(process.pid), token: crypto.randomUUID() });
  for (let attempt = 1; ; attempt++) {
    try {
      writeFileSync(path, mine, { flag: 'wx' });
      break;
    } catch (thrown) {
      if (codeOf(thrown) !== 'EEXIST') throw thrown;
    }
    const holder = readHolder(path);
    if (holder === 'gone') continue;
    if (attempt > 3 || (holder !== null && isAlive(holder))) {
      throw new AppError('DIRECTORY_IN_USE', `The data directory is in use by process ${holder?.pid ?? 'unknown'}`, {
        details: { directory },
        hint: 'Stop that process, or give this one a directory of its own.',
      });
    }
    rmSync(path, { force: true });
  }
  // Two that found the same stale lock may both have removed it: who wrote last has it.
  if (readFileSync(path, 'utf8') !== mine) throw new AppError('DIRECTORY_IN_USE', 'The data directory was taken by another process just now', { details: { directory } });
  return () => {
    if (readHolderText(path) === mine) rmSync(path, { force: true });
  };
}

interface Holder {
  readonly pid: number;
  readonly startedAt: string | null;
}

function readHolderText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return null;
    throw thrown;
  }
}

/** Null: a lock that nobody can have written to its end. */
function readHolder(path: string): Holder | null | 'gone' {
  const text = readHolderText(path);
  if (text === null) return 'gone';
  try {
    const parsed = JSON.parse(text) as { pid?: unknown; startedAt?: unknown };
    return Number.isInteger(parsed.pid) ? { pid: parsed.pid as number, startedAt: typeof parsed.startedAt === 'string' ? parsed.startedAt : null } : null;
  } catch {
    return null;
  }
}

function isAlive(holder: Holder): boolean {
  try {
    process.kill(holder.pid, 0);
  } catch (thrown) {
    if (codeOf(thrown) === 'ESRCH') return false;
  }
  // A pid may have been given to another process since.
  const startedAt = startOf(holder.pid);
  return holder.startedAt === null || startedAt === null || startedAt === holder.startedAt;
}

/** When a process started, as /proc has it; null where there is none. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name before the last parenthesis may hold spaces; the start time is field 22.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}
