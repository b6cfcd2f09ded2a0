import { Command } from 'commander';
import { createWriteStream, existsSync, renameSync, rmSync } from 'node:fs';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { pipeline } from 'node:stream/promises';
import { AppError, codeOf } from '../../shared/base/app-error.ts';
import { deferred } from '../../shared/base/deferred.ts';
import { askHub, openClient } from '../hub-access.ts';
import { examples, withHub, withJson, type HubFlags } from '../options.ts';
import { bytes, print, printJson, remark } from '../output.ts';

interface Flags extends HubFlags {
  readonly out: string;
  readonly force?: boolean;
  readonly follow?: boolean;
}

export function recordCommand(): Command {
  const command = new Command('record')
    .description("Save the hub's recording of a client as one file, which the inspector and sqlite3 open")
    .argument('<client>')
    .requiredOption('--out <file>', 'where to, as session.ctxscope')
    .option('-f, --follow', 'wait for Ctrl-C first, and save what was recorded until then')
    .option('--force', 'write over a file that is there');
  return examples(withJson(withHub(command)), ['record front-desk --out session.ctxscope', `sqlite3 session.ctxscope "SELECT kind, count(*) FROM events GROUP BY 1"`.replace('sqlite3', 'record front-desk --out session.ctxscope && sqlite3')]).action(record);
}

async function record(wanted: string, flags: Flags): Promise<void> {
  if (existsSync(flags.out) && flags.force !== true) throw new AppError('USAGE', `${flags.out} is there already`, { hint: 'Name another file, or say --force.' });
  const client = await openClient(flags, wanted);
  const { recordingFile } = client.target;
  try {
    if (recordingFile === undefined) throw new AppError('NOT_FOUND', 'The hub keeps no recording of this client');
    if (flags.follow === true) {
      remark('Recording. Ctrl-C saves it.');
      const stopped = deferred<void>();
      process.once('SIGINT', () => stopped.resolve());
      await stopped.promise;
    }
    const response = await askHub(flags, 'GET', `/recordings/${encodeURIComponent(recordingFile)}`);
    const size = await save(response.body as ReadableStream<Uint8Array> | null, flags.out);
    if (flags.json === true) printJson({ file: flags.out, bytes: size, clientId: client.target.client.clientId });
    else print(`${flags.out}, ${bytes(size)}`);
  } finally {
    client.close();
  }
}

async function save(body: ReadableStream<Uint8Array> | null, file: string): Promise<number> {
  const part = `${file}.part`;
  let size = 0;
  try {
    await pipeline(
      body === null ? Readable.from([]) : Readable.fromWeb(body),
      async function* count(chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          size += chunk.length;
          yield chunk;
        }
      },
      createWriteStream(part),
    );
    renameSync(part, file);
    return size;
  } catch (thrown) {
    rmSync(part, { force: true });
    const code = codeOf(thrown);
    if (code === 'ENOENT' || code === 'EACCES' || code === 'ENOSPC' || code === 'EISDIR') throw new AppError('USAGE', `${file} cannot be written`, { hint: 'Name another file with --out.', cause: thrown });
    throw thrown;
  }
}
