import { Command } from 'commander';
import { AppError } from '../../shared/base/app-error.ts';
import { commandId } from '../command-id.ts';
import { printable } from '../exit.ts';
import { chooseContext, withClient } from '../hub-access.ts';
import { examples, withHub, withJson, type HubFlags } from '../options.ts';
import { bytes, print, printJson } from '../output.ts';

export function forgetCommand(): Command {
  const command = new Command('forget')
    .description('Delete a context and every trace of it on the client, its unsynced writes too')
    .argument('<client>')
    .argument('<context>', 'its whole id')
    .option('-n, --dry-run', 'only say what would go')
    .option('--yes', 'do it');
  return examples(withJson(withHub(command)), ['forget tablet-amelie clinic-b --dry-run', 'forget tablet-amelie clinic-b --yes']).action(async (wanted: string, context: string, flags: HubFlags & { dryRun?: boolean; yes?: boolean }) => {
    if (flags.dryRun !== true && flags.yes !== true) throw new AppError('USAGE', 'What is forgotten does not come back', { hint: 'Look with --dry-run, and do it with --yes.' });
    await withClient(flags, wanted, async (client) => {
      const contextId = await chooseContext(client, context);
      if (contextId !== context) throw new AppError('USAGE', `Write the whole id of what is to be forgotten: ${printable(contextId)}`);
      const answer = await client.call('Context.forget', { commandId: commandId(), contextId, dryRun: flags.dryRun === true });
      if (flags.json === true) printJson(answer);
      else print(`${printable(contextId)} ${answer.dryRun ? 'would be' : 'is'} forgotten: ${bytes(answer.frees)}, ${answer.pending} unsynced writes, ${answer.conflicts} kept conflicts`);
    });
  });
}
