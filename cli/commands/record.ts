import { Command } from 'commander';
import type { ReadableStream } from 'node:stream/web';
import { AppError } from '../../shared/base/app-error.ts';
import { deferred } from '../../shared/base/deferred.ts';
import { cancelling } from '../cancelling.ts';
import { askHub, openClient, type AttachedClient } from '../hub-access.ts';
import { examples, withHub, withJson, type HubFlags } from '../options.ts';
import { bytes, print, printJson, remark } from '../output.ts';
import { checkFree, saveFile } from '../save-file.ts';

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
  return examples(withJson(withHub(command)), ['record tablet-amelie --out session.ctxscope', `record tablet-amelie --out session.ctxscope && sqlite3 session.ctxscope "SELECT kind, count(*) FROM events GROUP BY 1"`]).action(record);
}

async function record(wanted: string, flags: Flags): Promise<void> {
  checkFree(flags.out, flags.force);
  const client = await openClient(flags, wanted);
  const { recordingFile } = client.target;
  try {
    if (recordingFile === undefined) throw new AppError('NOT_FOUND', 'The hub keeps no recording of this client');
    if (flags.follow === true) await followed();
    await cancelling((signal) => save(client, recordingFile, flags, signal));
  } finally {
    client.close();
  }
}

async function followed(): Promise<void> {
  remark('Recording. Ctrl-C saves it.');
  const stopped = deferred<void>();
  process.once('SIGINT', () => stopped.resolve());
  await stopped.promise;
}

async function save(client: AttachedClient, recordingFile: string, flags: Flags, signal: AbortSignal): Promise<void> {
  const response = await askHub(flags, 'GET', `/recordings/${encodeURIComponent(recordingFile)}`);
  const size = await saveFile(flags.out, (response.body ?? []) as ReadableStream<Uint8Array>, signal);
  if (flags.json === true) printJson({ file: flags.out, bytes: size, clientId: client.target.client.clientId });
  else print(`${flags.out}, ${bytes(size)}`);
}
