import { Command } from 'commander';
import { AppError } from '../../shared/base/app-error.ts';
import type { Json } from '../../shared/base/json.ts';
import { commandId } from '../command-id.ts';
import { printable } from '../exit.ts';
import { chooseContext, withClient } from '../hub-access.ts';
import { examples, withHub, withJson, type HubFlags } from '../options.ts';
import { print, printJson } from '../output.ts';

interface Flags extends HubFlags {
  readonly mine?: boolean;
  readonly theirs?: boolean;
  readonly value?: string;
  readonly dryRun?: boolean;
}

export function resolveCommand(): Command {
  const command = new Command('resolve')
    .description('Settle a conflict by hand, with a new write where something else stands now')
    .argument('<client>')
    .argument('<context>', 'it has to be active')
    .argument('<conflict>', 'its id, as `conflicts` lists it')
    .option('--mine', "take this device's value")
    .option('--theirs', "take the other device's value")
    .option('--value <json>', 'take this value')
    .option('-n, --dry-run', 'only say what would be written');
  return examples(withJson(withHub(command)), ['resolve tablet-amelie clinic-b k-17 --mine --dry-run', `resolve tablet-amelie clinic-b k-17 --value '{"name":"Ada"}'`]).action(async (wanted: string, context: string, conflictId: string, flags: Flags) => {
    const choice = choiceOf(flags);
    await withClient(flags, wanted, async (client) => {
      const contextId = await chooseContext(client, context);
      const answer = await client.call('Conflict.resolve', { commandId: commandId(), contextId, conflictId, ...choice, dryRun: flags.dryRun === true });
      if (flags.json === true) return printJson(answer);
      const written = answer.writes === null ? 'nothing' : answer.writes.op === 'delete' ? 'a deletion' : printable(JSON.stringify(answer.writes.value));
      if (answer.dryRun) print(`${printable(conflictId)} would be settled with ${written}`);
      else print(`${printable(conflictId)} is settled ${answer.mutationId === undefined ? 'as it stands: nothing had to be written' : `with ${written} (${answer.mutationId})`}`);
    });
  });
}

function choiceOf({ mine, theirs, value }: Flags): { choice: 'mine' | 'theirs' } | { choice: 'value'; value: Json } {
  if ([mine, theirs, value].filter((one) => one !== undefined).length !== 1) throw new AppError('USAGE', 'A conflict is settled with one of --mine, --theirs and --value');
  if (value === undefined) return { choice: mine === true ? 'mine' : 'theirs' };
  try {
    return { choice: 'value', value: JSON.parse(value) as Json };
  } catch {
    throw new AppError('USAGE', 'The value is not JSON', { hint: `It looks like '{"name":"Ada"}'.` });
  }
}
