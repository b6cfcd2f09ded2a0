import { Command } from 'commander';
import { commandId } from '../command-id.ts';
import { printable } from '../exit.ts';
import { chooseContext, withClient } from '../hub-access.ts';
import { examples, withHub, withJson, type HubFlags } from '../options.ts';
import { print, printJson } from '../output.ts';

export function activateCommand(): Command {
  const command = new Command('activate').description('Activate a context, and keep it active on behalf of the inspector').argument('<client>').argument('<context>');
  return examples(withJson(withHub(command)), ['activate tablet-amelie clinic-b']).action(async (wanted: string, context: string, flags: HubFlags) => {
    await withClient(flags, wanted, async (client) => {
      const contextId = await chooseContext(client, context);
      const answer = await client.call('Context.activate', { commandId: commandId(), contextId });
      if (flags.json === true) printJson(answer);
      else print(`${printable(contextId)} is ${answer.lifecycle} (${answer.activationId})`);
    });
  });
}

export function deactivateCommand(): Command {
  const command = new Command('deactivate').description('End the activation of a context; with --force, wait for nothing').argument('<client>').argument('<context>').option('--force', 'do not wait for holders or pending writes: these stay on disk');
  return examples(withJson(withHub(command)), ['deactivate tablet-amelie clinic-b', 'deactivate tablet-amelie clinic-b --force']).action(async (wanted: string, context: string, flags: HubFlags & { force?: boolean }) => {
    await withClient(flags, wanted, async (client) => {
      const contextId = await chooseContext(client, context);
      const answer = await client.call('Context.deactivate', { commandId: commandId(), contextId, force: flags.force === true });
      if (flags.json === true) printJson(answer);
      else print(`${printable(contextId)} is ${answer.lifecycle}${answer.pendingWrites > 0 ? `; ${answer.pendingWrites} unsynced writes stay on disk` : ''}`);
    });
  });
}
