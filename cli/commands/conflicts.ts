import { Command } from 'commander';
import { chooseContext, withClient } from '../hub-access.ts';
import { examples, whole, withHub, withJson, type HubFlags } from '../options.ts';
import { printJson, printTable, remark, time } from '../output.ts';

export function conflictsCommand(): Command {
  const command = new Command('conflicts')
    .description('List the conflicts of a context, newest first; with an id, show one with its three values')
    .argument('<client>')
    .argument('<context>')
    .argument('[conflict]', 'id of one conflict')
    .option('--limit <n>', 'at most so many', whole(1, 1_000), 50);
  return examples(withJson(withHub(command)), ['conflicts front-desk clinic-b', 'conflicts front-desk clinic-b k-17']).action(async (wanted: string, context: string, conflictId: string | undefined, flags: HubFlags & { limit: number }) => {
    await withClient(flags, wanted, async (client) => {
      const contextId = await chooseContext(client, context);
      if (conflictId !== undefined) return printJson(await client.call('Conflict.get', { contextId, conflictId }));
      const { conflicts, more } = await client.call('Conflict.list', { contextId, limit: flags.limit });
      if (flags.json === true) return printJson(conflicts);
      printTable(
        ['conflict', 'time', 'row', 'state', 'strategy', 'winner', 'other device', 'version'],
        conflicts.map((one) => [one.conflictId, time(one.at), `${one.entity}/${one.entityId}`, one.state, one.strategy, one.winner, one.theirDevice, one.theirVersion]),
        'No conflict is kept.',
      );
      if (more) remark('There are more: --limit');
    });
  });
}
