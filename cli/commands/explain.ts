import { Command } from 'commander';
import { printable } from '../exit.ts';
import { chooseContext, withClient } from '../hub-access.ts';
import { examples, withHub, withJson, type HubFlags } from '../options.ts';
import { print, printJson, time } from '../output.ts';

export function explainCommand(): Command {
  const command = new Command('explain').description('Say why a context is in its state, what keeps it so, and what stands in the way').argument('<client>').argument('<context>');
  return examples(withJson(withHub(command)), ['explain tablet-amelie clinic-b']).action(async (wanted: string, context: string, flags: HubFlags) => {
    await withClient(flags, wanted, async (client) => {
      const contextId = await chooseContext(client, context);
      const answer = await client.call('Context.explain', { contextId });
      if (flags.json === true) return printJson(answer);
      print(`${printable(contextId)} is ${answer.lifecycle}${answer.connection === undefined ? '' : `, ${answer.connection}`} since ${time(answer.since)}`);
      const list = (title: string, reasons: readonly { text: string; eventSeq?: number | undefined }[]): void => {
        if (reasons.length > 0) print(`${title}:`);
        for (const { text, eventSeq } of reasons) print(`  ${printable(text)}${eventSeq === undefined ? '' : ` (event ${eventSeq})`}`);
      };
      list('Why', answer.why);
      list('Why it is not pruned', answer.notPruned);
      list('What stands in the way', answer.blockers);
    });
  });
}
