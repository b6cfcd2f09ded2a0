import { createWriteStream, existsSync, renameSync, rmSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { AppError, codeOf } from '../shared/base/app-error.ts';

/** Nothing that is there is written over without a word. Throws `USAGE`. */
export function checkFree(file: string, force: boolean | undefined): void {
  if (existsSync(file) && force !== true) throw new AppError('USAGE', `${file} is there already`, { hint: 'Name another file, or say --force.' });
}

const NOT_WRITABLE: ReadonlySet<string> = new Set(['ENOENT', 'EACCES', 'ENOSPC', 'EISDIR', 'ENOTDIR', 'EROFS']);

/** Writes what comes into a file that is there whole or not at all, however the command ends; answers its bytes. */
export async function saveFile(file: string, chunks: AsyncIterable<Uint8Array | string>, signal: AbortSignal): Promise<number> {
  const part = `${file}.part`;
  const discard = (): void => rmSync(part, { force: true });
  process.once('exit', discard);
  let size = 0;
  try {
    await pipeline(
      chunks,
      async function* counted(source: AsyncIterable<Uint8Array | string>) {
        for await (const chunk of source) {
          const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
          size += bytes.length;
          yield bytes;
        }
      },
      createWriteStream(part),
      { signal },
    );
    renameSync(part, file);
    return size;
  } catch (thrown) {
    discard();
    if (signal.aborted) throw new AppError('CANCELLED', `Cancelled: ${file} is not written`, { cause: thrown });
    if (NOT_WRITABLE.has(codeOf(thrown))) throw new AppError('USAGE', `${file} cannot be written`, { hint: 'Name another file with --out.', cause: thrown });
    throw thrown;
  } finally {
    process.removeListener('exit', discard);
  }
}
