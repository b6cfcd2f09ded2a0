import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { AppError, codeOf } from '../shared/base/app-error.ts';
import { checkHead, checkRecording, HEAD_BYTES, readSafely } from '../shared/recording/index.ts';

/** Opens a file that may be anybody's: head, then schema, and only then its rows (RP6). */
export function withRecording<T>(file: string, work: (db: DatabaseSync) => T): T {
  checkFile(file);
  const db = readSafely(() => new DatabaseSync(file, { readOnly: true, allowExtension: false }));
  try {
    checkRecording(db);
    return work(db);
  } finally {
    db.close();
  }
}

function checkFile(file: string): void {
  let fd: number;
  try {
    fd = openSync(file, 'r');
  } catch (thrown) {
    throw new AppError('NOT_FOUND', codeOf(thrown) === 'ENOENT' ? `There is no file ${file}` : `${file} cannot be read`, { cause: thrown });
  }
  try {
    if (!statSync(file).isFile()) throw new AppError('NOT_A_RECORDING', `${file} is no file`);
    const head = new Uint8Array(HEAD_BYTES);
    const got = readSync(fd, head, 0, HEAD_BYTES, 0);
    checkHead(head.subarray(0, got), statSync(file).size);
  } finally {
    closeSync(fd);
  }
}
