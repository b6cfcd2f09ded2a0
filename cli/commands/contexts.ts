import { Command } from 'commander';
import { withClient } from '../hub-access.ts';
import { examples, withHub, withJson, type HubFlags } from '../options.ts';
import { bytes, printJson, printTable, time } from '../output.ts';

export function contextsCommand(): Command {
  const command = new Command('contexts').description('List the contexts of a client: state, versions, unsynced writes, size').argument('<client>', 'id, title, or the beginning of one');
  return examples(withJson(withHub(command)), ['contexts tablet-amelie', `contexts tablet-amelie --json | jq '.[] | select(.row.pendingWrites > 0)'`]).action(async (wanted: string, flags: HubFlags) => {
    await withClient(flags, wanted, async (client) => {
      const { entries } = await client.call('Registry.list', {});
      if (flags.json === true) return printJson(entries);
      printTable(
        ['context', 'title', 'state', 'local', 'server', 'behind', 'pending', 'conflicts', 'bytes', 'last access'],
        entries.map(({ row, status }) => [
          row.contextId,
          row.title,
          row.lifecycle === 'dormant' && !row.partition.present ? 'pruned' : row.lifecycle === 'active' ? `active, ${status.connection ?? 'offline'}` : row.lifecycle,
          row.localVersion,
          row.serverVersion,
          row.partition.present ? Math.max(0, row.serverVersion - row.localVersion) : '',
          row.pendingWrites,
          status.conflicts,
          bytes(row.partition.bytes),
          time(row.lastAccessAt),
        ]),
        'The client knows no context.',
      );
    });
  });
}
