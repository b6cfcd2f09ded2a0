import { Command, Option } from 'commander';
import { once } from 'node:events';
import { AppError, codeOf } from '../../shared/base/app-error.ts';
import { chooseContext, withClient, type AttachedClient } from '../hub-access.ts';
import { examples, withHub, withJson, type HubFlags } from '../options.ts';
import { bytes, print, printJson, remark } from '../output.ts';
import { Progress } from '../progress.ts';
import { checkFree, saveFile } from '../save-file.ts';

interface Flags extends HubFlags {
  readonly entity?: string;
  readonly format: 'ndjson' | 'csv';
  readonly out?: string;
  readonly force?: boolean;
}

export function exportCommand(): Command {
  const command = new Command('export')
    .description('Save the rows of a context as lines of JSON or as CSV; without --out they go to the output')
    .argument('<client>')
    .argument('<context>', 'active or dormant: exporting activates nothing')
    .option('--entity <entity>', 'rows of this entity only')
    .addOption(new Option('--format <format>', 'ndjson: whole rows; csv: the declared fields with --entity, else values as JSON').choices(['ndjson', 'csv']).default('ndjson'))
    .option('--out <file>', 'where to, as patients.csv')
    .option('--force', 'write over a file that is there');
  return examples(withJson(withHub(command)), ['export tablet-amelie clinic-b --out clinic-b.ndjson', 'export tablet-amelie clinic-b --entity patient --format csv --out patients.csv', 'export tablet-amelie clinic-b | jq -r .id']).action(exportRows);
}

async function exportRows(wanted: string, context: string, flags: Flags): Promise<void> {
  const { out } = flags;
  if (out === undefined && flags.json === true) throw new AppError('USAGE', '--json tells what was written: it goes with --out');
  if (out !== undefined) checkFree(out, flags.force);
  await withClient(flags, wanted, async (client, signal) => {
    const contextId = await chooseContext(client, context);
    const counted = { rows: 0, masked: false };
    const chunks = chunksOf(client, contextId, flags, counted);
    if (out === undefined) for await (const chunk of chunks) await written(chunk);
    else {
      const size = await saveFile(out, chunks, signal);
      if (flags.json === true) printJson({ file: out, bytes: size, contextId, ...counted });
      else print(`${out}, ${counted.rows.toLocaleString('en')} rows, ${bytes(size)}`);
    }
    if (counted.masked) remark('This client does not let values leave the device: they are masked');
    if (counted.rows === 0) remark(flags.entity === undefined ? 'The context has no rows' : `The context has no rows of ${JSON.stringify(flags.entity)}`);
  });
}

async function* chunksOf(client: AttachedClient, contextId: string, { entity, format }: Flags, counted: { rows: number; masked: boolean }): AsyncGenerator<string> {
  const progress = new Progress('Exported');
  try {
    for (let cursor: string | null = ''; cursor !== null; ) {
      const answer: { chunk: string; next: string | null; rows: number; total: number; masked: boolean } = await client.call('Data.export', { contextId, format, ...(entity === undefined ? {} : { entity }), ...(cursor === '' ? {} : { cursor }) });
      counted.rows += answer.rows;
      counted.masked ||= answer.masked;
      cursor = answer.next;
      progress.show(counted.rows, answer.total, 'rows');
      yield answer.chunk;
    }
  } finally {
    progress.end();
  }
}

async function written(chunk: string): Promise<void> {
  if (process.stdout.write(chunk)) return;
  await once(process.stdout, 'drain').catch((thrown: unknown) => {
    // Whoever reads has seen enough: the handler of the output ends the command.
    if (codeOf(thrown) !== 'EPIPE') throw thrown;
  });
}
