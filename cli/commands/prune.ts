import { Command, Option } from 'commander';
import { commandId } from '../command-id.ts';
import { EXIT } from '../exit.ts';
import { chooseContext, withClient } from '../hub-access.ts';
import { examples, withHub, withJson, type HubFlags } from '../options.ts';
import { bytes, print, printJson, printTable } from '../output.ts';

interface Flags extends HubFlags {
  readonly dryRun?: boolean;
  readonly pending?: 'refuse' | 'quarantine' | 'discard';
}

export function pruneCommand(): Command {
  const command = new Command('prune')
    .description('Delete the data of dormant contexts and keep their registry rows; exit status 1 when one is refused')
    .argument('<client>')
    .argument('<contexts...>')
    .option('-n, --dry-run', 'only say what would go')
    .addOption(new Option('--pending <choice>', 'what becomes of unsynced writes').choices(['refuse', 'quarantine', 'discard']).default('refuse'));
  return examples(withJson(withHub(command)), ['prune tablet-amelie clinic-b clinic-c --dry-run', 'prune tablet-amelie clinic-b --pending quarantine']).action(async (wanted: string, contexts: string[], flags: Flags) => {
    await withClient(flags, wanted, async (client) => {
      const ids: string[] = [];
      for (const context of contexts) ids.push(await chooseContext(client, context));
      const answer = await client.call('Context.prune', { commandId: commandId(), contexts: ids, dryRun: flags.dryRun === true, pending: flags.pending ?? 'refuse' });
      if (flags.json === true) printJson(answer);
      else {
        printTable(['context', 'outcome', 'frees', 'pending', 'reason'], answer.items.map(({ contextId, outcome, frees, pending, reason }) => [contextId, outcome, bytes(frees), pending, reason]), 'Nothing to prune.');
        print(`${answer.dryRun ? 'It would free' : 'Freed'} ${bytes(answer.frees)}`);
      }
      if (answer.items.some(({ outcome }) => outcome === 'refused')) process.exitCode = EXIT.no;
    });
  });
}
