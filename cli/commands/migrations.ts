import { Command } from 'commander';
import { EXIT, printable } from '../exit.ts';
import { chooseContext, withClient } from '../hub-access.ts';
import { examples, withHub, withJson, type HubFlags } from '../options.ts';
import { ms, print, printJson, printTable } from '../output.ts';

export function migrationsCommand(): Command {
  const command = new Command('migrations')
    .description("List which contexts are behind the app's schema; with a context, rehearse its migration on a copy (exit status 1 when it fails)")
    .argument('<client>')
    .argument('[context]');
  return examples(withJson(withHub(command)), ['migrations tablet-amelie', 'migrations tablet-amelie clinic-b']).action(async (wanted: string, context: string | undefined, flags: HubFlags) => {
    await withClient(flags, wanted, async (client) => {
      if (context === undefined) {
        const { appVersion, contexts } = await client.call('Migration.status', {});
        if (flags.json === true) return printJson({ appVersion, contexts });
        return printTable(['context', 'schema', 'app', 'due'], contexts.map(({ contextId, schemaVersion, due }) => [contextId, schemaVersion, appVersion, due ? 'yes' : '']), 'No context has data on this device.');
      }
      const contextId = await chooseContext(client, context);
      const answer = await client.call('Migration.rehearse', { contextId });
      if (flags.json === true) printJson(answer);
      else if (answer.ok && answer.fromSchema === answer.toSchema) print(`${printable(contextId)} is at schema ${answer.toSchema} already: there is nothing to migrate`);
      else print(`${printable(contextId)}: ${answer.fromSchema} to ${answer.toSchema} ${answer.ok ? `works on a copy, ${answer.rows} rows in ${ms(answer.durationMs)}` : `fails: ${printable(answer.error ?? 'no reason given')}`}`);
      if (!answer.ok) process.exitCode = EXIT.no;
    });
  });
}
