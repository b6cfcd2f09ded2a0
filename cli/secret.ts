import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AppError } from '../shared/base/app-error.ts';

/** Where the sync server of a data folder keeps the secret that its tokens are signed with. */
export const secretFileOf = (dataDir: string): string => join(dataDir, 'secret');

/** The secret in a file of hex digits, made when `isNewOk` and there is none. */
export function readSecret(file: string, isNewOk: boolean): Uint8Array {
  if (!existsSync(file)) {
    if (!isNewOk) throw new AppError('USAGE', `There is no secret in ${file}`, { hint: 'Start the server once (`contextscope server`), or name its file with --secret-file.' });
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flag: 'wx' });
  }
  const text = readFileSync(file, 'utf8').trim();
  if (!/^(?:[0-9a-f]{2}){32,}$/i.test(text)) throw new AppError('USAGE', `${file} holds no secret of 64 hex digits or more`, { hint: 'Make one with: openssl rand -hex 32' });
  return Buffer.from(text, 'hex');
}
