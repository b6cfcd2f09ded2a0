import { Command } from 'commander';
import { AppError } from '../../shared/base/app-error.ts';
import { commandId } from '../command-id.ts';
import { EXIT, printable } from '../exit.ts';
import { chooseContext, withClient } from '../hub-access.ts';
import { examples, several, whole, withHub, withJson, type HubFlags } from '../options.ts';
import { ms, print, printJson } from '../output.ts';

export function stressCommand(): Command {
  const command = new Command('stress')
    .description('Switch rapidly between contexts and report every invariant that broke; exit status 1 when one did')
    .argument('<client>')
    .option('--context <contexts>', 'between these (default: all that hold data)', several)
    .option('--rounds <n>', 'so many switches', whole(1, 100_000), 200);
  return examples(withJson(withHub(command)), ['stress tablet-amelie --context clinic-a,clinic-b --rounds 1000', 'network tablet-amelie --latency 300 --drop 5 && contextscope stress tablet-amelie']).action(async (wanted: string, flags: HubFlags & { context?: readonly string[]; rounds: number }) => {
    await withClient(flags, wanted, async (client) => {
      const { entries } = await client.call('Registry.list', {});
      const contexts = flags.context === undefined ? entries.filter(({ row }) => row.kind === 'tenant' && row.partition.present).map(({ row }) => row.contextId).slice(0, 100) : [];
      for (const context of flags.context ?? []) contexts.push(await chooseContext(client, context));
      if (contexts.length < 2) throw new AppError('USAGE', 'Switching needs two contexts', { hint: 'Name them with --context.' });
      // One that is cancelled reports on the switches that it has made.
      const answer = await client.call('Context.stressSwitch', { commandId: commandId(), contexts, rounds: flags.rounds });
      if (flags.json === true) printJson(answer);
      else {
        print(`${answer.rounds} switches between ${contexts.length} contexts in ${ms(answer.durationMs)}: p50 ${ms(answer.p50Ms)}, p95 ${ms(answer.p95Ms)}, ${answer.overtaken} overtaken`);
        for (const { rule, text, eventSeq } of answer.broken) print(`${rule} broke: ${printable(text)}${eventSeq === undefined ? '' : ` (event ${eventSeq})`}`);
        if (answer.broken.length === 0) print('No invariant broke');
      }
      if (answer.broken.length > 0) process.exitCode = EXIT.no;
    });
  });
}
