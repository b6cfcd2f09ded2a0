import { Command } from 'commander';
import { withClient } from '../hub-access.ts';
import { examples, withHub, withJson, type HubFlags } from '../options.ts';
import { printJson, printTable, remark, time, type Cell } from '../output.ts';

const COUNTERS = ['activations', 'switches', 'writes', 'pushes', 'applied', 'conflicted', 'rejected', 'deltas', 'changes', 'errors'] as const;

export function telemetryCommand(): Command {
  const command = new Command('telemetry').description('Print what a client has counted per context since its agent was first asked; --json has all of it').argument('<client>');
  return examples(withJson(withHub(command)), ['telemetry tablet-amelie', 'telemetry tablet-amelie --json | jq .client']).action(async (wanted: string, flags: HubFlags) => {
    await withClient(flags, wanted, async (client) => {
      const answer = await client.call('Telemetry.get', {});
      if (flags.json === true) return printJson(answer);
      const cell = (value: unknown): Cell => (typeof value === 'string' || typeof value === 'number' ? value : null);
      printTable(['context', ...COUNTERS], answer.contexts.map((context) => [cell(context['contextId']), ...COUNTERS.map((name) => cell(context[name]))]), 'Nothing was counted yet.');
      remark(`The client runs since ${time(answer.startedAt)}`);
    });
  });
}
