import { Command } from 'commander';
import { AppError } from '../../shared/base/app-error.ts';
import { commandId } from '../command-id.ts';
import { printable } from '../exit.ts';
import { withClient } from '../hub-access.ts';
import { examples, withHub, withJson, type HubFlags } from '../options.ts';
import { bytes, print, printJson, printTable } from '../output.ts';

interface Flags extends HubFlags {
  readonly remove?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

export function filesCommand(): Command {
  const command = new Command('files')
    .description("List the files of a client's store, or remove one that no row points to")
    .argument('<client>')
    .option('--remove <file>', 'remove this one')
    .option('-n, --dry-run', 'only say what would go')
    .option('--yes', 'do it');
  return examples(withJson(withHub(command)), ['files tablet-amelie', 'files tablet-amelie --remove x-p-12ab.sqlite-1 --dry-run']).action(async (wanted: string, flags: Flags) => {
    const { remove } = flags;
    if (remove !== undefined && flags.dryRun !== true && flags.yes !== true) throw new AppError('USAGE', 'A file that is removed does not come back', { hint: 'Look with --dry-run, and do it with --yes.' });
    await withClient(flags, wanted, async (client) => {
      if (remove !== undefined) {
        const answer = await client.call('Registry.removeFile', { commandId: commandId(), file: remove, dryRun: flags.dryRun === true });
        if (flags.json === true) printJson(answer);
        else print(`${printable(remove)} ${answer.removed ? 'is' : 'would be'} removed: ${bytes(answer.bytes)}`);
        return;
      }
      const { files } = await client.call('Registry.files', {});
      if (flags.json === true) printJson(files);
      else printTable(['file', 'kind', 'context', 'bytes'], files.map(({ file, kind, contextId, bytes: size }) => [file, kind, contextId, bytes(size)]), 'The store is empty.');
    });
  });
}
