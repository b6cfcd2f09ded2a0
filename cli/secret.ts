import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AppError, codeOf } from '../shared/base/app-error.ts';

/** Where the sync server of a data folder keeps the secret that its tokens are signed with. */
export const secretFileOf = (dataDir: string): string => join(dataDir, 'secret');

const HINT = 'Make one with: openssl rand -hex 32';

/** The secret in a file of hex digits, made when `isNewOk` and there is none. */
export function readSecret(file: string, isNewOk: boolean): Uint8Array {
  if (!existsSync(file)) {
    if (!isNewOk) throw new AppError('USAGE', `There is no secret in ${file}`, { hint: 'Start the server once (`contextscope server`), or name its file with --jwt-secret-file.' });
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flag: 'wx' });
  }
  const text = readText(file, 'the secret').trim();
  if (!/^(?:[0-9a-f]{2})+$/i.test(text)) throw new AppError('USAGE', `${file} holds no secret in hex digits`, { hint: HINT });
  if (text.length < 64) throw new AppError('USAGE', `The secret in ${file} is too short: it has ${text.length} hex digits, and 64 are the least`, { hint: HINT });
  return Buffer.from(text, 'hex');
}

/** A file that the user named. */
export function readText(file: string, what: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const why: { readonly [code: string]: string } = { ENOENT: 'is not there', EISDIR: 'is a folder', ENOTDIR: 'is not there', EACCES: 'may not be read by this user' };
    throw new AppError('USAGE', `${file} ${why[codeOf(cause)] ?? 'cannot be read'}: it should hold ${what}`, { cause });
  }
}
