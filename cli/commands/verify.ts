import { Command } from 'commander';
import { commandId } from '../command-id.ts';
import { chooseContext, withClient } from '../hub-access.ts';
import { EXIT, printable } from '../exit.ts';
import { examples, withHub, withJson, type HubFlags } from '../options.ts';
import { print, printJson } from '../output.ts';

export function verifyCommand(): Command {
  const command = new Command('verify').description('Count the digest of a context anew from its rows; exit status 1 when it is not the kept one').argument('<client>').argument('<context>');
  return examples(withJson(withHub(command)), ['verify tablet-amelie clinic-b']).action(async (wanted: string, context: string, flags: HubFlags) => {
    await withClient(flags, wanted, async (client) => {
      const contextId = await chooseContext(client, context);
      const answer = await client.call('Context.verify', { commandId: commandId(), contextId });
      if (flags.json === true) printJson(answer);
      else print(answer.ok ? `${printable(contextId)} is whole: ${answer.rows} rows at version ${answer.version}, digest ${answer.kept}` : `${printable(contextId)} does not agree with itself at version ${answer.version}: kept ${answer.kept}, counted ${answer.counted}. Replay it from the server.`);
      if (!answer.ok) process.exitCode = EXIT.no;
    });
  });
}
