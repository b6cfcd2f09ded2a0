import { Command } from 'commander';
import { withHubItself } from '../hub-access.ts';
import { examples, withHub, withJson, type HubFlags } from '../options.ts';
import { bytes, printJson, printTable, time } from '../output.ts';

export function clientsCommand(): Command {
  const command = new Command('clients').description('List the clients that are connected, and those that are gone and left a recording');
  return examples(withJson(withHub(command)), ['clients', 'clients --json | jq -r .[].client.clientId']).action(async (flags: HubFlags) => {
    await withHubItself(flags, async (hub) => {
      const { targets } = await hub.call('Hub.targets', {});
      if (flags.json === true) return printJson(targets);
      printTable(
        ['client', 'title', 'type', 'device', 'app', 'state', 'seen', 'recording'],
        targets.map(({ client, connected, lastSeenAt, recordingBytes }) => [client.clientId, client.title, client.type, client.deviceId, client.app, connected ? 'connected' : 'gone', time(lastSeenAt), bytes(recordingBytes)]),
        'No client has dialled the hub yet. A client does it by itself when its agent is on.',
      );
    });
  });
}
