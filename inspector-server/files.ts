import { accessSync, constants, existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { AppError, codeOf } from '../shared/base/app-error.ts';

/** Writes a file so that it is there whole or not at all, and for its owner only. */
export function writeWhole(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

const MARK = 'contextscope.json';

/**
 * Makes sure that a folder is ours to write: empty or new, or marked by an earlier start. Changes nothing when it is not, and says
 * what to do.
 */
export function claimDataDir(folder: string): void {
  const hint = 'Name another one with --data-dir.';
  try {
    const files = existsSync(folder) ? readdirSync(folder) : [];
    if (files.length > 0 && !files.includes(MARK)) throw new AppError('DATA_DIR', `${folder} holds something else`, { hint });
    makeFolder(resolve(folder));
    accessSync(folder, constants.W_OK);
    if (files.length === 0) writeFileSync(join(folder, MARK), `${JSON.stringify({ about: 'Data of Contextscope. Delete the folder to start anew.' })}\n`);
  } catch (thrown) {
    if (thrown instanceof AppError) throw thrown;
    const why: { readonly [code: string]: string } = { ENOTDIR: 'is no folder', EACCES: 'cannot be written', EROFS: 'cannot be written', EPERM: 'cannot be written', ENOSPC: 'is on a full disk' };
    throw new AppError('DATA_DIR', `${folder} ${why[codeOf(thrown)] ?? 'cannot be used'}`, { hint, cause: thrown });
  }
}

/** Step by step: the recursive form never ends where the system refuses a folder with "no such file", as below /proc. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  mkdirSync(folder, { mode: 0o700 });
}
