import { Command } from 'commander';
import { commandId } from '../command-id.ts';
import { chooseContext, withClient } from '../hub-access.ts';
import { EXIT } from '../exit.ts';
import { examples, withHub, withJson, type HubFlags } from '../options.ts';
import { printJson, printTable } from '../output.ts';

const FINE: ReadonlySet<string> = new Set(['agrees', 'not-compared']);

export function checkCommand(): Command {
  const command = new Command('check')
    .description('Put registry row, file and server side by side; exit status 1 when they do not agree')
    .argument('<client>')
    .argument('[context]')
    .option('--no-disk', 'leave the files out')
    .option('--no-server', 'leave the server out');
  return examples(withJson(withHub(command)), ['check tablet-amelie', 'check tablet-amelie clinic-b --no-server']).action(async (wanted: string, context: string | undefined, flags: HubFlags & { disk: boolean; server: boolean }) => {
    await withClient(flags, wanted, async (client) => {
      const only = context === undefined ? {} : { contextId: await chooseContext(client, context) };
      const { findings } = await client.call('Registry.check', { commandId: commandId(), disk: flags.disk, server: flags.server, ...only });
      if (flags.json === true) printJson(findings);
      else printTable(['context', 'check', 'file', 'message'], findings.map(({ contextId, check, file, disk, message }) => [contextId, check, file ?? disk?.file, message]), 'There is nothing to check.');
      if (findings.some(({ check }) => !FINE.has(check))) process.exitCode = EXIT.no;
    });
  });
}
